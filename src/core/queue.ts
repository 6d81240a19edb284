import type { IssueFacts, IssueId } from '../domain/issue.js';
import { isActive } from '../domain/routing.js';
import { compareForDispatch, mayWait } from './dispatch.js';
import type { Draft } from './draft.js';

/** An issue of the queue was read again: it keeps its place as it is now, or leaves. */
export function replaceWaiting(draft: Draft, issueId: IssueId, issue: IssueFacts | undefined): void {
  if (draft.state.queue.waiting.some(({ id }) => id === issueId)) admit(draft, issueId, issue);
}

/** An unclaimed issue as it is now: it stands in the queue if it may, and nowhere else. */
export function admit(draft: Draft, issueId: IssueId, issue: IssueFacts | undefined): void {
  const { queue, settings } = draft.state;
  const others = queue.waiting.filter(({ id }) => id !== issueId);
  const excluded = queue.excluded.filter(({ id }) => id !== issueId);
  const waits = issue !== undefined && mayWait(issue, draft.state);
  const isExcluded = issue !== undefined && !waits && isActive(issue, settings);
  draft.set({
    queue: {
      ...queue,
      waiting: waits ? [...others, issue].sort(compareForDispatch) : others,
      excluded: isExcluded ? [...excluded, issue].sort(compareForDispatch) : excluded,
    },
  });
}
