import { describe, expect, test } from 'vitest';
import { type Key, nameOf } from '../../src/dashboard/keys/key.js';
import { KeyDecoder } from '../../src/dashboard/terminal/key-decoder.js';
import fc from '../helpers/properties.js';

const ESCAPE = '\u001b';

/** What comes of these pieces, as names; a paste with its text. */
function keysOf(...chunks: readonly (string | Uint8Array)[]): string[] {
  const decoder = new KeyDecoder();
  const keys = chunks.flatMap((chunk) => decoder.push(Buffer.from(chunk)));
  return [...keys, ...decoder.flush()].map(named);
}

const named = (key: Key): string => (key.kind === 'paste' ? `paste:${key.text}` : nameOf(key));

describe('keys', () => {
  test.each([
    ['of a cursor', '\u001b[A\u001b[B\u001b[C\u001b[D', ['up', 'down', 'right', 'left']],
    ['of a cursor in application mode', '\u001bOA\u001bOB\u001bOH\u001bOF', ['up', 'down', 'home', 'end']],
    ['of a cursor with shift and ctrl', '\u001b[1;2A\u001b[1;5B', ['up', 'down']],
    ['for pages', '\u001b[5~\u001b[6~\u001b[5;3~', ['pageUp', 'pageDown', 'pageUp']],
    [
      'home and end of several terminals',
      '\u001b[H\u001b[1~\u001b[7~\u001b[F\u001b[4~\u001b[8~',
      [...Array(3).fill('home'), ...Array(3).fill('end')],
    ],
    ['to edit', '\r\n\t\u007f\b\u001b[3~', ['enter', 'enter', 'tab', 'backspace', 'backspace', 'delete']],
    ['with ctrl', '\u0001\u0003\u001a\u001c', ['ctrl-a', 'ctrl-c', 'ctrl-z', 'ctrl-\\']],
    ['that write', 'aß日👩é', ['a', 'ß', '日', '👩', 'é']],
  ])('%s are known', (_which, text, expected) => {
    expect(keysOf(text)).toEqual(expected);
  });

  test.each([
    ['function keys', '\u001bOP\u001b[15~\u001b[[A'],
    ['alt with a character', '\u001bs\u001bx'],
    ['focus', '\u001b[I\u001b[O'],
    ['a mouse', '\u001b[<0;10;20M\u001b[<0;10;20m'],
    ['answers of the terminal', '\u001b[?62;22c\u001b[24;80R\u001b]11;rgb:0000/0000/0000\u0007'],
    ['an answer that ends in its own way', '\u001bP1$r0m\u001b\\\u001b_Gi=1;OK\u001b\\'],
    ['bytes that are no text', '\u0000\u009b\u0085'],
  ])('%s are none', (_which, text) => {
    expect(keysOf('a', text, 'b')).toEqual(['a', 'b']);
  });

  test('an escape by itself is a key once nothing follows it', () => {
    const decoder = new KeyDecoder();

    const first = decoder.push(Buffer.from(ESCAPE));
    const patienceMs = decoder.patienceMs;

    expect(first).toEqual([]);
    expect(patienceMs).toBe(50);
    expect(decoder.flush()).toEqual([{ kind: 'escape' }]);
    expect(decoder.patienceMs).toBeNull();
    expect(decoder.flush()).toEqual([]);
  });

  test('two escapes in a row are two keys', () => {
    expect(keysOf('\u001b\u001b')).toEqual(['escape', 'escape']);
  });

  test('a broken sequence does not swallow what follows it', () => {
    expect(keysOf('\u001b[12\u0007ab')).toEqual(['a', 'b']);
    expect(keysOf('\u001b[', 'q', 'j')).toEqual(['j']);
  });

  test('a sequence without an end is given up', () => {
    expect(keysOf(`\u001b[${'1;'.repeat(200)}`, 'j')).toContain('j');
    expect(keysOf(`\u001b]${'x'.repeat(200)}`, 'j')).toContain('j');
  });

  test('the bytes of a character may come apart', () => {
    const bytes = Buffer.from('日👩');

    expect(keysOf(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(['日', '👩']);
  });

  test('a paste is no key, whatever is in it', () => {
    expect(keysOf('j\u001b[200~sy\r\u001b[Aq\u0003\u001b[201~k')).toEqual([
      'j',
      'paste:sy\r\u001b[Aq\u0003',
      'k',
    ]);
  });

  test('a paste without an end is over after a moment', () => {
    const decoder = new KeyDecoder();
    decoder.push(Buffer.from('\u001b[200~half'));

    expect(decoder.patienceMs).toBeGreaterThan(1_000);
    expect(decoder.flush().map(named)).toEqual(['paste:half']);
    expect(decoder.push(Buffer.from('j')).map(named)).toEqual(['j']);
  });

  test('a paste that never ends takes no more memory than a long one', () => {
    const decoder = new KeyDecoder();
    for (let part = 0; part < 100; part += 1)
      decoder.push(Buffer.from(part === 0 ? '\u001b[200~' : 'x'.repeat(10_000)));

    const [paste] = decoder.flush();

    expect(paste?.kind === 'paste' && paste.text.length <= 65_536).toBe(true);
  });

  test('are the same however the terminal cuts what it sends', () => {
    const text = fc.array(
      fc.constantFrom('j', '日', '👩', '\r', '\u001b[A', '\u001bOB', '\u001b[5~', '\u001b[200~sy\u001b[201~'),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(text, fc.array(fc.nat(20), { maxLength: 30 }), (parts, cuts) => {
        const bytes = Buffer.from(parts.join(''));
        const chunks: Uint8Array[] = [];
        let from = 0;
        for (const length of [...cuts, bytes.length]) {
          chunks.push(bytes.subarray(from, from + length));
          from = Math.min(from + length, bytes.length);
        }
        expect(keysOf(...chunks)).toEqual(keysOf(bytes));
      }),
    );
  });

  test('are read from any bytes at all', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 }), (chunks) => {
        keysOf(...chunks);
        // Whatever came before, a key that comes after a moment is that key.
        const decoder = new KeyDecoder();
        for (const chunk of chunks) decoder.push(chunk);
        decoder.push(Buffer.from('\u00e9'));
        decoder.flush();
        expect(decoder.push(Buffer.from('j')).map(named)).toEqual(['j']);
      }),
      { numRuns: 500 },
    );
  });
});
