import type { Throughput } from '../domain/snapshot.js';

const WINDOW_MS = 5_000;
/** Readings closer than this tell nothing new, so the window holds at most some twenty of them. */
const SPACING_MS = 250;
const SAMPLE_MS = 25_000;
const SAMPLES = 24;

interface Reading {
  readonly atMs: number;
  readonly totalTokens: number;
}

/** Tokens per second, now and over the last ten minutes, from readings of a total that only grows. */
export class ThroughputMeter {
  #window: Reading[] = [];
  /** Tokens of each stretch by its number since the clock's zero; only those that had any. */
  readonly #stretches = new Map<number, number>();
  #lastTotal = 0;

  /** The total that a daemon begins with, which flowed before. */
  begin(totalTokens: number): void {
    this.#lastTotal = totalTokens;
  }

  /** Takes the total as it is at a monotonic instant. */
  add(totalTokens: number, atMs: number): void {
    const grown = totalTokens - this.#lastTotal;
    if (grown <= 0) return;
    const stretch = Math.floor(atMs / SAMPLE_MS);
    this.#stretches.set(stretch, (this.#stretches.get(stretch) ?? 0) + grown);
    for (const known of this.#stretches.keys()) if (known <= stretch - SAMPLES) this.#stretches.delete(known);
    // The total before is what stood at the start of the window, however long ago it was read.
    if (this.#window.length === 0)
      this.#window.push({ atMs: atMs - WINDOW_MS, totalTokens: this.#lastTotal });
    const before = this.#window.at(-2);
    if (before !== undefined && atMs - before.atMs < SPACING_MS) this.#window.pop();
    this.#window.push({ atMs, totalTokens });
    this.#lastTotal = totalTokens;
  }

  /** What has flowed up to now. */
  at(nowMs: number): Throughput {
    const current = Math.floor(nowMs / SAMPLE_MS);
    const samples = Array.from({ length: SAMPLES }, (_, index) => {
      const stretch = current - SAMPLES + 1 + index;
      const lengthMs = stretch === current ? Math.max(nowMs - stretch * SAMPLE_MS, 1_000) : SAMPLE_MS;
      return Math.round(((this.#stretches.get(stretch) ?? 0) * 1_000) / lengthMs);
    });
    return { tokensPerSecond: this.#perSecond(nowMs), samples, sampleMs: SAMPLE_MS };
  }

  #perSecond(nowMs: number): number {
    const start = nowMs - WINDOW_MS;
    // The newest reading before the window is the total at its start.
    const firstInside = this.#window.findIndex((reading) => reading.atMs > start);
    const keepFrom = firstInside === -1 ? this.#window.length - 1 : firstInside - 1;
    if (keepFrom > 0) this.#window = this.#window.slice(keepFrom);
    const first = this.#window[0];
    const last = this.#window.at(-1);
    if (first === undefined || last === undefined) return 0;
    const seconds = Math.max(nowMs - Math.max(first.atMs, start), 1_000) / 1_000;
    return Math.trunc((last.totalTokens - first.totalTokens) / seconds);
  }
}
