import type { RunPhase } from '../domain/run.js';
import type { ThreadRef } from '../domain/session.js';
import { NO_USAGE } from '../domain/usage.js';
import {
  type BlockedClaim,
  type Claim,
  holdsSlot,
  type ParkedClaim,
  type RetryQueuedClaim,
  type RunningClaim,
  type StoppingClaim,
} from './claim.js';
import type { Draft } from './draft.js';
import type { Remembered } from './facts.js';
import { failureDelayMs, nextAttempt } from './retry.js';
import { settledIn } from './runs.js';
import { setAside } from './set-aside.js';
import { threadAfter } from './threads.js';
import { reckonedAnew } from './until.js';

/** Why an issue waits whose run ended with its daemon. */
const LOST_WITH_DAEMON = 'Symphony ended while it was worked on';

/**
 * Takes up what the daemon before this one knew: what waits for a person goes on waiting, and what was worked on is tried
 * again in its thread. The tracker has the last word on all of it, with the first poll.
 */
export function recover(draft: Draft, past: Remembered): void {
  const totals = totalsOf(past);
  if (totals !== null) draft.setTotals(totals, { keep: true });
  // A drain ended with the daemon that it was to end.
  if (past.hold !== null) draft.setHold(past.hold.kind === 'paused' ? past.hold : null);
  if (past.limit !== null) {
    const until = reckonedAnew(past.limit.until, draft);
    draft.setAccountLimit(until.atMs > draft.atMs ? { ...past.limit, until } : null);
  }
  if (past.board !== null && past.board !== draft.state.settings.board) {
    forgetBoard(draft, past.board, past.claims);
    return;
  }
  for (const [issueId, claim] of past.claims) {
    const taken = takenUp(draft, claim, past);
    if (taken === null) draft.record({ type: 'released', issueId });
    else draft.setClaim(taken);
  }
}

/** What was used until now. A run that ended with its daemon lived at least until it last showed life. */
function totalsOf({ totals, claims }: Remembered): Remembered['totals'] {
  let lostMs = 0;
  for (const claim of claims.values())
    if (holdsSlot(claim)) lostMs += Math.max(claim.lastEventAtMs - claim.startedAtMs, 0);
  if (lostMs === 0) return totals;
  const { usage, endedRunMs } = totals ?? { usage: NO_USAGE, endedRunMs: 0 };
  return { usage, endedRunMs: endedRunMs + lostMs };
}

function forgetBoard(draft: Draft, before: string, claims: Remembered['claims']): void {
  if (claims.size === 0) return;
  for (const issueId of claims.keys()) draft.record({ type: 'released', issueId });
  const { board } = draft.state.settings;
  const message = `what was left to do on the board "${before}" is forgotten: the board is "${board}" now`;
  draft.problem('board_changed', message);
}

/** The claim as it is in this life, null when there is nothing to go on with. */
function takenUp(draft: Draft, claim: Claim, past: Remembered): Claim | null {
  switch (claim.kind) {
    case 'running':
      return triedAgain(draft, claim, past);
    case 'stopping':
      return afterStop(draft, claim, past);
    case 'retryQueued':
      return waitingAgain(draft, claim, past);
    case 'blocked':
      return withoutProcess(claim);
    case 'parked':
      return parkedAgain(draft, claim);
  }
}

function afterStop(draft: Draft, claim: StoppingClaim, past: Remembered): Claim | null {
  switch (claim.onExit) {
    case 'release':
    case 'releaseAndRemove':
      // What became of its issue, and of its workspace, is asked like that of any other.
      return null;
    case 'park': {
      const settled = settledIn(draft, claim, { host: claim.host, path: null });
      return setAside(settled, nextAttempt(claim.attempt), threadLeft(settled));
    }
    case 'retry':
    case 'goOn':
      return triedAgain(draft, claim, past);
  }
}

/**
 * A run that ended with its daemon is no failure of its own, but it may be what ended the daemon: after a crash it counts as
 * one, and its issue is left alone as long as after a failure, reckoned from when the run began.
 */
function triedAgain(
  draft: Draft,
  claim: RunningClaim | StoppingClaim,
  { hasEnded }: Remembered,
): RetryQueuedClaim {
  // Its thread too: one of another host is of no use on this one.
  const settled = settledIn(draft, claim, { host: claim.host, path: null });
  const { issue, workspace } = settled;
  const attempt = hasEnded ? (claim.attempt ?? 1) : nextAttempt(claim.attempt);
  const dueAtMs = claim.startedAtMs + failureDelayMs(attempt, draft.state.settings.maxRetryBackoffMs);
  const retry: RetryQueuedClaim = {
    kind: 'retryQueued',
    ...{ issue, workspace, attempt, dueAtMs },
    error: LOST_WITH_DAEMON,
    thread: threadLeft(settled),
    stage: 'scheduled',
  };
  return waitingAgain(draft, retry, { hasEnded });
}

const MAY_HAVE_HEARD: ReadonlySet<RunPhase> = new Set(['streamingTurn', 'finishing']);

/**
 * The thread with which to go on. An answer that the agent may have had is not given to it again: what a person approved
 * once would be done twice.
 */
function threadLeft(claim: RunningClaim | StoppingClaim): ThreadRef | null {
  const thread = threadAfter(claim, 'stopped');
  if (thread === null || thread.answered === null || !MAY_HAVE_HEARD.has(claim.phase)) return thread;
  return thread.threadId === '' ? null : { threadId: thread.threadId, answered: null };
}

/** Whoever stops a daemon and starts it again wants it to go on; after a crash everything waits as long as it would have. */
function waitingAgain(
  draft: Draft,
  claim: RetryQueuedClaim,
  { hasEnded }: Pick<Remembered, 'hasEnded'>,
): RetryQueuedClaim {
  const { atMs, state } = draft;
  const latestMs = hasEnded ? atMs : atMs + state.settings.maxRetryBackoffMs;
  return { ...claim, dueAtMs: Math.min(Math.max(claim.dueAtMs, atMs), latestMs), stage: 'scheduled' };
}

function withoutProcess(claim: BlockedClaim): BlockedClaim {
  return { ...claim, report: { ...claim.report, processId: null } };
}

function parkedAgain(draft: Draft, claim: ParkedClaim): ParkedClaim {
  return claim.until === null ? claim : { ...claim, until: reckonedAnew(claim.until, draft) };
}
