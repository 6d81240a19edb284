import type { Snapshot } from '../../domain/snapshot.js';
import { isClaimed, type ListRow, listRows } from '../keys/list-rows.js';
import { plainLine, width } from '../text/text.js';

const MARGIN_COLUMNS = 4;
/** Of a scroll bar, with the blank before it. */
const SCROLL_BAR_COLUMNS = 2;
const MIN_TEXT_COLUMNS = 14;
const MIN_ID_COLUMNS = 8;
const MAX_ID_COLUMNS = 16;
const MAX_HOST_COLUMNS = 14;
const STAGE_COLUMNS = 14;
const SHORT_STAGE_COLUMNS = 11;
const MIN_TITLE_COLUMNS = 20;
const MAX_TITLE_COLUMNS = 48;
/** So much of the last column is worth more than a title. */
const ENOUGH_TEXT_COLUMNS = 48;

/** How wide the columns of the list are, the same in all its sections; 0 is a column that is not shown. */
export interface RowLayout {
  /** Of the whole line. */
  readonly columns: number;
  readonly id: number;
  readonly host: number;
  readonly stage: number;
  /** Also in the sections of issues that wait, which have more to say in words. */
  readonly waitingStage: number;
  readonly when: number;
  readonly tokens: number;
  readonly processId: number;
  readonly session: number;
  readonly title: number;
  /** For the words of an issue that waits. */
  readonly words: number;
}

type Columns = Omit<RowLayout, 'words'>;

const WHEN_COLUMNS = 12;
const TOKENS_COLUMNS = 10;
const PID_COLUMNS = 7;
const SESSION_COLUMNS = 13;

/**
 * The layout for a screen: narrow ones lose process id and session, then width, then the host and the tokens. It is the
 * same with a scroll bar and without, so that nothing jumps when there is one.
 */
export function rowLayout(snapshot: Snapshot, screenColumns: number): RowLayout {
  const columns = screenColumns - SCROLL_BAR_COLUMNS;
  const { id, host } = widest(snapshot);
  const long = {
    id,
    host,
    stage: STAGE_COLUMNS,
    waitingStage: 0,
    when: WHEN_COLUMNS,
    tokens: TOKENS_COLUMNS,
  };
  const short = { ...long, stage: SHORT_STAGE_COLUMNS };
  const none = { processId: 0, session: 0, title: 0 };
  const choices = [
    { ...long, ...none, waitingStage: STAGE_COLUMNS, processId: PID_COLUMNS, session: SESSION_COLUMNS },
    { ...long, ...none, waitingStage: STAGE_COLUMNS, session: SESSION_COLUMNS },
    { ...long, ...none },
    { ...short, ...none },
    { ...short, ...none, host: 0 },
    { ...short, ...none, host: 0, tokens: 0 },
  ];
  const least = { ...short, ...none, id: MIN_ID_COLUMNS, host: 0, tokens: 0 };
  const chosen = choices.find((choice) => textColumns({ ...choice, columns }) >= MIN_TEXT_COLUMNS) ?? least;
  const spare = textColumns({ ...chosen, columns }) - ENOUGH_TEXT_COLUMNS - 1;
  const title = spare < MIN_TITLE_COLUMNS ? 0 : Math.min(spare, MAX_TITLE_COLUMNS);
  const layout = { ...chosen, columns, title };
  return { ...layout, words: columns - wordStart(layout) };
}

/** What is left for the last column of a running issue. */
function textColumns({ columns, waitingStage: _, ...shown }: Columns): number {
  const taken = Object.values(shown).reduce((sum, one) => sum + (one === 0 ? 0 : one + 1), 0);
  return columns - MARGIN_COLUMNS - taken;
}

/** Where the words of an issue that waits begin. */
export function wordStart({ id, host, waitingStage, when }: Columns): number {
  return [id, host, waitingStage, when].reduce((sum, one) => sum + (one === 0 ? 0 : one + 1), MARGIN_COLUMNS);
}

/** Columns for identifiers and hosts, as wide as the widest of all sections; none for hosts where there is but one machine. */
function widest(snapshot: Snapshot): { readonly id: number; readonly host: number } {
  const known = latest.get(snapshot);
  if (known !== undefined) return known;
  let id = MIN_ID_COLUMNS;
  let host = 0;
  for (const row of listRows(snapshot)) {
    id = Math.max(id, width(plainLine(row.row.identifier)));
    const name = snapshot.hosts.length === 0 ? null : hostOf(row);
    if (name !== null) host = Math.max(host, width(name), 'HOST'.length);
  }
  const found = { id: Math.min(id, MAX_ID_COLUMNS), host: Math.min(host, MAX_HOST_COLUMNS) };
  latest.set(snapshot, found);
  return found;
}

const latest = new WeakMap<Snapshot, { readonly id: number; readonly host: number }>();

/** The host an issue is worked on at, null while it has none. */
export function hostOf(row: ListRow): string | null {
  return !isClaimed(row) || row.row.host === null ? null : plainLine(row.row.host);
}
