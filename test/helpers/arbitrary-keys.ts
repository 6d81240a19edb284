import type { Key } from '../../src/dashboard/keys/key.js';
import { anyText } from './arbitrary-snapshots.js';
import fc from './properties.js';

const NAMED = [
  ...(['up', 'down', 'left', 'right', 'pageUp', 'pageDown', 'home', 'end'] as const),
  ...(['enter', 'escape', 'tab', 'backspace', 'delete'] as const),
];

/** Any key, those that mean something more often than others. */
export const anyKey: fc.Arbitrary<Key> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...NAMED).map((kind): Key => ({ kind })) },
  {
    weight: 6,
    arbitrary: fc.constantFrom(...'staxrpdqwyn?/jkgGh123').map((text): Key => ({ kind: 'character', text })),
  },
  {
    weight: 1,
    arbitrary: fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 1 })
      .map((text): Key => ({ kind: 'character', text })),
  },
  { weight: 1, arbitrary: anyText.map((text): Key => ({ kind: 'paste', text })) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...'abefknpuw').map((letter): Key => ({ kind: 'control', letter })),
  },
);
