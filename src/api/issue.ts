import type { AttemptRecord, HistoryEvent } from '../domain/history.js';
import type { BlockedRow, ParkedRow, RetryingRow, RunningRow, Snapshot } from '../domain/snapshot.js';
import type { SessionLog } from '../domain/transcript.js';
import type { Known } from './answers.js';
import { attemptResponse } from './events.js';
import type { IssueResponse } from './schema.js';
import { blockedPart, identity, isoTime, parkedPart, retryingPart, runningPart } from './state.js';

/** How the daemon holds an issue, with its row of the snapshot. */
export type Held =
  | { readonly status: 'running'; readonly row: RunningRow }
  | { readonly status: 'retrying'; readonly row: RetryingRow }
  | { readonly status: 'blocked'; readonly row: BlockedRow }
  | { readonly status: 'parked'; readonly row: ParkedRow };

/** Every issue of a snapshot by its identifier. */
export function heldIssues(snapshot: Snapshot): ReadonlyMap<string, Held> {
  const all: Held[] = [
    ...snapshot.parked.map((row) => ({ status: 'parked', row }) as const),
    ...snapshot.blocked.map((row) => ({ status: 'blocked', row }) as const),
    ...snapshot.retrying.map((row) => ({ status: 'retrying', row }) as const),
    ...snapshot.running.map((row) => ({ status: 'running', row }) as const),
  ];
  // Two trackers' issues may share an identifier; the last one wins, so the live run is what is shown.
  return new Map(all.map((held) => [held.row.identifier, held]));
}

/** All that an issue's answer is made of. */
export interface IssueParts {
  readonly known: Known;
  readonly snapshot: Snapshot;
  /** The newest last. */
  readonly events: readonly HistoryEvent[];
  /** The oldest first. */
  readonly sessions: readonly SessionLog[];
}

/** One issue in the words of the API. */
export function issueResponse({ known, snapshot, events, sessions }: IssueParts): IssueResponse {
  const { held, history } = known;
  return {
    ...identity(subject(known)),
    status: status(known),
    workspace: workspace(known),
    attempts: attempts(known),
    running: held?.status === 'running' ? runningPart(held.row) : null,
    retry: held?.status === 'retrying' ? retryingPart(held.row) : null,
    blocked: held?.status === 'blocked' ? blockedPart(held.row) : null,
    parked: held?.status === 'parked' ? parkedPart(held.row) : null,
    logs: { codex_session_logs: logs(subject(known), sessions) },
    recent_events: events.length > 0 ? events.map(recentEvent) : lastEvent(held),
    last_error: lastError(known, snapshot),
    history: (history?.attempts ?? []).map(attemptResponse),
    tokens_over_time: (history?.tokens ?? []).map(({ atMs, totalTokens }) => ({
      at: isoTime(atMs),
      total_tokens: totalTokens,
    })),
    tracked: {},
  };
}

function subject({ held, listed, history }: Known) {
  const subject = held?.row ?? listed ?? history;
  if (subject === null) throw new Error('an issue that is not known was to be shown');
  return subject;
}

function status({ held, listed }: Known): IssueResponse['status'] {
  if (held !== null) return held.status;
  if (listed === null) return 'ended';
  // An explanation may be a moment younger than the snapshot: a run that the snapshot has not seen waits in it.
  return listed.standing === 'ineligible' ? 'ineligible' : 'waiting';
}

function workspace({ held, history }: Known): IssueResponse['workspace'] {
  if (held !== null) return { path: held.row.workspacePath, host: held.row.host };
  const last = history?.attempts.at(-1);
  return { path: last?.workspacePath ?? null, host: last?.host ?? null };
}

function attempts({ held, history }: Known): IssueResponse['attempts'] {
  const current =
    held === null || held.status === 'blocked' ? history?.attempts.at(-1)?.attempt : held.row.attempt;
  const attempt = current ?? 0;
  return { restart_count: Math.max(attempt - 1, 0), current_retry_attempt: attempt };
}

function logs({ identifier }: { readonly identifier: string }, sessions: readonly SessionLog[]) {
  const transcript = `/api/v1/issues/${encodeURIComponent(identifier)}/transcript`;
  return sessions.toReversed().map(({ label, path }, index) => ({
    label: index === 0 ? 'latest' : label,
    path,
    url: `${transcript}?session=${encodeURIComponent(label)}`,
  }));
}

function recentEvent({ atMs, kind, message }: HistoryEvent) {
  return { at: isoTime(atMs), event: kind, message };
}

/** What the snapshot itself tells, for an issue of which no events are kept. */
function lastEvent(held: Held | null): IssueResponse['recent_events'] {
  if (held?.status !== 'running' && held?.status !== 'blocked') return [];
  const { lastEvent: event, lastEventAtMs, lastMessage } = held.row;
  if (event === null || lastEventAtMs === null) return [];
  return [{ at: isoTime(lastEventAtMs), event, message: lastMessage }];
}

/** How the last run failed; null when it went well. */
function failureOf(last: AttemptRecord | undefined): string | null {
  const wentWell = last?.outcome === 'issueInactive' || last?.outcome === 'turnsExhausted';
  return last === undefined || wentWell ? null : last.detail;
}

function lastError({ held, history }: Known, snapshot: Snapshot): string | null {
  switch (held?.status) {
    case 'retrying':
    case 'blocked':
      return held.row.error;
    case 'parked':
      return held.row.reason;
    case 'running':
      return (
        snapshot.problems.findLast(({ identifier }) => identifier === held.row.identifier)?.message ?? null
      );
    case undefined:
      return failureOf(history?.attempts.at(-1));
  }
}
