import type { Explanation } from '../../domain/explanation.js';
import type { FrameInput, Watched } from '../frame/frame-input.js';
import { framed, type TopLine } from '../frame/top-line.js';
import { askedFor } from '../keys/answers.js';
import { isClaimed, type ListRow } from '../keys/list-rows.js';
import type { DetailUi } from '../keys/ui.js';
import { counted, span as spanText } from '../text/format.js';
import { type Line, span, spread, type Tone } from '../text/line.js';
import { plainLine, wrap, wrapAtMost } from '../text/text.js';
import { factLines } from './detail-facts.js';
import { ruleLines } from './rule-lines.js';

const MAX_QUESTION_LINES = 6;
const MAX_HEADLINE_LINES = 3;

interface TopInput extends Pick<FrameInput, 'watched' | 'nowMs' | 'columns'> {
  readonly ui: DetailUi;
  /** Null once the issue has left the list. */
  readonly row: ListRow | null;
}

/** What is known of an issue besides its events: what holds it, what it asks, its run and the rules. */
export function detailTop(input: TopInput): TopLine[] {
  const { row, watched, ui, columns, nowMs } = input;
  return [
    { line: titleLine(input), expendable: 0 },
    ...headline(input),
    ...question(input),
    ...factLines(row, columns, nowMs),
    ...ruleLines(explanationOf(watched)?.rules ?? [], ui.showsRules, columns),
  ];
}

function titleLine({ row, watched, columns, ui }: TopInput): Line {
  const known = explanationOf(watched);
  const claimed = row === null || !isClaimed(row) ? null : row.row;
  const title = plainLine(claimed?.title ?? known?.title ?? '');
  const state = plainLine(claimed?.state ?? known?.state ?? '');
  const standing =
    known?.standing ?? row?.section ?? (watched?.explained.kind === 'asking' ? '…' : 'not known');
  const name = plainLine(row?.row.identifier ?? ui.cursor.identifier);
  const right = [
    span(state === '' ? '' : `${state} · `, 'dim'),
    span(standing, STANDING_TONES[standing] ?? 'plain'),
  ];
  return spread(
    columns,
    [span('╭─ ', 'dim'), span(name, 'title'), span(title === '' ? '' : `  ${title}`)],
    right,
    '─',
  );
}

const STANDING_TONES: { readonly [standing: string]: Tone } = {
  running: 'good',
  stopping: 'warn',
  retrying: 'busy',
  blocked: 'bad',
  parked: 'warn',
  ineligible: 'warn',
  'not known': 'dim',
};

function explanationOf(watched: Watched | null): Explanation | null {
  return watched?.explained.kind === 'known' ? watched.explained.explanation : null;
}

function headline({ watched, row, columns }: TopInput): TopLine[] {
  const [text, tone] = headlineText(watched);
  const claimed = row === null || !isClaimed(row) ? null : row.row;
  const url = explanationOf(watched)?.url ?? claimed?.url ?? null;
  const lines = wrapAtMost(plainLine(text), columns - 2, MAX_HEADLINE_LINES);
  return [
    ...lines.map((each) => ({ line: framed(columns, span(each, tone)), expendable: 0 })),
    ...(url === null ? [] : [{ line: framed(columns, span(plainLine(url), 'dim')), expendable: 6 }]),
  ];
}

function headlineText(watched: Watched | null): readonly [string, Tone] {
  if (watched === null) return ['…', 'dim'];
  const { identifier, explained } = watched;
  switch (explained.kind) {
    case 'known':
      return [explained.explanation.headline, 'title'];
    case 'asking':
      return ['…', 'dim'];
    case 'postponed':
      return [`The tracker is asked about it later: ${explained.message}`, 'warn'];
    case 'failed':
      return [`Why it stands where it stands is not known: ${explained.message}`, 'bad'];
    case 'unknown':
      return [`The tracker knows no issue ${identifier}.`, 'warn'];
  }
}

function question({ row, columns, nowMs }: TopInput): TopLine[] {
  if (row?.section !== 'blocked') return [];
  const { question: asked, blockedAtMs } = row.row;
  const lines = wrap(plainLine(asked.text), columns - 4);
  const rest = lines.length - MAX_QUESTION_LINES;
  const choices = asked.choices.map(plainLine).join(' / ');
  return [
    {
      line: spread(
        columns,
        [
          span('├─ ', 'dim'),
          span(askedFor(asked.kind), 'warn'),
          span(`  ${spanText(nowMs - blockedAtMs)} ago`, 'dim'),
        ],
        [],
        '─',
      ),
      expendable: 0,
    },
    ...lines
      .slice(0, MAX_QUESTION_LINES)
      .map((text) => ({ line: framed(columns, span('  '), span(text, 'warn')), expendable: 0 })),
    ...(rest > 0
      ? [
          {
            line: framed(columns, span(`  … ${counted(rest, 'more line')}: a shows all of it`, 'dim')),
            expendable: 0,
          },
        ]
      : []),
    ...(choices === '' ? [] : [{ line: framed(columns, span(`  ${choices}`, 'dim')), expendable: 2 }]),
  ];
}
