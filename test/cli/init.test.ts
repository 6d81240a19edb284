import { execFileSync } from 'node:child_process';
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { uncommented } from '../helpers/commented-keys.js';
import { aDirectory, printed, startSymphony, symphony } from '../helpers/symphony.js';

// Goal: somebody who starts has a file that works within a minute, and loses none that was there.

const LOCAL = ['init', '--tracker', 'local'];

/** What the file says about itself once it is written. */
async function verdictOn(cwd: string, name = 'WORKFLOW.md') {
  const { exitCode, stdout } = await symphony(['validate', name], { cwd });
  return { exitCode, verdict: stdout.trimEnd().split('\n').at(-1) };
}

const VALID = { exitCode: 0, verdict: 'WORKFLOW.md is valid: 0 errors, 0 warnings' };

describe('symphony init', () => {
  test('prints its help', async () => {
    const { exitCode, stdout } = await symphony(['init', '--help']);

    expect(stdout).toBe(readFileSync('fixtures/cli/help-init.txt', 'utf8').trimEnd());
    expect(exitCode).toBe(0);
  });

  test('writes a valid file for a local board, and tells what comes next', async () => {
    const cwd = aDirectory();

    const { exitCode, stdout, stderr } = await symphony(LOCAL, { cwd });

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^Wrote WORKFLOW\.md\n {2}tracker {5}issues are the Markdown files in board\n/);
    expect(stdout).toContain('\n  workspaces  begin empty, unless hooks.after_create clones a repository\n');
    expect(stdout).toMatch(/symphony validate .*\n {2}symphony doctor .*\n {2}symphony {2,}starts/);
    expect(readdirSync(cwd)).toEqual(['WORKFLOW.md']);
    expect(await verdictOn(cwd)).toEqual(VALID);
  });

  test('shows only keys that there are, with values that are accepted', async () => {
    const cwd = aDirectory();
    await symphony([...LOCAL, '--repo', 'git@example.com:team/project.git', 'one.md'], { cwd });
    await symphony([...LOCAL, '--agent', 'scripted', 'two.md'], { cwd });
    const all = ['one.md', 'two.md'].map((name) => uncommented(readFileSync(join(cwd, name), 'utf8')));
    const elsewhere = aDirectory({ 'one.md': all[0] ?? '', 'two.md': all[1] ?? '' });

    expect(all[0]).toContain('\ncodex:\n');
    expect(all[0]).toContain('\n  approval_policy: never\n');
    expect(all[1]).toContain('\n  after_create: git clone');
    for (const name of ['one.md', 'two.md']) {
      const verdict = `${name} is valid: 0 errors, 0 warnings`;
      expect(await verdictOn(elsewhere, name)).toEqual({ exitCode: 0, verdict });
    }
  });

  test('takes board, repository and path from where it was typed', async () => {
    const cwd = aDirectory();
    mkdirSync(join(cwd, 'ops'));
    const args = ['--board', 'issues of ours', '--example', '--repo', './it’s "mine"', 'ops/flow.md'];

    const { exitCode, stdout } = await symphony([...LOCAL, ...args], { cwd });

    const text = readFileSync(join(cwd, 'ops/flow.md'), 'utf8');
    expect(text).toContain('    path: ../issues of ours\n');
    expect(text).toContain(`git clone --quiet -- '${cwd}/it’s "mine"' .`);
    expect(stdout).toContain('Wrote issues of ours/EXAMPLE-1.md\n');
    expect(stdout).toContain('  symphony validate ops/flow.md  ');
    expect(readdirSync(join(cwd, 'issues of ours'))).toEqual(['EXAMPLE-1.md']);
    expect(exitCode).toBe(0);
  });

  test('takes no file for a board, which the daemon could not start with', async () => {
    const cwd = aDirectory({ board: 'planks' });

    const { exitCode, stderr } = await symphony(LOCAL, { cwd });

    expect(stderr).toMatch(
      /^symphony: --board: .*\/board is a file; the board is a folder, .* \[usage_error\]$/,
    );
    expect(exitCode).toBe(1);
    expect(readdirSync(cwd)).toEqual(['board']);
  });

  test('says that the file cannot be written before it wants to know anything', async () => {
    const { exitCode, stderr } = await symphony(['init', 'nowhere/WORKFLOW.md']);

    expect(stderr).toMatch(/nowhere\/WORKFLOW\.md cannot be written .*; make the folder .*nowhere first/);
    expect(exitCode).toBe(1);
  });

  test('leaves an example issue that is there as it is', async () => {
    const cwd = aDirectory();
    await symphony([...LOCAL, '--example'], { cwd });

    const { exitCode, stdout } = await symphony([...LOCAL, '--example', 'other.md'], { cwd });

    expect(stdout).toContain('The example issue is there already\n');
    expect(exitCode).toBe(0);
  });
});

