import { connect } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ErrorResponse } from '../../src/api/schema.js';
import { EventResponse } from '../../src/api/schema-history.js';
import type { ApiOptions } from '../../src/api/server.js';
import { aRunningRow, aSnapshot, SAMPLE_AT_MS, TestSource } from '../helpers/snapshots.js';
import { VirtualClock } from '../helpers/virtual-clock.js';
import { anApi, TestHistory } from './an-api.js';
import { SseReader } from './sse-reader.js';

// Goal: whoever follows sees every event once and in order, or is told that some are missing; and costs the daemon little.

async function aServer(options: Partial<ApiOptions> = {}) {
  const history = new TestHistory();
  const clock = new VirtualClock();
  const source = new TestSource(aSnapshot({ running: [aRunningRow()] }));
  const api = anApi({ history, timer: clock, source, ...options });
  const { port } = await api.listen();
  return { api, history, clock, source, port };
}

const ids = (frames: readonly { readonly id: string | null }[]) => frames.map(({ id }) => id);

describe('a stream of events', () => {
  test('tells what happens from now on, each event with its id', async () => {
    const { history, clock, port } = await aServer();
    history.add({ message: 'before' });
    const reader = await SseReader.open({ port });

    history.add({ message: 'two\nlines', fields: { turn: 3 } });
    history.add({ issueId: null, identifier: null, kind: 'poll_failed', level: 'warn' });
    await clock.advance(50);

    const frames = await reader.first(2);
    expect(reader.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    expect(frames.map(({ id, event }) => [id, event])).toEqual([
      ['life-2', 'symphony'],
      ['life-3', 'symphony'],
    ]);
    expect(EventResponse.parse(JSON.parse(frames[0]?.data ?? ''))).toEqual({
      id: 'life-2',
      at: '2026-02-24T20:15:30Z',
      issue_id: 'abc123',
      issue_identifier: 'MT-649',
      kind: 'agent_notification',
      level: 'info',
      message: 'two\nlines',
      fields: { turn: 3 },
    });
  });

  test('of an issue tells only of that issue, at each of its addresses', async () => {
    const { history, clock, port } = await aServer();
    const readers = await Promise.all(
      ['/api/v1/events?issue=MT-649', '/api/v1/MT-649/events', '/api/v1/issues/MT-649/events'].map((path) =>
        SseReader.open({ port }, path),
      ),
    );

    history.add({ identifier: 'MT-650' });
    history.add({ identifier: null });
    history.add();
    await clock.advance(50);

    for (const reader of readers) expect(ids(await reader.first(1))).toEqual(['life-3']);
  });

  test('leaves everyday talk of agents to those who follow its issue, live and afterwards', async () => {
    const { history, clock, port } = await aServer();
    const daemon = await SseReader.open({ port });
    const issue = await SseReader.open({ port }, '/api/v1/MT-649/events');

    history.add({ level: 'debug' });
    history.add();
    await clock.advance(50);

    expect(ids(await daemon.first(1))).toEqual(['life-2']);
    expect(ids(await issue.first(2))).toEqual(['life-1', 'life-2']);
    const later = await SseReader.open({ port }, '/api/v1/events?after=life-0');
    expect(ids(await later.first(1))).toEqual(['life-2']);
  });

  test.each<[string, string, Record<string, string>]>([
    ['the id that a browser sends by itself', '/api/v1/events', { 'last-event-id': 'life-250' }],
    ['the id in the address', '/api/v1/events?after=life-250', {}],
    [
      'the later of both, which the browser sends',
      '/api/v1/events?after=life-1',
      { 'last-event-id': 'life-250' },
    ],
  ])('goes on after %s, without losing or doubling one', async (_how, path, headers) => {
    const { history, clock, port } = await aServer();
    for (let count = 0; count < 700; count += 1) history.add();

    const reader = await SseReader.open({ port }, path, headers);
    const missed = await reader.first(450);
    history.add();
    await clock.advance(50);

    const wanted = Array.from({ length: 451 }, (_none, index) => `life-${251 + index}`);
    expect(ids(missed)).toEqual(wanted.slice(0, 450));
    expect(ids(await reader.first(451))).toEqual(wanted);
  });

  test('that is joined in the middle of a batch doubles nothing', async () => {
    const { history, clock, port } = await aServer();
    const first = await SseReader.open({ port });
    history.add();
    history.add();

    const second = await SseReader.open({ port }, '/api/v1/events?after=life-1');
    history.add();
    await clock.advance(50);

    expect(ids(await first.first(3))).toEqual(['life-1', 'life-2', 'life-3']);
    expect(ids(await second.first(2))).toEqual(['life-2', 'life-3']);
  });

  test('begins with as many of the latest as are asked for', async () => {
    const { history, clock, port } = await aServer();
    for (let count = 0; count < 5; count += 1) history.add();

    const reader = await SseReader.open({ port }, '/api/v1/events?limit=2');
    history.add();
    await clock.advance(50);

    expect(ids(await reader.first(3))).toEqual(['life-4', 'life-5', 'life-6']);
  });

  test.each([
    ['of the daemon', '/api/v1/events', 'life-1'],
    ['of an issue', '/api/v1/MT-649/events', 'life-2'],
    ['of an issue to which nothing has happened', '/api/v1/events?issue=MT-1', 'life-1'],
  ])('%s that was lost before anything was told goes on from where it began', async (_of, path, place) => {
    const { history, clock, port } = await aServer();
    history.add();
    history.add({ level: 'debug' });
    const reader = await SseReader.open({ port }, path);
    await clock.advance(15_000);
    await reader.heartbeat(1);
    expect([reader.frames, reader.place]).toEqual([[], place]);
    reader.leave();

    history.add({ identifier: 'MT-1' });
    history.add();

    const again = await SseReader.open({ port }, path, { 'last-event-id': place });
    const missed = path.includes('MT-1')
      ? ['life-3']
      : path.includes('MT-649')
        ? ['life-4']
        : ['life-3', 'life-4'];
    expect(ids(await again.first(missed.length))).toEqual(missed);
  });

  test.each([
    ['of another life of the daemon', 'earlier-9'],
    ['of long ago', 'life-1'],
  ])('tells that events are missing after an id %s', async (_what, after) => {
    const { history, port } = await aServer();
    for (let count = 0; count < 5; count += 1) history.add();
    history.forget(3);

    const frames = await (await SseReader.open({ port }, `/api/v1/events?after=${after}`)).first(3);

    expect(frames.map(({ id, event }) => [id, event])).toEqual([
      [null, 'gap'],
      ['life-4', 'symphony'],
      ['life-5', 'symphony'],
    ]);
  });

  test('tells that a flood was cut, and goes on with the newest', async () => {
    const { history, clock, port } = await aServer();
    const reader = await SseReader.open({ port });

    for (let count = 0; count < 1_001; count += 1) history.add();
    await clock.advance(50);

    const frames = await reader.first(2);
    expect(frames.map(({ id, event }) => [id, event])).toEqual([
      [null, 'gap'],
      ['life-1001', 'symphony'],
    ]);
  });

  test('tells that the state is another one, at most once a second and once for many changes', async () => {
    const { source, clock, port } = await aServer();
    const reader = await SseReader.open({ port });

    for (let count = 0; count < 10; count += 1) source.set(aSnapshot());
    await clock.advance(999);
    expect(await reader.first(1)).toEqual([
      { id: null, event: 'changed', data: '{"generated_at":"2026-02-24T20:15:30Z"}' },
    ]);

    source.set(aSnapshot());
    source.set(aSnapshot({ generatedAtMs: SAMPLE_AT_MS + 7_000 }));
    await clock.advance(10_000);

    await clock.advance(5_000);
    await reader.heartbeat(1);
    expect(reader.frames.slice(1)).toEqual([
      { id: null, event: 'changed', data: '{"generated_at":"2026-02-24T20:15:37Z"}' },
    ]);
  });

  test('lets something be heard every 15 seconds', async () => {
    const { clock, port } = await aServer();
    const reader = await SseReader.open({ port });

    await clock.advance(45_000);

    await reader.heartbeat(3);
    expect(reader.frames).toEqual([]);
  });

  test('is JSON for whoever does not ask for a stream, and for HEAD', async () => {
    const { api, history } = await aServer();
    history.add();

    const json = await api.inject({ url: '/api/v1/events', headers: { accept: '*/*' } });
    const head = await api.inject({
      method: 'HEAD',
      url: '/api/v1/events',
      headers: { accept: 'text/event-stream' },
    });

    expect(json.json()).toMatchObject({ events: [{ id: 'life-1' }], has_gap: false, has_more: false });
    expect([head.statusCode, head.headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
  });

  test('of an issue that nobody knows is refused', async () => {
    const { api } = await aServer();
    const headers = { accept: 'text/event-stream' };

    const answer = await api.inject({ url: '/api/v1/MT-1/events', headers });

    expect([answer.statusCode, ErrorResponse.parse(answer.json()).error.code]).toEqual([
      404,
      'issue_not_found',
    ]);
  });
});

describe('readers', () => {
  test('are told of an event that was put into words once', async () => {
    const { history, clock, port } = await aServer();
    const readers = await Promise.all(Array.from({ length: 20 }, () => SseReader.open({ port })));
    let read = 0;
    const counted = {
      get turn() {
        read += 1;
        return 3;
      },
    };

    history.add({ fields: counted });
    await clock.advance(50);

    for (const reader of readers) expect(await reader.first(1)).toHaveLength(1);
    expect(read).toBe(1);
  });

  test('that have left cost nothing more', async () => {
    const { history, source, clock, port } = await aServer();
    const readers = await Promise.all(Array.from({ length: 5 }, () => SseReader.open({ port })));
    expect([history.listeners, source.listeners]).toEqual([1, 1]);

    for (const reader of readers) reader.leave();

    await expect.poll(() => [history.listeners, source.listeners, clock.pending]).toEqual([0, 0, 0]);
  });

  test('beyond two hundred are refused, and let in again when others have left', async () => {
    const { port } = await aServer();
    const readers = await Promise.all(Array.from({ length: 200 }, () => SseReader.open({ port })));

    const late = await fetch(`http://127.0.0.1:${port}/api/v1/events`, {
      headers: { accept: 'text/event-stream' },
    });
    expect([late.status, late.headers.get('retry-after')]).toEqual([503, '10']);
    expect(ErrorResponse.parse(await late.json()).error.code).toBe('request_failed');

    readers[0]?.leave();
    await expect
      .poll(async () => (await SseReader.open({ port })).response.statusCode, { timeout: 10_000 })
      .toBe(200);
  });

  test('end with the daemon, after the last event', async () => {
    const { api, history, port } = await aServer();
    const reader = await SseReader.open({ port });
    history.add();

    await api.close();

    await reader.end();
    expect(ids(reader.frames)).toEqual(['life-1']);
  });

  test('that do not read are dropped, while others are told everything', async () => {
    const { history, clock, port } = await aServer();
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => {
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.pause();
    socket.write('GET /api/v1/events HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n');
    const reader = await SseReader.open({ port });
    await expect.poll(() => history.listeners).toBe(1);
    const text = 'x'.repeat(60_000);

    // The kernel takes some megabytes before anything waits in the daemon.
    for (let round = 1; round <= 60; round += 1) {
      for (let count = 0; count < 8; count += 1) history.add({ message: text });
      await clock.advance(50);
      await reader.first(round * 8);
    }

    const dropped = new Promise((resolve) => socket.once('close', resolve));
    socket.resume();
    await dropped;
    expect(socket.bytesRead).toBeLessThan(480 * text.length);
    expect(ids(reader.frames).at(-1)).toBe('life-480');
  });

  test('that stop in the middle of what they missed are dropped after half a minute', async () => {
    const { history, clock, port } = await aServer();
    // More than the kernel takes, in pieces that are not dropped for their size.
    for (let count = 0; count < 10_000; count += 1) history.add({ message: 'x'.repeat(3_000) });
    const socket = connect(port, '127.0.0.1');
    onTestFinished(() => {
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.pause();
    socket.write(
      'GET /api/v1/events?after=life-0 HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n',
    );
    await expect.poll(() => history.listeners).toBe(1);

    await expect
      .poll(async () => {
        await clock.advance(15_000);
        return history.listeners;
      })
      .toBe(0);
  });
});
