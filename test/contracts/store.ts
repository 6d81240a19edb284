import { describe, expect, test } from 'vitest';
import type { Store } from '../../src/ports/store.js';

/** What every store must do. A store's own test file calls this, then adds its specifics. */
export function storeContract(name: string, open: () => Promise<Store>): void {
  describe(`${name} keeps the store contract`, () => {
    test('begins with nothing, and commits in the order of the appends', async () => {
      const store = await open();
      const committed: number[] = [];

      const commits = [1, 2, 3, 4].map(async (value) => {
        await store.append([{ key: 'a', value }]);
        committed.push(value);
      });

      expect(await store.read()).toEqual([]);
      await Promise.all(commits);
      expect(committed).toEqual([1, 2, 3, 4]);
      await store.close();
    });

    test('has committed at once where there is nothing to commit', async () => {
      const store = await open();

      expect(store.append([])).toBeUndefined();
      await store.close();
    });

    test('may be closed twice', async () => {
      const store = await open();
      await store.append([{ key: 'a', value: 1 }]);

      await expect(Promise.all([store.close(), store.close()])).resolves.toBeDefined();
    });
  });
}
