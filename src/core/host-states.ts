import { Map as PersistentMap } from 'immutable';
import type { HostState } from './state.js';

/** A host of which nothing bad is known. */
const FRESH_HOST: HostState = { failures: 0, down: null, link: null };

/** Hosts as a workflow version names them; what is known of one that stays is kept. */
export function knownHosts(
  names: readonly string[],
  before: PersistentMap<string, HostState> = PersistentMap(),
): PersistentMap<string, HostState> {
  return PersistentMap(names.map((name) => [name, before.get(name) ?? FRESH_HOST]));
}
