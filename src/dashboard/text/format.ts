/** A count with thousands separators. */
export function grouped(count: number): string {
  return Math.trunc(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/gu, ',');
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

/** How long until an instant, in whole seconds rounded up, so that 0 means now. */
export function secondsUntil(atMs: number, nowMs: number): number {
  return Math.max(Math.ceil((atMs - nowMs) / 1_000), 0);
}

/** A session id that fits a column and is still told apart: its first four and last six characters. */
export function shortSession(id: string | null): string {
  if (id === null) return '-';
  return id.length <= 13 ? id : `${id.slice(0, 4)}...${id.slice(-6)}`;
}

/** A time of day in UTC, as everywhere else that Symphony writes one: `20:15:30`. */
export function timeOfDay(atMs: number): string {
  return new Date(atMs).toISOString().slice(11, 19);
}

/** A day in UTC: `2026-02-24`. */
export function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** A number with its noun: `1 run`, `2 runs`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}