describe('a daemon on the written file', () => {
  /** A file for a board with the example issue and a repository with one commit. */
  async function aTeam() {
    const cwd = aDirectory();
    const git = (...args: string[]): string => execFileSync('git', args, { cwd, encoding: 'utf8' });
    git('init', '--quiet', '--bare', '--initial-branch=main', 'origin.git');
    git('clone', '--quiet', 'origin.git', 'seed');
    const author = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
    git('-C', 'seed', ...author, 'commit', '--quiet', '--allow-empty', '--message', 'Begin');
    git('-C', 'seed', 'push', '--quiet', 'origin', 'HEAD:main');
    const home = join(cwd, 'home');
    const env = { HOME: home, SYMPHONY_SCRIPTED_SECONDS: '0' };
    mkdirSync(home);
    await symphony([...LOCAL, '--agent', 'scripted', '--example', '--repo', './origin.git'], { cwd, env });
    const issue = (): string => readFileSync(join(cwd, 'board/EXAMPLE-1.md'), 'utf8');
    return { cwd, env, home, git, issue };
  }

  test('does the example issue and pushes what it did', async () => {
    const { cwd, env, git, issue } = await aTeam();

    const { exitCode, stdout, stderr } = await symphony(['--until-idle'], { cwd, env });

    expect(stdout + stderr).toContain('1 issue finished');
    expect(exitCode).toBe(0);
    expect(issue()).toContain('state: Done');
    expect(git('-C', 'origin.git', 'log', '--format=%an', 'main..symphony/EXAMPLE-1').trim()).toBe(
      'Scripted Agent',
    );
    expect(git('-C', 'origin.git', 'branch', '--format=%(refname:short)').trim().split('\n')).toEqual([
      'main',
      'symphony/EXAMPLE-1',
    ]);
  });

  test('has nobody work where pushing is refused, since the work would go with its workspace', async () => {
    const { cwd, env, home, issue } = await aTeam();
    writeFileSync(join(home, '.gitconfig'), `[url "/nowhere/"]\n\tpushInsteadOf = ${realpathSync(cwd)}/\n`);

    const child = startSymphony([], { cwd, env });
    const failed = await printed(child, /hook failed .*\n/, 'stderr');

    expect(failed).toMatch(/hook=before_run .*\/nowhere\/origin\.git/);
    expect(issue()).toContain('state: Todo');
  });

  test('works in a repository that has no commit yet', async () => {
    const { cwd, env, git, issue } = await aTeam();
    git('-C', 'origin.git', 'update-ref', '-d', 'refs/heads/main');

    const { exitCode } = await symphony(['--until-idle'], { cwd, env });

    expect(exitCode).toBe(0);
    expect(issue()).toContain('state: Done');
    expect(git('-C', 'origin.git', 'log', '--format=%an', 'symphony/EXAMPLE-1').trim()).toBe(
      'Scripted Agent',
    );
  });
});

