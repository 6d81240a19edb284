import type { IssueFacts, IssueId } from '../domain/issue.js';
import { compareForDispatch, mayWait } from './dispatch.js';
import type { Draft } from './draft.js';

/** An issue of the queue was read again: it keeps its place as it is now, or leaves. */
export function replaceWaiting(draft: Draft, issueId: IssueId, issue: IssueFacts | undefined): void {
  if (draft.state.queue.waiting.some(({ id }) => id === issueId)) admit(draft, issueId, issue);
}

/** An unclaimed issue as it is now: it stands in the queue if it may, and nowhere else. */
export function admit(draft: Draft, issueId: IssueId, issue: IssueFacts | undefined): void {
  const { queue } = draft.state;
  const others = queue.waiting.filter(({ id }) => id !== issueId);
  const waits = issue !== undefined && mayWait(issue, draft.state);
  draft.set({ queue: { ...queue, waiting: waits ? [...others, issue].sort(compareForDispatch) : others } });
}
