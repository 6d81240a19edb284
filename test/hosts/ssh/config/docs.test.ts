import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { IGNORED, REFUSED, USED } from '../../../../src/hosts/ssh/config/keywords.js';

const page = readFileSync('docs/hosts.md', 'utf8');

/** What stands below a heading, to the next one. */
function section(heading: string): string {
  const [, text = ''] = page.split(`### ${heading}\n`);
  return text.split(/\n#+ /)[0] ?? '';
}

/** The first cell of each row. */
function rows(heading: string): string[] {
  return [...section(heading).matchAll(/^\| `(\w+)` \|/gm)].map(([, name = '']) => name);
}

test('docs/hosts.md has a row for every option that is heeded, and for every one that is refused', () => {
  expect(rows('Options that are heeded')).toEqual([...USED].sort(byName));
  expect(rows('Options that are refused')).toEqual(Object.keys(REFUSED).sort(byName));
});

test('docs/hosts.md names every option without effect', () => {
  const names = section('Options without effect').trim().split('\n\n').at(-1) ?? '';

  expect([...names.matchAll(/`(\w+)`/g)].map(([, name]) => name)).toEqual([...IGNORED].sort(byName));
});

test('no option is told of twice', () => {
  const all = [...USED, ...Object.keys(REFUSED), ...IGNORED].map((name) => name.toLowerCase());

  expect(all.filter((name, index) => all.indexOf(name) < index)).toEqual([]);
});

function byName(a: string, b: string): number {
  return a.localeCompare(b, 'en', { sensitivity: 'base' });
}
