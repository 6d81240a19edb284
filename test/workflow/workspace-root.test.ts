import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inspectWorkflow, parseWorkflow } from '../../src/workflow/load.js';
import type { Environment } from '../../src/workflow/settings.js';
import { aLoadContext } from '../helpers/build.js';

const FOLDER = 'fixtures/workflows';
const DEFAULT_ROOT = join(tmpdir(), 'symphony_workspaces');

/** The root of a fixture, and the codes of its warnings. */
async function rootOf(name: string, env: Environment = {}) {
  const { settings, warnings, errors } = await inspectWorkflow(`${FOLDER}/${name}.md`, aLoadContext({ env }));
  return { root: settings?.workspace.root, told: [...errors, ...warnings].map(({ code }) => code) };
}

describe('workspace.root', () => {
  test('is taken from the environment when it is a whole $NAME', async () => {
    expect(await rootOf('root-variable', { WORKSPACES: '/srv/code' })).toEqual({
      root: '/srv/code',
      told: [],
    });
  });

  test('from the environment may begin with ~ and may be relative to the file', async () => {
    expect((await rootOf('root-variable', { WORKSPACES: '~/code' })).root).toBe('/home/someone/code');
    expect((await rootOf('root-variable', { WORKSPACES: 'code' })).root).toBe(resolve(FOLDER, 'code'));
  });

  test.each([{ env: {} }, { env: { WORKSPACES: '' } }, { env: { WORKSPACES: ' ' } }])(
    'is the default, with a warning, when its $NAME is unset or empty ($env)',
    async ({ env }) => {
      expect(await rootOf('root-variable', env)).toEqual({ root: DEFAULT_ROOT, told: ['unset_variable'] });
    },
  );

  test('resolves ~, alone and before a path', async () => {
    expect((await rootOf('root-home')).root).toBe('/home/someone/code/workspaces');
    expect((await rootOf('root-home-alone')).root).toBe('/home/someone');
  });

  test('is relative to the folder of the workflow file, not to the current one', async () => {
    expect((await rootOf('root-relative')).root).toBe(resolve(FOLDER, 'workspaces'));
  });

  test('is absolute and without detours', async () => {
    expect((await rootOf('root-absolute')).root).toBe('/srv/symphony');
  });

  test('resolves a name in braces with a warning, as other implementations do not', async () => {
    expect(await rootOf('root-variable-braced', { WORKSPACES: '/srv/code' })).toEqual({
      root: '/srv/code',
      told: ['resolved_variable'],
    });
  });

  test('resolves $HOME before a path with a warning', async () => {
    expect(await rootOf('root-under-variable')).toEqual({
      root: '/home/someone/code',
      told: ['resolved_variable'],
    });
  });

  test('knows what $TMPDIR means where the system leaves it unset', async () => {
    expect(await rootOf('root-under-tmpdir')).toEqual({
      root: join(tmpdir(), 'workspaces'),
      told: ['resolved_variable'],
    });
    expect((await rootOf('root-under-tmpdir', { TMPDIR: '/var/tmp' })).root).toBe('/var/tmp/workspaces');
  });

  test('takes what follows :- when the variable is unset', async () => {
    expect((await rootOf('root-with-fallback')).root).toBe('/home/someone/elsewhere');
    expect((await rootOf('root-with-fallback', { WORKSPACES: '/srv/code' })).root).toBe('/srv/code');
  });

  // `$TEAM/workspaces` with TEAM unset would otherwise be a directory at the root of the file system.
  test('is an error when a variable before a path is unset', async () => {
    const yaml = 'workspace:\n  root: $TEAM/workspaces';
    const parse = () =>
      parseWorkflow('WORKFLOW.md', `---\ntracker: {kind: board}\n${yaml}\n---\n`, aLoadContext());

    expect(parse).toThrow(/line 4: workspace\.root: TEAM in "\$TEAM\/workspaces" is not set/);
  });

  test('is not the root of the file system', () => {
    expect(() => parsedWithRoot('/')).toThrow(/line 4: workspace\.root: \/ is the root of the file system/);
  });

  // What stands in a root is taken for workspaces: an issue called `src` would work in that folder, and remove it.
  test.each(['.', './', '../workflows', '$PWD_OF_IT', '..', '../..', '"~"'])(
    'that holds more than workspaces is told of with a warning, and known as such (%s)',
    (root) => {
      const { settings, warnings } = parsedWithRoot(root, { PWD_OF_IT: resolve(FOLDER) });

      expect(settings.workspace.isShared).toBe(true);
      expect(warnings).toMatchObject([{ code: 'shared_root', key: 'workspace.root', line: 4 }]);
    },
  );

  test('beside the workflow file, whatever its name begins with, needs no warning', () => {
    expect(parsedWithRoot('../workflows-too').warnings).toEqual([]);
    expect(parsedWithRoot('./workspaces').warnings).toEqual([]);
    expect(parsedWithRoot('./workspaces').settings.workspace.isShared).toBe(false);
    expect(parsedWithRoot('..workspaces').warnings).toEqual([]);
  });

  test('in the home directory of somebody else is told of with a warning, as only a shell knows it', () => {
    const { settings, warnings } = parsedWithRoot('~somebody/code');

    expect(settings.workspace.root).toBe(resolve(FOLDER, '~somebody/code'));
    expect(warnings).toMatchObject([{ code: 'unresolved_home', key: 'workspace.root', line: 4 }]);
  });
});

function parsedWithRoot(root: string, env: Environment = {}) {
  const text = `---\ntracker: {kind: board}\nworkspace:\n  root: ${root}\n---\n`;
  return parseWorkflow(`${FOLDER}/WORKFLOW.md`, text, aLoadContext({ env }));
}
