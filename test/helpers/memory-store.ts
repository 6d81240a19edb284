import type { Store } from '../../src/ports/store.js';

/** The journal of a daemon that ends with its process: commits at once and keeps nothing. */
export function memoryStore<Entry extends object>(): Store<Entry> {
  return {
    append: () => undefined,
    read: async () => [],
    close: async () => {},
  };
}
