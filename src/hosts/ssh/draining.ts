import type { Clock } from '../../ports/clock.js';

/** After a command's end only a process that escaped the sweep can hold its output open; silence this long gives up on it. */
const SILENCE_MS = 500;
/** And one that keeps talking is not listened to for longer. A slow link takes a while for what is on its way. */
const LIMIT_MS = 30_000;

/** Waits for the rest of a command's output when the command itself has ended. */
export class Draining {
  readonly #clock: Clock;
  readonly #onDrained: () => void;
  #heard = false;
  #cancelSilence: () => void = () => {};
  #cancelLimit: () => void = () => {};

  constructor(clock: Clock, onDrained: () => void) {
    this.#clock = clock;
    this.#onDrained = onDrained;
  }

  begin(): void {
    this.#cancelLimit = this.#clock.wakeAt(this.#clock.nowMs() + LIMIT_MS, this.#onDrained);
    this.#listen();
  }

  hear(): void {
    this.#heard = true;
  }

  cancel(): void {
    this.#cancelSilence();
    this.#cancelLimit();
  }

  #listen(): void {
    this.#heard = false;
    this.#cancelSilence = this.#clock.wakeAt(this.#clock.nowMs() + SILENCE_MS, () => {
      // Chunks that came while this program was busy are read only after its timers have run.
      setImmediate(() => (this.#heard ? this.#listen() : this.#onDrained()));
    });
  }
}
