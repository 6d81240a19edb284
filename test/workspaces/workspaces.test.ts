import { mkdir, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SymphonyError } from '../../src/domain/error.js';
import {
  endRun,
  prepareWorkspace,
  removeWorkspace,
  surveyWorkspaces,
} from '../../src/workspaces/workspaces.js';
import { anIssue } from '../helpers/build.js';
import { aPlace } from '../helpers/processes.js';
import { aHost, someWork } from '../helpers/workspace-work.js';

const host = aHost();

/** What the mark of a key says. */
async function markOf(root: string, key: string): Promise<unknown> {
  return JSON.parse(await readFile(join(root, '.symphony', `${key}.json`), 'utf8'));
}

const named = (identifier: string) => ({ issue: anIssue({ identifier }) });

describe('preparing a workspace', () => {
  test('gives each identifier the same path every time', async () => {
    const root = await aPlace();

    const first = await prepareWorkspace(root, someWork(host));
    const second = await prepareWorkspace(root, someWork(host));

    expect(first).toEqual({ root, path: join(root, 'MT-1'), key: 'MT-1', createdNow: true });
    expect(second).toEqual({ ...first, createdNow: false });
  });

  test('keeps identifiers apart that sanitize to the same text', async () => {
    const root = await aPlace();

    const slash = await prepareWorkspace(root, someWork(host, {}, named('team/a-1')));
    const line = await prepareWorkspace(root, someWork(host, {}, named('team_a-1')));

    expect(basename(line.path)).toBe('team_a-1');
    expect(basename(slash.path)).toMatch(/^team_a-1--[0-9a-f]{16}$/);
  });

  test('makes a missing directory, and a missing root', async () => {
    const root = join(await aPlace(), 'deep', 'root');

    const { path } = await prepareWorkspace(root, someWork(host));

    expect(await readdir(path)).toEqual([]);
  });

  test('reuses an existing directory untouched, also one that was made by hand', async () => {
    const root = await aPlace();
    await mkdir(join(root, 'MT-1'));
    await writeFile(join(root, 'MT-1', 'work'), 'precious');

    const workspace = await prepareWorkspace(root, someWork(host, { afterCreate: 'rm work' }));

    expect(workspace.createdNow).toBe(false);
    expect(await readFile(join(workspace.path, 'work'), 'utf8')).toBe('precious');
    expect(await markOf(root, 'MT-1')).toMatchObject({ state: 'ready', identifier: 'MT-1' });
  });

  test('replaces a file in the way by a directory', async () => {
    const root = await aPlace();
    await writeFile(join(root, 'MT-1'), 'in the way');

    const workspace = await prepareWorkspace(root, someWork(host, { afterCreate: 'echo made >made' }));

    expect(workspace.createdNow).toBe(true);
    expect(await readdir(workspace.path)).toEqual(['made']);
  });

  test.each(['outside', 'root/MT-2', 'nowhere'])(
    'refuses a link to %s in place of the workspace, runs no hook and touches nothing',
    async (target) => {
      const place = await aPlace();
      const root = join(place, 'root');
      await mkdir(join(root, 'MT-2'), { recursive: true });
      await mkdir(join(place, 'outside'));
      await symlink(join(place, target), join(root, 'MT-1'));
      const work = someWork(host, { afterCreate: 'touch made', beforeRemove: 'touch removed' });

      await expect(prepareWorkspace(root, work)).rejects.toMatchObject({ code: 'workspace_outside_root' });
      await expect(removeWorkspace({ root, recorded: null }, work)).rejects.toMatchObject({
        code: 'workspace_outside_root',
      });

      expect(work.reports).toEqual([]);
      expect((await readdir(root)).sort()).toEqual(['MT-1', 'MT-2']);
      expect(await readdir(join(place, 'outside'))).toEqual([]);
      expect(await readdir(join(root, 'MT-2'))).toEqual([]);
    },
  );

  test('works below a root that is a link, by its physical path', async () => {
    const place = await aPlace();
    await mkdir(join(place, 'real'));
    await symlink('real', join(place, 'link'));

    const { path } = await prepareWorkspace(join(place, 'link'), someWork(host));

    expect(path).toBe(join(place, 'real', 'MT-1'));
    expect(await realpath(path)).toBe(path);
  });

  test.each([
    ['.', '.'],
    ['..', '..'],
    ['.symphony', '.symphony'],
    ['.Symphony', '.Symphony'],
    ['of 251 characters', 'x'.repeat(251)],
  ])('refuses the identifier %s', async (_title, identifier) => {
    const root = await aPlace();

    await expect(prepareWorkspace(root, someWork(host, {}, named(identifier)))).rejects.toMatchObject({
      code: 'invalid_workspace_key',
    });
    expect(await readdir(root)).toEqual([]);
  });

  test('can use the longest key there may be', async () => {
    const root = await aPlace();

    const { path } = await prepareWorkspace(root, someWork(host, {}, named('x'.repeat(250))));

    expect(await readdir(path)).toEqual([]);
  });

  test('removes where it is recorded the workspace of an issue that has got another identifier since', async () => {
    const root = await aPlace();
    const { path } = await prepareWorkspace(root, someWork(host));
    const { id } = someWork(host).issue;

    await removeWorkspace(
      { root, recorded: path },
      someWork(host, {}, { issue: anIssue({ id, identifier: 'OPS-1' }) }),
    );

    expect(await readdir(root)).not.toContain('MT-1');
  });

  test('refuses a directory that its mark gives to another issue', async () => {
    const root = await aPlace();
    await prepareWorkspace(root, someWork(host));
    const mark = { v: 1, state: 'ready', issue_id: '7', identifier: 'mt-1' };
    await writeFile(join(root, '.symphony', 'MT-1.json'), JSON.stringify(mark));
    const work = someWork(host);

    await expect(prepareWorkspace(root, work)).rejects.toMatchObject({ code: 'workspace_unavailable' });
    await expect(removeWorkspace({ root, recorded: null }, work)).rejects.toThrow('belongs to issue mt-1');

    expect(await readdir(root)).toContain('MT-1');
  });
});

