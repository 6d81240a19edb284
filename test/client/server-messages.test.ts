import { expect, test } from 'vitest';
import { type ServerMessage, serverMessages } from '../../src/client/server-messages.js';

async function messagesIn(...chunks: readonly (string | Uint8Array)[]): Promise<ServerMessage[]> {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (const chunk of chunks) yield typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
  }
  const messages: ServerMessage[] = [];
  for await (const message of serverMessages(pieces())) messages.push(message);
  return messages;
}

const STREAM =
  ': hello\r\n\r\nretry: 2000\n\nid: 1\nevent: symphony\ndata: {"a":"ä…"}\n\ndata:b\rdata: c\r\rid: 9\n\n';
const MESSAGES = [
  { event: 'symphony', data: '{"a":"ä…"}', id: '1' },
  { event: 'message', data: 'b\nc', id: null },
  { event: 'message', data: '', id: '9' },
];

test('reads messages with every kind of line end, and leaves out what has neither data nor an id', async () => {
  expect(await messagesIn(STREAM)).toEqual(MESSAGES);
});

test('reads the same wherever the stream is cut, also within a character or a line end', async () => {
  const bytes = new TextEncoder().encode(STREAM);

  for (let at = 0; at <= bytes.length; at += 1) {
    expect(await messagesIn(bytes.slice(0, at), bytes.slice(at))).toEqual(MESSAGES);
  }
  expect(await messagesIn(...[...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(MESSAGES);
});

test('drops a message that is not complete at the end', async () => {
  expect(await messagesIn('data: whole\n\ndata: half\n')).toEqual([
    { event: 'message', data: 'whole', id: null },
  ]);
});

test('gives up on a message without end', async () => {
  await expect(messagesIn(`data: ${'x'.repeat(5 * 1024 * 1024)}`)).rejects.toThrow('longer than');
});
