import type { IssueId } from '../domain/issue.js';
import { claimDeadlineMs } from './claim.js';
import { earliest, withDeadline } from './deadlines.js';
import { fillSlots } from './dispatch.js';
import type { Draft } from './draft.js';
import { nextTryAtMs, tryHosts } from './hosts.js';
import { makeParkedDue } from './make-due.js';
import { askForSkippedCandidates, pollDueAtMs, startDuePoll } from './poll.js';
import { stopRun } from './reconcile.js';
import type { State } from './state.js';
import { reckoned } from './until.js';

/** When the engine must send `woke` next, unless another event comes first; infinite when nothing is due. */
export function nextWakeAtMs(state: State): number {
  if (state.mode !== 'running') return Number.POSITIVE_INFINITY;
  return Math.min(
    pollDueAtMs(state.poll) ?? Number.POSITIVE_INFINITY,
    earliest(state.deadlines)?.atMs ?? Number.POSITIVE_INFINITY,
    state.accountLimit?.until.atMs ?? Number.POSITIVE_INFINITY,
    nextTryAtMs(state),
  );
}

/** Does all that is due by now: stalls, retries, the end of limits, the poll. */
export function woke(draft: Draft): void {
  if (draft.state.mode !== 'running') return;
  const { accountLimit } = draft.state;
  if (accountLimit !== null && accountLimit.until.atMs <= draft.atMs) draft.setAccountLimit(null);
  for (let next = earliest(draft.state.deadlines); next !== null; next = earliest(draft.state.deadlines)) {
    if (next.atMs > draft.atMs) break;
    reach(draft, next.issueId);
  }
  tryHosts(draft);
  fillSlots(draft);
  askForSkippedCandidates(draft);
  startDuePoll(draft);
}

/** A deadline came. A run may have shown life since it was set; then it is only moved. */
function reach(draft: Draft, issueId: IssueId): void {
  const claim = draft.claim(issueId);
  const deadlineMs = claim === undefined ? null : claimDeadlineMs(claim, draft.state.settings);
  if (claim === undefined || deadlineMs === null || deadlineMs > draft.atMs) {
    draft.set({ deadlines: withDeadline(draft.state.deadlines, issueId, deadlineMs) });
    return;
  }
  if (claim.kind === 'running') stopRun(draft, claim, 'stalled', 'retry', draft.atMs - claim.lastEventAtMs);
  else if (claim.kind === 'retryQueued') draft.setClaim({ ...claim, stage: 'due' });
  else if (claim.kind === 'parked') makeParkedDue(draft, claim);
}

/** The wall clock jumped: what waits for a wall time waits for it still; everything else is monotonic (C8). */
export function clockJumped(draft: Draft): void {
  const { accountLimit, claims } = draft.state;
  if (accountLimit !== null)
    draft.setAccountLimit({ ...accountLimit, until: reckoned(accountLimit.until, draft) });
  for (const claim of claims.values()) {
    if (claim.kind === 'parked' && claim.until !== null) {
      draft.setClaim({ ...claim, until: reckoned(claim.until, draft) });
    }
  }
}
