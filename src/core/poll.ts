import { Set as PersistentSet } from 'immutable';
import type { IssueFacts, IssueId } from '../domain/issue.js';
import { affordableGapMs } from './budget.js';
import { compareForDispatch, fillSlots, ineligibility, mayDispatch, mayWait } from './dispatch.js';
import type { Draft } from './draft.js';
import type { EventOf } from './events.js';
import { forgetAllReads, noteRead, pruneClaimMarks } from './freshness.js';
import { areHostsFull } from './placement.js';
import { replaceWaiting } from './queue.js';
import { reconcile, reconcileKept } from './reconcile.js';
import { freeSlots, roomForRuns } from './rules.js';
import type { Poll, PollFlight, State } from './state.js';

/** A tracker that announces changes is not asked more often than this. */
const CHANGE_GAP_MS = 250;
/** Ended runs may have set others free; so often at most is that asked about when nothing else is to be done. */
const SKIPPED_GAP_MS = 1_000;
/** After a poll that took longer than the interval, the tracker still gets a rest. */
const REST_MS = 1_000;
/** Workspaces without a claim that one poll asks about; the others follow in turn. */
const KEPT_PER_POLL = 50;

/** Asks for a poll soon; `gapMs` is the least time since the last one began. */
export function requestPoll(draft: Draft, gapMs: number): void {
  const { poll } = draft.state;
  if (poll.flight !== null) {
    draft.set({ poll: { ...poll, flight: { ...poll.flight, again: true } } });
    return;
  }
  const soonestMs = poll.lastStartedAtMs === null ? draft.atMs : poll.lastStartedAtMs + gapMs;
  const dueAtMs = Math.min(poll.dueAtMs, Math.max(draft.atMs, soonestMs));
  draft.set({ poll: { ...poll, dueAtMs, asked: true } });
  startDuePoll(draft);
}

/** A poll because the tracker's content changed. */
export function requestPollForChange(draft: Draft): void {
  requestPoll(draft, changeGapMs(draft.state));
}

/** The tracker's content changed, who knows where. */
export function trackerChanged(draft: Draft): void {
  forgetAllReads(draft);
  requestPollForChange(draft);
}

function changeGapMs({ poll }: State): number {
  return Math.max(CHANGE_GAP_MS, affordableGapMs(poll.budget));
}

/** Time between two polls that nobody asked for: as configured, or slower when the tracker's allowance runs low. */
export function pollIntervalMs({ poll, settings }: State): number {
  return Math.max(settings.pollIntervalMs, affordableGapMs(poll.budget));
}

/** When the next poll starts, null while one is under way. The one author of that deadline (C7). */
export function pollDueAtMs({ flight, dueAtMs, notBeforeMs }: Poll): number | null {
  return flight === null ? Math.max(dueAtMs, notBeforeMs) : null;
}

/** Begins the tick when it is due: one question for all claims and, where something could start, the candidates. */
export function startDuePoll(draft: Draft): void {
  const { state, atMs } = draft;
  const dueAtMs = pollDueAtMs(state.poll);
  if (state.mode !== 'running' || dueAtMs === null || atMs < dueAtMs) return;
  const request = draft.newRequest();
  const askedCandidates = couldStart(draft);
  const ids = [...state.claims.keys(), ...nextKept(draft)];
  const flight: PollFlight = {
    request,
    ids,
    askedCandidates,
    touched: PersistentSet(),
    outdated: false,
    again: false,
  };
  draft.set({ poll: { ...draft.state.poll, flight, asked: false, lastStartedAtMs: atMs } });
  draft.perform({ type: 'poll', request, states: askedCandidates ? state.settings.activeStates : null, ids });
}

/**
 * Candidates are worth a request of their own only while one of them could start. What waits for a host that does not
 * answer is shown to people all the same.
 */
function couldStart({ state }: Draft): boolean {
  return state.settings.combinedPoll || (mayDispatch(state) && freeSlots(state) > 0 && !areHostsFull(state));
}

function nextKept(draft: Draft): IssueId[] {
  const { kept } = draft.state;
  const turn = kept.take(KEPT_PER_POLL);
  draft.set({ kept: kept.skip(KEPT_PER_POLL).concat(turn) });
  return [...turn.keys()];
}

