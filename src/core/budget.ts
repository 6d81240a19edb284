import type { RequestBudget } from '../domain/request-budget.js';

/** With this much of the allowance left, polls take their regular pace. */
const PLENTY = 0.5;
/** The share that is reckoned with when next to nothing is left. */
const LEAST = 0.02;
const LONGEST_GAP_MS = 600_000;

/**
 * The least time between two polls that the tracker's allowance bears, in milliseconds. What is used flows back all the
 * time: below half of the allowance polls take only as large a part of that flow as there is left of the whole, so that
 * the agents' calls and the checks of their turns always find some.
 */
export function affordableGapMs(budget: RequestBudget | null): number {
  if (budget === null || budget.limit <= 0) return 0;
  const { limit, remaining, windowMs, requestsPerPoll } = budget;
  const share = remaining / limit;
  if (share >= PLENTY) return 0;
  const flowMs = (windowMs / limit) * requestsPerPoll;
  return Math.min(Math.ceil(flowMs / Math.max(share, LEAST)), LONGEST_GAP_MS);
}
