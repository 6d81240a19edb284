import type { IssueFacts, IssueId } from '../domain/issue.js';
import type { IssueOrder, OrderOutcome } from '../domain/order.js';
import type { ThreadRef } from '../domain/session.js';
import type { BlockedClaim, Claim, ParkedClaim, RetryQueuedClaim } from './claim.js';
import { fillSlots } from './dispatch.js';
import type { Draft } from './draft.js';
import type { EventOf } from './events.js';
import { whenItGoesOn } from './goes-on.js';
import { shutDown } from './lifecycle.js';
import { makeDue, makeParkedDue } from './make-due.js';
import { askForSkippedCandidates, requestPoll } from './poll.js';
import { admit } from './queue.js';
import { stopRun } from './reconcile.js';
import { nextAttempt } from './retry.js';
import { limitPassed } from './rules.js';
import { setAside } from './set-aside.js';
import type { State } from './state.js';

/**
 * What becomes of an order about an issue. Asked both for the answer to whoever gives it and when it is carried out, so
 * that the two agree unless something happened in between.
 */
export function judgeIssueOrder(state: State, issueId: IssueId, order: IssueOrder): OrderOutcome {
  if (state.mode !== 'running') return refused('The daemon is stopping.');
  const claim = state.claims.get(issueId);
  if (claim === undefined) return judgeUnclaimed(state, issueId, order);
  const name = claim.issue.identifier;
  switch (order) {
    case 'stop':
      return judgeStop(claim, name);
    case 'retry':
      return judgeRetry(state, claim, name);
    case 'release':
      return claim.kind === 'running' || claim.kind === 'stopping'
        ? refused(`${name} is being worked on; stop it first.`)
        : taken(`${name} is released: as long as it is active it is taken as if it were new.`);
  }
}

function judgeUnclaimed(state: State, issueId: IssueId, order: IssueOrder): OrderOutcome {
  const { waiting, excluded } = state.queue;
  const waits = waiting.find(({ id }) => id === issueId);
  const name = waits?.identifier ?? excluded.find(({ id }) => id === issueId)?.identifier;
  if (name === undefined) return { kind: 'unknown' };
  if (waits === undefined) return refused(`${name} is not worked on; "symphony explain ${name}" says why.`);
  if (order === 'stop') {
    // Nothing is claimed during a removal (C5).
    return state.removing.has(issueId)
      ? refused(`${name} waits until its old workspace is removed; order the stop once it is.`)
      : taken(`${name} is set aside until someone orders a retry or its release.`);
  }
  return refused(`${name} waits for its first run; "symphony explain ${name}" says what for.`);
}

function judgeStop(claim: Claim, name: string): OrderOutcome {
  switch (claim.kind) {
    case 'running':
      return taken(`The run of ${name} is being stopped; then it is set aside until a retry or its release.`);
    case 'stopping':
      return claim.onExit === 'retry'
        ? taken(`${name} is being stopped already; then it is set aside until a retry or its release.`)
        : refused(`${name} is being stopped already.`);
    case 'retryQueued':
    case 'blocked':
      return taken(`${name} is set aside until someone orders a retry or its release.`);
    case 'parked':
      return claim.cause === 'operator'
        ? refused(`${name} is set aside already.`)
        : taken(`${name} is set aside until someone orders a retry or its release.`);
  }
}

function judgeRetry(state: State, claim: Claim, name: string): OrderOutcome {
  switch (claim.kind) {
    case 'running':
      return refused(`${name} is being worked on.`);
    case 'stopping':
      return refused(`${name} is being stopped; order the retry once its run has ended.`);
    case 'retryQueued':
    case 'parked':
      return taken(`${name} goes on ${whenItGoesOn(state, { lifted: liftsLimit(claim) })}.`);
    case 'blocked':
      return taken(`${name} goes on, without an answer, ${whenItGoesOn(state)}.`);
  }
}

function taken(message: string): OrderOutcome {
  return { kind: 'taken', message };
}

function refused(message: string): OrderOutcome {
  return { kind: 'refused', message };
}

/** Carries out an order about an issue; one that no longer fits is dropped (C6). */
export function issueOrdered(draft: Draft, { issueId, order }: EventOf<'issueOrdered'>): void {
  if (judgeIssueOrder(draft.state, issueId, order).kind !== 'taken') return;
  const claim = draft.claim(issueId);
  if (order === 'stop') stop(draft, issueId, claim);
  else if (claim?.kind === 'retryQueued' || claim?.kind === 'blocked' || claim?.kind === 'parked') {
    const attempt = waitingAttempt(claim);
    if (order === 'retry' && attempt !== null) retryNow(draft, claim, attempt);
    else releaseToQueue(draft, claim);
  }
  fillSlots(draft);
  askForSkippedCandidates(draft);
}

