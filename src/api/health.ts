import { SymphonyError } from '../domain/error.js';
import type { HostRow, Snapshot } from '../domain/snapshot.js';
import type { HealthResponse } from './schema-issues.js';
import { isoTime } from './state.js';

/** A poll that takes longer than its interval and this is not merely slow. */
const PATIENCE_MS = 120_000;

type Reason = HealthResponse['reasons'][number];

/** Nothing begins before the journal knows of it. */
const NOT_COMMITTED: Reason = {
  code: 'store_failed',
  message:
    'The journal takes nothing for a second or more, so nothing new begins; the latest problems say why.',
};

/** Whether the daemon would begin new work, as of `nowMs` (wall); `isCommitted` when the journal keeps up with it. */
export function healthResponse(
  snapshot: () => Snapshot,
  { nowMs, isCommitted }: { readonly nowMs: number; readonly isCommitted: boolean },
): HealthResponse {
  const reasons = [...(isCommitted ? [] : [NOT_COMMITTED]), ...reasonsAgainst(snapshot, nowMs)];
  return { live: true, ready: reasons.length === 0, reasons };
}

function reasonsAgainst(snapshot: () => Snapshot, nowMs: number): Reason[] {
  try {
    return notReady(snapshot(), nowMs);
  } catch (error) {
    if (!(error instanceof SymphonyError)) throw error;
    return [{ code: error.code, message: error.message }];
  }
}

function notReady(snapshot: Snapshot, nowMs: number): Reason[] {
  const { mode, hold, workflowProblem, accountLimit, hosts, polling } = snapshot;
  const reasons: Reason[] = [];
  const add = (code: string, message: string): void => {
    reasons.push({ code, message });
  };
  if (mode === 'stopping') add('daemon_stopping', 'The daemon is stopping.');
  if (hold !== null)
    add(`dispatch_${hold.kind}`, `Dispatch is ${hold.kind} since ${isoTime(hold.sinceWallMs)}.`);
  if (workflowProblem !== null) add(workflowProblem.code, workflowProblem.message);
  if (accountLimit !== null) {
    add('account_limited', `${accountLimit.reason}, until ${isoTime(accountLimit.untilMs)}.`);
  }
  const reason = downReason(hosts);
  if (reason !== null) add('host_unreachable', `No worker answers: ${reason}.`);
  if (polling.failure !== null) add(polling.failure.code, polling.failure.message);
  else if (isOverdue(snapshot, nowMs)) {
    const since =
      polling.lastSuccessAtMs === null ? 'since the start' : `since ${isoTime(polling.lastSuccessAtMs)}`;
    add('poll_overdue', `The tracker has not been read ${since}.`);
  } else if (polling.lastSuccessAtMs === null) add('not_polled_yet', 'The tracker has not been read yet.');
  return reasons;
}

/** Of the first worker, while none can be given work; a worker that is leaving gets none anyway. */
function downReason(hosts: readonly HostRow[]): string | null {
  const staying = hosts.filter(({ isDraining }) => !isDraining);
  return staying.every(({ down }) => down !== null) ? (staying[0]?.down?.reason ?? null) : null;
}

function isOverdue({ mode, polling, startedAtMs }: Snapshot, nowMs: number): boolean {
  if (mode !== 'running') return false;
  const pausedMs = polling.pausedUntilMs ?? Number.NEGATIVE_INFINITY;
  const expectedMs = Math.max((polling.lastSuccessAtMs ?? startedAtMs) + polling.intervalMs, pausedMs);
  return nowMs > expectedMs + PATIENCE_MS;
}