describe('the after_create hook', () => {
  test('runs only when the workspace is newly made', async () => {
    const root = await aPlace();
    const work = someWork(host, { afterCreate: 'echo ran >>log' });

    const { path } = await prepareWorkspace(root, work);
    await prepareWorkspace(root, work);

    expect(await readFile(join(path, 'log'), 'utf8')).toBe('ran\n');
    expect(work.reports.map(({ event }) => event)).toEqual(['started', 'completed']);
  });

  test('that fails surfaces its error, and leaves no directory for the next attempt', async () => {
    const root = await aPlace();
    const failing = someWork(host, { afterCreate: 'touch partial; echo no network >&2; exit 17' });

    await expect(prepareWorkspace(root, failing)).rejects.toMatchObject({
      code: 'workspace_hook_failed',
      message: 'hook after_create failed with status 17; "symphony logs MT-1" shows what it printed',
    });
    expect(await readdir(root)).toEqual(['.symphony']);
    expect(await readdir(join(root, '.symphony'))).toEqual(['MT-1.hold']);

    const { createdNow } = await prepareWorkspace(root, someWork(host, { afterCreate: 'test ! -e partial' }));
    expect(createdNow).toBe(true);
  });

  test('that is stopped with its run leaves no directory either', async () => {
    const root = await aPlace();
    const controller = new AbortController();
    const work = someWork(host, { afterCreate: 'sleep 1000' }, { signal: controller.signal });
    const onReport: typeof work.onReport = ({ event }) => {
      if (event === 'started') setImmediate(() => controller.abort(new Error('the run was stopped')));
    };

    await expect(prepareWorkspace(root, { ...work, onReport })).rejects.toThrow('the run was stopped');

    expect(await readdir(root)).toEqual(['.symphony']);
  });

  test('finds the workspace marked as building, and leaves it marked as ready', async () => {
    const root = await aPlace();

    const { path } = await prepareWorkspace(
      root,
      someWork(host, { afterCreate: 'cp "../.symphony/MT-1.json" seen' }),
    );

    const expected = { v: 1, state: 'building', issue_id: 'id of MT-1', identifier: 'MT-1' };
    expect(JSON.parse(await readFile(join(path, 'seen'), 'utf8'))).toEqual(expected);
    expect(await markOf(root, 'MT-1')).toEqual({ ...expected, state: 'ready' });
  });
});

