import type { JsonObject } from '../../domain/json.js';
import type { RequestBudget } from '../../domain/request-budget.js';

/** A GraphQL answer as it came: both parts may be there, and neither says that the other is whole. */
export interface GraphqlAnswer {
  readonly data: JsonObject | null;
  readonly errors: readonly JsonObject[];
}

/** The one way to Linear: every request of the adapter and of its tool goes through it. */
export interface LinearClient {
  /**
   * What Symphony itself asks: an answer that is not whole is a failure. A refusal that may pass is retried within
   * bounds.
   * @throws SymphonyError of SPEC 11.4's categories; a throttle is `tracker_rate_limited` with its `retryAfterMs`
   */
  read(document: string, variables: JsonObject, signal: AbortSignal): Promise<JsonObject>;
  /**
   * What an agent asks: sent once, and GraphQL's own errors are part of the answer.
   * @throws SymphonyError where there is no GraphQL answer: throttled, refused, unreachable, too slow
   */
  send(document: string, variables: JsonObject, signal: AbortSignal): Promise<GraphqlAnswer>;
  /** What the provider said is left, as of its last answer; null before the first one that tells. */
  readonly budget: RequestBudget | null;
}
