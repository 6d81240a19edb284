import type { RequestBudget } from '../../../domain/request-budget.js';

const HOUR_MS = 3_600_000;
const SMALLEST_BURST = 10;
/** The share of the provider's allowance that agents leave to the poll. */
const RESERVE = 0.1;

/**
 * The requests that one session may still make: so many an hour, a quarter of them at once. Times are monotonic.
 *
 * It counts in requests times milliseconds of an hour: whole numbers, so that a wait that was told is long enough.
 */
export class CallAllowance {
  readonly #perMs: number;
  readonly #most: number;
  #left: number;
  #asOfMs: number;

  constructor(callsPerHour: number, nowMs: number) {
    this.#perMs = callsPerHour;
    this.#most = Math.max(SMALLEST_BURST, Math.floor(callsPerHour / 4)) * HOUR_MS;
    this.#left = this.#most;
    this.#asOfMs = nowMs;
  }

  /** Takes so many requests and answers 0, or takes none and answers how many milliseconds to wait for them. */
  take(requests: number, nowMs: number): number {
    this.#refill(nowMs);
    const missing = requests * HOUR_MS - this.#left;
    if (missing > 0) return Math.ceil(missing / this.#perMs);
    this.#left -= requests * HOUR_MS;
    return 0;
  }

  /** Takes back what was not used after all. */
  giveBack(requests: number): void {
    this.#left = Math.min(this.#most, this.#left + requests * HOUR_MS);
  }

  /** Whether a new allowance would be the same. */
  isFull(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#left === this.#most;
  }

  #refill(nowMs: number): void {
    this.#left = Math.min(this.#most, this.#left + (nowMs - this.#asOfMs) * this.#perMs);
    this.#asOfMs = nowMs;
  }
}

/** How many milliseconds until the provider's allowance is out of the poll's reserve; 0 when it is, or is not known. */
export function reserveWaitMs(budget: RequestBudget | null): number {
  if (budget === null) return 0;
  const { limit, remaining, windowMs } = budget;
  const missing = limit * RESERVE - remaining;
  return missing <= 0 ? 0 : Math.ceil((missing / limit) * windowMs);
}
