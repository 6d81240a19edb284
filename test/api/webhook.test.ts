import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { json } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import type { InjectOptions } from 'fastify';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ErrorResponse, IssueResponse, WebhookResponse } from '../../src/api/schema.js';
import { type ApiOptions, createApi } from '../../src/api/server.js';
import { SymphonyError } from '../../src/domain/error.js';
import type { WebhookDelivery, WebhookReceiver } from '../../src/domain/webhook.js';
import { linearWebhook } from '../../src/trackers/linear/webhook.js';
import { aRunningRow, aSnapshot, TestSource } from '../helpers/snapshots.js';
import { VirtualClock } from '../helpers/virtual-clock.js';

const PATH = '/api/v1/webhooks/linear';
const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };
const MIB = 1024 * 1024;

/** Takes what is addressed to linear and keeps it. */
class Inbox implements WebhookReceiver {
  readonly deliveries: WebhookDelivery[] = [];

  async receive(kind: string, delivery: WebhookDelivery) {
    if (kind !== 'linear') return 'notConfigured';
    this.deliveries.push(delivery);
    return 'accepted';
  }
}

const refusing: WebhookReceiver = {
  receive: () => Promise.reject(new SymphonyError('webhook_refused', 'The signature does not fit.')),
};

function anApi(options: Partial<ApiOptions> = {}) {
  const api = createApi({
    source: new TestSource(),
    commands: { refresh: () => ({ queued: true, coalesced: false }) },
    log: { warn: () => {}, error: () => {} },
    now: () => 0,
    host: '127.0.0.1',
    port: 0,
    ...options,
  });
  onTestFinished(() => api.close());
  return api;
}

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

    expect([answer.statusCode, inbox.deliveries]).toEqual([404, []]);
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
      '/api/v1/webhooks/linear/..',
      '/api/v1/webhooks/../refresh',
      '/api/v1/webhooks/#/linear',
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

describe('over a socket', () => {
  interface Sent {
    readonly path?: string;
    readonly headers?: OutgoingHttpHeaders;
    /** More than one are sent as chunks of unknown length. */
    readonly chunks?: readonly (string | Buffer)[];
  }

  function open(port: number, { path = PATH, headers = {} }: Sent = {}): ClientRequest {
    const sent = request({
      host: '127.0.0.1',
      port,
      method: 'POST',
      path,
      headers: { host: 'symphony.example', ...JSON_HEADERS, ...headers },
    });
    onTestFinished(() => {
      sent.destroy();
    });
    return sent;
  }

  async function answerTo(sent: ClientRequest) {
    const [response] = await once(sent, 'response');
    return { status: response.statusCode, headers: response.headers, body: await json(response) };
  }

  async function send(port: number, { chunks = ['{}'], ...rest }: Sent) {
    const sent = open(port, rest);
    // The server may answer, and close, before it has taken all of a body that is too large.
    sent.on('error', () => {});
    const answered = answerTo(sent);
    if (chunks.length === 1) sent.end(chunks[0]);
    else {
      for (const chunk of chunks) sent.write(chunk);
      sent.end();
    }
    return await answered;
  }

  async function aServer(webhook: WebhookReceiver) {
    return (await anApi({ webhook }).listen()).port;
  }

  test('takes a chunked body of up to 1 MiB whole', async () => {
    const inbox = new Inbox();
    const chunks = Array.from({ length: 16 }, (_none, index) => Buffer.alloc(MIB / 16, index));

    const { status, body } = await send(await aServer(inbox), { chunks });

    expect([status, body]).toEqual([200, { accepted: true }]);
    expect(inbox.deliveries[0]?.body.equals(Buffer.concat(chunks))).toBe(true);
  });

  test.each([
    ['announced', [Buffer.alloc(MIB + 1)]],
    ['chunked', [Buffer.alloc(MIB), Buffer.alloc(1)]],
  ])('refuses a larger body that is %s', async (_how, chunks) => {
    const inbox = new Inbox();

    const { status, body } = await send(await aServer(inbox), { chunks });

    expect([status, ErrorResponse.parse(body).error.code, inbox.deliveries]).toEqual([
      413,
      'request_failed',
      [],
    ]);
  });

  test('keeps the limit of orders at 64 KiB', async () => {
    const port = await aServer(new Inbox());
    const headers = { host: 'localhost' };
    const order = (bytes: number) =>
      send(port, { path: '/api/v1/refresh', headers, chunks: [`"${'x'.repeat(bytes - 2)}"`] });

    expect((await order(64 * 1024)).status).toBe(202);
    expect((await order(64 * 1024 + 1)).status).toBe(413);
  });

  test('refuses a compressed body with the reason', async () => {
    const inbox = new Inbox();

    const { status, body } = await send(await aServer(inbox), {
      headers: { 'content-encoding': 'gzip' },
      chunks: [gzipSync('{}')],
    });

    expect([status, inbox.deliveries]).toEqual([415, []]);
    expect(ErrorResponse.parse(body).error.message).toContain('compressed');
  });

  test('receives at most 16 deliveries at once, and others when these are gone', async () => {
    const inbox = new Inbox();
    const port = await aServer(inbox);
    const slow = Array.from({ length: 16 }, () => open(port, { headers: { expect: '100-continue' } }));
    // The server asks for the body when it has taken the request up.
    await Promise.all(
      slow.map((sent) => {
        sent.on('error', () => {});
        sent.flushHeaders();
        return once(sent, 'continue');
      }),
    );

    const late = await send(port, {});
    expect([late.status, late.headers['retry-after']]).toEqual([429, '60']);
    expect(ErrorResponse.parse(late.body).error.code).toBe('request_failed');

    const [finishing, ...leaving] = slow;
    const finished = finishing === undefined ? null : answerTo(finishing);
    finishing?.end('{}');
    expect((await finished)?.status).toBe(200);
    expect((await send(port, {})).status).toBe(200);

    // Those that leave in the middle free their places too; the server sees it a moment later.
    for (const sent of leaving) sent.destroy();
    await expect.poll(() => all(16, () => send(port, {}))).toEqual(Array.from({ length: 16 }, () => 200));
  });

  const all = async (count: number, each: () => Promise<{ status: number }>) =>
    (await Promise.all(Array.from({ length: count }, each))).map(({ status }) => status);

  test('logs no failure of its own when a sender leaves in the middle', async () => {
    const lines: unknown[] = [];
    const log = { warn: () => {}, error: (message: string) => lines.push(message) };
    const inbox = new Inbox();
    const { port } = await anApi({ webhook: inbox, log }).listen();
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    socket.end(
      `POST ${PATH} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{`,
    );
    socket.resume();
    await once(socket, 'close');

    expect((await send(port, {})).status).toBe(200);
    expect([lines, inbox.deliveries.length]).toEqual([[], 1]);
  });
});

