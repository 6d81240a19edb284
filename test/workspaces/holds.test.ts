import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { HookSettings } from '../../src/domain/settings.js';
import { prepareWorkspace, removeWorkspace } from '../../src/workspaces/workspaces.js';
import { aPlace } from '../helpers/processes.js';
import { aDaemon, aHost, someWork } from '../helpers/workspace-work.js';

// Goal: of two daemons that do the same work, each with its own state directory, one at a time is in a workspace.

const HOOKS = { afterCreate: 'touch made', beforeRemove: 'touch ../seen' };

/** Two daemons on one machine, and what each does in the workspace of MT-1. */
function twoDaemons() {
  const one = aDaemon({ id: 'one', pid: 123, machine: 'build-1', stateDirectory: '/srv/one state' });
  const two = aDaemon({ id: 'two' });
  const ofOne = (hooks: Partial<HookSettings> = {}) => someWork(aHost(), hooks, { holds: one });
  const ofTwo = (hooks: Partial<HookSettings> = {}) => someWork(aHost(), hooks, { holds: two });
  return { one, ofOne, ofTwo };
}

const HELD = {
  code: 'workspace_held',
  message:
    'workspace MT-1 is in use by another daemon (pid 123 on build-1, state directory /srv/one state): stop one of them, ' +
    'or give each its own workspace.root',
};

describe('a workspace that another daemon holds', () => {
  test('is refused with who that is, no hook runs and nothing in it changes', async () => {
    const root = await aPlace();
    const { ofOne, ofTwo } = twoDaemons();
    const { path } = await prepareWorkspace(root, ofOne());
    await writeFile(join(path, 'work'), 'precious');
    const work = ofTwo(HOOKS);

    await expect(prepareWorkspace(root, work)).rejects.toMatchObject(HELD);

    expect(work.reports).toEqual([]);
    expect(await readdir(path)).toEqual(['work']);
    expect((await prepareWorkspace(root, ofOne())).createdNow).toBe(false);
  });

  test('is not removed, and its hook does not run', async () => {
    const root = await aPlace();
    const { ofOne, ofTwo } = twoDaemons();
    const { path } = await prepareWorkspace(root, ofOne());
    const work = ofTwo(HOOKS);

    for (const recorded of [null, path])
      await expect(removeWorkspace({ root, recorded }, work)).rejects.toMatchObject(HELD);

    expect(work.reports).toEqual([]);
    expect((await readdir(root)).sort()).toEqual(['.symphony', 'MT-1']);
    expect((await prepareWorkspace(root, ofOne())).createdNow).toBe(false);
  });

  test('stays held after an attempt that failed in it, and while its issue is in use', async () => {
    const root = await aPlace();
    const { one, ofOne, ofTwo } = twoDaemons();

    await expect(prepareWorkspace(root, ofOne({ afterCreate: 'exit 3' }))).rejects.toMatchObject({
      code: 'workspace_hook_failed',
    });
    one.giveUpUnused((issueId) => issueId === ofOne().issue.id);

    await expect(prepareWorkspace(root, ofTwo())).rejects.toMatchObject(HELD);
  });

  test('is free when its issue is no longer in use there, and not a moment when that one wants it again', async () => {
    const root = await aPlace();
    const { one, ofOne, ofTwo } = twoDaemons();
    await prepareWorkspace(root, ofOne());

    one.giveUpUnused(() => false);
    await prepareWorkspace(root, ofOne());
    await expect(prepareWorkspace(root, ofTwo())).rejects.toMatchObject(HELD);
    one.giveUpUnused(() => false);
    await expect.poll(() => readdir(join(root, '.symphony'))).toEqual(['MT-1.json']);

    await prepareWorkspace(root, ofTwo());
    await expect(prepareWorkspace(root, ofOne())).rejects.toMatchObject({ code: 'workspace_held' });
  });
});

test('of two daemons that prepare a workspace at once one builds it, and the other touches nothing', async () => {
  for (let round = 0; round < 10; round++) {
    const root = join(await aPlace(), 'root');
    const { ofOne, ofTwo } = twoDaemons();
    const hooks = { afterCreate: 'echo made >>made' };

    const results = await Promise.allSettled([
      prepareWorkspace(root, ofOne(hooks)),
      prepareWorkspace(root, ofTwo(hooks)),
    ]);

    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await readFile(join(root, 'MT-1', 'made'), 'utf8')).toBe('made\n');
  }
});

test('a removed workspace leaves no hold, and one that is not there needs none', async () => {
  const root = await aPlace();
  const { ofOne, ofTwo } = twoDaemons();
  await prepareWorkspace(root, ofOne());
  await removeWorkspace({ root, recorded: null }, ofOne());

  expect(await readdir(join(root, '.symphony'))).toEqual([]);
  await removeWorkspace({ root: join(root, 'other'), recorded: null }, ofTwo());
  expect(await readdir(root)).toEqual(['.symphony']);
  expect((await prepareWorkspace(root, ofTwo())).createdNow).toBe(true);
});

test('the hold is nowhere in the workspace, so no agent sees it in its repository or may write it', async () => {
  const root = await aPlace();
  const { ofOne } = twoDaemons();

  const { path } = await prepareWorkspace(root, ofOne());

  expect(await readdir(path)).toEqual([]);
  expect((await readdir(join(root, '.symphony'))).sort()).toEqual(['MT-1.hold', 'MT-1.json']);
});

test('a hold that cannot be written keeps nobody from removing what may fill the disk', async () => {
  const root = await aPlace();
  const { one, ofOne, ofTwo } = twoDaemons();
  await prepareWorkspace(root, ofOne());
  one.giveUpUnused(() => false);
  await expect.poll(() => readdir(join(root, '.symphony'))).toEqual(['MT-1.json']);
  // What is no file can be no hold.
  await mkdir(join(root, '.symphony', 'MT-1.hold'));

  await expect(prepareWorkspace(root, ofTwo())).rejects.toMatchObject({ code: 'workspace_unavailable' });
  await removeWorkspace({ root, recorded: null }, ofTwo());

  expect(await readdir(root)).toEqual(['.symphony']);
});
