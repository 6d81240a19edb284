import { describe, expect, test } from 'vitest';
import { type Editor, EMPTY, edited, writtenText } from '../../src/dashboard/keys/editor.js';
import type { Key } from '../../src/dashboard/keys/key.js';

const left: Key = { kind: 'left' };
const backspace: Key = { kind: 'backspace' };
const typed = (text: string): Key[] =>
  Array.from(text, (character) => ({ kind: 'character', text: character }));
const control = (letter: string): Key => ({ kind: 'control', letter });

function textAfter(...keys: readonly Key[]): string {
  const { before, after: rest } = keys.reduce<Editor>(edited, EMPTY);
  return `${before}|${rest}`;
}

describe('the editor', () => {
  test.each([
    ['types', typed('abc'), 'abc|'],
    ['types in between', [...typed('ac'), left, ...typed('b')], 'ab|c'],
    ['removes before the cursor', [...typed('abc'), left, backspace], 'a|c'],
    ['removes after the cursor', [...typed('abc'), left, left, { kind: 'delete' }], 'a|c'],
    ['moves to the ends', [...typed('abc'), { kind: 'home' }, { kind: 'right' }], 'a|bc'],
    ['knows the keys of a shell', [...typed('one two'), control('w'), ...typed('2'), control('a')], '|one 2'],
    ['clears to both sides', [...typed('abcd'), left, left, control('k'), control('u')], '|'],
    [
      'moves over what a person sees as one character',
      [...typed('a👩‍👩‍👧e\u0301'), left, left],
      'a|👩‍👩‍👧e\u0301',
    ],
    ['removes what a person sees as one character', [...typed('a👩‍👩‍👧'), backspace], 'a|'],
    ['does nothing at its ends', [backspace, left, { kind: 'right' }, { kind: 'delete' }], '|'],
    [
      'takes a paste as one line without sequences',
      [{ kind: 'paste', text: 'a\r\n\u001b[31mb\u202e\tc' }],
      'a b c|',
    ],
  ] as const)('%s', (_what, keys, expected) => {
    expect(textAfter(...keys)).toBe(expected);
  });

  test('keeps marks that are typed after their character', () => {
    expect(textAfter(...typed('นำ'))).toBe('นำ|');
  });

  test('takes no more than an answer may hold', () => {
    const long: Key = { kind: 'paste', text: '👩'.repeat(10_000) };

    const { before } = [long, long].reduce<Editor>(edited, EMPTY);

    expect(before.length).toBe(10_000);
    expect(before).not.toMatch(/\p{Cs}/u);
  });

  test('gives its text without blanks around it', () => {
    expect(writtenText({ before: '  a b', after: ' c  ' })).toBe('a b c');
  });
});
