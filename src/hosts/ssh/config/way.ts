import type { Destination } from '../destination.js';

/** The way to a machine for people, the machine first: `ci@10.0.0.7:22, through ops@gate:22`. */
export function wayOf({ user, host, port, via }: Destination): string {
  const own = `${user}@${host.includes(':') ? `[${host}]` : host}:${port}`;
  return via === null ? own : `${own}, through ${wayOf(via)}`;
}
