import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runHook } from '../../src/workspaces/hooks.js';
import { ignoringHookFailure, prepareWorkspace, removeWorkspace } from '../../src/workspaces/workspaces.js';
import { anIssue } from '../helpers/build.js';
import { alive, aPlace } from '../helpers/processes.js';
import { VirtualClock } from '../helpers/virtual-clock.js';
import { aHost, someWork } from '../helpers/workspace-work.js';

// Goal: SPEC 17.2 bullet by bullet, in its words; details are in the files beside this one. That the agent is launched
// in the workspace and nowhere else is tested with the agents, the order of hooks in a run with the engine.

const host = aHost();

const named = (identifier: string) => ({ issue: anIssue({ identifier }) });

/** Moves time on to the timeout of a hook, once the hook has written its number to a file; nothing else tells of it. */
async function timeOut(clock: VirtualClock, numberFile: string): Promise<number> {
  let text = '';
  while (!text.endsWith('\n')) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    text = await readFile(numberFile, 'utf8').catch(() => '');
  }
  await clock.advance(60_000);
  return Number(text);
}

describe('the path of a workspace', () => {
  test('deterministic workspace path per issue identifier', async () => {
    const root = await aPlace();

    const made = await prepareWorkspace(root, someWork(host, {}, named('team/a 1')));
    const again = await prepareWorkspace(root, someWork(host, {}, named('team/a 1')));

    expect([made.path, again.path]).toEqual(Array(2).fill(join(root, 'team_a_1--a4251352b2569312')));
  });

  test('identifiers unchanged by sanitization keep their deterministic workspace key', async () => {
    const root = await aPlace();

    for (const identifier of ['MT-1', 'a.b_c-D9', '-', '...', '_']) {
      expect((await prepareWorkspace(root, someWork(host, {}, named(identifier)))).key).toBe(identifier);
    }
  });

  test('distinct identifiers that sanitize to the same text have distinct keys', async () => {
    const root = await aPlace();
    const identifiers = ['a/b', 'a b', 'a:b', 'a_b', 'a\u00e4b', 'a\ud83c\udfbbb', 'a\nb', 'a\\b'];

    const made = await Promise.all(
      identifiers.map((identifier) => prepareWorkspace(root, someWork(host, {}, named(identifier)))),
    );

    const keys = made.map(({ key }) => key);
    expect(new Set(keys).size).toBe(identifiers.length);
    expect(keys.filter((key) => !/^a_b(--[0-9a-f]{16})?$/.test(key))).toEqual([]);
    expect(made.filter(({ createdNow }) => !createdNow)).toEqual([]);
  });

  test('root containment invariants are enforced, before any hook', async () => {
    const place = await aPlace();
    const root = join(place, 'root');
    await mkdir(root);
    await symlink('..', join(root, 'MT-1'));

    for (const identifier of ['MT-1', '.', '..', '.symphony']) {
      const work = someWork(host, { afterCreate: 'touch ran' }, named(identifier));
      await expect(prepareWorkspace(root, work)).rejects.toMatchObject({
        code: expect.stringMatching(/^(workspace_outside_root|invalid_workspace_key)$/),
      });
      expect(work.reports).toEqual([]);
    }
    for (const identifier of ['../up', '/etc', 'a/../../b', 'a\0b']) {
      const { path } = await prepareWorkspace(root, someWork(host, {}, named(identifier)));
      expect(path).toMatch(new RegExp(`^${root}/[^/]+--[0-9a-f]{16}$`));
    }
    expect(await readdir(place)).toEqual(['root']);
  });
});

describe('the directory of a workspace', () => {
  test('missing workspace directory is created', async () => {
    const root = await aPlace();

    const { path, createdNow } = await prepareWorkspace(root, someWork(host));

    expect({ createdNow, kind: await host.kindOf(path) }).toEqual({ createdNow: true, kind: 'directory' });
  });

  test('existing workspace directory is reused', async () => {
    const root = await aPlace();
    const { path } = await prepareWorkspace(root, someWork(host));
    await writeFile(join(path, 'work'), 'kept');

    const { createdNow } = await prepareWorkspace(root, someWork(host));

    expect(createdNow).toBe(false);
    expect(await readFile(join(path, 'work'), 'utf8')).toBe('kept');
  });

  test('existing non-directory path at workspace location is handled safely: it is replaced', async () => {
    const root = await aPlace();
    await writeFile(join(root, 'MT-1'), '');

    const { path } = await prepareWorkspace(root, someWork(host));

    expect(await host.kindOf(path)).toBe('directory');
  });

  test('one with a mark that cannot be read is reused untouched', async () => {
    const root = await aPlace();
    const { path } = await prepareWorkspace(root, someWork(host));
    await writeFile(join(path, 'work'), 'kept');

    for (const mark of ['', '{"v":1,"state":"buil', '[]', '{"v":2,"state":"building"}']) {
      await writeFile(join(root, '.symphony', 'MT-1.json'), mark);
      await prepareWorkspace(root, someWork(host, { afterCreate: 'rm work' }));
    }

    expect(await readFile(join(path, 'work'), 'utf8')).toBe('kept');
  });

  test('thirty issues get theirs at once in a root that is not there yet', async () => {
    const root = join(await aPlace(), 'root');
    const identifiers = Array.from({ length: 30 }, (_, index) => `MT-${index + 10}`);

    await Promise.all(
      identifiers.map((identifier) => prepareWorkspace(root, someWork(host, {}, named(identifier)))),
    );

    expect(await readdir(root)).toEqual(['.symphony', ...identifiers]);
    expect((await readdir(join(root, '.symphony'))).filter((name) => name.endsWith('.json'))).toEqual(
      identifiers.map((name) => `${name}.json`),
    );
  });
});

