import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SymphonyError } from '../../src/domain/error.js';
import { inspectWorkflow, loadWorkflow, parseWorkflow } from '../../src/workflow/load.js';
import { aLoadContext } from '../helpers/build.js';

const MINIMAL = '---\ntracker: {kind: board}\n---\nWork.\n';

async function aFile(content: string | Uint8Array): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'symphony-load-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = join(directory, 'WORKFLOW.md');
  await writeFile(file, content);
  return file;
}

function parse(yaml: string, context = aLoadContext()) {
  return () => parseWorkflow('WORKFLOW.md', `---\n${yaml}\n---\nWork.\n`, context);
}

describe('a loaded workflow', () => {
  test('has the absolute path of its file, however that was given', async () => {
    const file = await aFile(MINIMAL);

    expect((await loadWorkflow(relative('', file), aLoadContext())).path).toBe(file);
  });

  test('has one version for one text, and another for any other', async () => {
    const versions = [MINIMAL, MINIMAL, `${MINIMAL} `, MINIMAL.replace('Work', 'Walk')].map(
      (text) => parseWorkflow('WORKFLOW.md', text, aLoadContext()).version,
    );

    expect(versions[1]).toBe(versions[0]);
    expect(new Set(versions).size).toBe(3);
  });
});

describe('a file that cannot be read', () => {
  test.each(['a pipe', 'a link to a pipe'])('is %s, which nobody waits for', async (what) => {
    const file = await aFile(MINIMAL);
    const pipe = join(file, '..', 'pipe');
    execFileSync('mkfifo', [pipe]);
    await rm(file);
    if (what === 'a pipe') await rename(pipe, file);
    else await symlink('pipe', file);

    await expect(loadWorkflow(file, aLoadContext())).rejects.toMatchObject({
      code: 'missing_workflow_file',
      message: expect.stringMatching(/WORKFLOW\.md cannot be read \(it is no regular file\); give the path/),
    });
  });

  test('is missing when it is a directory, and the message says so', async () => {
    const directory = join(await aFile(MINIMAL), '..', 'folder');
    await mkdir(directory);

    await expect(loadWorkflow(directory, aLoadContext())).rejects.toMatchObject({
      code: 'missing_workflow_file',
      message: expect.stringMatching(/folder cannot be read \(EISDIR.*give the path of a WORKFLOW\.md/),
    });
  });

  test.each([
    { encoding: 'Latin-1', bytes: Buffer.from(`${MINIMAL}Stra\xdfe`, 'latin1') },
    { encoding: 'UTF-16', bytes: Buffer.from(`\uFEFF${MINIMAL}`, 'utf16le') },
  ])('is not understood in $encoding, and nothing in it is guessed', async ({ bytes }) => {
    await expect(loadWorkflow(await aFile(bytes), aLoadContext())).rejects.toMatchObject({
      code: 'workflow_parse_error',
      message: expect.stringMatching(
        /^the workflow file \/.+ is not text in UTF-8; save it in that encoding$/,
      ),
    });
  });

  test('may be nested without end and still is only a bad file', () => {
    expect(parse(`tracker: ${'['.repeat(50_000)}`)).toThrow(
      expect.objectContaining({ code: 'workflow_parse_error' }),
    );
  });
});

describe('an error', () => {
  test('lists every wrong value in the order of the file, each with line, key, what is expected and what was given', () => {
    const yaml = 'tracker: {kind: board}\ncodex:\n  command: 5\npolling:\n  interval_ms: 0\nagent: fast';

    expect(parse(yaml)).toThrow(
      expect.objectContaining({
        code: 'invalid_workflow_config',
        message: [
          'WORKFLOW.md, line 4: codex.command: expected a text that is not empty (got 5)',
          'WORKFLOW.md, line 6: polling.interval_ms: expected a whole number greater than 0 (got 0)',
          'WORKFLOW.md, line 7: agent: expected a map of settings (got a text)',
        ].join('\n'),
      }),
    );
  });

  test('tells of the tracker, the agent and the workers at once, the tracker first', () => {
    const yaml = 'agent: {kind: gemini}\nworker: {ssh_hosts: [-one]}\ntracker: {kind: bord}';

    expect(parse(yaml)).toThrow(
      expect.objectContaining({
        code: 'unsupported_tracker_kind',
        message: expect.stringMatching(
          /line 4: .*did you mean board\?\n.*line 2: .*codex.*\n.*line 3: .*ssh_hosts/,
        ),
      }),
    );
  });

  test('asks for the states that the tracker has no default for', async () => {
    const board = { defaultActiveStates: null, defaultTerminalStates: null };
    const file = await aFile(MINIMAL);

    const { errors } = await inspectWorkflow(file, aLoadContext({ board }));

    expect(errors.map(({ code, key, line }) => ({ code, key, line }))).toEqual([
      { code: 'invalid_tracker_config', key: 'tracker.active_states', line: 2 },
      { code: 'invalid_tracker_config', key: 'tracker.terminal_states', line: 2 },
    ]);
  });

  test('never shows what stands in the place of the keys of the tracker', () => {
    expect(parse('tracker: {kind: board, provider: lin_api_0123456789}')).toThrow(
      expect.objectContaining({
        message:
          "WORKFLOW.md, line 2: tracker.provider: expected a map of the tracker's own keys (got a text)",
      }),
    );
    expect(parse('tracker: lin_api_0123456789')).toThrow(/^(?!.*lin_api)/s);
  });

  test('of an adapter that is no expected one is not hidden', () => {
    const board = {
      validate() {
        throw new TypeError('a bug');
      },
    };

    expect(parse('tracker: {kind: board}', aLoadContext({ board }))).toThrow(TypeError);
  });
});

describe('a warning', () => {
  test('names states that are both active and terminal', () => {
    const yaml =
      'tracker:\n  kind: board\n  active_states: [Todo, In Review]\n  terminal_states: [" in review", Done]';

    expect(parse(yaml)().warnings).toEqual([
      {
        code: 'state_in_both_lists',
        key: 'tracker.terminal_states',
        line: 5,
        message: 'In Review is both active and terminal; issues in it are taken for finished',
      },
    ]);
  });

  test('is given with errors too, so that one look shows everything', async () => {
    const file = await aFile('---\ntracker: {knid: board}\n---\n');

    const { errors, warnings } = await inspectWorkflow(file, aLoadContext());

    expect(errors.map(({ code }) => code)).toEqual(['missing_tracker_kind']);
    expect(warnings.map(({ message }) => message)).toEqual([
      'tracker.knid is unknown, it is ignored; did you mean tracker.kind?',
    ]);
  });
});

describe('what a tracker says', () => {
  const board = {
    warnings: () => ['tracker.provider.project_slug: "your-slug" looks like an example'],
    validate: () => undefined,
  };

  test('is of the key as it stands in the file, with its line', () => {
    const flat = 'tracker:\n  kind: board\n  project_slug: your-slug';
    const nested = 'tracker:\n  kind: board\n  provider:\n    project_slug: your-slug';

    expect(parse(flat, aLoadContext({ board }))().warnings).toEqual([
      {
        code: 'tracker_setting',
        key: 'tracker.project_slug',
        line: 4,
        message: 'tracker.project_slug: "your-slug" looks like an example',
      },
    ]);
    expect(parse(nested, aLoadContext({ board }))().warnings).toMatchObject([
      { key: 'tracker.provider.project_slug', line: 5 },
    ]);
  });

  test('is an error of that line, and no warning of the same key beside it', async () => {
    const refuse = () => {
      throw new SymphonyError('invalid_tracker_config', 'tracker.provider.project_slug is no slug');
    };
    const file = await aFile('---\ntracker:\n  kind: board\n  project_slug: <slug>\n---\n');

    const { errors, warnings } = await inspectWorkflow(
      file,
      aLoadContext({ board: { ...board, validate: refuse } }),
    );

    expect(errors).toEqual([
      {
        code: 'invalid_tracker_config',
        key: 'tracker.project_slug',
        line: 4,
        message: 'tracker.project_slug is no slug',
      },
    ]);
    expect(warnings).toEqual([]);
  });
});

describe('a kind that is not supported', () => {
  test.each([
    'github_projects',
    'github-project',
    'GitHub Projects',
    'github_projects_v2',
    'github-projects',
  ])('%s is known by name, and told to be not supported yet, with those that are', (kind) => {
    expect(parse(`tracker: {kind: ${kind}}`)).toThrow(
      expect.objectContaining({
        code: 'unsupported_tracker_kind',
        message: `WORKFLOW.md, line 2: tracker.kind: "${kind.toLowerCase()}" (GitHub Projects) is not supported yet; supported are board`,
      }),
    );
  });

  test.each(['file', 'filesystem', 'markdown', 'git_issues', 'local_sqlite'])(
    '%s, as others call issues in files, leads to the local board where there is one',
    (kind) => {
      const text = `---\ntracker: {kind: ${kind}}\n---\n`;
      const { known } = aLoadContext();
      const trackers = new Map([
        ...known.trackers,
        ...[...known.trackers.values()].map((each) => ['local', each] as const),
      ]);

      expect(() => parseWorkflow('WORKFLOW.md', text, { env: {}, known: { ...known, trackers } })).toThrow(
        /is not supported; supported are board, local; did you mean local\?$/,
      );
    },
  );

  test('is one error, however many of its own settings stand in the file', () => {
    expect(parse('tracker: {kind: jira, jql: x, board_id: 3}\nagent: {max_turns: 3}')).toThrow(
      expect.objectContaining({
        message: 'WORKFLOW.md, line 2: tracker.kind: "jira" is not supported; supported are board',
      }),
    );
  });
});
