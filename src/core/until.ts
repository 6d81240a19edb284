/**
 * When a wait ends, on both clocks. `wallClock`: the end is a wall time that someone named, so a jump of the wall clock
 * moves it; `duration`: we chose how long to wait, so a jump does not (C8).
 */
export interface Until {
  readonly wallMs: number;
  readonly atMs: number;
  readonly follows: 'wallClock' | 'duration';
}

/** A limit of the agent's account, and why. */
export interface AccountLimit {
  readonly until: Until;
  readonly reason: string;
}

interface Now {
  readonly atMs: number;
  readonly wallMs: number;
}

/** Limits reset weekly at the most; a time further off is a mistake and must not hold all work for years. */
export const LONGEST_LIMIT_MS = 8 * 24 * 3_600_000;

/** The end of a wait by the clocks as they are now; the one that it follows says which of them counts (C8). */
export function reckoned(until: Until, { atMs, wallMs }: Now): Until {
  return until.follows === 'wallClock'
    ? { ...until, atMs: atMs + Math.max(until.wallMs - wallMs, 0) }
    : { ...until, wallMs: wallMs + Math.max(until.atMs - atMs, 0) };
}

/** The same of a wait that a daemon before this one began; where its clock was lost, no wait becomes longer than any can be. */
export function reckonedAnew(until: Until, now: Now): Until {
  const longest = { atMs: now.atMs + LONGEST_LIMIT_MS, wallMs: now.wallMs + LONGEST_LIMIT_MS };
  return reckoned(
    {
      ...until,
      atMs: Math.min(Math.max(until.atMs, now.atMs), longest.atMs),
      wallMs: Math.min(until.wallMs, longest.wallMs),
    },
    now,
  );
}
