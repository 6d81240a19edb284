import { once } from 'node:events';
import { existsSync, lstatSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Caller } from '../../src/api/caller.js';
import type { Operator } from '../../src/api/operator.js';
import { ErrorResponse, StateResponse } from '../../src/api/schema.js';
import { VirtualClock } from '../helpers/virtual-clock.js';
import { anApi, TestHistory } from './an-api.js';
import { SseReader } from './sse-reader.js';

// Goal: the user whose daemon this is reaches it without a port, and nobody else does.

const TOKEN = 'the-token-of-the-operator';

function aPlace(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'symphony-socket-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return path.join(directory, 'api.sock');
}

async function ask(
  socketPath: string,
  {
    method = 'GET',
    url = '/api/v1/state',
    headers = {},
  }: { method?: string; url?: string; headers?: object } = {},
) {
  const sent = request({ socketPath, method, path: url, headers: { ...headers } }).end();
  const [response] = await once(sent, 'response');
  return { status: response.statusCode, headers: response.headers, body: await json(response) };
}

function anOperatedApi() {
  const callers: Caller[] = [];
  const operator: Operator = {
    token: TOKEN,
    refusalOf: async (caller) => {
      callers.push(caller);
      return null;
    },
  };
  return { callers, api: anApi({ operator }) };
}

describe('the unix socket', () => {
  test('serves the same without a port', async () => {
    const socketPath = aPlace();
    const api = anApi();
    await api.listenOnSocket(socketPath);

    const { status, headers, body } = await ask(socketPath);

    expect([status, headers['content-type']]).toEqual([200, 'application/json; charset=utf-8']);
    expect(StateResponse.parse(body).counts.running).toBe(0);
  });

  test('is open to its own user alone, whatever the umask, and leaves the umask as it was', async () => {
    const socketPath = aPlace();
    const before = process.umask(0);
    onTestFinished(() => {
      process.umask(before);
    });

    await anApi().listenOnSocket(socketPath);

    expect(lstatSync(socketPath).isSocket()).toBe(true);
    expect(lstatSync(socketPath).mode & 0o777).toBe(0o600);
    expect(process.umask(0)).toBe(0);
  });

  test('is served beside a port, and both end', async () => {
    const socketPath = aPlace();
    const api = anApi();
    await api.listenOnSocket(socketPath);
    const { url } = await api.listen();

    expect((await ask(socketPath)).status).toBe(200);
    expect((await fetch(`${url}/api/v1/state`)).status).toBe(200);
    await api.close();

    expect(() => lstatSync(socketPath)).toThrow('ENOENT');
    await expect(fetch(`${url}/api/v1/state`)).rejects.toThrow();
  });

  test('takes the place of one that a crash has left', async () => {
    const socketPath = aPlace();
    const dead = createServer().listen(socketPath);
    await once(dead, 'listening');
    dead.unref();
    onTestFinished(() => {
      dead.close();
    });

    await anApi().listenOnSocket(socketPath);

    expect((await ask(socketPath)).status).toBe(200);
  });

  test('does not take the place of anything else', async () => {
    const socketPath = aPlace();
    writeFileSync(socketPath, 'precious');

    await expect(anApi().listenOnSocket(socketPath)).rejects.toMatchObject({
      code: 'state_directory_unavailable',
      message: expect.stringContaining('something else'),
    });
    expect(lstatSync(socketPath).isFile()).toBe(true);
  });

  test('is refused at an address that would be cut', async () => {
    const socketPath = path.join(path.dirname(aPlace()), 'x'.repeat(120));

    await expect(anApi().listenOnSocket(socketPath)).rejects.toMatchObject({
      code: 'state_directory_unavailable',
    });
  });

  test('is opened again where it was removed, or elsewhere, and the first one is gone', async () => {
    const [first, second] = [aPlace(), aPlace()];
    const api = anApi();
    await api.listenOnSocket(first);
    rmSync(first);

    await api.listenOnSocket(first);
    expect((await ask(first)).status).toBe(200);
    await api.listenOnSocket(second);

    expect((await ask(second)).status).toBe(200);
    expect(existsSync(first)).toBe(false);
    await api.close();
    expect(existsSync(second)).toBe(false);
  });

  test('that was left stays to another daemon, whose clients are not disturbed', async () => {
    const socketPath = aPlace();
    const [api, other] = [anApi(), anApi()];
    await api.listenOnSocket(socketPath);
    rmSync(socketPath);
    await other.listenOnSocket(socketPath);

    api.leaveSocket();
    await api.close();

    expect((await ask(socketPath)).status).toBe(200);
  });

  test('closes at once though a client holds on', async () => {
    const socketPath = aPlace();
    const api = anApi();
    await api.listenOnSocket(socketPath);
    const holding = connect(socketPath);
    holding.on('error', () => {});
    holding.write('GET /api/v1/state HTTP/1.1\r\n');
    await once(holding, 'connect');
    const ended = new Promise((resolve) => holding.once('close', resolve));

    await api.close();

    await ended;
  });

  test('streams events', async () => {
    const socketPath = aPlace();
    const history = new TestHistory();
    const clock = new VirtualClock();
    await anApi({ history, timer: clock }).listenOnSocket(socketPath);
    const reader = await SseReader.open({ socketPath });

    history.add();
    await clock.advance(50);

    expect(await reader.first(1)).toMatchObject([{ id: 'life-1', event: 'symphony' }]);
  });
});

