import type { Clock } from '../../src/ports/clock.js';

interface Timer {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
}

/** Time that moves only when a test says so. */
export class VirtualClock implements Clock {
  #nowMs: number;
  #offsetMs: number;
  #order = 0;
  readonly #timers = new Set<Timer>();

  constructor(startMs = 0, wallMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
    this.#offsetMs = wallMs - startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#nowMs + this.#offsetMs;
  }

  wakeAt(atMs: number, callback: () => void): () => void {
    this.#order += 1;
    const timer = { atMs, order: this.#order, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** How many callbacks wait. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Moves time on, calling back in order what becomes due; promises settle between two callbacks. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
      await settled();
    }
    this.#nowMs = untilMs;
    await settled();
  }

  /** Moves the wall clock alone. */
  jumpWall(byMs: number): void {
    this.#offsetMs += byMs;
  }

  #next(untilMs: number): Timer | undefined {
    return [...this.#timers]
      .filter(({ atMs }) => atMs <= untilMs)
      .sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0];
  }
}

/** Lets promises that depend on nothing outside settle. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
