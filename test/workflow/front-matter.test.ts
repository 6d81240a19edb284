import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SymphonyError } from '../../src/domain/error.js';
import { parseFrontMatter } from '../../src/workflow/front-matter.js';
import { parseWorkflow } from '../../src/workflow/load.js';
import { knownKeys } from '../../src/workflow/unknown-keys.js';
import { aLoadContext } from '../helpers/build.js';

/** What comes of a text: a value, or the code of the expected failure. Anything else that is thrown is a bug. */
function outcome<T>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    if (error instanceof SymphonyError) return error.code;
    throw error;
  }
}

describe('the first line', () => {
  test.each(['---', '--- ', '---\t', '\uFEFF---', '---\r'])('begins front matter: %j', (fence) => {
    expect(parseFrontMatter(`${fence}\na: 1\n---\nBody`)).toMatchObject({ config: { a: 1 }, body: 'Body' });
  });

  test.each(['----', ' ---', '- --', '--', '--- and so on', '---------', '***', '# ---'])(
    'does not begin front matter: %j',
    (line) => {
      const text = `${line}\nWords`;

      expect(parseFrontMatter(text)).toMatchObject({
        config: {},
        body: text.trim(),
        warnings: [{ code: 'no_front_matter', line: 1 }],
      });
    },
  );

  test.each(['---js', '---javascript', '--- js', '---json', '---JS ', '---coffee', '---toml', '---yaml'])(
    'refuses another language, and evaluates nothing: %j',
    (fence) => {
      const planted = 'globalThis.evaluatedFrontMatter = true; module.exports = {};';

      const read = () => parseFrontMatter(`${fence}\n${planted}\n---\nBody`);

      expect(read).toThrow(/^front matter in ".*" is not read/);
      expect(globalThis).not.toHaveProperty('evaluatedFrontMatter');
    },
  );

  test('is told when what looks like front matter comes later', () => {
    const { config, warnings } = parseFrontMatter('<!-- licence -->\n\n---\ntracker:\n  kind: board\n---\n');

    expect(config).toEqual({});
    expect(warnings).toMatchObject([{ code: 'misplaced_front_matter', line: 3 }]);
  });
});

