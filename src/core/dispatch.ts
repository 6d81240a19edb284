import { Set as PersistentSet } from 'immutable';
import { type IssueFacts, type IssueId, normalizedState } from '../domain/issue.js';
import { isActive, isRoutable, isTerminal } from '../domain/routing.js';
import type { Draft } from './draft.js';
import { isFresh } from './freshness.js';
import { NO_REPORT } from './report.js';
import type { State } from './state.js';

/** What keeps an issue from being worked on, slots aside (SPEC 8.2). */
export type Ineligibility =
  | 'incomplete'
  | 'terminal'
  | 'inactive'
  | 'notDispatchable'
  | 'labelsMissing'
  | 'beingRemoved';

/** Why an issue may not be dispatched, null when only a slot is wanted. Claims are checked by the caller. */
export function ineligibility(issue: IssueFacts, state: State): Ineligibility | null {
  const { settings } = state;
  if ([issue.id, issue.identifier, issue.title, issue.state].some((text) => text.trim() === ''))
    return 'incomplete';
  if (isTerminal(issue, settings)) return 'terminal';
  if (!isActive(issue, settings)) return 'inactive';
  if (!issue.dispatchable) return 'notDispatchable';
  if (!isRoutable(issue, settings)) return 'labelsMissing';
  if (state.removing.has(issue.id)) return 'beingRemoved';
  return null;
}

/** Whether an issue stands in the queue: it may start, or will once its old workspace is gone. */
export function mayWait(issue: IssueFacts, state: State): boolean {
  const reason = ineligibility(issue, state);
  return reason === null || reason === 'beingRemoved';
}

/** Dispatch order (SPEC 8.2): priority 1 to 4, then all others; oldest first; identifier. */
export function compareForDispatch(a: IssueFacts, b: IssueFacts): number {
  return (
    rank(a.priority) - rank(b.priority) ||
    compareText(a.createdAt ?? '\uffff', b.createdAt ?? '\uffff') ||
    compareText(a.identifier, b.identifier)
  );
}

const UNRANKED = 5;

function rank(priority: number | null): number {
  return priority !== null && priority >= 1 && priority < UNRANKED ? priority : UNRANKED;
}

/** By code unit: `localeCompare` would order the queue by the machine's locale. */
function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Whether anything new may start at all; running work is not concerned. */
export function mayDispatch({ mode, workflowProblem, accountLimit }: State): boolean {
  return mode === 'running' && workflowProblem === null && accountLimit === null;
}

/** Free slots, globally (SPEC 8.3); a limit lowered below the live runs gives none. */
export function freeSlots({ slots, settings }: State): number {
  return Math.max(settings.maxConcurrentAgents - slots.held, 0);
}

function hasStateSlot(issue: IssueFacts, state: State, reserved: ReadonlyMap<string, number>): boolean {
  const name = normalizedState(issue.state);
  const limits = state.settings.maxConcurrentAgentsByState;
  const limit = Object.hasOwn(limits, name) ? limits[name] : undefined;
  if (limit === undefined) return true;
  return state.slots.byState.get(name, 0) + (reserved.get(name) ?? 0) < limit;
}

const NOTHING_FRESH: ReadonlySet<IssueId> = new Set();

/**
 * Gives free slots to the best of what waits, due retries and candidates alike. Issues in `fresh`, and those that were
 * read a moment ago, start at once; others are re-read first, all in one request, so that nothing starts on old knowledge.
 */
export function fillSlots(draft: Draft, fresh: ReadonlySet<IssueId> = NOTHING_FRESH): void {
  if (!mayDispatch(draft.state)) return;
  const stale = startFresh(draft, fresh);
  if (stale.length === 0 || !canReRead(draft)) return;
  askAgain(draft, stale);
}

/** Reads issues again by their ids; one such question is under way at a time. */
export function askAgain(
  draft: Draft,
  ids: readonly IssueId[],
  named: PersistentSet<IssueId> = PersistentSet(),
): void {
  const request = draft.newRequest();
  draft.set({ fill: { request, ids, named, askedAtMs: draft.atMs, touched: PersistentSet() } });
  draft.perform({ type: 'refreshIssues', request, ids });
}

/**
 * The issues that would start next if slots became free: who asks the tracker something anyway may ask about them too,
 * so that they need no question of their own.
 */
export function nextUp(state: State, count: number): readonly IssueId[] {
  if (!mayDispatch(state)) return [];
  const ids: IssueId[] = [];
  for (const { id } of inDispatchOrder(state)) {
    if (ids.length >= count) break;
    if (!state.removing.has(id)) ids.push(id);
  }
  return ids;
}

/** Whether the tracker may be asked about single issues now. */
export function canReRead({ state, atMs }: Draft): boolean {
  return state.fill === null && !state.queue.held && atMs >= state.poll.notBeforeMs;
}

/** Starts what is fresh, in order; returns the stale issues for which slots stay reserved. */
function startFresh(draft: Draft, fresh: ReadonlySet<IssueId>): IssueId[] {
  const stale: IssueId[] = [];
  const reserved = new Map<string, number>();
  for (const issue of inDispatchOrder(draft.state)) {
    if (freeSlots(draft.state) - stale.length <= 0) break;
    if (draft.state.removing.has(issue.id) || !hasStateSlot(issue, draft.state, reserved)) continue;
    if (fresh.has(issue.id) || isFresh(draft.state, issue.id, draft.atMs)) {
      startRun(draft, issue);
    } else {
      stale.push(issue.id);
      const name = normalizedState(issue.state);
      reserved.set(name, (reserved.get(name) ?? 0) + 1);
    }
  }
  return stale;
}

/** Due retries and waiting candidates as one ordered list. */
function inDispatchOrder({ claims, dueRetries, queue }: State): readonly IssueFacts[] {
  if (dueRetries.isEmpty()) return queue.waiting;
  const retries: IssueFacts[] = [];
  for (const issueId of dueRetries) {
    const claim = claims.get(issueId);
    if (claim !== undefined) retries.push(claim.issue);
  }
  return [...retries, ...queue.waiting].sort(compareForDispatch);
}

function startRun(draft: Draft, issue: IssueFacts): void {
  const { state, atMs, wallMs } = draft;
  const previous = state.claims.get(issue.id);
  const { attempt, thread } = previous?.kind === 'retryQueued' ? previous : { attempt: null, thread: null };
  const runId = state.nextRunId;
  const kept = state.kept.get(issue.id);
  draft.set({
    nextRunId: runId + 1,
    queue: { ...state.queue, waiting: state.queue.waiting.filter(({ id }) => id !== issue.id) },
  });
  draft.setClaim({
    kind: 'running',
    issue,
    workspace: previous?.workspace ?? kept?.workspace ?? null,
    runId,
    attempt,
    thread,
    phase: 'preparingWorkspace',
    startedAtMs: atMs,
    startedWallMs: wallMs,
    lastEventAtMs: atMs,
    report: NO_REPORT,
  });
  draft.perform({ type: 'startRun', issue, runId, attempt, thread });
}

/** Why a due retry has not started yet (SPEC 8.4), null while it is being checked. */
export function waitReason(issue: IssueFacts, state: State): string | null {
  if (state.workflowProblem !== null) return `dispatch stopped: ${state.workflowProblem.message}`;
  if (state.accountLimit !== null) return state.accountLimit.reason;
  if (state.fill?.ids.includes(issue.id) === true) return null;
  if (freeSlots(state) === 0 || !hasStateSlot(issue, state, new Map()))
    return 'no available orchestrator slots';
  return null;
}
