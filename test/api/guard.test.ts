import { describe, expect, test } from 'vitest';
import { bindAddress } from '../../src/api/guard.js';
import { ErrorResponse } from '../../src/api/schema.js';
import { someCommands } from '../helpers/snapshots.js';
import { anApi } from './an-api.js';

async function ask(method: 'GET' | 'POST', headers: Record<string, string>) {
  let refreshes = 0;
  const refresh = () => {
    refreshes += 1;
    return { queued: true, coalesced: false };
  };
  const api = anApi({ commands: someCommands({ refresh }), port: 8080 });
  const url = method === 'GET' ? '/api/v1/state' : '/api/v1/refresh';
  const answer = await api.inject({ method, url, headers: { host: 'localhost:8080', ...headers } });
  const code = answer.statusCode < 400 ? null : ErrorResponse.parse(answer.json()).error.code;
  return { status: answer.statusCode, code, refreshes };
}

describe('a request', () => {
  test.each([
    'localhost:8080',
    'LOCALHOST:8080',
    '127.0.0.1:8080',
    '[::1]:8080',
    'localhost',
    'localhost:9000',
  ])('is answered when it is addressed to %s', async (host) => {
    expect(await ask('GET', { host })).toMatchObject({ status: 200 });
  });

  test.each([
    'evil.example',
    'evil.example:8080',
    '0.0.0.0:8080',
    'localhost.evil.example:8080',
    '192.168.1.5:8080',
  ])('is refused when it is addressed to %s, as after DNS rebinding', async (host) => {
    expect(await ask('GET', { host })).toMatchObject({ status: 403, code: 'forbidden_host' });
    expect(await ask('POST', { host })).toMatchObject({ status: 403, code: 'forbidden_host', refreshes: 0 });
  });
});

describe('an order', () => {
  test.each([
    ['a program', {}],
    ['a page of this server', { origin: 'http://localhost:8080', 'sec-fetch-site': 'same-origin' }],
    ['the address bar', { 'sec-fetch-site': 'none' }],
  ])('is taken from %s', async (_who, headers) => {
    expect(await ask('POST', headers)).toMatchObject({ status: 202, refreshes: 1 });
  });

  test.each([
    ['another site', { origin: 'https://evil.example' }],
    ['another server on this machine', { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' }],
    ['a page without an origin', { origin: 'null' }],
    ['a nameless other site', { 'sec-fetch-site': 'cross-site' }],
    ['garbage', { origin: '%%' }],
  ])('is refused from %s', async (_who, headers) => {
    expect(await ask('POST', headers)).toEqual({ status: 403, code: 'forbidden_origin', refreshes: 0 });
  });

  test('of another site may still read nothing but a public answer of its own', async () => {
    expect(await ask('GET', { origin: 'https://evil.example' })).toMatchObject({ status: 200 });
  });
});

describe('the address to bind', () => {
  test.each([
    ['127.0.0.1', '127.0.0.1', true],
    ['localhost', '127.0.0.1', true],
    ['127.0.0.2', '127.0.0.2', true],
    ['::1', '::1', true],
    ['[::1]', '::1', true],
    ['', '127.0.0.1', true],
    ['0.0.0.0', '0.0.0.0', false],
    ['::', '::', false],
    ['192.168.1.5', '192.168.1.5', false],
    ['127.evil.example', '127.evil.example', false],
    ['Build.Example', 'build.example', false],
  ])('for %j is %s, and loopback: %s', (configured, host, isLoopback) => {
    expect(bindAddress(configured)).toEqual({ host, isLoopback });
  });
});
