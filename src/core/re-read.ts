import { Set as PersistentSet } from 'immutable';
import type { IssueFacts, IssueId } from '../domain/issue.js';
import { affordableGapMs } from './budget.js';
import { askAgain, canReRead, fillSlots, mayWait } from './dispatch.js';
import type { Draft } from './draft.js';
import type { EventOf, Failure } from './events.js';
import { forgetReads, isNews, noteRead } from './freshness.js';
import { askForSkippedCandidates, requestPollForChange } from './poll.js';
import { admit, replaceWaiting } from './queue.js';
import { failRetryCheck, reconcile, reconcileKept } from './reconcile.js';

/** Of more issues at once a poll tells as much. */
const MOST_NAMED = 50;

/** The tracker named issues that changed: they alone are read, where that is cheaper than a poll and nothing forbids it. */
export function issuesChanged(draft: Draft, { issueIds }: EventOf<'issuesChanged'>): void {
  if (draft.state.mode !== 'running' || issueIds.length === 0) return;
  forgetReads(draft, issueIds);
  if (mayAskByName(draft, issueIds)) askAgain(draft, issueIds, PersistentSet(issueIds));
  else requestPollForChange(draft);
}

function mayAskByName(draft: Draft, issueIds: readonly IssueId[]): boolean {
  const { poll } = draft.state;
  const isSettled = poll.flight === null && poll.lastSuccessWallMs !== null;
  return isSettled && canReRead(draft) && issueIds.length <= MOST_NAMED && affordableGapMs(poll.budget) === 0;
}

/**
 * Issues that wait for a slot were read along with the check of a turn. This is no reason to start anything, but what
 * starts within the next moments needs no question of its own.
 */
export function issuesSeen(draft: Draft, event: EventOf<'issuesSeen'>): void {
  if (draft.state.mode !== 'running') return;
  const issues = new Map(event.issues.map((issue) => [issue.id, issue]));
  const news = event.ids.filter((id) => isNews(draft.state, id, event.askedAtMs, draft.atMs));
  for (const issueId of news) {
    const issue = issues.get(issueId);
    if (draft.claim(issueId) === undefined) replaceWaiting(draft, issueId, issue);
    else reconcile(draft, issueId, issue);
  }
  const shown = news.filter((issueId) => draft.state.freshness.claimedAtMs.get(issueId) !== draft.atMs);
  noteRead(draft, shown, event.askedAtMs);
}

/** The re-read for free slots came back: what is still eligible starts, the rest is let go. */
export function issuesRefreshed(draft: Draft, event: EventOf<'issuesRefreshed'>): void {
  const { fill } = draft.state;
  if (fill === null || fill.request !== event.request) return;
  const issues = new Map(event.issues.map((issue) => [issue.id, issue]));
  const fresh = new Set<IssueId>();
  for (const issueId of fill.ids) {
    if (fill.touched.has(issueId)) continue;
    const issue = issues.get(issueId);
    if (draft.claim(issueId) !== undefined) reconcile(draft, issueId, issue);
    else if (fill.named.has(issueId)) reconcileNamed(draft, issueId, issue);
    else replaceWaiting(draft, issueId, issue);
    fresh.add(issueId);
  }
  draft.set({ fill: null });
  noteRead(draft, fresh, fill.askedAtMs);
  fillSlots(draft, fresh);
  askForSkippedCandidates(draft);
}

/** An issue that nobody works on changed: it may be new work, or its end may have set others free. */
function reconcileNamed(draft: Draft, issueId: IssueId, issue: IssueFacts | undefined): void {
  reconcileKept(draft, issueId, issue);
  admit(draft, issueId, issue);
  const { queue } = draft.state;
  const isWork = issue !== undefined && mayWait(issue, draft.state);
  if (!isWork && queue.candidates === 'listed') draft.set({ queue: { ...queue, candidates: 'skipped' } });
}

/** The re-read failed: retries back off (SPEC 16.6), candidates wait for the next poll that succeeds. */
export function issuesRefreshFailed(draft: Draft, event: EventOf<'issuesRefreshFailed'>): void {
  const { fill, poll, queue } = draft.state;
  if (fill === null || fill.request !== event.request) return;
  draft.problem(event.failure.code, event.failure.message);
  draft.set({
    fill: null,
    queue: { ...queue, held: true },
    poll: {
      ...poll,
      notBeforeMs: Math.max(poll.notBeforeMs, draft.atMs + (event.failure.retryAfterMs ?? 0)),
    },
  });
  if (!fill.named.isEmpty()) requestPollForChange(draft);
  for (const issueId of fill.ids) {
    if (!fill.touched.has(issueId) && !fill.named.has(issueId))
      failRetryCheck(draft, issueId, retryCheckError(event.failure));
  }
}

function retryCheckError({ message }: Failure): string {
  return `retry refresh failed: ${message}`;
}