test('without its end, a prompt that is no YAML is told to belong below one', () => {
  const read = () => parseFrontMatter('---\ntracker:\n  kind: board\nYou are working on an issue\nDo it\n');

  expect(read).toThrow(/is not ended by a line of exactly ---, so what stands here is read as settings \(/);
  expect(outcome(() => parseFrontMatter('---\n- a list\n'))).toBe('workflow_front_matter_not_a_map');
});

describe('a mistake in YAML is told with what to do about it', () => {
  test.each([
    [
      'a text with a colon',
      'hooks:\n  after_run: echo "a": b',
      /^a value has keys .*; put a value with ": "/,
    ],
    [
      'a line that is indented too far',
      'agent:\n  kind: x\n    max_turns: 3',
      /; .*indent the keys of a section alike$/,
    ],
    [
      'a line that is indented too little',
      'agent:\n  kind: x\n max_turns: 3',
      /; indent the keys of a section alike$/,
    ],
    ['a sign that YAML keeps', 'hooks:\n  after_run: @x', /reserved character @; put the value into quotes$/],
    [
      'a backslash',
      'hooks:\n  after_run: "sed s/\\d/x/"',
      /escape sequence \\d; .*single quotes, or below "\|"/,
    ],
    [
      'a quote without end',
      'codex:\n  command: "codex',
      /; end the text with the quote that it begins with$/,
    ],
    [
      'a quote within',
      "hooks:\n  after_run: 'it's'",
      /at node end; put all of the value into quotes, or below/,
    ],
    ['no colon', 'agent:\n  max_turns 5\n  kind: x', /; write "key: value" on each line, with a colon and/],
    ['no blank', 'agent:\n  max_turns:5\n  kind: x', /; write "key: value" on each line, with a colon and/],
    [
      'an equals sign',
      'a: 1\nagent = codex',
      /; write "key: value", or a text of several lines indented below/,
    ],
    ['a script that is not indented', 'hooks:\n  after_run: |\n  echo a', /lines indented below "\|"$/],
    ['a script beside its mark', 'hooks:\n  after_run: | echo a', /; begin the text on the line below "\|"$/],
    [
      'a test of a shell',
      'hooks:\n  after_run: [ -e x ] || echo',
      /; quote the value when its bracket is text$/,
    ],
    ['an open bracket', 'tracker: { kind: x\nagent: { kind: y }', /; end what a bracket begins$/],
    [
      'a merge',
      'a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> x',
      /^this is the mark of a merge conflict; resolve/,
    ],
  ])('%s', (_, yaml, message) => {
    expect(() => parseFrontMatter(`---\n${yaml}\n---\nBody`)).toThrow(message);
  });
});

test('a tag before a value, which is left out, is told of; the tags that YAML knows are not', () => {
  const { config, warnings } = parseFrontMatter(
    '---\nhooks:\n  before_run: ! test -e .lock\n  after_run: !env X\na: !!str 5\n---\n',
  );

  expect(config).toEqual({ hooks: { before_run: 'test -e .lock', after_run: 'X' }, a: '5' });
  expect(warnings).toMatchObject([
    {
      code: 'tag_left_out',
      key: 'hooks.before_run',
      line: 3,
      message: expect.stringContaining('"!" before'),
    },
    { code: 'tag_left_out', key: 'hooks.after_run', line: 4, message: expect.stringContaining('"!env" ') },
  ]);
});

describe('lines', () => {
  test('are those of the file, for keys at every depth and for the body', () => {
    const { lineOf, bodyLine } = parseFrontMatter(
      '---\n# a comment\ntracker:\n  kind: board\n\n  provider:\n    a.b: 1\n    a: {c: 2}\n---\n\n\nBody\n',
    );

    expect(['tracker', 'tracker.kind', 'tracker.provider.a.b', 'tracker.provider.a.c'].map(lineOf)).toEqual([
      3, 4, 7, 8,
    ]);
    expect(['tracker.provider.x', 'tracker.kind.deeper', 'agent', ''].map(lineOf)).toEqual([
      6,
      4,
      null,
      null,
    ]);
    expect(bodyLine).toBe(12);
  });

  test('are the same with CRLF', () => {
    const text = '---\ntracker:\n  kind: board\n---\n\nBody\n';

    const [lf, crlf] = [text, text.replaceAll('\n', '\r\n')].map(parseFrontMatter);

    expect(crlf?.lineOf('tracker.kind')).toBe(lf?.lineOf('tracker.kind'));
    expect(crlf?.bodyLine).toBe(lf?.bodyLine);
  });
});

// Goal: no text, however mangled, gets past the splitter as anything but a result or an expected failure.
// Method: random texts, random lines that mean something to YAML, and random JSON in the place of every setting.
describe('for any text', () => {
  const SEED = 17;
  const YAML_LINES = [
    ...[
      '---',
      '--- ',
      '---x',
      '...',
      '',
      ' ',
      '\t',
      '# c',
      'a: 1',
      'a: 2',
      'tracker:',
      '  kind: board',
      '- a',
    ],
    ...[
      'b: &x',
      '  c: *x',
      'd: *x',
      '<<: *x',
      '  <<: {a: 1}',
      '? [a]',
      ': b',
      'e: |',
      '  text',
      '"',
      "'",
      '{',
      ']',
    ],
    ...[
      'f: {{ X }}',
      '%YAML 1.1',
      '!!js/function x',
      'g: !!set {a}',
      '__proto__: 1',
      '其全: х',
      '\uFEFF',
      '\u0085',
    ],
  ];
  const anyText = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string().map((text) => `---\n${text}\n---\n`),
    fc.array(fc.constantFrom(...YAML_LINES), { maxLength: 12 }).map((lines) => lines.join('\n')),
    fc.array(fc.constantFrom(...YAML_LINES), { maxLength: 12 }).map((lines) => `---\n${lines.join('\r\n')}`),
  );

  test('there is a workflow or an expected failure, the same each time', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const parse = () => outcome(() => parseWorkflow('WORKFLOW.md', text, aLoadContext()).settings);

        expect(parse()).toEqual(parse());
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  test('front matter and body come back as they were put together', () => {
    const line = fc.string().map((text) => text.replace(/[\r\n]/g, ''));
    const value = fc.jsonValue();
    fc.assert(
      fc.property(
        fc.array(line),
        fc.dictionary(fc.string(), value),
        fc.constantFrom('\n', '\r\n'),
        (body, map, end) => {
          const text = ['---', JSON.stringify(map), '---', ...body].join(end);

          const { config, body: read } = parseFrontMatter(text);

          expect(JSON.stringify(config)).toBe(JSON.stringify(map));
          expect(read).toBe(body.join('\n').trim());
        },
      ),
      { seed: SEED },
    );
  });

  test('without front matter all of it is the body', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!/^\uFEFF?---/.test(text));

        expect(parseFrontMatter(text).body).toBe(
          text
            .replace(/^\uFEFF/, '')
            .replaceAll('\r\n', '\n')
            .trim(),
        );
      }),
      { seed: SEED },
    );
  });

  test('any value of any setting is taken or refused', () => {
    const keys = [...knownKeys().keys()];
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.jsonValue(), (key, value) => {
        const [section = '', name] = key.split('.');
        const config = {
          tracker: { kind: 'board' },
          [section]: name === undefined ? value : { [name]: value },
        };
        const text = `---\n${JSON.stringify(config)}\n---\n`;

        outcome(() => parseWorkflow('WORKFLOW.md', text, aLoadContext()));
      }),
      { seed: SEED, numRuns: 1_000 },
    );
  });
});
