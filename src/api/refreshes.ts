import type { Commands } from '../domain/snapshot.js';
import type { Timer } from './timer.js';

/** Polls that are asked for come at most this often. */
const SPACING_MS = 1_000;

/**
 * Hands on what asks for a poll, but not faster than a tracker should be asked. The first goes through at once; those
 * that follow closely share one that comes at the end of the second, so that none of them sees a board older than itself.
 */
export class Refreshes {
  readonly #commands: Pick<Commands, 'refresh'>;
  readonly #timer: Timer;
  #isQueued = true;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #cancelNext: (() => void) | null = null;

  constructor(commands: Pick<Commands, 'refresh'>, timer: Timer) {
    this.#commands = commands;
    this.#timer = timer;
  }

  ask(): ReturnType<Commands['refresh']> {
    if (this.#cancelNext !== null) return { queued: this.#isQueued, coalesced: true };
    if (this.#timer.nowMs() >= this.#notBeforeMs) return this.#handOn();
    this.#cancelNext = this.#timer.wakeAt(this.#notBeforeMs, () => {
      this.#cancelNext = null;
      this.#handOn();
    });
    return { queued: this.#isQueued, coalesced: true };
  }

  end(): void {
    this.#cancelNext?.();
    this.#cancelNext = null;
  }

  #handOn(): ReturnType<Commands['refresh']> {
    this.#notBeforeMs = this.#timer.nowMs() + SPACING_MS;
    const outcome = this.#commands.refresh();
    this.#isQueued = outcome.queued;
    return outcome;
  }
}
