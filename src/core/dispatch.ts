import { Set as PersistentSet } from 'immutable';
import type { RuleName } from '../domain/explanation.js';
import { type IssueFacts, type IssueId, normalizedState } from '../domain/issue.js';
import type { Draft } from './draft.js';
import { isFresh } from './freshness.js';
import { hostFor, missingHost } from './placement.js';
import { NO_REPORT } from './report.js';
import {
  ELIGIBILITY,
  type Facts,
  hasStateSlot,
  mayAskTracker,
  READINESS,
  ROOM,
  roomForRuns,
} from './rules.js';
import type { State } from './state.js';
import { threadOn } from './threads.js';

/** The rule that keeps an issue from being worked on, null when only a slot is wanted. Claims are checked by the caller. */
export function ineligibility(issue: IssueFacts, state: State): RuleName | null {
  return ELIGIBILITY.find(({ keeps }) => !keeps(issue, state))?.name ?? null;
}

/** Whether an issue stands in the queue: it may start, or will once its old workspace is gone. */
export function mayWait(issue: IssueFacts, state: State): boolean {
  const reason = ineligibility(issue, state);
  return reason === null || reason === 'workspace_free';
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
export function mayDispatch(state: State): boolean {
  return READINESS.every(({ keeps }) => keeps(state));
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
  return state.fill === null && mayAskTracker(state, atMs);
}

/** Starts what is fresh, in order; returns the stale issues for which slots stay reserved. */
function startFresh(draft: Draft, fresh: ReadonlySet<IssueId>): IssueId[] {
  const stale: IssueId[] = [];
  for (const { issue, host } of picks(draft.state)) {
    if (fresh.has(issue.id) || isFresh(draft.state, issue.id, draft.atMs)) startRun(draft, issue, host);
    else stale.push(issue.id);
  }
  return stale;
}

/** An issue that may start, and where. */
interface Pick {
  readonly issue: IssueFacts;
  readonly host: string;
}

/** The issues that take the free slots, in dispatch order. */
export function picks(state: State): readonly Pick[] {
  const free = roomForRuns(state);
  if (free === 0) return [];
  const picked: Pick[] = [];
  const inState = new Map<string, number>();
  const onHost = new Map<string, number>();
  for (const issue of inDispatchOrder(state)) {
    if (picked.length >= free) break;
    if (state.removing.has(issue.id) || !hasStateSlot(issue, state, inState)) continue;
    const host = hostFor(issue, state, onHost);
    if (host === null) continue;
    picked.push({ issue, host });
    const name = normalizedState(issue.state);
    inState.set(name, (inState.get(name) ?? 0) + 1);
    onHost.set(host, (onHost.get(host) ?? 0) + 1);
  }
  return picked;
}

/** Due retries and waiting candidates as one ordered list. */
export function inDispatchOrder({ claims, dueRetries, queue }: State): readonly IssueFacts[] {
  if (dueRetries.isEmpty()) return queue.waiting;
  const retries: IssueFacts[] = [];
  for (const issueId of dueRetries) {
    const claim = claims.get(issueId);
    if (claim !== undefined) retries.push(claim.issue);
  }
  return [...retries, ...queue.waiting].sort(compareForDispatch);
}

function startRun(draft: Draft, issue: IssueFacts, host: string): void {
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
    host,
    attempt,
    // As a whole until the run has got somewhere: one that could not be begun there is begun elsewhere.
    thread,
    phase: 'preparingWorkspace',
    startedAtMs: atMs,
    startedWallMs: wallMs,
    lastEventAtMs: atMs,
    report: NO_REPORT,
  });
  draft.perform({
    type: 'startRun',
    issue,
    runId,
    host,
    attempt,
    thread: threadOn(host, previous?.workspace ?? null, thread),
  });
}

/** Why a due retry has not started yet (SPEC 8.4): for want of a slot, or of a host; null while it is being checked. */
export function waitReason(issue: IssueFacts, state: State, facts: Facts): string | null {
  const broken = READINESS.find(({ keeps }) => !keeps(state));
  if (broken !== undefined) return broken.fact(state, facts);
  if (state.fill?.ids.includes(issue.id) === true) return null;
  const missing = ROOM.find(({ keeps }) => !keeps(issue, state));
  if (missing === undefined) return null;
  // With slots left, the sentence of the specification would send people to the wrong limit.
  const host = missing.name === 'host_free' ? missingHost(state, facts) : null;
  return host ?? 'no available orchestrator slots';
}
