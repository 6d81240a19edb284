import type { Clock } from '../../ports/clock.js';
import { TurnedAway } from './connect-failure.js';

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** A server that was busy when it was asked is asked again soon, and so often. */
const BUSY_FIRST_MS = 250;
const BUSY_TRIES = 4;

/** When a machine may be connected to again. */
export class Backoff {
  readonly #clock: Clock;
  #failures = 0;
  #isBusy = false;
  #failure: unknown = null;
  #notBeforeMs = 0;
  #cancelWake: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What the last try failed of; null after a success. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Whether the failure is of a kind that the next try, soon, may not have. */
  get triesAtOnce(): boolean {
    return this.#isBusy && this.#failures < BUSY_TRIES;
  }

  allows(): boolean {
    return this.#clock.nowMs() >= this.#notBeforeMs;
  }

  /** Settles once a try is allowed, or when nobody wants one any more. */
  allowed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        cancel();
        signal.removeEventListener('abort', settle);
        resolve();
      };
      const cancel = this.#clock.wakeAt(this.#notBeforeMs, settle);
      signal.addEventListener('abort', settle);
      if (signal.aborted) settle();
    });
  }

  succeeded(): void {
    this.#failures = 0;
    this.#failure = null;
    this.#notBeforeMs = 0;
  }

  failed(error: unknown): void {
    this.#failures += 1;
    this.#failure = error;
    this.#isBusy = error instanceof TurnedAway;
    const first = this.triesAtOnce ? BUSY_FIRST_MS : FIRST_MS;
    this.#notBeforeMs = this.#clock.nowMs() + Math.min(LONGEST_MS, first * 2 ** (this.#failures - 1));
  }

  /** Calls nobody back any more. */
  close(): void {
    this.#cancelWake?.();
  }

  /** Calls back once a try is allowed; one callback at a time is enough. */
  wake(callback: () => void): void {
    this.#cancelWake?.();
    this.#cancelWake = this.#clock.wakeAt(this.#notBeforeMs, () => {
      this.#cancelWake = null;
      callback();
    });
  }
}
