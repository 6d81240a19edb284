import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { explainResponse } from '../../src/api/board.js';
import { SymphonyClient } from '../../src/client/client.js';
import { anExplanation } from '../api/an-api.js';
import { aPlace } from '../helpers/processes.js';
import { settled } from '../helpers/virtual-clock.js';
import { type Answering, aFalseDaemon, aState, json, refusal } from './false-daemon.js';

// Goal: programs get what the daemon said, checked, or an error that says what to do.

async function aClientOf(answer: Answering, options: { token?: string; timeoutMs?: number } = {}) {
  const daemon = await aFalseDaemon(answer);
  return { daemon, client: new SymphonyClient({ baseUrl: daemon.baseUrl, ...options }) };
}

describe('what a client reads', () => {
  test('is the state, with the token and without fields that this version does not know', async () => {
    const told = aState();
    const later = {
      ...told,
      horoscope: 'good',
      counts: { ...told.counts, dreaming: 1 },
      problems: [{ at: told.generated_at, code: 'x', message: 'y', issue_identifier: null, colour: 'red' }],
    };
    const { client, daemon } = await aClientOf((_request, response) => json(response, later), {
      token: 'secret',
    });

    const state = await client.state();

    expect(state).toEqual({ ...told, problems: [expect.not.objectContaining({ colour: 'red' })] });
    expect(daemon.requests).toMatchObject([
      { method: 'GET', path: '/api/v1/state', headers: { authorization: 'Bearer secret' } },
    ]);
  });

  test.each([
    ['something that is no JSON', '<html>', /is no Symphony daemon, or one of another version: .*not JSON/u],
    ['JSON of something else', '{"ok":true}', /does not understand/u],
    ['a known field with another meaning', JSON.stringify({ ...aState(), counts: 3 }), /counts/u],
  ])('is refused when it is %s', async (_what, body, message) => {
    const { client } = await aClientOf((_request, response) => response.end(body));

    await expect(client.state()).rejects.toMatchObject({
      code: 'daemon_unreachable',
      message: expect.stringMatching(message),
    });
  });

  test('is asked for again while the daemon asks the tracker', async () => {
    const explained = explainResponse(anExplanation());
    let asked = 0;
    const { client } = await aClientOf((_request, response) => {
      asked += 1;
      if (asked < 3) refusal(response, 503, 'explanation_pending');
      else json(response, explained);
    });

    expect(await client.explain('MT-700')).toEqual(explained);
    expect(asked).toBe(3);
  });

  test('is waited for no longer than the caller wants', async () => {
    const { client, daemon } = await aClientOf((_request, response) =>
      refusal(response, 503, 'explanation_pending'),
    );
    const reason = new Error('enough');
    const caller = new AbortController();

    const asking = client.explain('MT-700', { signal: caller.signal });
    const refused = expect(asking).rejects.toBeInstanceOf(Error);
    while (daemon.requests.length < 2) await settled();
    caller.abort(reason);

    await refused;
  });

  test('is asked for by names that cannot be taken for something else', async () => {
    const { client, daemon } = await aClientOf((_request, response) =>
      refusal(response, 404, 'issue_not_found'),
    );

    for (const identifier of ['state', '..', 'a/b?c#d', 'Ä 1']) {
      await expect(client.explain(identifier)).rejects.toMatchObject({ code: 'issue_not_found' });
    }

    expect(daemon.requests.map(({ path }) => path)).toEqual([
      '/api/v1/issues/state/explain',
      '/api/v1/issues/../explain',
      '/api/v1/issues/a%2Fb%3Fc%23d/explain',
      '/api/v1/issues/%C3%84%201/explain',
    ]);
  });

  test('comes in pages as they are asked for', async () => {
    const { client, daemon } = await aClientOf((_request, response) =>
      json(response, { events: [], has_gap: false, has_more: false }),
    );

    await client.events();
    await client.events({ issue: 'A&B', after: '1 2', limit: 5 });

    expect(daemon.requests.map(({ path }) => path)).toEqual([
      '/api/v1/events',
      '/api/v1/events?after=1+2&limit=5&issue=A%26B',
    ]);
  });

  test('tells of a daemon that is not ready, too', async () => {
    const health = { live: true, ready: false, reasons: [{ code: 'dispatch_paused', message: 'Paused.' }] };
    const { client } = await aClientOf((_request, response) => json(response, health, 503));

    expect(await client.health()).toEqual(health);
  });
});

describe('what a client orders', () => {
  test('comes with the token and a proof, which is withdrawn afterwards', async () => {
    const { daemon } = await aClientOf((_request, response) =>
      json(response, { accepted: true, issue_identifier: 'A-1', order: 'stop', message: 'Stopped.' }, 202),
    );
    const happened: string[] = [];
    const client = new SymphonyClient({
      baseUrl: daemon.baseUrl,
      token: async () => 'asked for',
      prove: async () => ({
        headers: { 'x-symphony-process': '42', 'x-symphony-proof': 'p' },
        close: async () => void happened.push(`closed after ${daemon.requests.length}`),
      }),
    });

    const { message } = await client.order('A-1', 'stop');

    expect(message).toBe('Stopped.');
    expect(happened).toEqual(['closed after 1']);
    expect(daemon.requests).toMatchObject([
      {
        method: 'POST',
        path: '/api/v1/issues/A-1/stop',
        headers: { authorization: 'Bearer asked for', 'x-symphony-process': '42', 'x-symphony-proof': 'p' },
      },
    ]);
  });

  test('withdraws the proof also when the daemon refuses', async () => {
    const { daemon } = await aClientOf((_request, response) => refusal(response, 409, 'order_refused'));
    let closed = 0;
    const client = new SymphonyClient({
      baseUrl: daemon.baseUrl,
      prove: async () => ({
        headers: {},
        close: async () => {
          closed += 1;
        },
      }),
    });

    await expect(client.orderDispatch('pause')).rejects.toMatchObject({ code: 'order_refused' });

    expect(closed).toBe(1);
  });

  test.each([
    [{ kind: 'approve' } as const, { decision: 'approve' }],
    [{ kind: 'decline' } as const, { decision: 'decline' }],
    [{ kind: 'text', text: 'As “you” like.' } as const, { text: 'As “you” like.' }],
  ])('answers with %j', async (answer, body) => {
    const { client, daemon } = await aClientOf((_request, response) =>
      json(response, { queued: true, issue_identifier: 'A-1', message: 'A-1 is answered.' }, 202),
    );

    await client.answer('A-1', answer);

    expect(JSON.parse(daemon.requests[0]?.body ?? '')).toEqual(body);
    expect(daemon.requests[0]?.headers['content-type']).toBe('application/json');
  });
});

