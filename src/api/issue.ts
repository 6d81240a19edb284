import type { IssueId } from '../domain/issue.js';
import type { BlockedRow, ParkedRow, RetryingRow, RunningRow, Snapshot } from '../domain/snapshot.js';
import type { IssueResponse } from './schema.js';
import { blockedPart, identity, isoTime, parkedPart, retryingPart, runningPart } from './state.js';

/** By what an issue's detail is looked up. */
export interface IssueName {
  readonly issueId: IssueId;
  readonly identifier: string;
}

/** One thing that happened to an issue. */
interface IssueEvent {
  readonly atMs: number;
  readonly event: string;
  readonly message: string | null;
}

/** More about an issue than a snapshot holds, where the daemon keeps it. */
export interface IssueDetail {
  /** The newest last; null where only the latest is known. */
  readonly events: readonly IssueEvent[] | null;
  readonly logs: readonly { readonly label: string; readonly path: string; readonly url: string | null }[];
}

/** Where an issue stands in a snapshot, with its row. */
export type Standing =
  | { readonly status: 'running'; readonly row: RunningRow }
  | { readonly status: 'retrying'; readonly row: RetryingRow }
  | { readonly status: 'blocked'; readonly row: BlockedRow }
  | { readonly status: 'parked'; readonly row: ParkedRow };

/** Every issue of a snapshot by its identifier. */
export function standings(snapshot: Snapshot): ReadonlyMap<string, Standing> {
  const all: Standing[] = [
    ...snapshot.parked.map((row) => ({ status: 'parked', row }) as const),
    ...snapshot.blocked.map((row) => ({ status: 'blocked', row }) as const),
    ...snapshot.retrying.map((row) => ({ status: 'retrying', row }) as const),
    ...snapshot.running.map((row) => ({ status: 'running', row }) as const),
  ];
  // Two trackers' issues may share an identifier; the last one wins, so the live run is what is shown.
  return new Map(all.map((standing) => [standing.row.identifier, standing]));
}

/** One issue in the words of the API. */
export function issueResponse(
  standing: Standing,
  snapshot: Snapshot,
  detail: ((issue: IssueName) => IssueDetail | null) | null,
): IssueResponse {
  const { status, row } = standing;
  const more = detail?.(row) ?? null;
  const attempt = status === 'blocked' ? 0 : (row.attempt ?? 0);
  return {
    ...identity(row),
    status,
    workspace: { path: row.workspacePath, host: row.host },
    attempts: { restart_count: Math.max(attempt - 1, 0), current_retry_attempt: attempt },
    running: status === 'running' ? runningPart(row) : null,
    retry: status === 'retrying' ? retryingPart(row) : null,
    blocked: status === 'blocked' ? blockedPart(row) : null,
    parked: status === 'parked' ? parkedPart(row) : null,
    logs: { codex_session_logs: (more?.logs ?? []).map(({ label, path, url }) => ({ label, path, url })) },
    recent_events: more?.events?.map(event) ?? lastEvent(standing),
    last_error: lastError(standing, snapshot),
    history: [],
    tokens_over_time: [],
    tracked: {},
  };
}

function lastEvent({ status, row }: Standing): IssueResponse['recent_events'] {
  if (status !== 'running' && status !== 'blocked') return [];
  if (row.lastEvent === null || row.lastEventAtMs === null) return [];
  return [event({ atMs: row.lastEventAtMs, event: row.lastEvent, message: row.lastMessage })];
}

function event({ atMs, event: name, message }: IssueEvent) {
  return { at: isoTime(atMs), event: name, message };
}

function lastError({ status, row }: Standing, snapshot: Snapshot): string | null {
  switch (status) {
    case 'retrying':
    case 'blocked':
      return row.error;
    case 'parked':
      return row.reason;
    case 'running':
      return snapshot.problems.findLast((problem) => problem.identifier === row.identifier)?.message ?? null;
  }
}
