/** A count with thousands separators. */
export function grouped(count: number): string {
  return Math.trunc(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/gu, ',');
}

/** A count in at most five characters: `950`, `1.2k`, `34k`, `5.6M`. */
export function compact(count: number): string {
  if (count < 1_000) return String(Math.trunc(count));
  const [amount, unit] = count < 999_500 ? [count / 1_000, 'k'] : [count / 1_000_000, 'M'];
  return `${amount < 9.95 ? amount.toFixed(1).replace(/\.0$/, '') : grouped(Math.round(amount))}${unit}`;
}

/** A span for people: `5s`, `13m 5s`, `2h 4m`, `3d 2h`. Never negative. */
export function span(ms: number): string {
  const seconds = Math.max(Math.floor(ms / 1_000), 0);
  if (seconds < 60) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${seconds % 60}s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours}h ${minutes % 60}m` : `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/** How long ago an ISO instant was; seconds are told only within the first minute. */
export function ago(at: string, nowMs: number): string {
  const ms = nowMs - Date.parse(at);
  return `${ms < 60_000 || ms >= 3_600_000 ? span(ms) : `${Math.floor(ms / 60_000)}m`} ago`;
}

/** How long until an ISO instant: `in 5s`, or `now` once it has come. */
export function until(at: string, nowMs: number): string {
  const leftMs = Date.parse(at) - nowMs;
  return leftMs <= 0 ? 'now' : `in ${span(Math.ceil(leftMs / 1_000) * 1_000)}`;
}

const DAY_MS = 24 * 3_600_000;

/** A time of day in UTC, as the daemon's own sentences tell it; with its date when that is not within a day from now. */
export function clockTime(at: string, nowMs: number): string {
  const iso = new Date(Date.parse(at)).toISOString();
  const time = iso.slice(11, 19);
  return Math.abs(Date.parse(at) - nowMs) < DAY_MS ? time : `${iso.slice(0, 10)} ${time}`;
}

/** `1 turn`, `2 turns`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A name of the protocol as words: `preparingWorkspace` and `run_started` are `preparing workspace` and `run started`. */
export function inWords(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/gu, (_match, end: string, start: string) => `${end} ${start.toLowerCase()}`)
    .replace(/[/_.-]+/gu, ' ')
    .trim();
}

/** `first run`, or `attempt 2`: null is the first run of a claim. */
export function attemptName(attempt: number | null): string {
  return attempt === null ? 'first run' : `attempt ${attempt}`;
}
