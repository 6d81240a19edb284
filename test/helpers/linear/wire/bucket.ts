export const WINDOW_MS = 3_600_000;

/** A leaky bucket: full at first, refilled evenly over an hour with the wall clock that it is given. */
export class LeakyBucket {
  readonly limit: number;
  readonly #now: () => number;
  #tokens: number;
  #filledAtMs: number;

  constructor(limit: number, now: () => number) {
    this.limit = limit;
    this.#now = now;
    this.#tokens = limit;
    this.#filledAtMs = now();
  }

  /** Whole tokens that are there now. */
  get remaining(): number {
    this.#refill();
    return Math.floor(this.#tokens);
  }

  /** Takes the tokens, or nothing when there are too few. */
  take(tokens: number): boolean {
    this.#refill();
    if (this.#tokens < tokens) return false;
    this.#tokens -= tokens;
    return true;
  }

  #refill(): void {
    const nowMs = this.#now();
    // A wall clock may go back; the bucket then waits for it.
    const passedMs = Math.max(nowMs - this.#filledAtMs, 0);
    this.#filledAtMs = Math.max(nowMs, this.#filledAtMs);
    this.#tokens = Math.min(this.#tokens + (passedMs * this.limit) / WINDOW_MS, this.limit);
  }
}
