import type { InjectOptions } from 'fastify';
import { describe, expect, test } from 'vitest';
import { ErrorResponse, IssueResponse, WebhookResponse } from '../../src/api/schema.js';
import { SymphonyError } from '../../src/domain/error.js';
import type { WebhookReceiver } from '../../src/domain/webhook.js';
import { aRunningRow, aSnapshot, TestSource } from '../helpers/snapshots.js';
import { VirtualClock } from '../helpers/virtual-clock.js';
import { anApi } from './an-api.js';
import { Inbox, PATH } from './webhook-inbox.js';

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };
const MIB = 1024 * 1024;

const refusing: WebhookReceiver = {
  receive: () => Promise.reject(new SymphonyError('webhook_refused', 'The signature does not fit.')),
};

const deliver = (api: ReturnType<typeof anApi>, options: InjectOptions = {}) =>
  api.inject({ method: 'POST', url: PATH, headers: JSON_HEADERS, payload: '{}', ...options });

const errorOf = (answer: { json(): unknown }) => ErrorResponse.parse(answer.json()).error;

describe('POST /api/v1/webhooks/<kind>', () => {
  test('hands the bytes on as they came and answers 200', async () => {
    const inbox = new Inbox();
    const payload = '{ "a":1,\n "é": "\\u00e9" }';

    const answer = await deliver(anApi({ webhook: inbox }), {
      headers: { ...JSON_HEADERS, 'linear-signature': 'abc' },
      payload,
    });

    expect([answer.statusCode, WebhookResponse.parse(answer.json())]).toEqual([200, { accepted: true }]);
    expect(inbox.deliveries.map(({ body }) => body.toString())).toEqual([payload]);
    expect(inbox.deliveries[0]?.headers).toMatchObject({ 'linear-signature': 'abc' });
  });

  test.each(['application/json', 'application/json;charset=UTF-8', 'Application/JSON; charset=utf-8'])(
    'takes %s',
    async (type) => {
      const answer = await deliver(anApi({ webhook: new Inbox() }), { headers: { 'content-type': type } });

      expect(answer.statusCode).toBe(200);
    },
  );

  test('does not read what it hands on: malformed JSON is for the receiver to judge', async () => {
    const inbox = new Inbox();

    const answer = await deliver(anApi({ webhook: inbox }), { payload: '{' });

    expect([answer.statusCode, inbox.deliveries[0]?.body.toString()]).toEqual([200, '{']);
  });

  test('hands on a delivery without a body as an empty one', async () => {
    const inbox = new Inbox();

    await anApi({ webhook: inbox }).inject({ method: 'POST', url: PATH });

    expect(inbox.deliveries[0]?.body).toEqual(Buffer.alloc(0));
  });

  test.each(['text/plain', 'application/x-www-form-urlencoded', 'text/xml'])('refuses %s', async (type) => {
    const inbox = new Inbox();

    const answer = await deliver(anApi({ webhook: inbox }), { headers: { 'content-type': type } });

    expect([answer.statusCode, errorOf(answer).code, inbox.deliveries]).toEqual([415, 'request_failed', []]);
  });

  test('answers 401 to what the receiver refuses, with its reason', async () => {
    const answer = await deliver(anApi({ webhook: refusing }));

    expect(answer.statusCode).toBe(401);
    expect(errorOf(answer)).toEqual({ code: 'webhook_refused', message: 'The signature does not fit.' });
  });

  test.each([
    ['of a kind that is not in use', { webhook: new Inbox() }, '/api/v1/webhooks/jira'],
    [
      'of a kind that is none',
      { webhook: new Inbox() },
      `/api/v1/webhooks/${encodeURIComponent('../linear')}`,
    ],
    ['where nothing takes deliveries', {}, PATH],
  ])('answers 404 with the mend to one %s', async (_what, options, url) => {
    const answer = await deliver(anApi(options), { url });

    expect(answer.statusCode).toBe(404);
    expect(errorOf(answer)).toMatchObject({
      code: 'not_found',
      message: expect.stringMatching(/Set tracker\.provider\.webhook_secret.*tracker\.kind/u),
    });
  });

  test.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'] as const)('answers 405 to %s', async (method) => {
    const answer = await anApi({ webhook: new Inbox() }).inject({ method, url: PATH });

    expect([answer.statusCode, answer.headers.allow]).toEqual([405, 'POST']);
  });

  test.each([
    '/api/v1/webhooks/',
    '/api/v1/webhooks/linear/',
    '/api/v1/webhooks/a/b',
    '/api/v1/%77ebhooks/linear',
  ])('is not at %s', async (url) => {
    const inbox = new Inbox();

    const answer = await deliver(anApi({ webhook: inbox }), { url });

    expect([answer.statusCode, errorOf(answer).code, inbox.deliveries]).toEqual([404, 'not_found', []]);
  });

  test.each(['/api/v1/webhooks', '/api/v1/issues/webhooks'])(
    'leaves %s to an issue of that name',
    async (url) => {
      const source = new TestSource(aSnapshot({ running: [aRunningRow({ identifier: 'webhooks' })] }));

      const answer = await anApi({ source, webhook: new Inbox() }).inject(url);

      expect(IssueResponse.parse(answer.json()).issue_identifier).toBe('webhooks');
    },
  );

  test('hides the text of a bug and logs it', async () => {
    const logged: unknown[] = [];
    const webhook = { receive: () => Promise.reject(new TypeError('secret internals')) };
    const log = { warn: () => {}, error: (message: string) => logged.push(message) };

    const answer = await deliver(anApi({ webhook, log }));

    expect([answer.statusCode, errorOf(answer).code, logged]).toEqual([
      500,
      'internal_error',
      ['http request failed'],
    ]);
    expect(answer.body).not.toContain('internals');
  });
});

