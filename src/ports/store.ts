/** The durable journal: small facts, in order, from which the core's state is folded after a crash. */
export interface Store {
  /**
   * Commits entries, which are plain JSON data, in order. Returns nothing when they are committed already, else a
   * promise of it; rejects with `store_failed`.
   */
  append(entries: readonly object[]): Promise<void> | undefined;
  /** All entries that outlived the last process, oldest first. */
  read(): Promise<readonly object[]>;
  close(): Promise<void>;
}
