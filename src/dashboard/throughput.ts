const WINDOW_MS = 5_000;
/** Samples closer than this tell nothing new, so the window holds at most some twenty of them. */
const SPACING_MS = 250;

interface Sample {
  readonly atMs: number;
  readonly totalTokens: number;
}

/** Tokens per second over the last five seconds, from samples of a total that only grows. */
export class Throughput {
  #samples: Sample[] = [];

  /** Takes the total as it is at an instant. */
  add(totalTokens: number, atMs: number): void {
    const last = this.#samples.at(-1);
    if (last?.totalTokens === totalTokens && atMs >= last.atMs) return;
    // A total that fell or a clock that jumped back belongs to another life of the daemon.
    if (last !== undefined && (totalTokens < last.totalTokens || atMs < last.atMs)) this.#samples = [];
    const before = this.#samples.at(-2);
    if (before !== undefined && atMs - before.atMs < SPACING_MS) this.#samples.pop();
    this.#samples.push({ atMs, totalTokens });
  }

  /** Whole tokens per second up to now. */
  perSecond(nowMs: number): number {
    const start = nowMs - WINDOW_MS;
    // The newest sample before the window is the total at its start.
    const firstInside = this.#samples.findIndex((sample) => sample.atMs > start);
    const keepFrom = firstInside === -1 ? this.#samples.length - 1 : firstInside - 1;
    if (keepFrom > 0) this.#samples = this.#samples.slice(keepFrom);
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined) return 0;
    const seconds = Math.max(nowMs - Math.max(first.atMs, start), 1_000) / 1_000;
    return Math.trunc((last.totalTokens - first.totalTokens) / seconds);
  }
}
