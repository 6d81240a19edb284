import type { TrackerAdapter } from './adapter.js';
import { linearAdapter } from './linear/adapter.js';
import { localAdapter } from './local/adapter.js';
import { memoryAdapter } from './memory/adapter.js';

/** Every tracker there is; one more is one more folder and one more line. */
const ADAPTERS: readonly TrackerAdapter[] = [linearAdapter, localAdapter, memoryAdapter];

/** The trackers that `tracker.kind` may name. */
export const TRACKER_KINDS: readonly string[] = ADAPTERS.map(({ kind }) => kind);

/** The adapter of each kind. */
export const trackerAdapters: ReadonlyMap<string, TrackerAdapter> = new Map(
  ADAPTERS.map((adapter) => [adapter.kind, adapter]),
);

export type { TrackerAdapter } from './adapter.js';
