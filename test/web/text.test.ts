import { describe, expect, test } from 'vitest';
import { issueEndpoint, issuePath, routeOf, webAddress } from '../../src/web/app/model/link.js';
import { plainBlock, plainLine, visibleJson } from '../../src/web/app/model/text.js';

const OVERRIDE = '\u202e';

describe('text from outside', () => {
  test('is one line without control characters and marks that turn it around', () => {
    expect(plainLine(`a\u0000b\u001b[31mc\r\n d${OVERRIDE}e\u200bf\u2028g`)).toBe('a bc def g');
  });

  test('holds nothing that nobody sees, but what scripts and emoji are made of', () => {
    const hidden = '\u00ad\u061c\u115f\u180e\u2064\u206a\u3164\uffa0\u{e0041}';

    expect(plainLine(`a${hidden}b`)).toBe('ab');
    expect(plainBlock(`a${hidden}b`)).toBe('ab');
    expect(plainLine('👩🏽‍💻 ❤️ क्‍ष')).toBe('👩🏽‍💻 ❤️ क्‍ष');
    expect(JSON.parse(visibleJson({ path: hidden }))).toEqual({ path: hidden });
    expect(visibleJson({ path: hidden })).toMatch(/^[ -~\n]+$/u);
  });

  test('has no escape sequence left, whole or in parts', () => {
    const title =
      '\u001b]0;a window\u0007\u001b[31mred\u001b[0m and \u009b1mbold\u001b]8;;https://x.y/z w\u001b\\ link';

    expect(plainLine(title)).toBe('red and bold link');
  });

  test('is cut at a length, and never in the middle of a character', () => {
    const cut = plainLine('😀'.repeat(400), 300);

    expect(cut.length).toBeLessThanOrEqual(300);
    expect(cut).toBe(`${'😀'.repeat(149)}…`);
    expect(plainLine('x'.repeat(10_000))).toHaveLength(300);
  });

  test('keeps all its words and lines where a person decides about it', () => {
    const text = `run a\n\tb ${'x'.repeat(5_000)}\u0007${OVERRIDE}end`;

    expect(plainBlock(text)).toBe(`run a\n\tb ${'x'.repeat(5_000)} end`);
  });

  test('shows in JSON the marks that would disguise it', () => {
    expect(visibleJson({ path: `a${OVERRIDE}b` })).toContain('a\\u202eb');
  });
});

describe('addresses', () => {
  test.each([
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'no url',
    'https://',
    '//host/x',
    '',
  ])('of another kind than http are no links: %s', (url) => {
    expect(webAddress(url)).toBeNull();
  });

  test('of the web are links as the browser reads them', () => {
    expect(webAddress('https://tracker.example/MT-1?a=1&b=2')).toBe('https://tracker.example/MT-1?a=1&b=2');
    expect(webAddress(null)).toBeNull();
  });

  test.each(['MT-1', 'owner/repo#12', 'state', 'a b%', '数据', '"><img>'])(
    'of the page of an issue lead back to it: %s',
    (identifier) => {
      expect(routeOf(issuePath(identifier))).toEqual({ name: 'issue', identifier });
      expect(issueEndpoint(identifier, '/stop')).toBe(
        `/api/v1/issues/${encodeURIComponent(identifier)}/stop`,
      );
    },
  );

  test('that mean nothing are said to', () => {
    expect(routeOf('/')).toEqual({ name: 'overview' });
    expect(['/issues/', '/issues/a/b', '/issues/%zz', '/else'].map((path) => routeOf(path).name)).toEqual([
      'unknown',
      'unknown',
      'unknown',
      'unknown',
    ]);
  });
});
