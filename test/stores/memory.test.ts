import { expect, test } from 'vitest';
import { memoryStore } from '../../src/stores/memory.js';
import { storeContract } from '../contracts/store.js';

storeContract('memory', async () => memoryStore());

test('keeps nothing, and commits before anything else happens', async () => {
  const store = memoryStore();

  expect(store.append([{ key: 'a', value: 1 }])).toBeUndefined();
  expect(await store.read()).toEqual([]);
});
