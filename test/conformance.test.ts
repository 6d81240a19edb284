import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

// Goal: docs/conformance.md promises nothing that is not there. It cannot tell whether a test shows what it is named for.

/**
 * How many points each part of SPEC's section 17 has, those with parts of their own counted by these; and Appendix A, with
 * the problems that it has one consider.
 */
const POINTS = {
  17.1: 16,
  17.2: 12,
  17.3: 12,
  17.4: 15,
  17.5: 21,
  17.6: 6,
  17.7: 6,
  17.8: 4,
  'Appendix A': 19,
  'What the reference does with SSH workers': 6,
};

const page = readFileSync('docs/conformance.md', 'utf8');

/** The rows of the tables below a heading, as their cells, up to the next heading. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const [, below = ''] = page.split(new RegExp(`^#+ ${heading.replaceAll('.', '\\.')}\\b.*$`, 'm'));
  const [section = ''] = below.split(/^#/m);
  return section
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1)
    .map((line) => line.slice(2, -2).split(' | '));
}

interface Citation {
  readonly file: string;
  readonly title: string;
}

/** What a cell names: a test file in backticks, then titles in italics. */
function citationsIn(cell: string): Citation[] {
  const [, ...parts] = cell.split(/`(test\/[^`]+)`: /);
  const found: Citation[] = [];
  for (let index = 0; index < parts.length; index += 2) {
    const [titles = ''] = (parts[index + 1] ?? '').split('<br>', 1);
    for (const [, title = ''] of titles.matchAll(/\*([^*]+)\*/g))
      found.push({ file: parts[index] ?? '', title });
  }
  return found;
}

/** Whether a file has a test of this title, or one for several cases whose title begins like it. */
function isThere({ file, title }: Citation): boolean {
  if (!existsSync(file)) return false;
  const source = readFileSync(file, 'utf8');
  const [beginning = ''] = title.split('%', 1);
  return ["'", '"', '`'].some((quote) =>
    [`${quote}${title}${quote}`, beginning === title ? null : `${quote}${beginning}%`].some(
      (text) => text !== null && titlesOf(source).includes(text),
    ),
  );
}

/** The source from which only calls of `test` and `test.each` are left, as far as their titles go. */
function titlesOf(source: string): string {
  return [...source.matchAll(/(?:\btest(?:\.each<?[^\n]*)?\(|\)\(|^ *\)\()\s*(['"`][^\n]*)/gm)]
    .map(([, title]) => title)
    .join('\n');
}

describe('docs/conformance.md', () => {
  test('names only tests that exist', () => {
    const cited = page.split('\n').flatMap((line) => citationsIn(line));

    expect(cited.length).toBeGreaterThan(100);
    expect(cited.filter((citation) => !isThere(citation))).toEqual([]);
  });

  test.each(Object.entries(POINTS))('has all points of %s, each with a test or a reason', (part, count) => {
    const points = rowsBelow(part);
    const bare = points.filter(
      ([, shownBy = '']) =>
        citationsIn(shownBy).length === 0 && !/^not in this version: \S+ \S+/.test(shownBy),
    );

    expect(points).toHaveLength(count);
    expect(bare).toEqual([]);
  });

  test('gives each departure its place in SPEC.md, a reason and a test', () => {
    const departures = rowsBelow('Departures from SPEC.md');
    const bare = departures.filter(
      ([what = '', where = '', why = '', shownBy = '']) =>
        what === '' || !/^(\d+\.\d|Appendix)/.test(where) || why === '' || citationsIn(shownBy).length === 0,
    );

    expect(departures.length).toBeGreaterThan(20);
    expect(bare).toEqual([]);
  });
});
