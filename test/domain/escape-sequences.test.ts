import { describe, expect, test } from 'vitest';
import { withoutEscapes } from '../../src/domain/escape-sequences.js';
import fc from '../helpers/properties.js';

const ESC = '\u001b';
const BELL = '\u0007';
const END = `${ESC}\\`;

describe('a text without escape sequences', () => {
  test.each([
    ['colours', `${ESC}[31mred${ESC}[0m`, 'red'],
    ['colours by three numbers', `${ESC}[38;2;1;2;3mq${ESC}[m`, 'q'],
    ['private modes', `${ESC}[?25lq${ESC}[<1;2Mr${ESC}[>0qs`, 'qrs'],
    ['sequences with a blank in them', `${ESC}[1 qcursor`, 'cursor'],
    ['sequences of a single byte', '\u009b31mred\u009b0m', 'red'],
    ['titles of a window', `a${ESC}]0;some title${BELL}b${ESC}]2;п ривет${END}c`, 'abc'],
    ['titles of a single byte', 'a\u009d0;some title\u009cb', 'ab'],
    ['links', `${ESC}]8;;https://example.com/?a b${END}link${ESC}]8;;${END}`, 'link'],
    ['strings for the device', `a${ESC}P1$qm${END}b${ESC}_what${END}c${ESC}^what${END}d`, 'abcd'],
    ['character sets', `${ESC}(Ba${ESC}cb${ESC}7c`, 'abc'],
    ['what was cut off', `a${ESC}[31`, 'a'],
  ])('has none of %s left', (_what, text, expected) => {
    expect(withoutEscapes(text)).toBe(expected);
  });

  test('keeps the words after a sequence that never ends', () => {
    expect(withoutEscapes(`a${ESC}]0;all the rest`)).toBe('a0;all the rest');
    expect(withoutEscapes(`a${ESC}P${ESC}[31mb`)).toBe('ab');
  });

  test('keeps brackets and everything else that is no sequence', () => {
    const text = 'fix [31m] and ]0; in "[red]" \n\ttoo';

    expect(withoutEscapes(text)).toBe(text);
  });

  test('holds no beginning of a sequence, whatever was in it', () => {
    const piece = fc.constantFrom(...[ESC, BELL, '\u009b', '\u009d', '\u009c'], ...'[]3; m\\Pé');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be left
        expect(withoutEscapes(pieces.join(''))).not.toMatch(/[\u001b\u009b-\u009d]/u);
      }),
    );
  });

  test.each([`${ESC}]`, `${ESC}[`, `${ESC}P`, '\u009d', '\u0090', `${ESC}[3;`, `${ESC}]0 `])(
    'is made in a moment, also of a million times %j',
    (part) => {
      const text = part.repeat(1_000_000);
      const fromMs = performance.now();

      withoutEscapes(text);

      expect(performance.now() - fromMs).toBeLessThan(25_000);
    },
  );
});
