import type { Draft } from './draft.js';
import { failureDelayMs } from './retry.js';
import type { HostState } from './state.js';

/** A host that does not answer is tried again at least this often. */
const LONGEST_TRY_GAP_MS = 300_000;

/**
 * No run is begun on a host before it has answered again. What else fails there meanwhile is the same failure, and a
 * host that left the settings is not marked.
 */
export function markDown(draft: Draft, host: string, reason: string): void {
  const known = draft.state.hosts.get(host);
  if (known?.down === null) setDown(draft, host, known, reason);
}

/** A host that was tried does not answer: the next try comes later. */
export function stillDown(draft: Draft, host: string, reason: string): void {
  const known = draft.state.hosts.get(host);
  if (known !== undefined) setDown(draft, host, known, reason);
}

/** What a host's failure says, without its name: everywhere it is shown beside that. */
export function withoutName(host: string, told: string): string {
  return told.startsWith(`${host}: `) ? told.slice(host.length + 2) : told;
}

function setDown(draft: Draft, host: string, known: HostState, told: string): void {
  const reason = withoutName(host, told);
  const failures = known.failures + 1;
  const down = {
    reason,
    sinceWallMs: known.down?.sinceWallMs ?? draft.wallMs,
    retryAtMs: draft.atMs + failureDelayMs(failures, LONGEST_TRY_GAP_MS),
    probe: null,
  };
  draft.set({ hosts: draft.state.hosts.set(host, { ...known, failures, down }) });
  draft.problem('host_unreachable', `host ${host} is not used for now: ${reason}`);
}

/** A run was worked to its end there: the next failure waits no longer than a first one. */
export function noteHostWorks(draft: Draft, host: string): void {
  const known = draft.state.hosts.get(host);
  if (known === undefined || known.failures === 0 || known.down !== null) return;
  draft.set({ hosts: draft.state.hosts.set(host, { ...known, failures: 0 }) });
}