describe('a run whose daemon was killed before its after_run had ended', () => {
  const HOOKS = {
    beforeRun: 'echo before_run >>../told',
    afterRun: 'echo after_run >>../told',
    beforeRemove: 'echo before_remove >>../told',
  };
  const told = async (root: string) => (await readFile(join(root, 'told'), 'utf8')).trim().split('\n');

  test('has it run before its workspace is removed', async () => {
    const root = await aPlace();
    await prepareWorkspace(root, someWork(host, HOOKS));

    await removeWorkspace({ root, recorded: null }, someWork(host, HOOKS));

    expect(await told(root)).toEqual(['after_run', 'before_remove']);
  });

  test('has it run before the next run begins there, once', async () => {
    const root = await aPlace();
    await prepareWorkspace(root, someWork(host, HOOKS));

    const next = await prepareWorkspace(root, someWork(host, HOOKS));
    expect(await told(root)).toEqual(['after_run']);
    await endRun(next, someWork(host, HOOKS));
    await prepareWorkspace(root, someWork(host));

    expect(await told(root)).toEqual(['after_run', 'after_run']);
  });

  test.each([
    ['has come to an end', HOOKS.afterRun],
    ['has failed', 'exit 1'],
  ])('owes none once it %s', async (_how, afterRun) => {
    const root = await aPlace();
    const work = someWork(host, { ...HOOKS, afterRun });
    const place = await prepareWorkspace(root, work);
    expect(await markOf(root, 'MT-1')).toMatchObject({ state: 'ready', owes_after_run: true });

    await endRun(place, work);

    expect(await markOf(root, 'MT-1')).toEqual(expect.not.objectContaining({ owes_after_run: true }));
  });

  test('still owes it when its host could not be reached for it', async () => {
    const root = await aPlace();
    const place = await prepareWorkspace(root, someWork(host, HOOKS));
    const lost = new SymphonyError('host_unreachable', 'the connection is lost');

    await endRun(place, someWork({ ...host, spawn: () => Promise.reject(lost) }, HOOKS));

    expect(await markOf(root, 'MT-1')).toMatchObject({ owes_after_run: true });
  });

  test('owes nothing where no after_run is configured', async () => {
    const root = await aPlace();

    await prepareWorkspace(root, someWork(host, { ...HOOKS, afterRun: ' ' }));

    expect(await markOf(root, 'MT-1')).toEqual(expect.not.objectContaining({ owes_after_run: true }));
  });
});

describe('removing a workspace', () => {
  test('runs before_remove in it, then removes directory and mark', async () => {
    const root = await aPlace();
    const { path } = await prepareWorkspace(
      root,
      someWork(host, { afterCreate: 'mkdir -p a/b; touch a/b/c' }),
    );
    const work = someWork(host, { beforeRemove: 'ls a/b >../seen' });

    await removeWorkspace({ root, recorded: path }, work);

    expect((await readdir(root)).sort()).toEqual(['.symphony', 'seen']);
    expect(await readFile(join(root, 'seen'), 'utf8')).toBe('c\n');
    expect(await readdir(join(root, '.symphony'))).toEqual([]);
  });

  test.each([
    { what: 'fails', script: 'exit 1', timeoutMs: 60_000, event: 'failed' },
    { what: 'times out', script: 'sleep 1000', timeoutMs: 50, event: 'timedOut' },
  ])('goes on when before_remove $what', async ({ script, timeoutMs, event }) => {
    const root = await aPlace();
    await prepareWorkspace(root, someWork(host));
    const work = someWork(host, { beforeRemove: script, timeoutMs });

    await removeWorkspace({ root, recorded: null }, work);

    expect(await readdir(root)).toEqual(['.symphony']);
    expect(work.reports.map((report) => report.event)).toEqual(['started', event]);
  });

  test('of one that is missing runs no hook and is fine', async () => {
    const root = await aPlace();
    const work = someWork(host, { beforeRemove: 'touch ../ran' });

    await removeWorkspace({ root, recorded: null }, work);
    await removeWorkspace({ root: join(root, 'missing'), recorded: null }, work);

    expect(work.reports).toEqual([]);
  });

  test('of one that was never finished runs no before_remove', async () => {
    const root = await aPlace();
    const stuck = { ...host, remove: () => Promise.reject(new Error('the disk is busy')) };
    const failing = someWork(stuck, { afterCreate: 'touch half; exit 1' });
    await expect(prepareWorkspace(root, failing)).rejects.toThrow('the disk is busy');
    const work = someWork(host, { beforeRemove: 'true' });

    await removeWorkspace({ root, recorded: join(root, 'MT-1') }, work);

    expect(work.reports).toEqual([]);
    expect(await readdir(root)).toEqual(['.symphony']);
  });

  test('follows the recorded path when the root has changed since', async () => {
    const [before, after] = [await aPlace(), await aPlace()];
    const { path } = await prepareWorkspace(before, someWork(host));
    await prepareWorkspace(after, someWork(host));

    await removeWorkspace({ root: after, recorded: path }, someWork(host));

    expect(await readdir(before)).toEqual(['.symphony']);
    expect(await readdir(after)).toEqual(['.symphony', 'MT-1']);
  });

  test.each(['relative/MT-1', '/', '/somewhere/..', '/somewhere/.symphony'])(
    'refuses the recorded path %s',
    async (recorded) => {
      await expect(removeWorkspace({ root: '/', recorded }, someWork(host))).rejects.toThrow(
        /lies outside|cannot name a workspace/,
      );
    },
  );

  test('does not follow links inside', async () => {
    const place = await aPlace();
    const root = join(place, 'root');
    await mkdir(join(place, 'kept'));
    await writeFile(join(place, 'kept', 'file'), '');
    await prepareWorkspace(root, someWork(host, { afterCreate: 'ln -s ../../kept link' }));

    await removeWorkspace({ root, recorded: null }, someWork(host));

    expect(await readdir(join(place, 'kept'))).toEqual(['file']);
  });

  test('marks the workspace as partial first, so that a crash halfway is not taken for a whole one', async () => {
    const root = await aPlace();
    const { path } = await prepareWorkspace(root, someWork(host, { afterCreate: 'touch a b' }));
    // The daemon dies in the middle: some files are gone, the rest is still there.
    const dying = {
      ...host,
      remove: (target: string) => rm(join(target, 'a')).then(() => Promise.reject('dead')),
    };
    await expect(removeWorkspace({ root, recorded: path }, someWork(dying))).rejects.toBe('dead');
    expect(await readdir(path)).toEqual(['b']);

    const { createdNow } = await prepareWorkspace(root, someWork(host, { afterCreate: 'touch a b' }));

    expect(createdNow).toBe(true);
    expect(await readdir(path)).toEqual(['a', 'b']);
  });
});

