import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { apiReference } from '../../src/api/reference.js';
import { ROUTES } from '../../src/api/table.js';

test('docs/api.md is what the routes say; -u writes it anew', async () => {
  await expect(apiReference()).toMatchFileSnapshot('../../docs/api.md');
});

test('the reference has every route with its address, and every object that is named', () => {
  const text = apiReference();
  const headings = [...text.matchAll(/^### (\w+)$/gmu)].map(([, name]) => name);
  const links = [...text.matchAll(/\]\(#(\w+)\)/gu)].map(([, anchor]) => anchor);

  expect(headings).toEqual(expect.arrayContaining(ROUTES.map(({ name }) => name)));
  expect(new Set(headings.map((name) => name?.toLowerCase())).size).toBe(headings.length);
  expect(headings.map((name) => name?.toLowerCase())).toEqual(expect.arrayContaining([...new Set(links)]));
});

test('the example of a program is one that compiles, with every name as the package exports it', () => {
  const [, example] = /^```ts\n(.*?)^```$/msu.exec(apiReference()) ?? [];
  const source = readFileSync(new URL('../client/example.ts', import.meta.url), 'utf8');

  expect(example).toBe(source.replace('../../src/client/client.js', 'symphony-daemon/client'));
});
