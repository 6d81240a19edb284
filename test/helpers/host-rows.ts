import type { HostRow } from '../../src/domain/snapshot.js';
import { SAMPLE_AT_MS } from './snapshots.js';

/** A worker of a snapshot, by default one with room for four that nothing was asked of yet. */
export function aHostRow(name: string, changes: Partial<HostRow> = {}): HostRow {
  return { name, running: 0, capacity: 4, link: null, down: null, isDraining: false, ...changes };
}

/** One that has not answered for so long, and is tried again in so long. */
export function aDownHost(
  name: string,
  reason: string,
  { forMs = 90_000, inMs = 30_000 }: { readonly forMs?: number; readonly inMs?: number } = {},
): HostRow {
  return aHostRow(name, {
    down: { reason, sinceMs: SAMPLE_AT_MS - forMs, nextTryAtMs: SAMPLE_AT_MS + inMs },
  });
}
