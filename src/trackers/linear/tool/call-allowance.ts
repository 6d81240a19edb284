import type { RequestBudget } from '../../../domain/request-budget.js';

const HOUR_MS = 3_600_000;
const SMALLEST_BURST = 10;
/** The share of the provider's allowance that agents leave to the poll. */
const RESERVE = 0.1;

/** The requests that one session may still make: so many an hour, some of them at once. Times are monotonic. */
export class CallAllowance {
  readonly #burst: number;
  readonly #perMs: number;
  #left: number;
  #asOfMs: number;

  constructor(callsPerHour: number, nowMs: number) {
    this.#burst = Math.max(SMALLEST_BURST, callsPerHour / 4);
    this.#perMs = callsPerHour / HOUR_MS;
    this.#left = this.#burst;
    this.#asOfMs = nowMs;
  }

  /** Takes so many requests and answers 0, or takes none and answers how many milliseconds to wait for them. */
  take(requests: number, nowMs: number): number {
    this.#refill(nowMs);
    if (this.#left < requests) return Math.ceil((requests - this.#left) / this.#perMs);
    this.#left -= requests;
    return 0;
  }

  /** Takes back what was not used after all. */
  giveBack(requests: number): void {
    this.#left = Math.min(this.#burst, this.#left + requests);
  }

  /** Whether a new allowance would be the same. */
  isFull(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#left === this.#burst;
  }

  #refill(nowMs: number): void {
    this.#left = Math.min(this.#burst, this.#left + (nowMs - this.#asOfMs) * this.#perMs);
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