test('an answer says which question it is for', async () => {
  const { client, daemon } = await aClientOf((_request, response) =>
    refusal(response, 409, 'question_changed', 'It asks something else now: Which port?'),
  );

  await expect(client.answer('A-1', { kind: 'approve' }, { question: 'Run “it”?' })).rejects.toMatchObject({
    code: 'question_changed',
    message: 'It asks something else now: Which port?',
  });
  expect(JSON.parse(daemon.requests[0]?.body ?? '')).toEqual({ decision: 'approve', question: 'Run “it”?' });
});

describe('a refusal', () => {
  test('is an error with the code and the words of the daemon, which cannot steer a terminal', async () => {
    const { client } = await aClientOf((_request, response) =>
      refusal(response, 403, 'forbidden_process', 'Only\u001b[2J\u0007 people.'),
    );

    await expect(client.refresh()).rejects.toMatchObject({
      name: 'SymphonyError',
      code: 'forbidden_process',
      message: 'Only[2J people.',
    });
  });

  test('says for how long not to ask again, where the daemon does', async () => {
    const { client } = await aClientOf(({ path }, response) => {
      if (path.endsWith('/state')) response.setHeader('retry-after', '7');
      refusal(response, 503, 'tracker_rate_limited');
    });

    await expect(client.state()).rejects.toMatchObject({ code: 'tracker_rate_limited', retryAfterMs: 7_000 });
    await expect(client.issues()).rejects.toMatchObject({ retryAfterMs: null });
  });

  test.each([
    [418, 'request_failed'],
    [503, 'internal_error'],
  ])('of a later version with status %i becomes %s', async (status, code) => {
    const { client } = await aClientOf((_request, response) => refusal(response, status, 'tea_time'));

    await expect(client.state()).rejects.toMatchObject({ code });
  });

  test('without a reason is of something that is no daemon', async () => {
    const { client } = await aClientOf((_request, response) => response.writeHead(404).end('Not Found'));

    await expect(client.state()).rejects.toMatchObject({
      code: 'daemon_unreachable',
      message: expect.stringContaining('is no Symphony daemon'),
    });
  });
});

describe('a daemon that is not there', () => {
  test('is told from one that does not answer in time', async () => {
    const { client, daemon } = await aClientOf(() => {}, { timeoutMs: 50 });

    await expect(client.state()).rejects.toMatchObject({
      code: 'daemon_unreachable',
      message: `the daemon at ${daemon.baseUrl} did not answer within 0.05 s`,
    });
    await daemon.end();
    // On a busy machine even a refusal takes longer than that.
    await expect(new SymphonyClient({ baseUrl: daemon.baseUrl }).state()).rejects.toMatchObject({
      code: 'daemon_unreachable',
      message: `no daemon listens at ${daemon.baseUrl}`,
    });
  });

  test('at a socket is told from one that left its socket behind', async () => {
    const place = await aPlace();
    const [missing, stale] = [join(place, 'missing.sock'), join(place, 'stale.sock')];
    writeFileSync(stale, '');

    await expect(new SymphonyClient({ socketPath: missing }).state()).rejects.toMatchObject({
      code: 'daemon_unreachable',
      message: expect.stringContaining('there is no socket'),
    });
    await expect(new SymphonyClient({ socketPath: stale }).state()).rejects.toMatchObject({
      code: 'daemon_unreachable',
      message: expect.stringMatching(/stale\.sock has gone without removing it, as after a crash/u),
    });
  });

  test('is waited for no longer once whoever asked has changed their mind', async () => {
    const given = new AbortController();
    const { client } = await aClientOf(() => given.abort(new Error('enough')));

    await expect(client.state({ signal: given.signal })).rejects.toThrow('enough');
  });
});

test('a client speaks through a socket, and asks anew where that is for each request', async () => {
  const place = await aPlace();
  const [one, other] = [join(place, 'one.sock'), join(place, 'other.sock')];
  const daemon = await aFalseDaemon((_request, response) => json(response, aState()), one);
  await aFalseDaemon((_request, response) => json(response, { ...aState(), tracker_kind: 'other' }), other);
  const paths = [one, other];
  const client = new SymphonyClient({
    socketPath: async () => paths.shift() ?? '',
    token: 'not for reading',
  });

  const kinds = [(await client.state()).tracker_kind, (await client.state()).tracker_kind];

  expect(kinds).toEqual(['linear', 'other']);
  expect(daemon.requests[0]?.headers).toMatchObject({ host: 'localhost' });
  expect(daemon.requests[0]?.headers).not.toHaveProperty('authorization');
});
