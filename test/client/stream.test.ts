import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { type StreamItem, type StreamOptions, SymphonyClient } from '../../src/client/client.js';
import { aPlace } from '../helpers/processes.js';
import { type Answering, aFalseDaemon, anEvent, frameOf, refusal, stream } from './false-daemon.js';

// Goal: whoever follows misses nothing and gets nothing twice, whatever happens to the connection.

/** Answers each connection by the next of these; the last one stays. */
function inTurn(...answers: readonly ((response: ServerResponse) => void)[]): Answering {
  let at = 0;
  return (_request, response) => answers[Math.min(at++, answers.length - 1)]?.(response);
}

/** Follows a daemon until so many items have come, or the stream ends. */
async function items(
  answer: Answering,
  count: number,
  options: StreamOptions & { readonly onItem?: (item: string) => void } = {},
): Promise<{ got: string[]; paths: string[] }> {
  const daemon = await aFalseDaemon(answer);
  const client = new SymphonyClient({ baseUrl: daemon.baseUrl });
  const found: StreamItem[] = [];
  for await (const item of client.stream({ firstPauseMs: 1, ...options })) {
    found.push(item);
    options.onItem?.(short(item));
    if (found.length === count) break;
  }
  return { got: found.map(short), paths: daemon.requests.map(({ path }) => path) };
}

function short(item: StreamItem): string {
  return item.kind === 'event' ? item.event.id : item.kind;
}

const [ONE, TWO, THREE] = [frameOf(anEvent('1')), frameOf(anEvent('2')), frameOf(anEvent('3'))];

describe('a stream', () => {
  test('tells events, changes and gaps in order, and leaves out what this version does not know', async () => {
    const later = frameOf(anEvent('2')).replace('"kind"', '"mood":"good","kind"');
    const { got, paths } = await items(
      inTurn((response) =>
        stream(
          response,
          ': \n\n',
          ONE,
          'event: changed\ndata: {"generated_at":"x"}\n\n',
          'event: new\ndata: 1\n\n',
          'event: gap\ndata: {}\n\n',
          later,
        ),
      ),
      5,
    );

    expect(got).toEqual(['open', '1', 'changed', 'gap', '2']);
    expect(paths).toEqual(['/api/v1/events']);
  });

  test('asks for what it is told to', async () => {
    const answer = inTurn((response) => stream(response, ONE));

    expect((await items(answer, 1, { issue: 'A B', latest: 3 })).paths).toEqual([
      '/api/v1/events?limit=3&issue=A+B',
    ]);
    expect((await items(answer, 1, { after: '7', latest: 3 })).paths).toEqual(['/api/v1/events?after=7']);
  });

  test('goes on behind the last event after a connection was lost, however that happened', async () => {
    const { got, paths } = await items(
      inTurn(
        (response) => {
          stream(response, ONE);
          response.end();
        },
        (response) => response.destroy(),
        (response) => refusal(response, 503, 'snapshot_unavailable'),
        (response) => {
          stream(response, TWO, 'data: cut off');
          response.socket?.end();
        },
        (response) => stream(response, THREE),
      ),
      10,
    );

    expect(got).toEqual(['open', '1', 'lost', 'lost', 'lost', 'open', '2', 'lost', 'open', '3']);
    expect(paths).toEqual([
      '/api/v1/events',
      ...Array(3).fill('/api/v1/events?after=1'),
      '/api/v1/events?after=2',
    ]);
  });

  test('goes on from where it began when its connection was lost before anything happened', async () => {
    const { got, paths } = await items(
      inTurn(
        (response) => {
          stream(response, 'id: life-7\n\n');
          response.end();
        },
        (response) => stream(response, TWO),
      ),
      4,
    );

    expect(got).toEqual(['open', 'lost', 'open', '2']);
    expect(paths).toEqual(['/api/v1/events', '/api/v1/events?after=life-7']);
  });

  test('ends with an error when the daemon refuses for good', async () => {
    await expect(
      items(
        inTurn((response) => refusal(response, 401, 'operator_required')),
        2,
      ),
    ).rejects.toMatchObject({ code: 'operator_required' });
  });

  test('ends with an error when what comes is not understood', async () => {
    await expect(
      items(
        inTurn((response) => stream(response, 'event: symphony\ndata: {"id":1}\n\n')),
        3,
      ),
    ).rejects.toMatchObject({ code: 'daemon_unreachable', message: expect.stringContaining('understand') });
  });

  test('ends without one when it is no longer wanted, connected or not', async () => {
    for (const [last, answer] of [
      ['1', (response: ServerResponse) => stream(response, ONE)],
      ['lost', (response: ServerResponse) => response.destroy()],
    ] as const) {
      const end = new AbortController();
      const onItem = (item: string): void => {
        if (item === last) end.abort();
      };

      const { got } = await items(inTurn(answer), 0, { signal: end.signal, firstPauseMs: 60_000, onItem });

      expect(got.at(-1)).toBe(last);
    }
  });

  test.each([
    ['as soon as it was there', 1],
    ['after an event', 2],
  ])('that nobody reads any more %s leaves no connection behind', async (_when, count) => {
    const closed = new Promise<void>((resolve) => {
      void items(
        inTurn((response) => {
          response.once('close', resolve);
          stream(response, ONE);
        }),
        count,
      );
    });

    await closed;
  });
});

test('a stream finds a daemon again that has started anew', async () => {
  // A port that is free for a moment may be given to somebody else; a path is not.
  const socketPath = join(await aPlace(), 'daemon.sock');
  const first = await aFalseDaemon((_request, response) => stream(response, ONE), socketPath);
  const client = new SymphonyClient({ socketPath });
  const end = new AbortController();
  onTestFinished(() => end.abort());
  const told = client.stream({ firstPauseMs: 1, signal: end.signal });
  const next = async (): Promise<string> => {
    const { value } = await told.next();
    return value === undefined ? 'end' : short(value);
  };
  expect([await next(), await next()]).toEqual(['open', '1']);

  await first.end();
  expect([await next(), await next()]).toEqual(['lost', 'lost']);
  const second = await aFalseDaemon(
    (_request, response) => stream(response, 'event: gap\ndata: {}\n\n', TWO),
    socketPath,
  );
  const found: string[] = [];
  while (found.at(-1) !== '2') found.push(await next());

  expect(found.filter((item) => item !== 'lost')).toEqual(['open', 'gap', '2']);
  expect(second.requests.at(-1)?.path).toBe('/api/v1/events?after=1');
});
