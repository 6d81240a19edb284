import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

// Goal: docs/operating.md tells of every command and every key there is, and of none that is not. What there is stands in
// fixtures that other tests hold against the program.

const text = readFileSync(new URL('../docs/operating.md', import.meta.url), 'utf8');
const fixture = (name: string): string =>
  readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');

const commands = [...fixture('cli/help.txt').matchAll(/^ {2}([a-z]+) (?:\[|<)/gm)].map(
  ([, name]) => name ?? '',
);
const toldCommands = new Set([...text.matchAll(/`symphony ([a-z]+)/g)].map(([, name]) => name ?? ''));

test('there are commands to tell of', () => {
  expect(commands.length).toBeGreaterThan(15);
});

describe('operating.md', () => {
  test.each(commands.map((name) => [name]))('tells of the command %s', (name) => {
    const isListed = new RegExp(`\`${name}\``).test(text);
    expect(toldCommands.has(name) || isListed).toBe(true);
  });

  test('tells of no command that there is not', () => {
    expect([...toldCommands].filter((name) => !commands.includes(name))).toEqual([]);
  });

  test('tells of every key of the dashboard', () => {
    const keys = [...fixture('frames/help-120.txt').matchAll(/^│ {3}(\S+(?: {1,2}\S+)*?) {3,}/gm)]
      .flatMap(([, written]) => (written ?? '').split(/ +/))
      .filter((key) => /^(?:[a-zG]|[↑↓]|pgup|pgdn|home|end|enter|esc|ctrl-[a-z])$/.test(key));
    const told = new Set([...text.matchAll(/`([^`]+)`/g)].flatMap(([, code]) => (code ?? '').split(' ')));

    expect(keys.length).toBeGreaterThan(15);
    expect(keys.filter((key) => !told.has(key) && key !== 'ctrl-c')).toEqual([]);
  });

  test('links to pages that are there', () => {
    const pages = [...text.matchAll(/\]\(([a-z/]+\.md)/g)].map(([, page]) => page ?? '');
    const there = readdirSync(new URL('../docs', import.meta.url), { recursive: true }).map(String);
    expect(pages.filter((page) => !there.includes(page))).toEqual([]);
  });
});
