import type { JsonObject } from './json.js';

/** Token counts, always whole and never negative. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
}

export const NO_USAGE: Usage = { inputTokens: 0, outputTokens: 0, totalTokens: 0 };

/** The latest rate-limit payload of an agent account, kept as the agent words it (SPEC 13.5). */
export type RateLimits = JsonObject;