describe('a delivery of Linear, over a socket', () => {
  const SECRET = 'lin_wh_secret';
  const clock = new VirtualClock();
  const body = JSON.stringify({ type: 'Issue', data: { id: 'issue-1' }, webhookTimestamp: clock.wallMs() });
  const signature = createHmac('sha256', SECRET).update(body).digest('hex');

  async function send(headers: OutgoingHttpHeaders, text = body) {
    const webhook = linearWebhook({ secret: SECRET, clock });
    const issues: string[] = [];
    const receiver: WebhookReceiver = {
      receive: async (_kind, delivery) => {
        issues.push(...(await webhook.read(delivery)));
        return 'accepted';
      },
    };
    const { port } = await anApi({ webhook: receiver }).listen();
    const sent = request({
      host: '127.0.0.1',
      port,
      method: 'POST',
      path: PATH,
      headers: { host: 'symphony.example', ...JSON_HEADERS, 'linear-delivery': 'delivery-1', ...headers },
    });
    sent.end(text);
    const [response] = await once(sent, 'response');
    return { status: response.statusCode, body: await json(response), issues };
  }

  test('wakes its issue', async () => {
    expect(await send({ 'linear-signature': signature })).toEqual({
      status: 200,
      body: { accepted: true },
      issues: ['issue-1'],
    });
  });

  test.each([
    ['no signature', {}],
    ['a wrong signature', { 'linear-signature': '0'.repeat(64) }],
    ['a doubled signature', { 'linear-signature': [signature, signature] }],
  ])('is refused with %s', async (_what, headers) => {
    const { status, body: answer, issues } = await send(headers);

    expect([status, ErrorResponse.parse(answer).error.code, issues]).toEqual([401, 'webhook_refused', []]);
  });

  test('is refused when it is signed but no JSON', async () => {
    const headers = { 'linear-signature': createHmac('sha256', SECRET).update('{').digest('hex') };

    const { status, body: answer } = await send(headers, '{');

    expect(status).toBe(401);
    expect(ErrorResponse.parse(answer).error.message).toContain('signed but not JSON');
  });
});
