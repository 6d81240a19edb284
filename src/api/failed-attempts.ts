import type { Timer } from './timer.js';

const WINDOW_MS = 60_000;
const MOST = 20;

/**
 * Counts wrong tokens, of all callers together. Whoever has the right one is let in all the same: otherwise an agent that
 * sends wrong ones could keep a person from stopping it.
 */
export class FailedAttempts {
  readonly #timer: Timer;
  #windowFromMs = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(timer: Timer) {
    this.#timer = timer;
  }

  /** Adds one; returns for how many seconds wrong ones are only turned away, null while they are few. */
  add(): number | null {
    const nowMs = this.#timer.nowMs();
    if (nowMs - this.#windowFromMs >= WINDOW_MS) {
      this.#windowFromMs = nowMs;
      this.#count = 0;
    }
    this.#count += 1;
    return this.#count > MOST ? Math.ceil((this.#windowFromMs + WINDOW_MS - nowMs) / 1_000) : null;
  }
}
