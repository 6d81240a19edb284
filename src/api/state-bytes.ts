import { perObject } from '../domain/per-object.js';
import type { BlockedRow, ParkedRow, RetryingRow, RunningRow, Snapshot } from '../domain/snapshot.js';
import {
  afterRows,
  beforeRows,
  blockedEntry,
  parkedEntry,
  retryingEntry,
  runningEntry,
  type StateLinks,
} from './state.js';

/**
 * `stateResponse` as the bytes of its JSON. A row of the snapshot is the same object for as long as nothing of it changes,
 * and is put into words once: thousands of rows are answered at a time.
 */
export function stateBytes(snapshot: Snapshot, links: StateLinks): Buffer {
  return Buffer.concat([
    Buffer.from(`{${membersOf(beforeRows(snapshot))},"running":[`),
    ...listed(snapshot.running, runningBytes),
    Buffer.from('],"retrying":['),
    ...listed(snapshot.retrying, retryingBytes),
    Buffer.from('],"blocked":['),
    ...listed(snapshot.blocked, blockedBytes),
    Buffer.from('],"parked":['),
    ...listed(snapshot.parked, parkedBytes),
    Buffer.from(`],${membersOf(afterRows(snapshot, links))}}`),
  ]);
}

const runningBytes = perObject((row: RunningRow) => memberBytes(runningEntry(row)));
const retryingBytes = perObject((row: RetryingRow) => memberBytes(retryingEntry(row)));
const blockedBytes = perObject((row: BlockedRow) => memberBytes(blockedEntry(row)));
const parkedBytes = perObject((row: ParkedRow) => memberBytes(parkedEntry(row)));

/** A member of a list that is not its first. */
function memberBytes(entry: object): Buffer {
  return Buffer.from(`,${JSON.stringify(entry)}`);
}

function listed<Row>(rows: readonly Row[], bytesOf: (row: Row) => Buffer): Buffer[] {
  return rows.map((row, index) => (index === 0 ? bytesOf(row).subarray(1) : bytesOf(row)));
}

/** The JSON of an object without its braces. */
function membersOf(object: object): string {
  return JSON.stringify(object).slice(1, -1);
}