describe('who comes through the unix socket', () => {
  test('is asked for no name and no origin, for no browser opens it', async () => {
    const socketPath = aPlace();
    await anApi({ host: '0.0.0.0' }).listenOnSocket(socketPath);
    const headers = {
      host: 'anything at all',
      origin: 'https://evil.example',
      'sec-fetch-site': 'cross-site',
    };

    expect((await ask(socketPath, { headers })).status).toBe(200);
    expect((await ask(socketPath, { method: 'POST', url: '/api/v1/refresh', headers })).status).toBe(202);
  });

  test('gives orders with the token, and with what shows which process it is', async () => {
    const socketPath = aPlace();
    const { api, callers } = anOperatedApi();
    await api.listenOnSocket(socketPath);
    const order = (headers: object) => ask(socketPath, { method: 'POST', url: '/api/v1/pause', headers });
    const authorization = `Bearer ${TOKEN}`;

    expect((await order({})).status).toBe(401);
    expect((await order({ authorization })).status).toBe(202);
    expect(
      (await order({ authorization, 'x-symphony-process': '4711', 'x-symphony-proof': 'abc' })).status,
    ).toBe(202);

    expect(callers).toEqual([
      { kind: 'socket', processId: undefined, proof: undefined },
      { kind: 'socket', processId: '4711', proof: 'abc' },
    ]);
  });

  test('gives no orders with a cookie, which only a browser has', async () => {
    const socketPath = aPlace();
    const { api } = anOperatedApi();
    await api.listenOnSocket(socketPath);
    const signedIn = await api.inject({ method: 'POST', url: '/api/v1/session', payload: { token: TOKEN } });
    const [cookie = ''] = String(signedIn.headers['set-cookie']).split(';');
    const headers = { host: 'localhost', origin: 'http://localhost', cookie };

    expect((await ask(socketPath, { method: 'POST', url: '/api/v1/pause', headers })).status).toBe(401);
  });

  test('has a token of its own where there is one, which counts nowhere else', async () => {
    const socketPath = aPlace();
    const api = anApi({
      operator: { token: TOKEN, socketToken: 'of-the-socket', refusalOf: async () => null },
    });
    await api.listenOnSocket(socketPath);
    const order = { method: 'POST', url: '/api/v1/pause' } as const;
    const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

    expect((await ask(socketPath, { ...order, ...bearer('of-the-socket') })).status).toBe(202);
    expect((await ask(socketPath, { ...order, ...bearer(TOKEN) })).status).toBe(401);
    expect((await api.inject({ ...order, ...bearer('of-the-socket') })).statusCode).toBe(401);
  });

  test('is told of a process that may not order', async () => {
    const socketPath = aPlace();
    const refusalOf = async () => 'Process 4711 is an agent.';
    await anApi({ operator: { token: TOKEN, refusalOf } }).listenOnSocket(socketPath);

    const { status, body } = await ask(socketPath, {
      method: 'POST',
      url: '/api/v1/MT-649/stop',
      headers: { authorization: `Bearer ${TOKEN}` },
    });

    expect([status, ErrorResponse.parse(body).error]).toEqual([
      403,
      { code: 'forbidden_process', message: 'This is for people only. Process 4711 is an agent.' },
    ]);
  });
});
