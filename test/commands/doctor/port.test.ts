import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSocketServer, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { portFinding } from '../../../src/commands/doctor/port.js';
import type { Clock } from '../../../src/ports/clock.js';
import { VirtualClock } from '../../helpers/virtual-clock.js';

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

function answering(body: string): RequestListener {
  return (request, response) => {
    response.writeHead(request.url === '/api/v1/state' ? 200 : 404).end(body);
  };
}

/** Its time stands still unless the test moves it, so that no answer is late only because the machine is slow. */
function found(port: number | null, daemon: number | null = null, clock: Clock = new VirtualClock()) {
  return portFinding({ port, host: '127.0.0.1', daemon }, clock);
}

test('a free port is free, and still is afterwards', async () => {
  const port = await freePort();

  expect(await found(port)).toMatchObject({ name: 'port', verdict: 'ok' });
  expect(await found(port)).toMatchObject({ verdict: 'ok', detail: `${port} on 127.0.0.1 is free` });
});

test('no port, or any port, is no matter', async () => {
  expect(await found(null)).toMatchObject({ verdict: 'ok' });
  expect(await found(0)).toMatchObject({ verdict: 'ok', detail: 'any free one on 127.0.0.1' });
});

test('a port of another program is a problem', async () => {
  const server = createSocketServer((socket) => socket.end('220 mail\r\n'));

  const finding = await found(await portOf(server), 4711);

  expect(finding).toMatchObject({ verdict: 'problem', mend: expect.stringContaining('server.port') });
  expect(finding.detail).toContain('another program');
});

test('a port where nobody says a word is a problem, and is waited for only so long', async () => {
  const silent = createSocketServer((socket) => socket.on('error', () => {}));
  const port = await portOf(silent);
  const clock = new VirtualClock();
  const finding = found(port, 4711, clock);
  await once(silent, 'connection');

  await clock.advance(5_000);

  expect(await finding).toMatchObject({
    verdict: 'problem',
    detail: `${port} on 127.0.0.1 is used by another program`,
  });
});

test.each([
  ['a page', '<html></html>'],
  ['another API', '{"status":"ok"}'],
  ['an error of another API', '{"error":{"code":"not_found"}}'],
  ['null', 'null'],
])('a port that answers with %s is that of another program', async (_, body) => {
  const finding = await found(await portOf(createServer(answering(body))), 4711);

  expect(finding).toMatchObject({ verdict: 'problem', detail: expect.stringContaining('another program') });
});

test.each([
  ['the state', '{"generated_at":"","codex_totals":{}}'],
  ['a refusal of ours', '{"error":{"code":"operator_required","message":""}}'],
])(
  'a port that answers with %s is fine while a daemon runs here, and else that of another one',
  async (_, body) => {
    const port = await portOf(createServer(answering(body)));

    expect(await found(port, 4711)).toMatchObject({
      verdict: 'ok',
      detail: expect.stringContaining('process 4711'),
    });
    expect(await found(port)).toMatchObject({
      verdict: 'problem',
      detail: expect.stringContaining('another Symphony'),
    });
  },
);
