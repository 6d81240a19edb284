import { clockTime } from '../domain/clock-time.js';
import type { IssueFacts } from '../domain/issue.js';
import { LOCAL_HOST } from '../domain/settings.js';
import type { State } from './state.js';

/** Live runs on a host. */
function heldOn(state: State, host: string): number {
  return state.slots.byHost.get(host, 0);
}

/** Whether a host of the settings in force answered when it was last asked something. */
function isUp(state: State, host: string): boolean {
  return state.hosts.get(host)?.down === null;
}

/**
 * The host for the next run of an issue (Appendix A.2): the one it was on last if that has room, else the one with the
 * fewest runs, the first of these as listed. Null when none has room: then it waits, as it does at the start until the
 * hosts have told which of them has its workspace.
 */
export function hostFor(
  issue: IssueFacts,
  state: State,
  reserved: ReadonlyMap<string, number> = NOTHING_RESERVED,
): string | null {
  const load = (host: string): number => heldOn(state, host) + (reserved.get(host) ?? 0);
  const { hosts: names, maxConcurrentAgentsPerHost: limit } = state.settings;
  const last = lastHost(issue, state);
  if (last === null && isAskingAround(state)) return null;
  let best: string | null = null;
  for (const host of names) {
    if (!isUp(state, host) || (limit !== null && load(host) >= limit)) continue;
    if (host === last) return host;
    if (best === null || load(host) < load(best)) best = host;
  }
  return best;
}

const NOTHING_RESERVED: ReadonlyMap<string, number> = new Map();

function lastHost({ id }: IssueFacts, { claims, kept }: State): string | null {
  return (claims.get(id)?.workspace ?? kept.get(id)?.workspace)?.host ?? null;
}

/** Which of several hosts has a workspace of an issue is not known yet. */
function isAskingAround({ settings, survey }: State): boolean {
  return settings.hosts.length > 1 && survey.isFirst && !survey.pending.isEmpty();
}

/** How many more runs the hosts that answer have room for. */
export function hostRoom(state: State): number {
  const { hosts: names, maxConcurrentAgentsPerHost: limit } = state.settings;
  let room = 0;
  for (const host of names)
    if (isUp(state, host)) room += Math.max((limit ?? Number.POSITIVE_INFINITY) - heldOn(state, host), 0);
  return room;
}

/** Whether only the end of a run makes room: hosts answer, and none of them has any. */
export function areHostsFull(state: State): boolean {
  return hostRoom(state) === 0 && state.settings.hosts.some((host) => isUp(state, host));
}

/** A pool may be large; the first ones give the picture. */
const HOSTS_NAMED = 5;

/** An instant on both clocks. */
interface Now {
  readonly atMs: number;
  readonly wallMs: number;
}

/** What `hostFor` rests on. */
export function hostsFact(issue: IssueFacts, state: State, now: Now): string {
  if (lastHost(issue, state) === null && isAskingAround(state)) {
    const asked = state.survey.pending.toArray().sort().slice(0, HOSTS_NAMED);
    return `it starts when it is known which host has its workspace: ${asked.join(', ')} ${asked.length === 1 ? 'has' : 'have'} yet to tell`;
  }
  return isHere(state) ? 'runs are on this machine' : `runs on hosts: ${hostLoads(state, now)}`;
}

/** Why `hostFor` finds none for any issue, null when it finds one, or when there is no other machine to name. */
export function missingHost(state: State, now: Now): string | null {
  if (isHere(state) || hostRoom(state) > 0) return null;
  const what = areHostsFull(state) ? 'no worker host has room' : 'no worker host answers';
  return `${what}: ${hostLoads(state, now)}`;
}

function isHere({ settings }: State): boolean {
  return settings.hosts.every((name) => name === LOCAL_HOST);
}

function hostLoads(state: State, now: Now): string {
  const { hosts: names, maxConcurrentAgentsPerHost: limit } = state.settings;
  const facts = names.slice(0, HOSTS_NAMED).map((host) => {
    const down = state.hosts.get(host)?.down ?? null;
    if (down === null) return `${host} ${heldOn(state, host)}${limit === null ? '' : `/${limit}`}`;
    const next = clockTime(down.retryAtMs - now.atMs + now.wallMs, now.wallMs);
    return `${host} is down: ${down.reason}, ${down.probe === null ? `next try ${next}` : 'being tried now'}`;
  });
  const more = names.length > HOSTS_NAMED ? [`and ${names.length - HOSTS_NAMED} more`] : [];
  return [...facts, ...more].join(', ');
}
