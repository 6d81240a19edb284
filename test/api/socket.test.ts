import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { ErrorResponse, StateResponse } from '../../src/api/schema.js';
import { SymphonyError } from '../../src/domain/error.js';
import { anApi } from './an-api.js';

// Goal: what inject cannot show: ports, kept connections, bytes that are no HTTP.

test('answers on the port it tells, a free one for 0', async () => {
  const { url, port, host } = await anApi().listen();

  const answer = await fetch(`${url}/api/v1/state`);

  expect([url, host, port > 0]).toEqual([`http://127.0.0.1:${port}`, '127.0.0.1', true]);
  expect(StateResponse.parse(await answer.json()).counts.running).toBe(0);
});

test('closes at once though a browser keeps its connection', async () => {
  const api = anApi();
  const { port } = await api.listen();
  const agent = new Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const sent = request({ host: '127.0.0.1', port, path: '/api/v1/state', agent }).end();
  const [response] = await once(sent, 'response');
  await text(response);
  const stuck = connect(port, '127.0.0.1');
  onTestFinished(() => {
    stuck.destroy();
  });
  await once(stuck, 'connect');
  stuck.on('error', () => {});
  stuck.write('GET /api/v1/state HTTP/1.1\r\n');
  const ended = new Promise((resolve) => stuck.once('close', resolve));

  await api.close();

  await ended;
});

test('names the port and the mend when the port is taken', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  onTestFinished(() => {
    other.close();
  });
  const address = other.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  const failure = await anApi({ port })
    .listen()
    .catch((error: unknown) => error);

  expect(failure).toBeInstanceOf(SymphonyError);
  expect(failure).toMatchObject({
    code: 'server_port_unavailable',
    message: `Port ${port} on 127.0.0.1 is used by another program. Choose another one with --port or server.port; 0 takes any free port.`,
  });
});

test('refuses a port that does not exist with the same code', async () => {
  await expect(anApi({ port: 70_000 }).listen()).rejects.toMatchObject({ code: 'server_port_unavailable' });
});

test('names the host and its mend when the host is none of this machine', async () => {
  await expect(anApi({ host: '203.0.113.9' }).listen()).rejects.toMatchObject({
    code: 'server_port_unavailable',
    message:
      'Port 0 on 203.0.113.9 cannot be bound: this machine has no such address. ' +
      'Set server.host to an address of this machine, or remove it.',
  });
});

test('warns that it speaks plain HTTP where other machines can hear it, and only there', async () => {
  const warnings: unknown[] = [];
  const log = {
    warn: (message: string, fields?: unknown) => warnings.push(message, fields),
    error: () => {},
  };

  await anApi({ host: '127.0.0.1', log }).listen();
  const { host } = await anApi({ host: '0.0.0.0', log }).listen();

  expect(host).toBe('0.0.0.0');
  expect(warnings).toEqual([
    'http api beyond loopback',
    { host: '0.0.0.0', reason: expect.stringContaining('plain HTTP') },
  ]);
});

test('serves IPv6 loopback with a url that works', async (context) => {
  const probe = createServer().listen(0, '::1');
  const [failed] = await Promise.race([once(probe, 'listening'), once(probe, 'error')]).catch((error) => [
    error,
  ]);
  probe.close();
  if (failed !== undefined) context.skip('because this machine has no IPv6 loopback');

  const { url, port } = await anApi({ host: '::1' }).listen();

  expect(url).toBe(`http://[::1]:${port}`);
  expect((await fetch(`${url}/api/v1/state`)).status).toBe(200);
});

const HOST = 'Host: localhost\r\n';

test.each([
  ['that is no HTTP', 400, 'garbage\r\n\r\n'],
  ['without a Host', 400, 'GET /api/v1/state HTTP/1.1\r\n\r\n'],
  [
    'with a second Host, of which a proxy may have taken either',
    400,
    `GET /api/v1/state HTTP/1.1\r\n${HOST}Host: elsewhere.example\r\n\r\n`,
  ],
  ['of a malformed address', 400, `GET /issues/%ff HTTP/1.1\r\n${HOST}\r\n`],
  ['that expects the unknown', 417, `GET /api/v1/state HTTP/1.1\r\n${HOST}Expect: tea\r\n\r\n`],
  ['for a tunnel', 405, `CONNECT elsewhere.example:443 HTTP/1.1\r\n${HOST}\r\n`],
])('a request %s gets the envelope and the headers of any other', async (_kind, status, bytes) => {
  const { port } = await anApi().listen();

  const answer = await text(connect(port, '127.0.0.1').end(bytes));

  const [head = '', body = ''] = answer.split('\r\n\r\n');
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `, 'u'));
  expect(head).toMatch(/^cache-control: no-store$/imu);
  expect(head).toMatch(/^x-content-type-options: nosniff$/imu);
  expect(head).toMatch(/^content-security-policy: default-src 'none'; frame-ancestors 'none'$/imu);
  expect(ErrorResponse.parse(JSON.parse(body)).error.code).toBe(
    status === 405 ? 'method_not_allowed' : 'request_failed',
  );
});

test('a script that names no type may send a body that says nothing', async () => {
  const { port } = await anApi().listen();
  const bytes = `POST /api/v1/refresh HTTP/1.1\r\n${HOST}Content-Length: 2\r\n\r\n{}`;

  expect(await text(connect(port, '127.0.0.1').end(bytes))).toMatch(/^HTTP\/1.1 202 /u);
});