describe('the survey of a root', () => {
  test('finds every workspace, with its issue where a mark tells it', async () => {
    const root = await aPlace();
    await prepareWorkspace(root, someWork(host));
    await mkdir(join(root, 'by-hand'));
    await writeFile(join(root, 'file'), '');
    await symlink('by-hand', join(root, 'link'));

    expect(await surveyWorkspaces(host, root, false)).toEqual([
      { key: 'MT-1', path: join(root, 'MT-1'), issueId: 'id of MT-1', identifier: 'MT-1' },
      { key: 'by-hand', path: join(root, 'by-hand'), issueId: null, identifier: null },
    ]);
    expect(await surveyWorkspaces(host, join(root, 'missing'), false)).toEqual([]);
  });

  test('that holds more than workspaces finds those that a mark calls so', async () => {
    const root = await aPlace();
    await prepareWorkspace(root, someWork(host, {}, { isRootShared: true }));
    await mkdir(join(root, 'src'));

    expect(await surveyWorkspaces(host, root, true)).toMatchObject([{ key: 'MT-1' }]);
  });
});

describe('in a root that holds more than workspaces', () => {
  const shared = (hooks: Parameters<typeof someWork>[1] = {}) =>
    someWork(host, hooks, { isRootShared: true });

  test.each(['directory', 'file'])(
    'a %s that was there before its issue is neither used nor removed',
    async (what) => {
      const root = await aPlace();
      const theirs = join(root, 'MT-1');
      if (what === 'file') await writeFile(theirs, 'precious');
      else await mkdir(theirs);
      const work = shared({ afterCreate: 'touch made', beforeRemove: 'touch ../seen' });
      const refusal = {
        code: 'workspace_unavailable',
        message: expect.stringContaining(`${theirs} was there before its issue`),
      };

      await expect(prepareWorkspace(root, work)).rejects.toMatchObject(refusal);
      for (const recorded of [null, theirs])
        await expect(removeWorkspace({ root, recorded }, work)).rejects.toMatchObject(refusal);

      expect(work.reports).toEqual([]);
      expect((await readdir(root)).filter((name) => name !== '.symphony')).toEqual(['MT-1']);
    },
  );

  test('a workspace is made, reused and removed as elsewhere', async () => {
    const root = await aPlace();

    expect((await prepareWorkspace(root, shared())).createdNow).toBe(true);
    expect((await prepareWorkspace(root, shared())).createdNow).toBe(false);
    await removeWorkspace({ root, recorded: null }, shared());

    expect((await readdir(root)).filter((name) => name !== '.symphony')).toEqual([]);
  });
});
