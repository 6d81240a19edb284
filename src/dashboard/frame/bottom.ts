import type { Snapshot } from '../../domain/snapshot.js';
import { isClaimed, type ListRow, listRows, placeOf, selectedRow } from '../keys/list-rows.js';
import type { Confirmation, Cursor, GoToUi, Target } from '../keys/ui.js';
import { counted, grouped } from '../text/format.js';
import { type Line, lineOf, ruleLine, type Span, span, spread, type Tone, widthOf } from '../text/line.js';
import { cut, plainLine, wrap, wrapAtMost } from '../text/text.js';
import { editorLines } from './editor-lines.js';
import type { FrameInput, Notice } from './frame-input.js';

/** A notice is a sentence or two; what is longer was not written for this line. */
const MAX_NOTICE_LINES = 4;
const MAX_NAME_COLUMNS = 40;

/** A key and what it does. */
export type Hint = readonly [key: string, does: string];

type BottomInput = Pick<FrameInput, 'snapshot' | 'ui' | 'notice' | 'columns' | 'hasKeys'>;

/** The line that closes the list: what is selected, and where in the list that is. */
export function closingLine({ snapshot, columns }: BottomInput, cursor: Cursor | null): Line {
  if (cursor === null) return ruleLine(columns, '╰');
  const rows = listRows(snapshot);
  const place = placeOf(rows, cursor);
  const row = place === null ? undefined : rows[place];
  const at = place === null ? [] : [span(`${grouped(place + 1)}/${grouped(rows.length)}`, 'dim')];
  return spread(columns, [span('╰─ ', 'dim'), ...selectionSpans(row, cursor)], at, '─');
}

function selectionSpans(row: ListRow | undefined, cursor: Cursor): Span[] {
  if (row === undefined) return [span(`${plainLine(cursor.identifier)} has left the list`, 'dim')];
  const name = span(plainLine(row.row.identifier), 'title');
  return isClaimed(row) ? [name, span(`  ${plainLine(row.row.title)}`)] : [name];
}

/** What is below the frame: what came of an order, what is being asked, or what the keys do now. */
export function bottomLines(input: BottomInput, hints: readonly Hint[]): Line[] {
  const { ui, notice, columns, snapshot } = input;
  if (ui.kind === 'confirm') return confirmLines(ui.about, snapshot, columns);
  if (ui.kind === 'goTo') return goToLines(ui, columns);
  if (notice !== null) return noticeLines(notice, columns);
  return input.hasKeys ? [hintLine(hints, columns)] : [];
}

const GO_TO = ' / Go to issue: ';

/** An identifier that is being written, in one line: the part of it with the cursor. */
function goToLines({ editor }: GoToUi, columns: number): Line[] {
  const { lines, cursorLine } = editorLines(editor, columns - GO_TO.length);
  return [
    lineOf(columns, span(GO_TO, 'title'), ...(lines[cursorLine] ?? [])),
    hintLine(
      [
        ['enter', 'open it, also when it is not listed'],
        ['esc', 'back'],
      ],
      columns,
    ),
  ];
}

function noticeLines({ kind, text }: Notice, columns: number): Line[] {
  const [sign, tone] = NOTICES[kind];
  return wrapAtMost(plainLine(text), columns - 4, MAX_NOTICE_LINES).map((line, index) =>
    lineOf(columns, span(` ${index === 0 ? sign : ' '} `, tone), span(line, tone)),
  );
}

const NOTICES: { readonly [kind in Notice['kind']]: readonly [string, Tone] } = {
  done: ['✓', 'good'],
  failed: ['✗', 'bad'],
  note: ['·', 'dim'],
};

/** As many hints as fit, the first ones first, and the last of all in any case. */
function hintLine(hints: readonly Hint[], columns: number): Line {
  const last = hintSpans(hints.at(-1));
  const spans: Span[] = [];
  let left = columns - widthOf(last);
  for (const hint of hints.slice(0, -1).map(hintSpans)) {
    left -= widthOf(hint);
    if (left < 0) break;
    spans.push(...hint);
  }
  return [...spans, ...last];
}

