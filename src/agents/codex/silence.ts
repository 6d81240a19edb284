import type { Clock } from '../../ports/clock.js';

/**
 * Calls back once when nothing was heard for a while. `heard` only notes the time, so it may be called for every byte:
 * one timer is armed at a time, and looks when it rings how long the silence really is.
 */
export class Silence {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #onSilence: () => void;
  #lastHeardAtMs: number;
  #cancel: () => void = () => {};

  constructor(clock: Clock, limitMs: number, onSilence: () => void) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#onSilence = onSilence;
    this.#lastHeardAtMs = clock.nowMs();
    this.#arm();
  }

  heard(): void {
    this.#lastHeardAtMs = this.#clock.nowMs();
  }

  stop(): void {
    this.#cancel();
  }

  #arm(): void {
    const dueAtMs = this.#lastHeardAtMs + this.#limitMs;
    this.#cancel = this.#clock.wakeAt(dueAtMs, () => {
      if (this.#clock.nowMs() >= this.#lastHeardAtMs + this.#limitMs) this.#onSilence();
      else this.#arm();
    });
  }
}
