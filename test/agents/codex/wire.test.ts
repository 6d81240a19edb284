import { describe, expect, test } from 'vitest';
import { LineCutter } from '../../../src/agents/codex/wire.js';
import fc from '../../helpers/properties.js';

function cut(chunks: readonly Buffer[], maxBytes?: number): { lines: string[]; overlong: string[] } {
  const lines: string[] = [];
  const overlong: string[] = [];
  const sink = {
    onLine: (line: string) => lines.push(line),
    onOverlong: (start: string) => overlong.push(start),
  };
  const cutter = new LineCutter(sink, maxBytes);
  for (const chunk of chunks) cutter.push(chunk);
  cutter.end();
  return { lines, overlong };
}

describe('lines of a byte stream', () => {
  test('are the same however the stream is cut', () => {
    const lines = fc.array(
      fc.string({ unit: 'grapheme' }).filter((line) => /^[^\r\n]*\S[^\r\n]*$/.test(line)),
    );
    fc.assert(
      fc.property(lines, fc.constantFrom('\n', '\r\n'), fc.array(fc.nat(40)), (expected, ending, cuts) => {
        const bytes = Buffer.from(expected.join(ending));
        const chunks: Buffer[] = [];
        let rest = bytes;
        for (const length of cuts) {
          chunks.push(rest.subarray(0, length));
          rest = rest.subarray(length);
        }

        expect(cut([...chunks, rest]).lines).toEqual(expected);
      }),
    );
  });

  test('include a last one without a newline and leave out blank ones', () => {
    expect(cut([Buffer.from('a\n\n \r\nb')]).lines).toEqual(['a', 'b']);
  });

  test('beyond the limit are told once and skipped to their end, in one chunk or in many', () => {
    const long = 'x'.repeat(30);
    const whole = Buffer.from(`a\n${long}\nb\n${long}`);
    const bytes = [...whole].map((byte) => Buffer.from([byte]));

    expect(cut([whole], 10).lines).toEqual(['a', 'b']);
    expect(cut([whole], 10).overlong).toHaveLength(2);
    expect(cut(bytes, 10).lines).toEqual(['a', 'b']);
    expect(cut(bytes, 10).overlong).toEqual(['x'.repeat(10), 'x'.repeat(10)]);
  });

  test('of exactly the limit are kept', () => {
    expect(cut([Buffer.from('0123456789\nabc')], 10)).toEqual({ lines: ['0123456789', 'abc'], overlong: [] });
    expect(cut([Buffer.from('01234'), Buffer.from('56789\n')], 10).lines).toEqual(['0123456789']);
  });

  test('of a megabyte in chunks of one byte do not cost the square of it', () => {
    const count = 1024 * 1024;
    const byte = Buffer.from('x');
    const before = process.cpuUsage();

    const { lines } = cut(Array.from({ length: count }, () => byte));

    expect(lines[0]).toHaveLength(count);
    // Joining what came with each new byte would copy half a terabyte. Not by the clock, which tells more of the machine.
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(10_000);
  });
});
