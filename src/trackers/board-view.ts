import type { BlockerRef, Issue } from '../domain/issue.js';
import { normalizedState } from '../domain/issue.js';
import { isTerminal } from '../domain/routing.js';
import type { TrackerSettings } from '../domain/settings.js';
import type { BoardRecord } from './board-record.js';
import { blockedBecause, verdict } from './verdict.js';

/** A record and where it stands, for people. */
export interface PlacedRecord {
  readonly place: string;
  readonly record: BoardRecord;
}

/** A board read once: its issues by id, and the ids that cannot be told. */
export interface BoardView {
  readonly issues: ReadonlyMap<string, Issue>;
  /** Why an id has no issue although something of it is there. */
  readonly malformed: ReadonlyMap<string, string>;
  readonly problems: readonly string[];
}

/** The states by which a board is judged. */
export type BoardStates = Pick<TrackerSettings, 'activeStates' | 'terminalStates'>;

/** Resolves blockers and verdicts over all records of a board; an identifier used twice is nobody's. */
export function viewBoard(placed: readonly PlacedRecord[], states: BoardStates): BoardView {
  const { records, malformed } = splitDuplicates(placed);
  const problems = [...malformed.values()];
  const issues = new Map<string, Issue>();
  for (const [id, { record, place }] of records) {
    const blockedBy = record.blockers.map((name) => blockerRef(name, records));
    issues.set(id, toIssue(record, blockedBy, states));
    if (isTerminal(record, states)) continue;
    for (const { id: blockerId, identifier } of blockedBy) {
      if (blockerId === null) {
        problems.push(
          `${place} is blocked by ${identifier}, which is not on the board, so it does not start`,
        );
      }
    }
  }
  return { issues, malformed, problems };
}

function splitDuplicates(placed: readonly PlacedRecord[]) {
  const records = new Map<string, PlacedRecord>();
  const places = new Map<string, string[]>();
  for (const entry of placed) {
    const { identifier } = entry.record;
    records.set(identifier, entry);
    places.set(identifier, [...(places.get(identifier) ?? []), entry.place]);
  }
  const malformed = new Map<string, string>();
  for (const [identifier, holders] of places) {
    if (holders.length === 1) continue;
    records.delete(identifier);
    malformed.set(
      identifier,
      `${holders.join(' and ')} have the same identifier ${identifier}; change all but one`,
    );
  }
  return { records, malformed };
}

function blockerRef(name: string, records: ReadonlyMap<string, PlacedRecord>): BlockerRef {
  const blocker = records.get(name)?.record;
  return { id: blocker?.identifier ?? null, identifier: name, state: blocker?.state ?? null };
}

function toIssue(record: BoardRecord, blockedBy: readonly BlockerRef[], states: BoardStates): Issue {
  const { blockers: _names, ...fields } = record;
  return {
    id: record.identifier,
    ...fields,
    blockedBy,
    ...verdict(notDispatchableBecause(record, blockedBy, states)),
  };
}

/** A blocker keeps an issue from being started; it stops no work that has begun. One that cannot be told counts as open. */
function notDispatchableBecause(
  { state }: BoardRecord,
  blockedBy: readonly BlockerRef[],
  states: BoardStates,
): string | null {
  const isUnstarted = normalizedState(state) === normalizedState(states.activeStates[0] ?? '');
  if (!isUnstarted) return null;
  return blockedBecause(
    blockedBy.filter((blocker) => blocker.state === null || !isTerminal({ state: blocker.state }, states)),
  );
}
