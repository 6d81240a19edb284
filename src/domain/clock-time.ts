const DAY_MS = 24 * 3_600_000;

/** A time of day in UTC; with its date when that is not within a day from now. */
export function clockTime(wallMs: number, nowWallMs: number): string {
  const iso = new Date(wallMs).toISOString();
  return Math.abs(wallMs - nowWallMs) < DAY_MS
    ? `${iso.slice(11, 19)} UTC`
    : `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}
