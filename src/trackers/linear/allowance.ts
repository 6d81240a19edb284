import type { RequestBudget } from '../../domain/request-budget.js';

/** Linear counts by the hour; what was used flows back continuously. */
const WINDOW_MS = 3_600_000;
/** A throttled client waits for this many requests to flow back, and twice that each time it is throttled again. */
const WAIT_FOR_REQUESTS = 8;
const SHORTEST_WAIT_MS = 10_000;
const LONGEST_WAIT_MS = 120_000;

/**
 * What Linear says is left. The scarcer of its two allowances counts, as a share of the requests. The reset headers are
 * of no use: they always say one hour from now.
 */
export class Allowance {
  #limit: number | null = null;
  #remaining = 0;
  #throttles = 0;
  /** How many requests the last poll took. */
  requestsPerPoll = 1;

  get budget(): RequestBudget | null {
    if (this.#limit === null) return null;
    const { requestsPerPoll } = this;
    return { limit: this.#limit, remaining: this.#remaining, windowMs: WINDOW_MS, requestsPerPoll };
  }

  /** Takes note of an answer's headers. */
  note(headers: Headers): void {
    const limit = count(headers, 'x-ratelimit-requests-limit');
    const remaining = count(headers, 'x-ratelimit-requests-remaining');
    if (limit === null || limit === 0 || remaining === null) return;
    const points = count(headers, 'x-ratelimit-complexity-limit');
    const pointsLeft = count(headers, 'x-ratelimit-complexity-remaining');
    const share = points === null || points === 0 || pointsLeft === null ? 1 : pointsLeft / points;
    this.#limit = limit;
    this.#remaining = Math.min(remaining, Math.floor(limit * share));
  }

  /** Linear answered; the next throttle is a first one again. */
  served(): void {
    this.#throttles = 0;
  }

  /** Linear throttled us: how long to ask nothing, in milliseconds. */
  throttled(): number {
    const refillMs = WINDOW_MS / (this.#limit ?? 2_500);
    const waitMs = Math.max(SHORTEST_WAIT_MS, refillMs * WAIT_FOR_REQUESTS) * 2 ** this.#throttles;
    this.#throttles += 1;
    return Math.min(Math.ceil(waitMs), LONGEST_WAIT_MS);
  }
}

function count(headers: Headers, name: string): number | null {
  const value = headers.get(name);
  return value !== null && /^\d+$/.test(value.trim()) ? Number(value) : null;
}
