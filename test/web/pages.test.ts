import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { WEB_POLICY, webPages } from '../../src/web/pages.js';

function aFolder(files: Readonly<Record<string, string>>): URL {
  const path = mkdtempSync(join(tmpdir(), 'symphony-pages-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content);
  return pathToFileURL(`${path}/`);
}

const FILES = { 'index.html': '<p>', 'app.js': '1', 'app.css': 'p {}', 'icon.svg': '<svg/>' };

test('the page is four files, read once, each with its type and a tag that changes with its content', () => {
  const pages = webPages(aFolder(FILES));
  const others = webPages(aFolder({ ...FILES, 'app.js': '2' }));

  expect(pages.map(({ path, type }) => [path, type.split(';')[0]])).toEqual([
    ['/', 'text/html'],
    ['/app.js', 'text/javascript'],
    ['/app.css', 'text/css'],
    ['/icon.svg', 'image/svg+xml'],
  ]);
  expect(pages.map(({ body }) => body.toString())).toEqual(Object.values(FILES));
  expect(pages.map(({ etag }, index) => etag === others[index]?.etag)).toEqual([true, false, true, true]);
  expect(pages.every(({ etag }) => /^"[\w-]{43}"$/u.test(etag))).toBe(true);
});

test('a page that is not there is said with its mend, before anything is served', () => {
  expect(() => webPages(aFolder({ 'index.html': '' }))).toThrow(
    /lost .*app\.js; install it anew.*npm run build/u,
  );
});

test('the policy allows the page’s own script, style and daemon, and nothing inline', () => {
  expect(WEB_POLICY).toMatch(
    /^default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; /u,
  );
  expect(WEB_POLICY).not.toMatch(/unsafe|\*|https?:/u);
});
