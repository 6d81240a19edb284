import { describe, expect, test } from 'vitest';
import type { Caller } from '../../src/api/caller.js';
import type { Operator } from '../../src/api/operator.js';
import { ErrorResponse } from '../../src/api/schema.js';
import type { Api, ApiOptions } from '../../src/api/server.js';
import { someCommands } from '../helpers/snapshots.js';
import { VirtualClock } from '../helpers/virtual-clock.js';
import { anApi } from './an-api.js';

// Goal: the page asks a person for the token once, and nothing that a browser does by itself gives an order.

const TOKEN = 'the-token-of-the-operator';
const HOST = 'localhost:4000';
const OWN_PAGE = { host: HOST, origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin' };

function aGuardedApi(options: Partial<ApiOptions> = {}) {
  const orders: string[] = [];
  const operator: Operator = { token: TOKEN, refusalOf: async () => null };
  const commands = someCommands({
    orderDispatch: (order) => {
      orders.push(order);
      return { kind: 'taken', message: 'Taken.' };
    },
  });
  return { api: anApi({ operator, commands, ...options }), orders };
}

async function signIn(api: Api, token = TOKEN, headers: Record<string, string> = OWN_PAGE) {
  const answer = await api.inject({ method: 'POST', url: '/api/v1/session', headers, payload: { token } });
  const [cookie = ''] = String(answer.headers['set-cookie'] ?? '').split(';');
  return { answer, cookie };
}

function pause(api: Api, headers: Record<string, string>) {
  return api.inject({ method: 'POST', url: '/api/v1/pause', headers });
}

describe('signing in', () => {
  test('gives a cookie for the token that orders are taken with', async () => {
    const { api, orders } = aGuardedApi();

    const { answer, cookie } = await signIn(api);

    expect([answer.statusCode, answer.json()]).toEqual([200, { operator: true }]);
    expect((await pause(api, { ...OWN_PAGE, cookie: `theme=dark; ${cookie}; other=1` })).statusCode).toBe(
      202,
    );
    expect(orders).toEqual(['pause']);
  });

  test('gives a cookie that no script reads, no other site sends, and that does not hold the token', async () => {
    const { answer } = await signIn(aGuardedApi().api);

    const written = String(answer.headers['set-cookie']);
    expect(written).toMatch(
      /^symphony_session_[0-9a-f]{8}=[\w-]{43}; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Strict$/u,
    );
    expect(written).not.toContain(TOKEN);
  });

  test('gives a cookie for https alone where a proxy speaks https', async () => {
    const { answer } = await signIn(aGuardedApi().api, TOKEN, { ...OWN_PAGE, 'x-forwarded-proto': 'https' });

    expect(String(answer.headers['set-cookie'])).toMatch(/; Secure$/u);
  });

  test('lasts over a restart of the daemon, and not over a change of the token', async () => {
    const { cookie } = await signIn(aGuardedApi().api);

    const same = await pause(aGuardedApi().api, { ...OWN_PAGE, cookie });
    const other = aGuardedApi({ operator: { token: `${TOKEN}-2`, refusalOf: async () => null } });

    expect(same.statusCode).toBe(202);
    expect((await pause(other.api, { ...OWN_PAGE, cookie })).statusCode).toBe(401);
  });

  test('at one daemon of a machine leaves the cookies of others alone', async () => {
    const other = aGuardedApi({ operator: { token: `${TOKEN}-2`, refusalOf: async () => null } });

    const [one, two] = [await signIn(aGuardedApi().api), await signIn(other.api, `${TOKEN}-2`)];

    expect(one.cookie.split('=')[0]).not.toBe(two.cookie.split('=')[0]);
  });

  test('cannot be undone by a page of another port that sets a cookie of the same name', async () => {
    const { api } = aGuardedApi();
    const { cookie } = await signIn(api);
    const [name] = cookie.split('=');

    // The browser sends both, the one with the longer path first.
    const answer = await pause(api, { ...OWN_PAGE, cookie: `${name}=theirs; ${cookie}` });

    expect(answer.statusCode).toBe(202);
  });

  test('is ended by taking the cookie back', async () => {
    const { api } = aGuardedApi();
    const { cookie } = await signIn(api);

    const answer = await api.inject({ method: 'DELETE', url: '/api/v1/session', headers: OWN_PAGE });

    expect(answer.json()).toEqual({ operator: false });
    expect(String(answer.headers['set-cookie'])).toMatch(
      new RegExp(`^${cookie.split('=')[0]}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict$`, 'u'),
    );
  });

  test.each([
    ['a wrong token', { token: 'something else' }, 401, 'operator_required'],
    ['an empty token', { token: '' }, 401, 'operator_required'],
    ['no token', {}, 400, 'request_failed'],
    ['a token that is no text', { token: 1 }, 400, 'request_failed'],
    ['more than a token', { token: TOKEN, admin: true }, 400, 'request_failed'],
    ['a token that is too long', { token: 'x'.repeat(1_025) }, 400, 'request_failed'],
  ])('is refused with %s, without a cookie', async (_what, payload, status, code) => {
    const { api } = aGuardedApi();

    const answer = await api.inject({ method: 'POST', url: '/api/v1/session', headers: OWN_PAGE, payload });

    expect([answer.statusCode, ErrorResponse.parse(answer.json()).error.code]).toEqual([status, code]);
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect(answer.body).not.toContain(TOKEN);
  });

  test('is refused to an agent that has read the token', async () => {
    const operator: Operator = { token: TOKEN, refusalOf: async () => 'Process 4711 is an agent.' };
    const { answer, cookie } = await signIn(aGuardedApi({ operator }).api);

    expect([answer.statusCode, ErrorResponse.parse(answer.json()).error.code]).toEqual([
      403,
      'forbidden_process',
    ]);
    expect(cookie).toBe('');
  });

  test('is refused to a page of another origin', async () => {
    const headers = { host: HOST, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' };
    const { answer } = await signIn(aGuardedApi().api, TOKEN, headers);

    expect([answer.statusCode, ErrorResponse.parse(answer.json()).error.code]).toEqual([
      403,
      'forbidden_origin',
    ]);
  });
});

describe('an order with the cookie', () => {
  async function order(headers: Record<string, string>) {
    const { api, orders } = aGuardedApi();
    const { cookie } = await signIn(api);
    const answer = await pause(api, { cookie, ...headers });
    return { status: answer.statusCode, orders };
  }

  test.each([
    ['our own page', OWN_PAGE],
    ['our own page in a browser that names no site', { host: HOST, origin: `http://${HOST}` }],
    ['our own page in a browser that names no origin', { host: HOST, 'sec-fetch-site': 'same-origin' }],
  ])('is taken from %s', async (_who, headers) => {
    expect(await order(headers)).toEqual({ status: 202, orders: ['pause'] });
  });

  test.each([
    ['a form of another site', { host: HOST, origin: 'https://evil.example' }],
    [
      'another port of this machine',
      { host: HOST, origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' },
    ],
    ['a sandboxed frame', { host: HOST, origin: 'null', 'sec-fetch-site': 'cross-site' }],
    ['whoever says nothing of itself', { host: HOST }],
    ['the address bar', { host: HOST, 'sec-fetch-site': 'none' }],
    ['a page under a name of its own', { host: 'evil.example', origin: 'http://evil.example' }],
  ])('is refused from %s', async (_who, headers) => {
    expect(await order(headers)).toEqual({ status: 403, orders: [] });
  });

  test('with another value is refused', async () => {
    const { api } = aGuardedApi();
    const { cookie } = await signIn(api);

    for (const wrong of [
      cookie.slice(0, -1),
      `${cookie}x`,
      cookie.replace(/=.*/u, `=${TOKEN}`),
      cookie.replace('=', ''),
    ])
      expect((await pause(api, { ...OWN_PAGE, cookie: wrong })).statusCode).toBe(401);
  });

  test('is looked at for its process like one with the token', async () => {
    const callers: Caller[] = [];
    const refusalOf = async (caller: Caller) => {
      callers.push(caller);
      return callers.length > 1 ? 'Process 4711 is an agent.' : null;
    };
    const { api } = aGuardedApi({ operator: { token: TOKEN, refusalOf } });
    const { cookie } = await signIn(api);

    const answer = await pause(api, { ...OWN_PAGE, cookie });

    expect([answer.statusCode, ErrorResponse.parse(answer.json()).error.code]).toEqual([
      403,
      'forbidden_process',
    ]);
    expect(callers.map(({ kind }) => kind)).toEqual(['tcp', 'tcp']);
  });
});

describe('wrong tokens', () => {
  const attempt = async (api: Api) =>
    (await pause(api, { host: HOST, authorization: 'Bearer wrong-wrong-wrong' })).statusCode;

  test('are turned away after twenty in a minute, at whatever address they are tried', async () => {
    const timer = new VirtualClock();
    const { api } = aGuardedApi({ timer });

    for (let count = 0; count < 20; count += 1) expect(await attempt(api)).toBe(401);
    const { answer } = await signIn(api, 'wrong');

    expect([answer.statusCode, answer.headers['retry-after']]).toEqual([429, '60']);
    expect(await attempt(api)).toBe(429);
    await timer.advance(60_000);
    expect(await attempt(api)).toBe(401);
  });

  test('of an agent do not keep a person out', async () => {
    const { api } = aGuardedApi({ timer: new VirtualClock() });
    for (let count = 0; count < 50; count += 1) await attempt(api);

    const { cookie } = await signIn(api);

    expect((await pause(api, { host: HOST, authorization: `Bearer ${TOKEN}` })).statusCode).toBe(202);
    expect((await pause(api, { ...OWN_PAGE, cookie })).statusCode).toBe(202);
  });

  test('are not what a missing token or an old cookie is', async () => {
    const { api } = aGuardedApi({ timer: new VirtualClock() });
    for (let count = 0; count < 50; count += 1)
      expect((await pause(api, { ...OWN_PAGE, cookie: 'symphony_session_00000000=old' })).statusCode).toBe(
        401,
      );

    expect(await attempt(api)).toBe(401);
  });

  test('fill no log', async () => {
    const lines: string[] = [];
    const log = { warn: (message: string) => lines.push(message), error: () => {} };
    const { api } = aGuardedApi({ log, timer: new VirtualClock() });

    for (let count = 0; count < 50; count += 1) await attempt(api);

    expect(lines).toHaveLength(1);
  });
});