describe('hooks', () => {
  test('workspace population/synchronization errors are surfaced', async () => {
    const root = await aPlace();
    const work = someWork(host, { afterCreate: 'git clone "$PWD/no-such-repository" .' });

    await expect(prepareWorkspace(root, work)).rejects.toMatchObject({ code: 'workspace_hook_failed' });
    expect(work.reports.at(-1)).toMatchObject({
      event: 'failed',
      output: expect.stringContaining('no-such-repository'),
    });
  });

  test('after_create hook runs only on new workspace creation', async () => {
    const root = await aPlace();
    const work = someWork(host, { afterCreate: 'echo ran >>../log' });

    await prepareWorkspace(root, work);
    await prepareWorkspace(root, work);
    await removeWorkspace({ root, recorded: null }, work);
    await prepareWorkspace(root, work);

    expect(await readFile(join(root, 'log'), 'utf8')).toBe('ran\nran\n');
  });

  test('after_create timeout is fatal to workspace creation, and leaves neither directory nor process', async () => {
    const root = await aPlace();
    const clock = new VirtualClock();
    const work = someWork(host, { afterCreate: "trap '' TERM; echo $$ >../number; sleep 1000" }, { clock });
    const failure = prepareWorkspace(root, work).catch((error: unknown) => error);

    const pid = await timeOut(clock, join(root, 'number'));

    expect(await failure).toMatchObject({ code: 'workspace_hook_timeout' });
    expect(alive([pid])).toEqual([]);
    expect(await readdir(root)).toEqual(['.symphony', 'number']);
  });

  test('before_run failure/timeouts abort the current attempt, and keep the workspace', async () => {
    const root = await aPlace();
    const clock = new VirtualClock();
    const { path } = await prepareWorkspace(root, someWork(host));
    const failing = someWork(host, { beforeRun: 'touch kept; exit 17' });
    const hanging = someWork(host, { beforeRun: 'echo $$ >number; sleep 1000' }, { clock });

    await expect(runHook('before_run', { ...failing, workspacePath: path })).rejects.toMatchObject({
      code: 'workspace_hook_failed',
    });
    const failure = runHook('before_run', { ...hanging, workspacePath: path }).catch(
      (error: unknown) => error,
    );
    const pid = await timeOut(clock, join(path, 'number'));

    expect(await failure).toMatchObject({ code: 'workspace_hook_timeout' });
    expect(alive([pid])).toEqual([]);
    expect((await readdir(path)).sort()).toEqual(['kept', 'number']);
    expect((await prepareWorkspace(root, someWork(host))).createdNow).toBe(false);
  });

  test('after_run failure/timeouts are logged and ignored', async () => {
    const workspacePath = await aPlace();
    const clock = new VirtualClock();
    const failing = someWork(host, { afterRun: 'exit 1' });
    const hanging = someWork(host, { afterRun: 'echo $$ >number; sleep 1000' }, { clock });

    await ignoringHookFailure(runHook('after_run', { ...failing, workspacePath }));
    const ending = ignoringHookFailure(runHook('after_run', { ...hanging, workspacePath }));
    const pid = await timeOut(clock, join(workspacePath, 'number'));
    await ending;

    expect(failing.reports.map(({ event }) => event)).toEqual(['started', 'failed']);
    expect(hanging.reports.map(({ event }) => event)).toEqual(['started', 'timedOut']);
    expect(alive([pid])).toEqual([]);
  });

  test('before_remove hook runs on cleanup and failures/timeouts are ignored', async () => {
    const root = await aPlace();
    const clock = new VirtualClock();
    await prepareWorkspace(root, someWork(host));
    const work = someWork(host, { beforeRemove: "trap '' TERM; echo $$ >../number; sleep 1000" }, { clock });

    const removing = removeWorkspace({ root, recorded: null }, work);
    const pid = await timeOut(clock, join(root, 'number'));
    await removing;

    expect(work.reports.map(({ event }) => event)).toEqual(['started', 'timedOut']);
    expect(alive([pid])).toEqual([]);
    expect(await readdir(root)).toEqual(['.symphony', 'number']);
  });
});