function stop(draft: Draft, issueId: IssueId, claim: Claim | undefined): void {
  if (claim === undefined) {
    const issue = draft.state.queue.waiting.find(({ id }) => id === issueId);
    if (issue !== undefined) setAsideUnclaimed(draft, issue);
  } else if (claim.kind === 'running') stopRun(draft, claim, 'operator', 'park');
  else if (claim.kind === 'stopping') draft.setClaim({ ...claim, cause: 'operator', onExit: 'park' });
  else draft.setClaim(setAside(claim, waitingAttempt(claim), threadOf(claim)));
}

function setAsideUnclaimed(draft: Draft, issue: IssueFacts): void {
  const workspace = draft.state.kept.get(issue.id)?.workspace ?? null;
  admit(draft, issue.id, undefined);
  draft.setClaim(setAside({ issue, workspace }, null, null));
}

type WaitingClaim = RetryQueuedClaim | BlockedClaim | ParkedClaim;

/** The number of the attempt that follows. */
function waitingAttempt(claim: WaitingClaim): ParkedClaim['attempt'] {
  return claim.kind === 'blocked' ? nextAttempt(claim.attempt) : claim.attempt;
}

function threadOf(claim: WaitingClaim): ThreadRef | null {
  if (claim.kind !== 'blocked') return claim.thread;
  const { threadId } = claim.report;
  return threadId === null ? null : { threadId, answered: null };
}

function retryNow(draft: Draft, claim: WaitingClaim, attempt: number): void {
  const { accountLimit } = draft.state;
  if (liftsLimit(claim) && accountLimit !== null) draft.setAccountLimit(null);
  const error = claim.kind === 'retryQueued' ? claim.error : null;
  makeDue(draft, claim, { attempt, error, thread: threadOf(claim) });
}

/** Whoever orders its retry knows that the account has something left again; if not, the next run says so. */
function liftsLimit(claim: WaitingClaim): boolean {
  return claim.kind === 'parked' && claim.cause === 'usageLimit';
}

function releaseToQueue(draft: Draft, { issue }: WaitingClaim): void {
  draft.release(issue.id);
  admit(draft, issue.id, issue);
}

/** What becomes of an order about dispatch. */
export function judgeDispatchOrder(state: State, order: EventOf<'dispatchOrdered'>['order']): OrderOutcome {
  const { mode, hold } = state;
  if (mode !== 'running') return refused('The daemon is stopping.');
  switch (order) {
    case 'pause':
      if (hold?.kind === 'draining') return refused('The daemon is draining; resume it first.');
      return taken(hold === null ? 'Nothing new is started.' : 'Dispatch is paused already.');
    case 'resume':
      return taken(resumption(state));
    case 'drain':
      return taken('Nothing new is started, and the daemon ends once what runs has ended.');
  }
}

function resumption(state: State): string {
  const { hold, accountLimit } = state;
  if (accountLimit === null) return hold === null ? 'Dispatch is not paused.' : 'Dispatch goes on.';
  return hold === null
    ? 'The limit of the agent\u2019s account is not waited for any more; the next run tells whether it still holds.'
    : `Dispatch goes on once ${limitPassed(state)}; resume again to try before that.`;
}

/** Carries out an order about dispatch. */
export function dispatchOrdered(draft: Draft, { order }: EventOf<'dispatchOrdered'>): void {
  const { hold, accountLimit } = draft.state;
  if (judgeDispatchOrder(draft.state, order).kind !== 'taken') return;
  const kind = order === 'pause' ? 'paused' : 'draining';
  if (order !== 'resume') {
    if (hold?.kind !== kind) draft.setHold({ kind, sinceWallMs: draft.wallMs });
  } else if (hold !== null || accountLimit !== null) {
    if (hold !== null) draft.setHold(null);
    else liftLimit(draft);
    fillSlots(draft);
    requestPoll(draft, 0);
  }
}

/** A person knows better; what the limit had set aside goes on. */
function liftLimit(draft: Draft): void {
  draft.setAccountLimit(null);
  for (const claim of draft.state.claims.values()) {
    if (claim.kind === 'parked' && claim.cause === 'usageLimit') makeParkedDue(draft, claim);
  }
}

/** A draining daemon ends once nothing lives and no workspace is being removed. */
export function endDrain(draft: Draft): void {
  const { mode, hold, slots, removing } = draft.state;
  if (mode === 'running' && hold?.kind === 'draining' && slots.held === 0 && removing.isEmpty())
    shutDown(draft);
}
