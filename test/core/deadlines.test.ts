import { expect, test } from 'vitest';
import { type Deadlines, earliest, NO_DEADLINES, withDeadline } from '../../src/core/deadlines.js';
import fc from '../helpers/properties.js';

// Goal: the tree agrees with a list that is sorted anew each time, stays shallow, and never changes an older one.

const change = fc.tuple(
  fc.integer({ min: 0, max: 30 }).map((n) => `id-${n}`),
  fc.option(fc.integer({ min: 0, max: 100 })),
);

function inOrder(deadlines: Deadlines): [number, string][] {
  const next = earliest(deadlines);
  if (next === null) return [];
  return [[next.atMs, next.issueId], ...inOrder(withDeadline(deadlines, next.issueId, null))];
}

function sorted(model: ReadonlyMap<string, number>): [number, string][] {
  return [...model]
    .map(([issueId, atMs]): [number, string] => [atMs, issueId])
    .sort(([aMs, a], [bMs, b]) => aMs - bMs || (a < b ? -1 : 1));
}

function depth(node: Deadlines['root']): number {
  return node === null ? 0 : 1 + Math.max(depth(node.left), depth(node.right));
}

test('gives back deadlines in order, whatever was set, moved and dropped before', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 80 }), (changes) => {
      const model = new Map<string, number>();
      let deadlines = NO_DEADLINES;
      for (const [issueId, atMs] of changes) {
        deadlines = withDeadline(deadlines, issueId, atMs);
        if (atMs === null) model.delete(issueId);
        else model.set(issueId, atMs);
      }

      expect(inOrder(deadlines)).toEqual(sorted(model));
      expect(deadlines.atMs.size).toBe(model.size);
    }),
  );
});

test('leaves older deadlines as they were', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), change, (changes, [issueId, atMs]) => {
      const before = changes.reduce((all, [id, ms]) => withDeadline(all, id, ms), NO_DEADLINES);
      const told = inOrder(before);

      withDeadline(before, issueId, atMs);

      expect(inOrder(before)).toEqual(told);
    }),
  );
});

test('a deadline set to what it is costs nothing', () => {
  const deadlines = withDeadline(NO_DEADLINES, 'a', 5);

  expect(withDeadline(deadlines, 'a', 5)).toBe(deadlines);
  expect(withDeadline(deadlines, 'b', null)).toBe(deadlines);
});

test('stays shallow with thousands of deadlines, also in rising order', () => {
  let deadlines = NO_DEADLINES;
  for (let index = 0; index < 4_096; index += 1) deadlines = withDeadline(deadlines, `id-${index}`, index);

  expect(depth(deadlines.root)).toBeLessThan(50);
});
