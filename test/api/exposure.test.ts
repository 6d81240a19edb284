import { describe, expect, test } from 'vitest';
import type { Operator } from '../../src/api/operator.js';
import { ErrorResponse } from '../../src/api/schema.js';
import type { ApiOptions } from '../../src/api/server.js';
import { anApi } from './an-api.js';

// Goal: a server that other machines reach shows nothing to strangers, and answers to the names that it was given.

const TOKEN = 'the-token-of-the-operator';
const WITH_TOKEN = { authorization: `Bearer ${TOKEN}` };
const operator: Operator = { token: TOKEN, refusalOf: async () => null };
const page = {
  path: '/',
  type: 'text/html; charset=utf-8',
  body: Buffer.from('<!doctype html>'),
  etag: '"1"',
};

function anExposedApi(options: Partial<ApiOptions> = {}) {
  return anApi({ host: '0.0.0.0', operator, pages: [page], ...options });
}

describe('beyond loopback', () => {
  test('reading and refreshing need the token, or the cookie for it', async () => {
    const api = anExposedApi();
    const signedIn = await api.inject({
      method: 'POST',
      url: '/api/v1/session',
      headers: { host: '192.0.2.7:4000', origin: 'http://192.0.2.7:4000' },
      payload: { token: TOKEN },
    });
    const [cookie = ''] = String(signedIn.headers['set-cookie']).split(';');

    for (const [method, url, good] of [
      ['GET', '/api/v1/state', 200],
      ['HEAD', '/api/v1/state', 200],
      ['GET', '/api/v1/events', 200],
      ['POST', '/api/v1/refresh', 202],
    ] as const) {
      const ask = async (headers: Record<string, string>) =>
        (await api.inject({ method, url, headers: { host: '192.0.2.7:4000', ...headers } })).statusCode;

      expect([url, await ask({})]).toEqual([url, 401]);
      expect([url, await ask({ authorization: 'Bearer wrong' })]).toEqual([url, 401]);
      expect([url, await ask(WITH_TOKEN)]).toEqual([url, good]);
      expect([url, await ask({ cookie, origin: 'http://192.0.2.7:4000' })]).toEqual([url, good]);
    }
  });

  test('an answer to a stranger says what is wanted, and tells nothing of what there is', async () => {
    const answer = await anExposedApi().inject('/api/v1/MT-649');

    expect([answer.statusCode, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect(ErrorResponse.parse(answer.json()).error.message).toMatch(
      /^This server can be reached from other machines, and no token was sent\./u,
    );
  });

  test('the page itself is served, so that it can ask for the token', async () => {
    expect((await anExposedApi().inject('/')).statusCode).toBe(200);
  });

  test.each(['192.0.2.7:4000', '[2001:db8::1]:4000', '0.0.0.0', 'localhost:4000'])(
    'a bare address is no name that points here by a trick: %s',
    async (host) => {
      const { statusCode } = await anExposedApi().inject({
        url: '/api/v1/state',
        headers: { host, ...WITH_TOKEN },
      });

      expect(statusCode).toBe(200);
    },
  );

  test.each(['evil.example', 'symphony.example', '192.0.2.7.evil.example'])(
    'a name that was not allowed is refused: %j',
    async (host) => {
      const answer = await anExposedApi().inject({ url: '/api/v1/state', headers: { host, ...WITH_TOKEN } });

      expect(ErrorResponse.parse(answer.json()).error.code).toBe('forbidden_host');
    },
  );
});

describe('server.allowed_hosts', () => {
  const allowedHosts = ['Symphony.Example', 'build.example:8443', 'proxy.example:443'];

  async function order(headers: Record<string, string>) {
    const { statusCode } = await anApi({ allowedHosts, operator }).inject({
      method: 'POST',
      url: '/api/v1/pause',
      headers: { ...WITH_TOKEN, ...headers },
    });
    return statusCode;
  }

  test.each([
    ['a program', { host: 'symphony.example' }],
    ['a program that names the port', { host: 'symphony.example:443' }],
    ['the page behind a proxy with https', { host: 'symphony.example', origin: 'https://symphony.example' }],
    [
      'the page behind a proxy that puts its own Host',
      { host: 'localhost:4000', origin: 'https://symphony.example' },
    ],
    ['the page on another port', { host: 'build.example:8443', origin: 'https://build.example:8443' }],
    [
      'the page on the port that browsers leave out',
      { host: 'proxy.example', origin: 'https://proxy.example' },
    ],
    [
      'the page on the port that browsers leave out, by a proxy that puts its own Host',
      { host: 'localhost:4000', origin: 'https://proxy.example' },
    ],
  ])('takes an order of %s', async (_who, headers) => {
    expect(await order(headers)).toBe(202);
  });

  test.each([
    ['a name above', { host: 'example' }],
    ['a name below', { host: 'a.symphony.example' }],
    ['another port than the one that is allowed', { host: 'build.example:9000' }],
    ['another port than the one that browsers leave out', { host: 'proxy.example:8443' }],
    [
      'a page on another port of that machine',
      { host: 'symphony.example', origin: 'https://symphony.example:8443' },
    ],
    [
      'a page on another port, by a proxy',
      { host: 'localhost:4000', origin: 'https://symphony.example:8443' },
    ],
    ['something that is no page', { host: 'symphony.example', origin: 'ftp://symphony.example' }],
  ])('refuses an order of %s', async (_who, headers) => {
    expect(await order(headers)).toBe(403);
  });
});
