import type { Store } from '../ports/store.js';

/**
 * The journal of a daemon without one: commits at once and keeps nothing, since the state itself is all that a
 * process needs while it lives (SPEC 14.3). A daemon that runs for months must not grow by its own history.
 */
export function memoryStore(): Store {
  return {
    append: () => undefined,
    read: async () => [],
    close: async () => {},
  };
}
