import { clockTime } from '../domain/clock-time.js';
import type { IssueFacts } from '../domain/issue.js';
import type { State } from './state.js';

/** Live runs on a host. */
export function heldOn(state: State, host: string): number {
  return state.slots.byHost.get(host, 0);
}

/**
 * The host for the next run of an issue (Appendix A.2): the one it was on last if that has room, else the one with the
 * fewest runs, the first of these as listed. Null when none has room: then it waits.
 */
export function hostFor(
  issue: IssueFacts,
  state: State,
  reserved: ReadonlyMap<string, number> = NOTHING_RESERVED,
): string | null {
  const load = (host: string): number => heldOn(state, host) + (reserved.get(host) ?? 0);
  const { hosts: names, maxConcurrentAgentsPerHost: limit } = state.settings;
  let best: string | null = null;
  for (const host of names) {
    if (state.hosts.get(host)?.down !== null || (limit !== null && load(host) >= limit)) continue;
    if (host === lastHost(issue, state)) return host;
    if (best === null || load(host) < load(best)) best = host;
  }
  return best;
}

const NOTHING_RESERVED: ReadonlyMap<string, number> = new Map();

function lastHost({ id }: IssueFacts, { claims, kept }: State): string | null {
  return (claims.get(id)?.workspace ?? kept.get(id)?.workspace)?.host ?? null;
}

/** What `hostFor` rests on. */
export function hostsFact(state: State, now: { readonly atMs: number; readonly wallMs: number }): string {
  const { hosts: names, maxConcurrentAgentsPerHost: limit } = state.settings;
  const facts = names.map((host) => {
    const down = state.hosts.get(host)?.down ?? null;
    if (down === null) return `${host} ${heldOn(state, host)}${limit === null ? '' : `/${limit}`}`;
    const next = clockTime(down.retryAtMs - now.atMs + now.wallMs, now.wallMs);
    return `${host} is down: ${down.reason}, next try ${next}`;
  });
  return `runs on hosts: ${facts.join(', ')}`;
}
