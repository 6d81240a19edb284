import type { Attempt } from '../domain/run.js';

/** A clean exit only re-checks the issue, so it waits a fixed, short time (SPEC 8.4). */
export const CONTINUATION_DELAY_MS = 1_000;
const FAILURE_BASE_DELAY_MS = 10_000;
/** Doubling beyond this exceeds any cap that fits a timer. */
const MAX_DOUBLINGS = 30;

/** How long a failed run waits: 10 s, 20 s, 40 s … up to the cap (SPEC 8.4). */
export function failureDelayMs(attempt: number, maxDelayMs: number): number {
  return Math.min(FAILURE_BASE_DELAY_MS * 2 ** Math.min(attempt - 1, MAX_DOUBLINGS), maxDelayMs);
}

/** The number of the attempt that follows a failure. */
export function nextAttempt(attempt: Attempt): number {
  return (attempt ?? 0) + 1;
}
