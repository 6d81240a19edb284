import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ServerLimits } from '../../src/api/http-server.js';
import { ErrorResponse } from '../../src/api/schema.js';
import { aRunningRow, aSnapshot, TestSource } from '../helpers/snapshots.js';
import { anApi } from './an-api.js';

// Goal: whoever sends or reads slowly, or not at all, takes nothing from anybody else, and not for long.

/** Soon over, and yet longer than a busy machine takes to send a whole request. */
const REQUEST_MS = 1_500;

/** A server with these limits; a request may take as long as it may anywhere unless they say otherwise. */
async function aServer(limits: Partial<ServerLimits> = {}) {
  const { port } = await anApi({ limits }).listen();
  return port;
}

function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  socket.on('error', () => {});
  return socket;
}

const isAnswering = async (port: number) =>
  (await fetch(`http://127.0.0.1:${port}/api/v1/state`)).status === 200;

describe('a request that never ends', () => {
  test.each([
    ['in its first line', 'GET /api/v1/st'],
    ['in its headers', 'GET /api/v1/state HTTP/1.1\r\nhost: localhost\r\nx-slow: a'],
    [
      'in its body',
      'POST /api/v1/refresh HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{',
    ],
  ])('%s is ended with the envelope, and others are answered meanwhile', async (_where, bytes) => {
    const port = await aServer({ requestMs: REQUEST_MS });
    const slow = Array.from({ length: 50 }, () => open(port));
    for (const socket of slow) socket.write(bytes);
    const answers = Promise.all(slow.map((socket) => text(socket)));

    expect(await isAnswering(port)).toBe(true);

    for (const answer of await answers) {
      expect(answer).toMatch(/^HTTP\/1\.1 408 /u);
      expect(ErrorResponse.parse(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).error).toEqual({
        code: 'request_failed',
        message: 'The request took too long to arrive.',
      });
    }
  });

  test('one byte at a time is ended all the same', async () => {
    const port = await aServer({ requestMs: REQUEST_MS });
    const socket = open(port);
    // Whoever goes on writing may be told so by an error before.
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    socket.write('GET /api/v1/state HTTP/1.1\r\nx-slow: ');
    const dripping = setInterval(() => socket.write('a'), 20);
    onTestFinished(() => clearInterval(dripping));

    await closed;

    expect(await isAnswering(port)).toBe(true);
  });
});

describe('a connection', () => {
  test('on which nothing is asked is ended', async () => {
    const socket = open(await aServer({ requestMs: 300 }));
    socket.resume();

    await once(socket, 'close');
  });

  test('on which nothing more is asked is ended', async () => {
    const socket = open(await aServer({ keepAliveMs: 300 }));
    socket.write('GET /api/v1/state HTTP/1.1\r\nhost: localhost\r\n\r\n');

    expect(await text(socket)).toMatch(/^HTTP\/1\.1 200 /u);
  });

  test('on which an answer is not read is ended', async () => {
    const rows = Array.from({ length: 20_000 }, (_none, index) => aRunningRow({ identifier: `MT-${index}` }));
    const source = new TestSource(aSnapshot({ running: rows }));
    const api = anApi({ source, limits: { stalledMs: 300 } });
    const { port } = await api.listen();
    const answer = (await api.inject('/api/v1/state')).rawPayload.length;
    const socket = open(port);
    // More than the kernel takes.
    socket.write('GET /api/v1/state HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(4));
    await once(socket, 'readable');

    // Each is ended for its silence, after that time and later than the one before.
    for (let count = 0; count < 4; count += 1) await once(open(port).resume(), 'close');

    let received = 0;
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
    });
    await once(socket, 'close');
    expect(received).toBeLessThan(4 * answer);
  });
});

describe('headers', () => {
  test('that are too large are refused with the envelope', async () => {
    const socket = open(await aServer());
    socket.write(`GET /api/v1/state HTTP/1.1\r\nhost: localhost\r\nx-large: ${'x'.repeat(20_000)}\r\n\r\n`);

    const answer = await text(socket);

    expect(answer).toMatch(/^HTTP\/1\.1 431 /u);
    expect(ErrorResponse.parse(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).error.code).toBe(
      'request_failed',
    );
  });
});
