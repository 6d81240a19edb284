import { expect, test } from 'vitest';
import { failureDelayMs, nextAttempt } from '../../src/core/retry.js';

// Goal: the numbers of SPEC 8.4, at their ends too.

test('a failure waits 10 s, 20 s, 40 s and so on, and never longer than the cap', () => {
  const delays = [1, 2, 3, 4, 6, 50, 5_000].map((attempt) => failureDelayMs(attempt, 300_000));

  expect(delays).toEqual([10_000, 20_000, 40_000, 80_000, 300_000, 300_000, 300_000]);
});

test('however large the cap, a delay stays a number', () => {
  expect(failureDelayMs(5_000, Number.MAX_SAFE_INTEGER)).toBe(10_000 * 2 ** 30);
});

test('the first retry is attempt 1', () => {
  expect([nextAttempt(null), nextAttempt(1), nextAttempt(7)]).toEqual([1, 2, 8]);
});
