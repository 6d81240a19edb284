import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { type ClientRequest, type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { json } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ErrorResponse } from '../../src/api/schema.js';
import type { WebhookReceiver } from '../../src/domain/webhook.js';
import { linearWebhook } from '../../src/trackers/linear/webhook.js';
import { VirtualClock } from '../helpers/virtual-clock.js';
import { anApi } from './an-api.js';
import { Inbox, PATH } from './webhook-inbox.js';

// Goal: what inject cannot show: raw addresses, bodies in pieces, doubled headers, senders that are slow or leave.

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' };
const MIB = 1024 * 1024;

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

  // Addresses as no browser and no inject would send them.
  test.each([
    '/api/v1/webhooks/../refresh',
    '/api/v1/webhooks/linear/../../refresh',
    '/api/v1/webhooks/#/../refresh',
    '/api/v1/webhooks/#',
    '/api/v1/webhooks/%2e%2e/refresh',
    '//api/v1/webhooks/linear',
    'http://symphony.example/api/v1/webhooks/linear',
  ])('takes no other address for the public one: %s', async (path) => {
    const inbox = new Inbox();

    const { status, body } = await send(await aServer(inbox), { path });

    expect([status, ErrorResponse.parse(body).error.code]).toEqual([403, 'forbidden_host']);
    expect(inbox.deliveries).toEqual([]);
  });

  test('does not wait for a body that nothing would take', async () => {
    const { port } = await anApi().listen();
    const sent = open(port, { headers: { 'content-length': 2 } });
    sent.flushHeaders();

    expect((await answerTo(sent)).status).toBe(404);
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
