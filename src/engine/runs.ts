import type { Effect } from '../core/effects.js';
import { errorMessage } from '../domain/error.js';
import type { RunId, RunOutcome, StopCause } from '../domain/run.js';
import type { Clock } from '../ports/clock.js';
import type { Post } from './engine.js';

/** A stopped run has ended its agent, its hooks and its processes by then, or is given up. */
const STOP_LIMIT_MS = 30_000;

type StartRun = Extract<Effect, { type: 'startRun' }>;

/** One run attempt from its start to its outcome; rejects only for what nobody foresaw. */
export type RunAttempt = (start: StartRun, signal: AbortSignal) => Promise<RunOutcome>;

interface LiveRun {
  readonly start: StartRun;
  readonly controller: AbortController;
  readonly ended: Promise<void>;
  cancelLimit: () => void;
}

interface RunsParts {
  readonly clock: Clock;
  readonly post: Post;
  readonly attempt: RunAttempt;
  /** The longest an after_run hook may still take once a run is stopped. */
  readonly hookTimeoutMs: () => number;
  /** Called once when a run has ended, before the core hears of it. */
  readonly onEnd: (runId: RunId) => void;
  readonly onUnforeseen: (error: unknown, start: StartRun) => void;
}

/** The runs alive. Each answers its `startRun` with exactly one `runExited`, also when it throws or cannot be ended (C4). */
export class Runs {
  readonly #parts: RunsParts;
  readonly #live = new Map<RunId, LiveRun>();

  constructor(parts: RunsParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#live.size;
  }

  start(start: StartRun): void {
    const controller = new AbortController();
    const run: LiveRun = {
      start,
      controller,
      ended: this.#drive(start, controller.signal),
      cancelLimit: () => {},
    };
    this.#live.set(start.runId, run);
  }

  /** Has a run end; its `runExited` follows within a bound. */
  stop(runId: RunId, cause: StopCause): void {
    const run = this.#live.get(runId);
    if (run === undefined || run.controller.signal.aborted) return;
    run.controller.abort(new RunStopped(cause));
    const limitMs = STOP_LIMIT_MS + this.#parts.hookTimeoutMs();
    run.cancelLimit = this.#parts.clock.wakeAt(this.#parts.clock.nowMs() + limitMs, () => {
      this.#parts.onUnforeseen(new Error(`the run could not be ended within ${limitMs} ms`), run.start);
      this.#exit(runId, { kind: 'stopped', by: cause });
    });
  }

  /** Resolves when every run has ended. */
  async ended(): Promise<void> {
    await Promise.all([...this.#live.values()].map(({ ended }) => ended));
  }

  async #drive(start: StartRun, signal: AbortSignal): Promise<void> {
    let outcome: RunOutcome;
    try {
      outcome = await this.#parts.attempt(start, signal);
    } catch (error) {
      if (!(error instanceof RunStopped)) this.#parts.onUnforeseen(error, start);
      outcome = { kind: 'agentFailed', reason: 'internal_error', detail: errorMessage(error) };
    }
    if (signal.reason instanceof RunStopped && !OUTLASTS_STOP.has(outcome.kind)) {
      outcome = { kind: 'stopped', by: signal.reason.by };
    }
    this.#exit(start.runId, outcome);
  }

  #exit(runId: RunId, outcome: RunOutcome): void {
    const run = this.#live.get(runId);
    if (run === undefined) return;
    run.cancelLimit();
    this.#live.delete(runId);
    this.#parts.onEnd(runId);
    this.#parts.post({ type: 'runExited', issueId: run.start.issue.id, runId, outcome });
  }
}

/** Outcomes that say more than that the run was stopped: the core decides which of the two counts. */
const OUTLASTS_STOP: ReadonlySet<RunOutcome['kind']> = new Set([
  'issueInactive',
  'inputRequired',
  'usageLimited',
]);

/** The reason with which a run's signal is aborted. */
class RunStopped extends Error {
  override readonly name = 'RunStopped';
  readonly by: StopCause;

  constructor(by: StopCause) {
    super(`the run was stopped: ${by}`);
    this.by = by;
  }
}