describe('a file that is there', () => {
  test('is left as it is', async () => {
    const cwd = aDirectory({ 'WORKFLOW.md': 'mine' });

    const { exitCode, stdout, stderr } = await symphony([...LOCAL, '--example'], { cwd });

    expect(stderr).toMatch(/^symphony: .*WORKFLOW\.md is there already .*another path.* \[usage_error\]$/);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(readFileSync(join(cwd, 'WORKFLOW.md'), 'utf8')).toBe('mine');
    expect(readdirSync(cwd)).toEqual(['WORKFLOW.md']);
  });

  test('is one too when it is a link to nothing, which is not written through', async () => {
    const cwd = aDirectory();
    symlinkSync('elsewhere.md', join(cwd, 'WORKFLOW.md'));

    const { exitCode, stderr } = await symphony(LOCAL, { cwd });

    expect(stderr).toContain('is there already');
    expect(exitCode).toBe(1);
    expect(lstatSync(join(cwd, 'WORKFLOW.md')).isSymbolicLink()).toBe(true);
    expect(readdirSync(cwd)).toEqual(['WORKFLOW.md']);
  });

  test.each([
    ['a folder', 'there', /there is a folder; .*there\/WORKFLOW\.md \[usage_error\]$/],
    [
      'in a folder that is not there',
      'nowhere/WORKFLOW.md',
      /make the folder .*nowhere first \[usage_error\]$/,
    ],
  ])('cannot be %s', async (_, path, message) => {
    const cwd = aDirectory();
    mkdirSync(join(cwd, 'there'));

    const { exitCode, stderr } = await symphony([...LOCAL, path], { cwd });

    expect(stderr).toMatch(message);
    expect(exitCode).toBe(1);
    expect(readdirSync(cwd, { recursive: true })).toEqual(['there']);
  });
});

describe('without a terminal', () => {
  test.each([
    ['no tracker', [], /^symphony: --tracker is missing: local or linear\..* \[usage_error\]$/],
    ['no project', ['--tracker', 'linear'], /^symphony: --project is missing: .* \[usage_error\]$/],
    [
      'a tracker that is none',
      ['--tracker', 'jira'],
      /Allowed choices are local, linear;.* \[usage_error\]$/,
    ],
    ['an agent that is none', ['--agent', 'gpt'], /Allowed choices are codex, scripted;.* \[usage_error\]$/],
    [
      'a name that is none',
      ['--api-key-env', 'lin_api_1-2'],
      /name of an environment variable.* \[usage_error\]$/,
    ],
    [
      'flags of two trackers',
      ['--board', 'b', '--project', 'p'],
      /^symphony: --project belongs to --tracker linear/,
    ],
    [
      'a flag of the other tracker',
      ['--tracker', 'linear', '--example'],
      /^symphony: --example belongs to --tracker local/,
    ],
    [
      'the board beside the file',
      ['--board', '.'],
      /^symphony: --board: the board needs a folder of its own/,
    ],
    [
      'a board that cannot be told',
      ['--board', '$NOT_SET'],
      /^symphony: --board: .*NOT_SET.* \[usage_error\]$/,
    ],
    [
      'a password',
      ['--board', 'b', '--repo', 'https://ada:secret@example.com/x'],
      /^symphony: --repo: it holds a password/,
    ],
    [
      'a token',
      ['--board', 'b', '--repo', `https://ghp_${'x'.repeat(36)}@example.com/x`],
      /^symphony: --repo: it holds a password or a token/,
    ],
    [
      'an option of git',
      ['--board', 'b', '--repo=--upload-pack=x'],
      /^symphony: --repo: it begins with a dash/,
    ],
  ])('%s is an error that names the flag, and nothing is written', async (_, args, message) => {
    const cwd = aDirectory();

    const { exitCode, stdout, stderr } = await symphony(['init', ...args], { cwd });

    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/secret@|ghp_/);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(readdirSync(cwd)).toEqual([]);
  });

  test('the flags of a tracker say which one is meant', async () => {
    const cwd = aDirectory();

    const { exitCode } = await symphony(['init', '--board', 'issues'], { cwd });

    expect(exitCode).toBe(0);
    expect(readFileSync(join(cwd, 'WORKFLOW.md'), 'utf8')).toContain('path: issues\n');
  });
});