function hintSpans(hint: Hint | undefined): Span[] {
  if (hint === undefined) return [];
  const [key, does] = hint;
  return [span(' '), span(key, 'key'), span(` ${does} `, 'dim')];
}

/** What the keys do in the list; only what makes sense for the selected issue. */
export function listHints(snapshot: Snapshot, cursor: Cursor | null, quit: string): readonly Hint[] {
  const row = selectedRow(listRows(snapshot), cursor);
  const always: readonly Hint[] = [
    ['q', quit],
    ...holdHints(snapshot),
    ['r', 'refresh'],
    ['/', 'go to'],
    ['?', 'help'],
  ];
  return row === null
    ? [['↑↓', 'select'], ...always]
    : [['enter', 'open'], ...ISSUE_HINTS[row.section], ...always];
}

/** What can be ordered about whatever holds all dispatch. */
export function holdHints({ hold, accountLimit }: Snapshot): readonly Hint[] {
  if (hold !== null) return [['p', 'resume']];
  return [['p', 'pause'], ...(accountLimit === null ? [] : [['u', 'lift limit'] as const])];
}

/** What can be ordered about an issue, by where it stands. */
export const ISSUE_HINTS: { readonly [section in ListRow['section']]: readonly Hint[] } = {
  blocked: [
    ['a', 'answer'],
    ['s', 'set aside'],
    ['t', 'retry'],
    ['x', 'release'],
  ],
  running: [['s', 'stop']],
  retrying: [
    ['t', 'retry now'],
    ['s', 'set aside'],
    ['x', 'release'],
  ],
  parked: [
    ['t', 'retry now'],
    ['x', 'release'],
  ],
  waiting: [['s', 'set aside']],
  ineligible: [],
};

function confirmLines(about: Confirmation, snapshot: Snapshot, columns: number): Line[] {
  const { question, answers } = confirmation(about, snapshot);
  return [
    ...wrap(question, columns - 4).map((line, index) =>
      lineOf(columns, span(index === 0 ? ' ? ' : '   ', 'warn'), span(line, 'title')),
    ),
    lineOf(columns, span('  '), ...answers.flatMap(hintSpans)),
  ];
}

/** A question stays readable whatever a tracker calls its issues. */
function shortName({ identifier }: Target): string {
  return cut(plainLine(identifier), MAX_NAME_COLUMNS);
}

function confirmation(
  about: Confirmation,
  snapshot: Snapshot,
): { readonly question: string; readonly answers: readonly Hint[] } {
  const runs = snapshot.running.length;
  switch (about.kind) {
    case 'stop': {
      const name = shortName(about.target);
      const row = selectedRow(listRows(snapshot), about.target);
      const question =
        row?.section === 'running'
          ? `Stop the run of ${name}? It is then set aside until a retry or its release.`
          : `Set ${name} aside, until a retry or its release?`;
      return {
        question,
        answers: [
          ['y', 'yes'],
          ['n', 'no'],
        ],
      };
    }
    case 'release': {
      const name = shortName(about.target);
      const question = `Release ${name}? What is known of it is forgotten; as long as it is active it is taken as if it were new.`;
      return {
        question,
        answers: [
          ['y', 'release it'],
          ['n', 'no'],
        ],
      };
    }
    case 'drain':
      return {
        question: `Drain? Nothing new starts, and the daemon ends ${runs === 0 ? 'now' : `after ${counted(runs, 'run')}`}.`,
        answers: [
          ['y', 'drain'],
          ['n', 'no'],
        ],
      };
    case 'quit':
      return {
        question: `Quit Symphony? ${runs === 0 ? 'Nothing is' : `${counted(runs, 'run')} ${runs === 1 ? 'is' : 'are'}`} at work.`,
        answers: [
          ['d', 'drain: finish, then end'],
          ['s', 'stop it now'],
          ['esc', 'stay'],
        ],
      };
  }
}
