import type { BlockedRow, ParkedRow, RetryingRow, Snapshot } from '../domain/snapshot.js';
import { secondsUntil, span as spanText } from './format.js';
import { type HeaderInput, type HeaderLine, headerLines } from './header.js';
import { type Line, lineOf, span } from './line.js';
import { byIdentifier, runningTable } from './running-table.js';
import { cut, plainLine } from './text.js';

const MAX_ERROR_COLUMNS = 96;
/** With fewer lines than this for rows, the header gives way. */
const COMFORTABLE_ROWS = 10;

/** All a frame depends on. The same input is the same frame. */
export interface FrameInput extends HeaderInput {
  /** Height of the screen in lines. */
  readonly rows: number;
}

/** A table of the frame, whose rows may not all fit. */
interface Section {
  readonly title: string;
  readonly head: readonly Line[];
  readonly rows: readonly Line[];
  /** Shown in place of rows. */
  readonly empty: string;
}

/**
 * The whole screen as lines, at most one less than its height: the last stays free, since a full one scrolls.
 *
 * What does not fit is counted ("… and 3 more"). The lists share the lines evenly, and before they get too few, the
 * header gives up its least important lines.
 */
export function frame(input: FrameInput): Line[] {
  const { snapshot, columns, rows } = input;
  const sections = sectionsOf(input);
  const footer = footerLines(input);
  const fixed = sections.reduce((sum, { head }) => sum + head.length + 1, 0) + footer.length;
  const wanted = sections.map((section) => Math.max(section.rows.length, 1));
  const total = wanted.reduce((sum, count) => sum + count, 0);
  const room = rows - 1 - fixed;
  const header = shortened(headerLines(input), room - Math.min(total, COMFORTABLE_ROWS));
  const shares = share(wanted, Math.max(room - header.length, 0));
  const body = sections.flatMap((section, index) => sectionLines(section, shares[index] ?? 0, columns));
  const lines = [...header, ...body, ...footer];
  if (lines.length < rows) return lines;
  const more = `│ … terminal too low, ${snapshot.running.length} running, ${snapshot.blocked.length} blocked`;
  return [...lines.slice(0, Math.max(rows - 2, 0)), lineOf(columns, span(more, 'warn'))];
}

function sectionsOf({ snapshot, nowMs, columns }: FrameInput): Section[] {
  const { running, retrying, blocked, parked } = snapshot;
  const table = runningTable(running, nowMs, columns);
  const runningSection: Section = {
    title: `Running ${running.length}`,
    head: running.length === 0 ? [] : [table.head],
    rows: table.rows,
    empty: 'No active agents',
  };
  const queue: Section = {
    title: `Backoff queue ${retrying.length}`,
    head: [],
    rows: [...retrying].sort((a, b) => a.dueAtMs - b.dueAtMs).map((row) => retryLine(row, nowMs, columns)),
    empty: 'No queued retries',
  };
  const blockedSection: Section = {
    title: `Blocked ${blocked.length}, waiting for an answer`,
    head: [],
    rows: [...blocked]
      .sort((a, b) => a.blockedAtMs - b.blockedAtMs)
      .map((row) => blockedLine(row, nowMs, columns)),
    empty: '',
  };
  const parkedSection: Section = {
    title: `Parked ${parked.length}`,
    head: [],
    rows: [...parked].sort(byIdentifier).map((row) => parkedLine(row, nowMs, columns)),
    empty: '',
  };
  return [
    ...(blocked.length === 0 ? [] : [blockedSection]),
    runningSection,
    queue,
    ...(parked.length === 0 ? [] : [parkedSection]),
  ];
}

function retryLine(row: RetryingRow, nowMs: number, columns: number): Line {
  const due = `attempt=${row.attempt} in ${secondsUntil(row.dueAtMs, nowMs)}s`;
  const error = row.error === null ? '' : ` error=${cut(plainLine(row.error), MAX_ERROR_COLUMNS)}`;
  return lineOf(
    columns,
    span('│ ', 'dim'),
    span('↻ ', 'busy'),
    span(`${plainLine(row.identifier)} ${due}`),
    span(error, 'warn'),
  );
}

