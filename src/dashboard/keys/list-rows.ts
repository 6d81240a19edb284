import { byIdentifier } from '../../domain/identifier-order.js';
import type { BlockedRow, ParkedRow, RetryingRow, RunningRow, Snapshot } from '../../domain/snapshot.js';
import type { Cursor, Target } from './ui.js';

/** An issue of the list, in the section it stands in. */
export type ListRow = ClaimedRow | NamedRow;

/** An issue that the daemon has a claim on. */
export type ClaimedRow =
  | { readonly section: 'blocked'; readonly row: BlockedRow }
  | { readonly section: 'running'; readonly row: RunningRow }
  | { readonly section: 'retrying'; readonly row: RetryingRow }
  | { readonly section: 'parked'; readonly row: ParkedRow };

/** Of these a snapshot holds no more than the identifier. */
export interface NamedRow {
  readonly section: 'waiting' | 'ineligible';
  readonly row: { readonly identifier: string };
}

/** Whether more is known of an issue than its name. */
export function isClaimed(row: ListRow): row is ClaimedRow {
  return row.section !== 'waiting' && row.section !== 'ineligible';
}

/** All issues that can be selected, in the order in which they are shown: those that wait for a person first. */
export function listRows(snapshot: Snapshot): readonly ListRow[] {
  const known = latest.get(snapshot);
  if (known !== undefined) return known;
  const rows = inOrder(snapshot);
  latest.set(snapshot, rows);
  return rows;
}

/** Keys and frames ask for the same snapshot again and again. */
const latest = new WeakMap<Snapshot, readonly ListRow[]>();

function inOrder({ blocked, running, retrying, parked, waiting, ineligible }: Snapshot): readonly ListRow[] {
  return [
    ...[...blocked]
      .sort((a, b) => a.blockedAtMs - b.blockedAtMs)
      .map((row): ListRow => ({ section: 'blocked', row })),
    ...[...parked].sort(byIdentifier).map((row): ListRow => ({ section: 'parked', row })),
    ...[...running].sort(byIdentifier).map((row): ListRow => ({ section: 'running', row })),
    ...[...retrying]
      .sort((a, b) => a.dueAtMs - b.dueAtMs)
      .map((row): ListRow => ({ section: 'retrying', row })),
    ...waiting.identifiers.map((identifier): ListRow => ({ section: 'waiting', row: { identifier } })),
    ...ineligible.identifiers.map((identifier): ListRow => ({ section: 'ineligible', row: { identifier } })),
  ];
}

/** What orders about a row are addressed to. */
export function targetOf(row: ListRow): Target {
  return { issueId: isClaimed(row) ? row.row.issueId : null, identifier: row.row.identifier };
}

/** The place of an issue in the list, null when it is not there any more. */
export function placeOf(rows: readonly ListRow[], target: Target): number | null {
  const { issueId, identifier } = target;
  const byId = issueId === null ? -1 : rows.findIndex((row) => targetOf(row).issueId === issueId);
  if (byId !== -1) return byId;
  // An issue gets its id with its claim, and loses it when that is released.
  const byName = rows.findIndex(
    (row) => row.row.identifier === identifier && (issueId === null || !isClaimed(row)),
  );
  return byName === -1 ? null : byName;
}

/** The row that is selected, null when nothing is, or when it has left. */
export function selectedRow(rows: readonly ListRow[], target: Target | null): ListRow | null {
  const place = target === null ? null : placeOf(rows, target);
  return place === null ? null : (rows[place] ?? null);
}

/** The blocked row of an issue, null when it asks nothing. */
export function blockedRow(snapshot: Snapshot, target: Target): BlockedRow | null {
  const row = selectedRow(listRows(snapshot), target);
  return row?.section === 'blocked' ? row.row : null;
}

/** A cursor on the row at a place, or the nearest one; null when there are none. */
export function cursorAt(rows: readonly ListRow[], place: number): Cursor | null {
  const index = Math.min(Math.max(place, 0), rows.length - 1);
  const row = rows[index];
  return row === undefined ? null : { ...targetOf(row), index };
}
