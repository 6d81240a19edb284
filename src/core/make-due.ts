import type { Claim, RetryQueuedClaim } from './claim.js';
import type { Draft } from './draft.js';

/** Queues an issue as a retry that is due already: it goes on as soon as there is a slot. */
export function makeDue(
  draft: Draft,
  { issue, workspace }: Pick<Claim, 'issue' | 'workspace'>,
  next: Pick<RetryQueuedClaim, 'attempt' | 'error' | 'thread'>,
): void {
  draft.setClaim({ kind: 'retryQueued', issue, workspace, ...next, dueAtMs: draft.atMs, stage: 'due' });
}
