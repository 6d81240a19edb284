import { describe, expect, test } from 'vitest';
import { MarkedStream, newToken } from '../../../src/hosts/ssh/marked-stream.js';

/** What comes out of a stream that is fed in pieces of one size: content as it is, lines in brackets. */
function fedInPieces(token: string, text: string, size: number): string {
  let out = '';
  const stream = new MarkedStream(
    token,
    (content) => {
      out += content.toString('latin1');
    },
    (line) => {
      out += `[${line}]`;
    },
  );
  const bytes = Buffer.from(text, 'latin1');
  for (let at = 0; at < bytes.length; at += size) stream.feed(bytes.subarray(at, at + size));
  stream.end();
  return out;
}

describe('our lines in a stream', () => {
  test('are told from the rest, however they are cut', () => {
    const token = newToken();
    const text = `noise${token} begin\nout @symphony- @@ ${token.slice(0, 20)}put${token} pid 12\n${token} \nend ${token}`;
    const expected = `noise[begin]out @symphony- @@ ${token.slice(0, 20)}put[pid 12][]end ${token}`;

    for (let size = 1; size <= text.length; size++) expect(fedInPieces(token, text, size)).toBe(expected);
  });

  test('let everything else through at once, apart from what may be the beginning of one', () => {
    const passed: string[] = [];
    const token = newToken();
    const stream = new MarkedStream(
      token,
      (content) => passed.push(content.toString()),
      () => {},
    );

    for (const piece of ['a prompt> ', 'user@', 'host ', token.slice(0, 12), ' after all'])
      stream.feed(Buffer.from(piece));

    expect(passed).toEqual(['a prompt> ', 'user', '@host ', `${token.slice(0, 12)} after all`]);
  });

  test('are none when they never end', () => {
    const token = newToken();
    const endless = `${token} ${'x'.repeat(200_000)}`;

    expect(fedInPieces(token, endless, 10_000)).toBe(endless);
  });
});