describe('who may deliver', () => {
  const foreign = [
    ['under a public name', { host: 'symphony.example' }],
    ['under an address', { host: '203.0.113.7:443' }],
    ['from a page of another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ] as const;

  test.each(foreign)('a request %s is read, for its signature decides', async (_where, headers) => {
    const inbox = new Inbox();

    const answer = await deliver(anApi({ webhook: inbox }), { headers: { ...JSON_HEADERS, ...headers } });

    expect([answer.statusCode, inbox.deliveries.length]).toEqual([200, 1]);
  });

  test.each(foreign)('a request %s is refused everywhere else', async (_where, headers) => {
    const api = anApi({ webhook: new Inbox() });
    const elsewhere = [
      '/',
      '/api/v1/refresh',
      '/api/v1/refresh?/api/v1/webhooks/linear',
      '/api/v1/webhooks',
      '/api/v1/webhooks/',
      '/x/api/v1/webhooks/linear',
    ];

    for (const url of elsewhere) {
      const answer = await deliver(api, { url, headers: { ...JSON_HEADERS, ...headers } });
      expect([url, answer.statusCode]).toEqual([url, 403]);
    }
    for (const url of ['/', '/api/v1/state']) {
      const answer = await api.inject({ url, headers: { host: 'symphony.example' } });
      expect([url, answer.statusCode]).toEqual([url, 403]);
    }
  });

  test('a person who opens the public address is told how it is meant', async () => {
    const answer = await anApi({ webhook: new Inbox() }).inject({
      url: PATH,
      headers: { host: 'symphony.example' },
    });

    expect([answer.statusCode, errorOf(answer).message]).toEqual([405, 'GET is not allowed here; use POST.']);
  });
});

describe('the log of refusals', () => {
  function aLoggingApi(webhook: WebhookReceiver) {
    const clock = new VirtualClock();
    const lines: unknown[] = [];
    const log = {
      warn: (message: string, fields?: object) => lines.push({ message, ...fields }),
      error: () => {},
    };
    return { clock, lines, api: anApi({ webhook, log, now: () => clock.wallMs() }) };
  }

  test('has the first at once, then at most one a minute with how many it left out', async () => {
    const { clock, lines, api } = aLoggingApi(refusing);

    for (let refused = 0; refused < 5; refused += 1) await deliver(api);
    await clock.advance(59_999);
    await deliver(api);
    expect(lines).toEqual([
      {
        message: 'webhook delivery refused',
        status: 401,
        reason: 'The signature does not fit.',
        unlogged: 0,
      },
    ]);

    await clock.advance(1);
    await deliver(api, { payload: 'x'.repeat(MIB + 1) });
    expect(lines.slice(1)).toMatchObject([{ status: 413, unlogged: 5 }]);
  });

  test('goes on when the wall clock was set back', async () => {
    const { clock, lines, api } = aLoggingApi(refusing);
    await deliver(api);

    clock.jumpWall(-3_600_000);
    await deliver(api);

    expect(lines).toHaveLength(2);
  });

  test('is empty when all is well', async () => {
    const { lines, api } = aLoggingApi(new Inbox());

    await deliver(api);

    expect(lines).toEqual([]);
  });
});
