import { SymphonyError } from '../domain/error.js';
import { type Issue, issueFacts } from '../domain/issue.js';
import { isActive, isRoutable } from '../domain/routing.js';
import type { RunOutcome } from '../domain/run.js';
import type { TrackerSettings } from '../domain/settings.js';
import type { AgentSession, TurnResult } from '../ports/agent.js';
import type { Clock } from '../ports/clock.js';

/** A turn's end is re-checked this often before a tracker that fails costs the run its session. */
const CHECK_ATTEMPTS = 4;
const CHECK_BASE_DELAY_MS = 1_000;

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

/** What a live thread is told to go on; the task itself stands in its history already. */
function continuationPrompt(turn: number, maxTurns: number): string {
  return [
    `The last turn ended, but the issue is still in an active state. This is turn ${turn} of at most ${maxTurns}.`,
    'Continue from where the workspace and your notes stand; do not start over and do not repeat the task description.',
    'End the turn only when the work is finished and the issue is moved on, or when you truly cannot go on.',
  ].join('\n');
}

/** One failing read must not cost a session that went well; several in a row end the run (SPEC 16.5). */
async function checkedIssue({ refresh, clock, signal }: Turns): Promise<Issue | null> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await untilAborted(refresh(), signal);
    } catch (error) {
      if (signal.aborted || attempt >= CHECK_ATTEMPTS || !(error instanceof SymphonyError)) throw error;
      await wait(clock, Math.max(CHECK_BASE_DELAY_MS * 2 ** (attempt - 1), error.retryAfterMs ?? 0), signal);
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
