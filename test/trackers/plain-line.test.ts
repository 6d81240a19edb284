import { describe, expect, test } from 'vitest';
import { plainLine } from '../../src/trackers/plain-line.js';

describe('a name that somebody gave in a tracker', () => {
  test('has no part of an escape sequence left', () => {
    const name = '\u001b[31mRed\u001b[0m \u001b]0;a window title\u0007\u009b1mteam\u001b]8;;x y\u001b\\';

    expect(plainLine(name, 40)).toBe('Red team');
  });

  test('is one line without marks that turn or hide it', () => {
    expect(plainLine('a\u0000b\r\n\tc\u202ed\u2028e', 40)).toBe('a b c d e');
  });

  test('is cut at a length, and never in the middle of a character', () => {
    expect(plainLine('x'.repeat(50), 10)).toBe(`${'x'.repeat(9)}…`);
    expect(plainLine('😀'.repeat(10), 8)).toBe('😀😀😀…');
  });
});
