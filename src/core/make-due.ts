import type { Claim, ParkedClaim, RetryQueuedClaim } from './claim.js';
import type { Draft } from './draft.js';

/** Queues an issue as a retry that is due already: it goes on as soon as there is a slot. */
export function makeDue(
  draft: Draft,
  { issue, workspace }: Pick<Claim, 'issue' | 'workspace'>,
  next: Pick<RetryQueuedClaim, 'attempt' | 'error' | 'thread'>,
): void {
  draft.setClaim({ kind: 'retryQueued', issue, workspace, ...next, dueAtMs: draft.atMs, stage: 'due' });
}

/** What was set aside goes on, with the reason for which it was. */
export function makeParkedDue(draft: Draft, claim: ParkedClaim): void {
  const { attempt, reason, thread } = claim;
  makeDue(draft, claim, { attempt: attempt ?? 1, error: reason, thread });
}
