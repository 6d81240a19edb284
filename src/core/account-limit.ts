import type { RunOutcome } from '../domain/run.js';
import type { RunningClaim, StoppingClaim } from './claim.js';
import type { Draft } from './draft.js';
import { failureDelayMs, nextAttempt } from './retry.js';
import { type AccountLimit, LONGEST_LIMIT_MS, type Until } from './until.js';

/** How a run ends that met a limit of the account. */
export type UsageLimited = Extract<RunOutcome, { kind: 'usageLimited' }>;

/** Holds all dispatch on the account until its limit has passed. */
export function limitAccount(
  draft: Draft,
  claim: RunningClaim | StoppingClaim,
  { untilWallMs, detail }: UsageLimited,
): AccountLimit {
  const { maxRetryBackoffMs } = draft.state.settings;
  const known = untilWallMs !== null && untilWallMs > draft.wallMs;
  const resetMs = known ? Math.min(untilWallMs - draft.wallMs, LONGEST_LIMIT_MS) : maxRetryBackoffMs;
  const leastMs = failureDelayMs(nextAttempt(claim.attempt), maxRetryBackoffMs);
  const waitMs = Math.max(resetMs, leastMs);
  const until: Until = {
    wallMs: draft.wallMs + waitMs,
    atMs: draft.atMs + waitMs,
    follows: known && resetMs >= leastMs && resetMs < LONGEST_LIMIT_MS ? 'wallClock' : 'duration',
  };
  const limit = { until, reason: `usage limit: ${detail}` };
  const { accountLimit } = draft.state;
  if (accountLimit === null || accountLimit.until.atMs < until.atMs) draft.setAccountLimit(limit);
  return limit;
}
