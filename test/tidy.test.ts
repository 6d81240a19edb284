import { readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ERROR_CODES } from '../src/domain/error.js';
import { filesUnder, withoutComments } from './helpers/source-tree.js';

// Goal: what a reviewer would otherwise have to notice every time. Biome and the compiler do the rest.

const BINARY = /\.(png|jpg|gif|ico|gz|tgz)$/;
const SOURCE = /\.(ts|tsx|mjs)$/;

const everyFile = filesUnder('.', /./).filter((path) => !BINARY.test(path));
const text = new Map(everyFile.map((path) => [path, readFileSync(path, 'utf8')]));
const pictures = new Set(filesUnder('.', BINARY));
const sources = everyFile.filter((path) => SOURCE.test(path));
const pages = everyFile.filter((path) => /^(README|CHANGELOG)\.md$|^(docs|src)\/.*\.md$/.test(path));

function read(path: string): string {
  const content = text.get(path);
  if (content === undefined) throw new Error(`${path} is not a file of this repository`);
  return content;
}

/** `file:line` of every line of these files that matches. */
function linesLike(
  paths: readonly string[],
  pattern: RegExp,
  prepare = (content: string) => content,
): string[] {
  return paths.flatMap((path) =>
    prepare(read(path))
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
}

describe('source files', () => {
  test('stay within the size limits', () => {
    const limits = (path: string) =>
      path === 'src/core/decide.ts' ? 120 : path.startsWith('test/') ? 500 : 400;
    const tooLong = sources
      .map((path) => ({ path, lines: read(path).trimEnd().split('\n').length }))
      .filter(({ path, lines }) => lines > limits(path));

    expect(tooLong).toEqual([]);
  });

  test('and folders are not named after a drawer for everything', () => {
    const drawers = /^(utils?|helpers?|common|misc|types|managers?|services?|base)$/;
    const named = sources.filter((path) =>
      path.split('/').some((part, depth) => {
        const name = part.replace(/(\.test)?\.(ts|tsx|mjs)$/, '');
        return drawers.test(name) && !(depth === 1 && path.startsWith('test/helpers/'));
      }),
    );

    expect(named).toEqual([]);
  });

  test('of the core hold no time, chance, process or promise', () => {
    const impure =
      /\b(Date|setTimeout|setInterval|setImmediate|queueMicrotask|process|performance|fetch|async|await|Promise|localeCompare|Intl)\b|Math\.random|crypto/;
    const core = sources.filter((path) => path.startsWith('src/core/'));

    expect(linesLike(core, impure, (content) => withoutStrings(withoutComments(content)))).toEqual([]);
  });

  // The guard of a terminal does no one's work: it watches over what this process itself holds.
  test('start programs on a host, or git where it executes nothing that a repository configures', () => {
    const product = sources.filter((path) =>
      /^src\/(?!hosts\/|files\/inert-git\.ts|dashboard\/terminal\/guard\.ts)/.test(path),
    );

    expect(linesLike(product, /['"](node:)?child_process['"]|from ['"]execa['"]/)).toEqual([]);
  });

  test('leave nothing for later and silence no compiler', () => {
    const code = sources.filter((path) => basename(path) !== 'tidy.test.ts');

    expect(
      linesLike(code, /(\/\/|\/?\*).*\b(TODO|FIXME|XXX|HACK)\b|@ts-(ignore|nocheck|expect-error)/),
    ).toEqual([]);
    expect(linesLike(code, /biome-ignore(?!\S* .+: .+)/)).toEqual([]);
  });
});

describe('test files', () => {
  const tests = sources.filter((path) => /\.test\.tsx?$/.test(path) && path !== 'test/tidy.test.ts');

  test('use the real parts: no module mocks, no fake timers', () => {
    expect(linesLike(tests, /\bvi\.(mock|doMock|useFakeTimers)\b/)).toEqual([]);
  });

  test('are all run, and skip only with a reason', () => {
    expect(linesLike(tests, /\b(test|it|describe)\.(only|skip|todo|fails)\b/)).toEqual([]);
    expect(linesLike(tests, /\.skip\((?!(true, )?[`'"]because )/)).toEqual([]);
  });
});

describe('the repository', () => {
  test('names no path of a machine', () => {
    const machinePath = /(^|[\s"'`(=:])\/(work|root|Users)\/|\/tmp\/bash/;
    const own = everyFile.filter((path) => !['package-lock.json', 'test/tidy.test.ts'].includes(path));

    expect(linesLike(own, machinePath)).toEqual([]);
  });

  test('names no registry but the public one', () => {
    const registry =
      /registry\s*=\s*\S|https?:\/\/(?!registry\.npmjs\.org)[^\s"'/]*(registry|artifactory|nexus|verdaccio|npm-proxy)/i;
    const own = everyFile.filter((path) => path !== 'test/tidy.test.ts');

    expect(linesLike(own, registry)).toEqual([]);
    expect(linesLike(['package-lock.json'], /"resolved": "http/)).toEqual([]);
  });

  // npm leaves out the packages of platforms that the registry in use does not offer, and then `npm ci` refuses.
  test('locks the optional packages of every platform', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
      ),
    );

    expect(missing).toEqual([]);
  });

  test('pins every dependency exactly', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<
      string,
      Record<string, string>
    >;
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
    );

    expect(loose).toEqual([]);
  });
});

describe('pages', () => {
  test('have exactly one title', () => {
    const titles = pages.map((path) => ({ path, titles: headings(read(path), 1).length }));

    expect(titles.filter((page) => page.titles !== 1)).toEqual([]);
  });

  test('link only to what is there', () => {
    expect(pages.flatMap(brokenLinks)).toEqual([]);
  });

  test('have a heading in docs/errors.md for each error code, and for nothing else', () => {
    const described = headings(read('docs/errors.md'), 3).map((heading) => heading.replaceAll('`', ''));

    expect([...described].sort()).toEqual([...ERROR_CODES].sort());
  });

  test('explain every code that a problem of the daemon can have', () => {
    const words = /(?:draft\.problem\(|backOff\(draft, .*, )'(?<code>[a-z_]+)'/gu;
    const core = sources
      .filter((path) => path.startsWith('src/core/'))
      .map(read)
      .join('\n');
    const codes = [...core.matchAll(words)].map(({ groups }) => groups?.['code'] ?? '');
    const explained = read('docs/errors.md');

    expect(codes).toContain('usage_limited');
    expect(
      codes.filter((code) => !explained.includes(`### ${code}\n`) && !explained.includes(`| \`${code}\` |`)),
    ).toEqual([]);
  });
});

function withoutStrings(source: string): string {
  return source.replace(/'(?:[^'\\\n]|\\.)*'/g, "''");
}

function withoutFences(markdown: string): string {
  return markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, '');
}

function headings(markdown: string, level: number): string[] {
  const found = withoutFences(markdown).matchAll(new RegExp(`^#{${level}} +(.+?)\\s*$`, 'gm'));
  return [...found].map(([, heading]) => heading ?? '');
}

/** The anchors GitHub gives to the headings of a page. */
function anchors(markdown: string): string[] {
  return [1, 2, 3, 4, 5, 6]
    .flatMap((level) => headings(markdown, level))
    .map((heading) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    );
}

function brokenLinks(path: string): string[] {
  const links = [...withoutFences(read(path)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link ?? '');
  return links
    .filter((link) => !/^(https?|mailto):/.test(link))
    .filter((link) => {
      const [file = '', anchor] = link.split('#');
      const target = file === '' ? path : normalize(join(dirname(path), file));
      const isFolder = everyFile.some((other) => other.startsWith(`${target.replace(/\/$/, '')}/`));
      if (!text.has(target)) return !isFolder && !pictures.has(target);
      return anchor !== undefined && !anchors(read(target)).includes(anchor);
    })
    .map((link) => `${path} links to ${link}`);
}
