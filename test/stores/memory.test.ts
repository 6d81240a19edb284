import { expect, test } from 'vitest';
import { storeContract } from '../contracts/store.js';
import { memoryStore } from '../helpers/memory-store.js';

storeContract('memory', async () => memoryStore());

test('keeps nothing, and commits before anything else happens', async () => {
  const store = memoryStore();

  expect(store.append([{ key: 'a', value: 1 }])).toBeUndefined();
  expect(await store.read()).toEqual([]);
});
