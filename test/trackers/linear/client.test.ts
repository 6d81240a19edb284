import { once } from 'node:events';
import { createServer } from 'node:http';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.js';
import { HttpLinearClient } from '../../../src/trackers/linear/graphql-client.js';
import { failureOf, LinearUnderTest } from '../../helpers/linear/linear-tracker.js';
import { Front, type FrontAnswer, portOf } from './front.js';
import { HastyClock } from './hasty-clock.js';

// Goal: what goes over the wire and what may come back, with the real transport and a real server.

const { signal } = new AbortController();
const KEY = 'lin_api_0123456789abcdef';
const QUERY = 'query Q { viewer { id } }';

/** A client of a server that gives these answers, the last of them for ever. */
async function setUp(...answers: readonly FrontAnswer[]) {
  const clock = new HastyClock();
  const front = await Front.forTest(
    () => answers[Math.min(front.seen.length, answers.length) - 1] ?? { body: '' },
  );
  const client = clientOf(front, KEY, clock);
  return {
    clock,
    front,
    client,
    read: (variables: JsonObject = {}) => client.read(QUERY, variables, signal),
  };
}

function clientOf({ url }: Pick<Front, 'url'>, apiKey: string, clock = new HastyClock()): HttpLinearClient {
  return new HttpLinearClient({ endpoint: url, apiKey, userAgent: 'symphony/1.2.3', clock });
}

function data(value: unknown, rest: Readonly<Record<string, unknown>> = {}): FrontAnswer {
  return { body: JSON.stringify({ data: value, ...rest }) };
}

describe('a request', () => {
  test('carries the bare key, our name, and the query with its variables as JSON', async () => {
    const { front, read } = await setUp(data({}));

    await read({ after: null, names: ['Grüße 👋'] });

    const [request] = front.seen;
    expect(request?.headers).toMatchObject({
      authorization: KEY,
      'user-agent': 'symphony/1.2.3',
      accept: 'application/json',
      'content-type': 'application/json',
    });
    expect(JSON.parse(request?.body ?? '')).toEqual({
      query: QUERY,
      variables: { after: null, names: ['Grüße 👋'] },
    });
  });

  test('carries what OAuth gave as a bearer token', async () => {
    const { front } = await setUp(data({}));

    await clientOf(front, 'lin_oauth_0123').read(QUERY, {}, signal);

    expect(front.seen[0]?.headers.authorization).toBe('Bearer lin_oauth_0123');
  });

  test('of the tracker names Symphony and its version', async () => {
    const front = await Front.forTest((_, pass) => pass());
    const linear = await LinearUnderTest.forTest({ provider: { endpoint: front.url } });
    front.behind = linear.linear.url;

    await linear.poll();

    for (const { headers } of front.seen) expect(headers['user-agent']).toMatch(/^symphony\/\d+\.\d+\.\d+/);
    expect(front.seen).toHaveLength(2);
  });
});

describe('an answer', () => {
  test('may be 5 MB large', async () => {
    const { read } = await setUp(data({ description: 'ü'.repeat(2_500_000) }));

    expect(await read()).toEqual({ description: 'ü'.repeat(2_500_000) });
  });

  test.each([
    ['no content-type', {}],
    ['the type of GraphQL', { 'content-type': 'application/graphql-response+json; charset=utf-8' }],
    ['the type of text', { 'content-type': 'text/plain' }],
  ])('is read when it comes with %s', async (_, headers) => {
    const { read } = await setUp({ headers, body: '{"data":{"title":"Grüße 👋"}}' });

    expect(await read()).toEqual({ title: 'Grüße 👋' });
  });

  test('is a throttle also when nothing says that it is JSON', async () => {
    const errors = [{ message: 'No', extensions: { type: 'ratelimited' } }];
    const { read } = await setUp({ status: 400, headers: {}, body: JSON.stringify({ errors }) });

    expect(await failureOf(read())).toMatchObject({ code: 'tracker_rate_limited', retryAfterMs: 11_520 });
  });

  test.each([
    ['errors as a list', [{ message: 'No' }]],
    ['an error that is only text', ['No']],
    ['an error that is no list', { message: 'No' }],
  ])('with data and %s is no answer', async (_, errors) => {
    const { front, read } = await setUp(data({ title: 'half' }, { errors }));

    expect(await failureOf(read())).toMatchObject({
      code: 'tracker_response',
      message: expect.stringMatching(/^Linear refused the request \(No\); /),
    });
    expect(front.seen).toHaveLength(1);
  });

  test('with an empty list of errors is one', async () => {
    const { read } = await setUp(data({ title: 'whole' }, { errors: [] }));

    expect(await read()).toEqual({ title: 'whole' });
  });

  test.each([
    '"a text"',
    '[]',
    '7',
    'null',
    '{',
    '\u0000',
    '{"data":[]}',
    '{"data":"text"}',
    '{"errors":"text"}',
  ])('of %s is none', async (body) => {
    const { read } = await setUp({ body });

    expect(await failureOf(read())).toMatchObject({ code: 'tracker_response' });
  });

  test('that is no answer is not kept, however large it is', async () => {
    const { read } = await setUp({ body: JSON.stringify('x'.repeat(1_000_000)) });

    const error = await failureOf(read());

    expect(error.message.length).toBeLessThan(200);
    expect(String(error.cause)).not.toContain('xxx');
  });

  test('is told in one line of a bearable length', async () => {
    const message = `One\n  two\t${'three '.repeat(200)}`;
    const { read } = await setUp({ status: 400, body: JSON.stringify({ errors: [{ message }] }) });

    const error = await failureOf(read());

    expect(error.message).toMatch(/^Linear refused the request \(One two three three .*…\); /);
    expect(error.message.length).toBeLessThan(450);
  });

  test.each([301, 404, 418])('of status %i without GraphQL names the endpoint', async (status) => {
    const { front, read } = await setUp({ status, body: '<html>' });

    expect(await failureOf(read())).toMatchObject({
      code: 'tracker_status',
      message: `Linear answered with status ${status} and no GraphQL; see that tracker.provider.endpoint is Linear's`,
    });
    expect(front.seen).toHaveLength(1);
  });
});

describe('a failure that may pass', () => {
  const down: FrontAnswer = { status: 503, body: '' };

  test('is over when the third attempt succeeds', async () => {
    const { clock, read } = await setUp(down, down, data({ id: 'x' }));

    expect(await read()).toEqual({ id: 'x' });
    expect(clock.waits).toEqual([250, 1_000]);
  });

  test('is not tried again when that could last longer than a read may', async () => {
    const clock = new HastyClock();
    const front = await Front.forTest(async () => {
      await clock.advance(19_750);
      return down;
    });

    await expect(clientOf(front, KEY, clock).read(QUERY, {}, signal)).rejects.toMatchObject({
      code: 'tracker_status',
    });
    expect(front.seen).toHaveLength(1);
    expect(clock.pending).toBe(0);
  });

  test('of a server that is not there names the endpoint', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${portOf(server.address())}/graphql`;
    server.close();
    await once(server, 'close');
    const client = clientOf({ url }, KEY);

    expect(await failureOf(client.read(QUERY, {}, signal))).toMatchObject({
      code: 'tracker_request',
      message: expect.stringMatching(
        /^Linear cannot be reached: .+; see the network and tracker\.provider\.endpoint$/,
      ),
    });
  });
});
