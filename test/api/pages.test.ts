import { describe, expect, test } from 'vitest';
import { ErrorResponse } from '../../src/api/schema.js';
import { anApi } from './an-api.js';

// Goal: the page is what this package holds, may do nothing but ask this daemon, and is not fetched twice.

const pages = [
  { path: '/', type: 'text/html; charset=utf-8', body: Buffer.from('<!doctype html>'), etag: '"document"' },
  { path: '/app.js', type: 'text/javascript; charset=utf-8', body: Buffer.from('start()'), etag: '"script"' },
];

const get = (url: string, headers: Record<string, string> = {}) => anApi({ pages }).inject({ url, headers });

describe('the web page', () => {
  test.each([
    ['/', 'text/html; charset=utf-8', '<!doctype html>'],
    ['/?theme=dark', 'text/html; charset=utf-8', '<!doctype html>'],
    ['/issues/MT-649', 'text/html; charset=utf-8', '<!doctype html>'],
    ['/issues/team%2Fa-1', 'text/html; charset=utf-8', '<!doctype html>'],
    ['/app.js', 'text/javascript; charset=utf-8', 'start()'],
  ])('at %s is served as %s', async (url, type, body) => {
    const answer = await get(url);

    expect([answer.statusCode, answer.headers['content-type'], answer.body]).toEqual([200, type, body]);
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-cache',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
    });
  });

  test('may load nothing from elsewhere, and runs in no frame', async () => {
    const policy = String((await get('/')).headers['content-security-policy']);

    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "img-src 'self' data:",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ]);
  });

  test.each(['"document"', 'W/"document"', '"old", "document"', '*'])(
    'is not sent again to whoever has it: if-none-match: %s',
    async (header) => {
      const answer = await get('/', { 'if-none-match': header });

      expect([answer.statusCode, answer.body, answer.headers.etag]).toEqual([304, '', '"document"']);
    },
  );

  test.each(['"old"', 'document', ''])(
    'is sent to whoever has another one: if-none-match: %s',
    async (header) => {
      expect((await get('/', { 'if-none-match': header })).statusCode).toBe(200);
    },
  );

  test('answers HEAD like GET, and no other method', async () => {
    const api = anApi({ pages });

    const head = await api.inject({ method: 'HEAD', url: '/' });
    const post = await api.inject({ method: 'POST', url: '/issues/MT-649' });

    expect([head.statusCode, head.body, head.headers['content-length']]).toEqual([200, '', '15']);
    expect([post.statusCode, post.headers.allow]).toEqual([405, 'GET, HEAD']);
  });

  test.each([
    '/app.css',
    '/app.js/',
    '/issues',
    '/issues/',
    '/issues/a/b',
    '/../package.json',
    '/index.html',
  ])('is not at %s', async (url) => {
    const answer = await get(url);

    expect([answer.statusCode, ErrorResponse.parse(answer.json()).error.code]).toEqual([404, 'not_found']);
  });

  test('is not there where there is none', async () => {
    expect((await anApi().inject('/')).statusCode).toBe(404);
  });

  test('is refused under a name of somebody else', async () => {
    expect((await get('/', { host: 'evil.example' })).statusCode).toBe(403);
  });
});
