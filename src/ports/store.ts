/** The durable journal: small facts, in order, from which the core's state is folded after a crash. */
export interface Store<Entry extends object = object> {
  /**
   * Commits entries, which are plain JSON data, in order. Returns nothing when they are committed already, else a
   * promise of it; rejects with `store_failed`.
   */
  append(entries: readonly Entry[]): Promise<void> | undefined;
  /** All entries that outlived the last process, oldest first. */
  read(): Promise<readonly Entry[]>;
  close(): Promise<void>;
}
