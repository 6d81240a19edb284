import type { StateResponse } from '../daemon/wire.js';
import { grouped, span, until } from './format.js';
import { plainLine } from './text.js';
import type { Tone } from './tracker-health.js';

export type WorkerRow = StateResponse['hosts'][number];

/** How many runs a worker has, of how many it may have. */
export function loadOf({ running, capacity }: Pick<WorkerRow, 'running' | 'capacity'>): string {
  return capacity === null ? grouped(running) : `${grouped(running)} / ${grouped(capacity)}`;
}

/** What a person should know of a worker: that it is ready, that it leaves, or why it is not used. */
export function conditionOf(
  { down, draining }: Pick<WorkerRow, 'down' | 'draining'>,
  nowMs: number,
): { readonly text: string; readonly tone: Tone } {
  if (down === null) return { text: draining ? 'gets nothing new' : 'ready', tone: 'quiet' };
  const next =
    Date.parse(down.next_try_at) > nowMs ? `next try ${until(down.next_try_at, nowMs)}` : 'being tried now';
  const since = `down for ${span(nowMs - Date.parse(down.since))}`;
  return { text: `${since}, ${next}: ${plainLine(down.reason, 1_000)}`, tone: 'error' };
}

/** Why nothing new can start on any worker; null as long as one answers, and where there are none. */
export function nobodyAnswers({ hosts }: Pick<StateResponse, 'hosts'>): WorkerRow['down'] {
  const staying = hosts.filter(({ draining }) => !draining);
  return staying.every(({ down }) => down !== null) ? (staying[0]?.down ?? null) : null;
}