function blockedLine(row: BlockedRow, nowMs: number, columns: number): Line {
  const { text, choices } = row.question;
  const offered = choices.length === 0 ? '' : ` [${choices.map(plainLine).join(' / ')}]`;
  return lineOf(
    columns,
    span('│ ', 'dim'),
    span('? ', 'warn'),
    span(`${plainLine(row.identifier)} ${spanText(nowMs - row.blockedAtMs)} `),
    span(`${plainLine(text)}${offered}`, 'warn'),
  );
}

function parkedLine(row: ParkedRow, nowMs: number, columns: number): Line {
  const until = row.untilMs === null ? 'until released' : `for ${spanText(row.untilMs - nowMs)}`;
  return lineOf(
    columns,
    span('│ ', 'dim'),
    span('■ ', 'warn'),
    span(`${plainLine(row.identifier)} ${until} `),
    span(plainLine(row.reason), 'dim'),
  );
}

function footerLines({ snapshot, nowMs, columns }: FrameInput): Line[] {
  const { waiting, problems } = snapshot;
  const problem = problems.at(-1);
  const lines: Line[] = [];
  if (waiting.count > 0) lines.push(lineOf(columns, span('├─ ', 'dim'), span(waitingText(waiting), 'plain')));
  if (problem !== undefined) {
    const about = problem.identifier === null ? '' : `${plainLine(problem.identifier)} `;
    const text = `Problem ${spanText(nowMs - problem.atMs)} ago: ${about}${plainLine(problem.message)}`;
    lines.push(lineOf(columns, span('├─ ', 'dim'), span(text, 'bad')));
  }
  return [...lines, [span('╰─', 'dim')]];
}

function waitingText({ count, identifiers }: Snapshot['waiting']): string {
  const rest = count > identifiers.length && identifiers.length > 0 ? ', …' : '';
  const names = identifiers.length === 0 ? '' : `: ${identifiers.map(plainLine).join(', ')}${rest}`;
  return `Waiting ${count}${names}`;
}

function sectionLines({ title, head, rows, empty }: Section, lines: number, columns: number): Line[] {
  const titleLine = lineOf(columns, span('├─ ', 'dim'), span(title, 'title'));
  if (lines === 0) return [titleLine];
  if (rows.length === 0) return [titleLine, lineOf(columns, span('│   ', 'dim'), span(empty, 'dim'))];
  if (rows.length <= lines) return [titleLine, ...head, ...rows];
  const shown = rows.slice(0, lines - 1);
  const more = lineOf(columns, span('│   ', 'dim'), span(`… and ${rows.length - shown.length} more`, 'dim'));
  return [titleLine, ...head, ...shown, more];
}

/** Takes away the most expendable lines until the header is short enough, or only what must stay is left. */
function shortened(header: readonly HeaderLine[], lines: number): Line[] {
  const over = Math.max(header.length - lines, 0);
  const gone = header
    .filter(({ expendable }) => expendable > 0)
    .sort((a, b) => b.expendable - a.expendable)
    .slice(0, over);
  return header.filter((entry) => !gone.includes(entry)).map(({ line }) => line);
}

/** Deals lines out one by one, so that a long list cannot crowd out a short one. */
function share(wanted: readonly number[], lines: number): number[] {
  const shares = wanted.map(() => 0);
  let left = lines;
  for (let dealt = true; dealt && left > 0; ) {
    dealt = false;
    for (const [index, want] of wanted.entries()) {
      const have = shares[index] ?? 0;
      if (left === 0 || have >= want) continue;
      shares[index] = have + 1;
      left -= 1;
      dealt = true;
    }
  }
  return shares;
}
