import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { hookEnvironment, runHook } from '../../src/workspaces/hooks.js';
import { ignoringHookFailure } from '../../src/workspaces/workspaces.js';
import { anIssue } from '../helpers/build.js';
import { needs } from '../helpers/needs.js';
import { alive, aPlace, HARD_TREE, HARD_TREE_SIZE } from '../helpers/processes.js';
import { VirtualClock } from '../helpers/virtual-clock.js';
import { aHost, someWork } from '../helpers/workspace-work.js';

const host = aHost();

/** Waits until a file has this many lines; the hook that writes them has no other way to say so. */
async function linesIn(file: string, count: number): Promise<string[]> {
  for (;;) {
    const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n').slice(0, -1);
    if (lines.length >= count) return lines;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe('a hook', () => {
  test('runs as one bash script in the workspace', async () => {
    const workspacePath = await aPlace();
    const beforeRun = [
      'set -euo pipefail',
      'words=(first second)',
      'cat >file <<END',
      '$(pwd -P) $words',
      'END',
    ].join('\n');

    await runHook('before_run', { ...someWork(host, { beforeRun }), workspacePath });

    expect(await readFile(join(workspacePath, 'file'), 'utf8')).toBe(`${workspacePath} first\n`);
  });

  test('may be written with the line ends of Windows', async () => {
    const workspacePath = await aPlace();
    const beforeRun = 'if true; then\r\n  cat >file <<END\r\ntext\r\nEND\r\nfi\r\n';

    await runHook('before_run', { ...someWork(host, { beforeRun }), workspacePath });

    expect(await readFile(join(workspacePath, 'file'), 'utf8')).toBe('text\n');
  });

  test('may be long, and has nothing on its stdin', async () => {
    const workspacePath = await aPlace();
    const beforeRun = `: '${'x'.repeat(300_000)}'\ncat >stdin; echo done >>stdin`;

    await runHook('before_run', { ...someWork(host, { beforeRun }), workspacePath });

    expect(await readFile(join(workspacePath, 'stdin'), 'utf8')).toBe('done\n');
  });

  test('is told of its issue, and not of the tracker secrets, not even by the login profile', async () => {
    const workspacePath = await aPlace();
    const home = await aPlace();
    await writeFile(join(home, '.bash_profile'), 'export TRACKER_KEY=again PROFILE_READ=yes\n');
    const issue = anIssue({ identifier: 'MT-1', title: 'Über "all"; $(rm -rf .)', branchName: 'feature/x' });
    const hostWithProfile = aHost({ HOME: home, TRACKER_KEY: 'secret' });
    const script = 'env >environment';
    const fields = { issue, attempt: 2, withoutEnv: ['TRACKER_KEY'] };

    await runHook('before_run', {
      ...someWork(hostWithProfile, { beforeRun: script }, fields),
      workspacePath,
    });

    const environment = await readFile(join(workspacePath, 'environment'), 'utf8');
    expect(environment).toContain('PROFILE_READ=yes\n');
    expect(environment).not.toContain('TRACKER_KEY');
    expect(
      environment
        .split('\n')
        .filter((line) => /^SYMPHONY_(?!MARKER)/.test(line))
        .sort(),
    ).toEqual([
      'SYMPHONY_ATTEMPT=2',
      'SYMPHONY_ISSUE_BRANCH=feature/x',
      'SYMPHONY_ISSUE_ID=id of MT-1',
      'SYMPHONY_ISSUE_IDENTIFIER=MT-1',
      'SYMPHONY_ISSUE_STATE=Todo',
      'SYMPHONY_ISSUE_TITLE=Über "all"; $(rm -rf .)',
      'SYMPHONY_ISSUE_URL=',
      `SYMPHONY_WORKSPACE=${workspacePath}`,
    ]);
  });

  test('starts whatever the title of its issue is', async () => {
    const workspacePath = await aPlace();
    const issue = anIssue({ title: `${'long '.repeat(100_000)}\0` });

    await runHook('before_run', { ...someWork(host, { beforeRun: 'true' }, { issue }), workspacePath });

    expect(hookEnvironment(anIssue({ title: 'a\0b' }), '/w', null)).toMatchObject({
      SYMPHONY_ISSUE_TITLE: 'ab',
      SYMPHONY_ATTEMPT: '',
    });
  });

  test('that is not configured does nothing', async () => {
    const work = someWork(host, { beforeRun: ' \n' });

    await runHook('before_run', { ...work, workspacePath: '/missing' });
    await runHook('after_run', { ...work, workspacePath: '/missing' });

    expect(work.reports).toEqual([]);
  });

  test('reports its start and its end, with its duration', async () => {
    const workspacePath = await aPlace();
    const clock = new VirtualClock();
    const work = someWork(host, { afterRun: 'echo said' }, { clock });

    await runHook('after_run', { ...work, workspacePath });

    const report = { hook: 'after_run', issue: work.issue, workspacePath, durationMs: 0, output: '' };
    expect(work.reports).toEqual([
      { ...report, event: 'started', status: null },
      { ...report, event: 'completed', status: 0 },
    ]);
  });

  test('whose workspace has gone reports that it failed', async () => {
    const workspacePath = join(await aPlace(), 'gone');
    const work = someWork(host, { afterRun: 'true' });

    await ignoringHookFailure(runHook('after_run', { ...work, workspacePath }));

    expect(work.reports.at(-1)).toMatchObject({
      event: 'failed',
      output: expect.stringContaining(workspacePath),
    });
  });
});

describe('a hook that fails', () => {
  test('tells its status, and reports the beginning and end of its output, without control bytes', async () => {
    const workspacePath = await aPlace();
    const beforeRun = [
      `printf '\\033[31mfirst\\033[0m\\007\\n'`,
      'head -c 500000 /dev/zero | tr "\\0" x',
      'echo last >&2',
      'exit 9',
    ].join('\n');
    const work = someWork(host, { beforeRun });

    const failure = runHook('before_run', { ...work, workspacePath });

    await expect(failure).rejects.toMatchObject({
      code: 'workspace_hook_failed',
      message: 'hook before_run failed with status 9; "symphony logs MT-1" shows what it printed',
    });
    const { event, status, output = '' } = work.reports.at(-1) ?? {};
    expect({ event, status }).toEqual({ event: 'failed', status: 9 });
    expect(output).toMatch(/^first x+ … \d+ bytes left out … x+last$/);
    expect(output.length).toBeLessThan(2_200);
  });

  test('reports a short output whole, characters of several bytes included', async () => {
    const workspacePath = await aPlace();
    const said = 'ä'.repeat(700);
    const work = someWork(host, { beforeRun: `echo x${said}; false` });

    await expect(runHook('before_run', { ...work, workspacePath })).rejects.toThrow('failed with status 1');
    expect(work.reports.at(-1)?.output).toBe(`x${said}`);
  });

  test('without a word says so', async () => {
    const work = someWork(host, { beforeRun: 'exit 4' });

    await expect(runHook('before_run', { ...work, workspacePath: await aPlace() })).rejects.toThrow(
      'hook before_run failed with status 4 and printed nothing',
    );
  });

  test('by a signal tells which', async () => {
    const workspacePath = await aPlace();

    await expect(
      runHook('before_run', { ...someWork(host, { beforeRun: 'kill -9 $$' }), workspacePath }),
    ).rejects.toThrow('hook before_run was ended by SIGKILL');
  });

  test('is ignored after a run and before a removal', async () => {
    const workspacePath = await aPlace();
    const work = someWork(host, { afterRun: 'exit 1' });

    await ignoringHookFailure(runHook('after_run', { ...work, workspacePath }));

    expect(work.reports.map(({ event }) => event)).toEqual(['started', 'failed']);
  });
});

describe('a hook that takes too long', () => {
  test('fails at its timeout, when nothing of it is left', async (context) => {
    needs(context, 'setsid');
    const place = await aPlace();
    const workspacePath = join(place, 'workspace');
    await mkdir(workspacePath);
    const clock = new VirtualClock();
    const beforeRun = `exec >../numbers\n${HARD_TREE}`;
    const work = someWork(host, { beforeRun, timeoutMs: 60_000 }, { clock });
    const failure = runHook('before_run', { ...work, workspacePath }).catch((error: unknown) => error);
    const tree = (await linesIn(join(place, 'numbers'), HARD_TREE_SIZE)).map(Number);

    await clock.advance(59_999);
    expect(alive(tree)).toHaveLength(HARD_TREE_SIZE);
    await clock.advance(1);

    expect(await failure).toMatchObject({
      code: 'workspace_hook_timeout',
      message: expect.stringContaining('hook before_run did not end within 60000 ms'),
    });
    expect(alive(tree)).toEqual([]);
    expect(work.reports.at(-1)).toMatchObject({ event: 'timedOut', durationMs: 60_000 });
    expect(clock.pending).toBe(0);
  });

  test('is ended at once when its run is stopped', async () => {
    const workspacePath = await aPlace();
    const controller = new AbortController();
    const work = someWork(host, { beforeRun: 'echo $$ >number; sleep 1000' }, { signal: controller.signal });
    const failure = runHook('before_run', { ...work, workspacePath }).catch((error: unknown) => error);
    const [pid] = await linesIn(join(workspacePath, 'number'), 1);
    const reason = new Error('the run was stopped');

    controller.abort(reason);

    expect(await failure).toBe(reason);
    expect(alive([Number(pid)])).toEqual([]);
    expect(work.reports.map(({ event }) => event)).toEqual(['started', 'stopped']);
  });

  test('is not begun when its run was stopped before', async () => {
    const work = someWork(host, { beforeRun: 'true' }, { signal: AbortSignal.abort(new Error('stopped')) });

    await expect(runHook('before_run', { ...work, workspacePath: '/missing' })).rejects.toThrow('stopped');
    expect(work.reports).toEqual([]);
  });
});
