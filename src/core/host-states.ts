import { Map as PersistentMap } from 'immutable';
import type { HostLink } from '../domain/snapshot.js';
import type { HostState } from './state.js';

/** A host of which nothing bad is known. */
const FRESH_HOST: HostState = { failures: 0, down: null };

/** Hosts as a workflow version names them; what is known of one that stays is kept. */
export function knownHosts(
  names: readonly string[],
  before: PersistentMap<string, HostState> = PersistentMap(),
): PersistentMap<string, HostState> {
  return PersistentMap(names.map((name) => [name, before.get(name) ?? FRESH_HOST]));
}

/** What is known of connections: of a host that left the settings for as long as it has any. */
export function knownLinks(
  names: readonly string[],
  links: PersistentMap<string, HostLink>,
): PersistentMap<string, HostLink> {
  return links.filter(({ connections }, host) => connections > 0 || names.includes(host));
}
