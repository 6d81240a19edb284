import type { JsonObject } from '../domain/json.js';

/** The durable journal: small facts, in order, from which the core's state is folded after a crash. */
export interface Store {
  /** Commits entries in order. Returns nothing when they are committed already, else a promise of it; rejects with `store_failed`. */
  append(entries: readonly JsonObject[]): Promise<void> | undefined;
  /** All entries committed so far, oldest first. */
  read(): Promise<readonly JsonObject[]>;
  close(): Promise<void>;
}
