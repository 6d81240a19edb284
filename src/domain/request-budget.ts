/** How many requests a provider allows, and what is left of them. */
export interface RequestBudget {
  /** Requests allowed per window. */
  readonly limit: number;
  readonly remaining: number;
  /** How long it takes until all of the limit has flowed back. */
  readonly windowMs: number;
  /** How many requests the last poll took. */
  readonly requestsPerPoll: number;
}