/** The tick's answer: reconcile first, then dispatch (C3). */
export function pollAnswered(draft: Draft, event: EventOf<'pollAnswered'>): void {
  const { flight } = draft.state.poll;
  if (flight === null || flight.request !== event.request) return;
  const askedAtMs = draft.state.poll.lastStartedAtMs ?? draft.atMs;
  draft.set({
    poll: { ...draft.state.poll, lastSuccessWallMs: draft.wallMs, failure: null, budget: event.budget },
    queue: { ...draft.state.queue, held: false },
  });
  const refreshed = new Map(event.refreshed.map((issue) => [issue.id, issue]));
  for (const issueId of flight.ids) {
    if (flight.touched.has(issueId)) continue;
    const issue = refreshed.get(issueId);
    if (draft.claim(issueId) !== undefined) reconcile(draft, issueId, issue);
    else {
      reconcileKept(draft, issueId, issue);
      replaceWaiting(draft, issueId, issue);
    }
  }
  const { candidates } = event;
  if (candidates === null) draft.set({ queue: { ...draft.state.queue, candidates: 'skipped' } });
  else takeCandidates(draft, candidates, flight, refreshed);
  endFlight(draft, 0);
  const fresh = flight.outdated ? new Set<IssueId>() : freshIn(draft, flight, candidates ?? [], refreshed);
  forgetAllReads(draft);
  noteRead(draft, fresh, askedAtMs);
  pruneClaimMarks(draft);
  fillSlots(draft, fresh);
  askForSkippedCandidates(draft);
  // After a start with many leftovers the next ones are asked about soon, until each has been.
  if (draft.state.kept.some(({ isKnown }) => !isKnown)) requestPollForChange(draft);
}

/** Lists what may be started next. A page that moved while it was read shows an issue twice. */
function takeCandidates(
  draft: Draft,
  candidates: readonly IssueFacts[],
  flight: PollFlight,
  refreshed: ReadonlyMap<IssueId, IssueFacts>,
): void {
  const unclaimed = candidates
    .map((issue) => refreshed.get(issue.id) ?? issue)
    .filter((issue) => draft.claim(issue.id) === undefined);
  const known = [...new Map(unclaimed.map((issue) => [issue.id, issue])).values()].sort(compareForDispatch);
  const waiting: IssueFacts[] = [];
  const excluded: IssueFacts[] = [];
  for (const issue of known) (mayWait(issue, draft.state) ? waiting : excluded).push(issue);
  // What a claim dropped meanwhile set free may be missing.
  const isOld = flight.outdated || flight.touched.some((issueId) => draft.claim(issueId) === undefined);
  draft.set({ queue: { ...draft.state.queue, waiting, excluded, candidates: isOld ? 'skipped' : 'listed' } });
}

/**
 * The issues that this answer shows as they are now. What changed while the question was under way is known better than
 * the answer, and of two reads that disagree the one by id counts: such issues are read again before they start.
 */
function freshIn(
  draft: Draft,
  { ids, touched }: PollFlight,
  candidates: readonly IssueFacts[],
  refreshed: ReadonlyMap<IssueId, IssueFacts>,
): ReadonlySet<IssueId> {
  const fresh = new Set(candidates.map(({ id }) => id));
  for (const issueId of ids) {
    const issue = refreshed.get(issueId);
    if (issue !== undefined && ineligibility(issue, draft.state) === null) fresh.add(issueId);
    else fresh.delete(issueId);
  }
  for (const issueId of touched) fresh.delete(issueId);
  return fresh;
}

/** A failed tick stops nothing and dispatches nothing (C3, SPEC 11.4). */
export function pollFailed(draft: Draft, event: EventOf<'pollFailed'>): void {
  const { flight } = draft.state.poll;
  if (flight === null || flight.request !== event.request) return;
  const failure = draft.problem(event.failure.code, event.failure.message);
  draft.set({ poll: { ...draft.state.poll, failure } });
  endFlight(draft, event.failure.retryAfterMs ?? 0);
}

function endFlight(draft: Draft, waitMs: number): void {
  const { state, atMs } = draft;
  const { flight, lastStartedAtMs } = state.poll;
  const regularMs = Math.max((lastStartedAtMs ?? atMs) + pollIntervalMs(state), atMs + restMs(draft));
  const again = flight !== null && (flight.again || flight.outdated);
  draft.set({
    poll: {
      ...state.poll,
      flight: null,
      asked: again,
      dueAtMs: again ? Math.min(regularMs, atMs + changeGapMs(state)) : regularMs,
      notBeforeMs: Math.max(state.poll.notBeforeMs, atMs + waitMs),
    },
  });
}

function restMs({ state }: Draft): number {
  return Math.min(state.settings.pollIntervalMs, REST_MS);
}

/** A slot is free and no candidate is left, but the last poll did not ask for candidates: ask now. */
export function askForSkippedCandidates(draft: Draft): void {
  const { state } = draft;
  if (state.queue.candidates !== 'skipped' || state.queue.waiting.length > 0) return;
  const reserved = state.fill?.ids.length ?? 0;
  if (!mayDispatch(state) || roomForRuns(state) <= reserved) return;
  draft.set({ queue: { ...state.queue, candidates: 'never' } });
  requestPoll(draft, Math.max(SKIPPED_GAP_MS, changeGapMs(state)));
}
