import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cloneHooks } from '../../../src/commands/init/repository.js';
import { aDirectory } from '../../helpers/symphony.js';

// Goal: what an agent leaves in its clone is pushed, and not run with the rights of whoever runs the daemon.

/** Every hook that git has for what the written hooks do. */
const GIT_HOOKS = ['post-checkout', 'pre-push', 'reference-transaction', 'post-index-change'];

/** A clone in which an agent has been at work: a commit on its branch, and programs where git looks for some. */
function aWorkspace() {
  const folder = aDirectory();
  const origin = join(folder, 'origin.git');
  const workspace = join(folder, 'ENG-1');
  mkdirSync(workspace);
  const home = join(folder, 'home');
  mkdirSync(home);
  const env = { PATH: process.env['PATH'], HOME: home, SYMPHONY_WORKSPACE: workspace };
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: workspace, env, encoding: 'utf8', stdio: 'pipe' }).trim();
  const bash = (script: string): string =>
    execFileSync('bash', ['-c', script], { cwd: workspace, env, encoding: 'utf8', stdio: 'pipe' });
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', origin], { env });
  const hooks = cloneHooks(origin);
  bash(hooks.afterCreate);
  bash(hooks.beforeRun);
  const author = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.com'];
  git(...author, 'commit', '--quiet', '--allow-empty', '--message', 'Work');
  const ran = join(folder, 'ran');
  const program = `#!/bin/sh\necho "$0" >>'${ran}'\n`;
  const monitor = join(folder, 'monitor');
  for (const path of [monitor, ...GIT_HOOKS.map((name) => join(workspace, '.git/hooks', name))]) {
    writeFileSync(path, program);
    chmodSync(path, 0o755);
  }
  git('config', 'core.fsmonitor', monitor);
  return { hooks, bash, git, origin, wasRun: () => existsSync(ran) };
}

describe('the hooks of a clone', () => {
  test('push what was committed and run none of the programs that the agent put into .git', () => {
    const { hooks, bash, git, origin, wasRun } = aWorkspace();

    bash(hooks.afterRun);
    bash(hooks.beforeRun);

    expect(git('-C', origin, 'log', '--format=%an', 'symphony/ENG-1')).toBe('Ada');
    expect(wasRun()).toBe(false);
  });

  test('go back to the branch of the issue without running any of them either', () => {
    const { hooks, bash, git, wasRun } = aWorkspace();
    git(
      '-c',
      'core.hooksPath=/dev/null',
      '-c',
      'core.fsmonitor=false',
      'switch',
      '--quiet',
      '--create',
      'other',
    );

    bash(hooks.beforeRun);

    expect(wasRun()).toBe(false);
    expect(git('symbolic-ref', '--short', 'HEAD')).toBe('symphony/ENG-1');
  });
});
