import { execFileSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { commit, editFile } from '../../src/agents/scripted/repository.js';
import { inertGit } from '../../src/files/inert-git.js';
import { needs } from '../helpers/needs.js';

/** A repository that configures a program of its own wherever git would run one, and what these have left behind. */
async function aPlantedRepository(): Promise<{
  readonly directory: string;
  readonly git: (...args: readonly string[]) => string;
  readonly executed: () => Promise<string[]>;
}> {
  const place = await realpath(await mkdtemp(join(tmpdir(), 'symphony-git-')));
  onTestFinished(() => rm(place, { recursive: true, force: true }));
  const [directory, marks, programs] = ['work', 'marks', 'programs'].map((name) => join(place, name)) as [
    string,
    string,
    string,
  ];
  for (const each of [directory, marks, programs]) await mkdir(each);
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', directory, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const program = async (name: string, path = join(programs, name)): Promise<string> => {
    await writeFile(path, `#!/bin/sh\ntouch '${marks}/${name}'\ncat\n`);
    await chmod(path, 0o755);
    return path;
  };
  git('init', '--quiet');
  for (const [key, value] of [
    ['user.name', 'A'],
    ['user.email', 'a@example.invalid'],
    ['core.fsmonitor', await program('fsmonitor')],
    ['core.pager', await program('pager')],
    ['core.editor', await program('editor')],
    ['core.sshCommand', await program('ssh')],
    ['diff.external', await program('external-diff')],
    ['diff.planted.command', await program('diff-command')],
    ['diff.planted.textconv', await program('textconv')],
    ['filter.planted.clean', await program('clean')],
    ['filter.planted.smudge', await program('smudge')],
    ['filter.planted.required', 'true'],
    ['filter.other.process', await program('process')],
    ['gpg.program', await program('gpg')],
    ['commit.gpgSign', 'true'],
    ['log.showSignature', 'true'],
    ['remote.origin.url', 'ext::sh -c true'],
    ['protocol.ext.allow', 'always'],
  ] as const) {
    git('config', key, value);
  }
  const hooks = ['pre-commit', 'prepare-commit-msg', 'commit-msg', 'post-commit', 'post-index-change'];
  for (const hook of [...hooks, 'reference-transaction', 'post-checkout']) {
    await program(hook, join(directory, '.git/hooks', hook));
  }
  await writeFile(join(directory, '.gitattributes'), '* filter=planted diff=planted\nother filter=other\n');
  return { directory, git, executed: async () => (await readdir(marks)).sort() };
}

describe('git that Symphony runs', () => {
  test('executes nothing that the repository configures', async (context) => {
    needs(context, 'git');
    const { directory, executed } = await aPlantedRepository();
    await writeFile(join(directory, 'file'), 'one\n');

    await inertGit(directory, ['add', '--all']);
    await inertGit(directory, ['commit', '--quiet', '--message', 'First']);
    await writeFile(join(directory, 'file'), 'two\n');
    expect(await inertGit(directory, ['status', '--porcelain'])).toBe(' M file\n');
    expect(await inertGit(directory, ['diff'])).toContain('+two');
    expect(await inertGit(directory, ['log', '-p', '--format=%s'])).toContain('First');
    await inertGit(directory, ['checkout', '--quiet', '--', 'file']);
    await expect(inertGit(directory, ['fetch', 'origin'])).rejects.toThrow('not allowed');

    expect(await executed()).toEqual([]);
  });

  test('would be noticed by these plants otherwise', async (context) => {
    needs(context, 'git');
    const { directory, git, executed } = await aPlantedRepository();
    git('config', 'commit.gpgSign', 'false');
    await writeFile(join(directory, 'file'), 'one\n');

    git('add', '--all');
    git('commit', '--quiet', '--message', 'First');
    await writeFile(join(directory, 'file'), 'two\n');
    git('diff');

    expect(await executed()).toEqual(
      expect.arrayContaining(['clean', 'diff-command', 'fsmonitor', 'post-commit', 'pre-commit']),
    );
  });

  test('is not run where a driver has a name that could not be overridden', async (context) => {
    needs(context, 'git');
    const { directory, git, executed } = await aPlantedRepository();
    git('config', 'filter.a=b.clean', 'true');

    await expect(inertGit(directory, ['status'])).rejects.toThrow('filter.a=b.clean');
    expect((await executed()).filter((name) => name !== 'fsmonitor')).toEqual([]);
  });

  test('commits the work of the scripted agent', async (context) => {
    needs(context, 'git');
    const { directory, git, executed } = await aPlantedRepository();
    await editFile(directory, 'work');

    expect(await commit(directory, 'Work')).toMatchObject({
      exitCode: 0,
      output: expect.stringContaining('Work'),
    });

    expect(await executed()).toEqual([]);
    expect(git('-c', 'log.showSignature=false', 'log', '--format=%s by %an').trim()).toBe(
      'Work by Scripted Agent',
    );
  });
});
