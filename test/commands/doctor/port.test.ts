import { createServer, type RequestListener } from 'node:http';
import { createServer as createSocketServer, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { portFindings } from '../../../src/commands/doctor/port.js';

const { signal } = new AbortController();

/** The port on which a server listens until the test has finished. */
async function portOf(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}

async function freePort(): Promise<number> {
  const server = createSocketServer();
  const port = await portOf(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function answering(state: object): RequestListener {
  return (request, response) => {
    response.writeHead(request.url === '/api/v1/state' ? 200 : 404).end(JSON.stringify(state));
  };
}

async function found(port: number | null, daemon: number | null = null, host = '127.0.0.1') {
  return await portFindings({ port, host, daemon }, signal);
}

test('a free port is free, and still is afterwards', async () => {
  const port = await freePort();

  expect(await found(port)).toMatchObject([{ name: 'port', verdict: 'ok' }]);
  expect(await found(port)).toMatchObject([{ verdict: 'ok', detail: `${port} on 127.0.0.1 is free` }]);
});

test('no port, or any port, is no matter', async () => {
  expect(await found(null)).toMatchObject([{ verdict: 'ok' }]);
  expect(await found(0)).toMatchObject([{ verdict: 'ok', detail: expect.stringContaining('any free one') }]);
});

test('a port of another program is a problem', async () => {
  const server = createSocketServer((socket) => socket.end('220 mail\r\n'));

  const [finding] = await found(await portOf(server), 4711);

  expect(finding).toMatchObject({ verdict: 'problem', mend: expect.stringContaining('server.port') });
  expect(finding?.detail).toContain('another program');
});

test('a port where nobody says a word is a problem, and is not waited for', async () => {
  const silent = createSocketServer((socket) => socket.on('error', () => {}));

  const [finding] = await found(await portOf(silent), 4711);

  expect(finding).toMatchObject({ verdict: 'problem', detail: expect.stringContaining('another program') });
});

test('a port of another web server is a problem', async () => {
  const [finding] = await found(await portOf(createServer(answering({ status: 'ok' }))), 4711);

  expect(finding).toMatchObject({ verdict: 'problem', detail: expect.stringContaining('another program') });
});

test('a port of a Symphony is fine while a daemon runs here, and else is that of another one', async () => {
  const port = await portOf(createServer(answering({ generated_at: '', codex_totals: {} })));

  expect(await found(port, 4711)).toMatchObject([
    { verdict: 'ok', detail: expect.stringContaining('process 4711') },
  ]);
  expect(await found(port)).toMatchObject([
    { verdict: 'problem', detail: expect.stringContaining('another Symphony') },
  ]);
});

test('a host that is not served is told beside the port that is used instead', async () => {
  const [first, second] = await found(await freePort(), null, '192.0.2.1');

  expect([first?.verdict, second?.verdict]).toEqual(['ok', 'warning']);
  expect(second?.detail).toContain('192.0.2.1');
});
