import type { IssueHistory } from '../domain/history.js';

type TokenPoint = IssueHistory['tokens'][number];

/** As many as a chart on a phone has room for. */
const KEPT_POINTS = 120;
const FIRST_SPACING_MS = 1_000;

/**
 * What an issue has used over time, in points of equal distance: when they become too many, every second one goes and
 * further ones keep twice the distance. The first and the latest are exact.
 */
export class TokenPoints {
  #points: TokenPoint[] = [];
  #spacingMs = FIRST_SPACING_MS;
  #totalTokens = 0;

  get all(): readonly TokenPoint[] {
    return [...this.#points];
  }

  /** Work begins: the line has its start. */
  begin(atMs: number): void {
    if (this.#points.length === 0) this.#points.push({ atMs, totalTokens: 0 });
  }

  add(tokens: number, atMs: number): void {
    if (tokens === 0) return;
    this.#totalTokens += tokens;
    const before = this.#points.at(-2);
    // The latest point moves on until it is far enough from the one before it.
    if (before !== undefined && atMs - before.atMs < this.#spacingMs) this.#points.pop();
    this.#points.push({ atMs, totalTokens: this.#totalTokens });
    if (this.#points.length <= KEPT_POINTS) return;
    const last = this.#points.length - 1;
    this.#points = this.#points.filter((_point, index) => index % 2 === 0 || index === last);
    this.#spacingMs *= 2;
  }
}
