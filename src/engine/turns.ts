import { SymphonyError } from '../domain/error.js';
import { type Issue, issueFacts } from '../domain/issue.js';
import { isActive, isRoutable } from '../domain/routing.js';
import type { RunOutcome } from '../domain/run.js';
import type { TrackerSettings } from '../domain/settings.js';
import type { AgentSession, TurnResult } from '../ports/agent.js';
import type { Clock } from '../ports/clock.js';
import { continuationPrompt } from './guidance.js';

/** How long a tracker that fails may keep a turn's end waiting before it costs the run its session. */
const CHECK_PATIENCE_MS = 600_000;
const CHECK_BASE_DELAY_MS = 1_000;
const CHECK_LONGEST_DELAY_MS = 30_000;

interface Turns {
  readonly session: AgentSession;
  readonly prompt: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Read anew at each turn: a reload rules the turns that follow it. */
  readonly maxTurns: () => number;
  readonly tracker: () => TrackerSettings;
  /** The issue as it is now, null when gone. */
  readonly refresh: () => Promise<Issue | null>;
  /** Hears that the tracker fails and is asked again after a while: a run that waits is not silent. */
  readonly onWait: (error: SymphonyError, delayMs: number) => void;
}

/**
 * Runs turns on one live thread until the issue needs no more or the turns are used up (SPEC 7.1, 16.5): the full
 * prompt first, then only guidance to go on.
 */
export async function runTurns(turns: Turns): Promise<RunOutcome> {
  for (let turn = 1; ; turn += 1) {
    const prompt = turn === 1 ? turns.prompt : continuationPrompt(turn, turns.maxTurns());
    const result = await turns.session.runTurn({ prompt, turn, signal: turns.signal });
    turns.signal.throwIfAborted();
    if (result.kind !== 'completed') return turnOutcome(result);
    const issue = await checkedIssue(turns);
    turns.signal.throwIfAborted();
    if (issue === null) return { kind: 'issueInactive', issue: null };
    const facts = issueFacts(issue);
    const tracker = turns.tracker();
    if (!isActive(facts, tracker) || !isRoutable(facts, tracker))
      return { kind: 'issueInactive', issue: facts };
    if (turn >= turns.maxTurns()) return { kind: 'turnsExhausted', issue: facts };
  }
}

function turnOutcome(result: Exclude<TurnResult, { kind: 'completed' }>): RunOutcome {
  switch (result.kind) {
    case 'failed':
      return { kind: 'agentFailed', reason: result.reason, detail: result.detail };
    case 'timedOut':
    case 'inputRequired':
    case 'usageLimited':
      return result;
  }
}

/** A tracker that is away for a while must not cost a session that went well; one that stays away ends it (SPEC 16.5). */
async function checkedIssue({ refresh, clock, signal, onWait }: Turns): Promise<Issue | null> {
  const giveUpAtMs = clock.nowMs() + CHECK_PATIENCE_MS;
  for (let delayMs = CHECK_BASE_DELAY_MS; ; delayMs = Math.min(2 * delayMs, CHECK_LONGEST_DELAY_MS)) {
    try {
      return await untilAborted(refresh(), signal);
    } catch (error) {
      if (signal.aborted || !(error instanceof SymphonyError)) throw error;
      const waitMs = Math.max(delayMs, error.retryAfterMs ?? 0);
      if (clock.nowMs() + waitMs > giveUpAtMs) throw error;
      onWait(error, waitMs);
      await wait(clock, waitMs, signal);
    }
  }
}

/** Settles as the promise does, or rejects at once when the signal is aborted. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function wait(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  let cancel = (): void => {};
  const elapsed = new Promise<void>((resolve) => {
    cancel = clock.wakeAt(clock.nowMs() + delayMs, resolve);
  });
  return untilAborted(elapsed, signal).finally(() => cancel());
}
