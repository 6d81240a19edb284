import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, type TestContext, test } from 'vitest';
import { needs } from '../helpers/needs.js';
import { aDirectory, symphony } from '../helpers/symphony.js';
import { inTerminal, type TerminalSession } from '../helpers/terminal-session.js';

// Goal: at a terminal, somebody who knows nothing gets a file that works by answering a few questions.

function start(context: TestContext, cwd: string, args: readonly string[] = []): TerminalSession {
  return inTerminal(context, { args: [resolve('dist/cli.js'), 'init', ...args], cwd, env: {} });
}

test('asks for what no option says, and takes what stands in brackets for an empty answer', async (context) => {
  needs(context, 'tmux', 'git');
  const cwd = aDirectory();
  execFileSync('git', ['init', '--quiet'], { cwd });
  execFileSync('git', ['remote', 'add', 'origin', 'git@example.com:team/project.git'], { cwd });
  const terminal = start(context, cwd);

  await terminal.shows('Tracker [local]:');
  terminal.answer('jira');
  await terminal.shows('nothing in the list is called "jira"');
  terminal.answer('');
  await terminal.shows('Folder of the board [board]:');
  terminal.answer('.');
  await terminal.shows('a folder of its own');
  terminal.answer('');
  await terminal.shows('Put an example issue on it (yes or no) [yes]:');
  terminal.answer('');
  await terminal.shows('Agent [codex]:');
  terminal.answer('2');
  await terminal.shows('clones, or none [git@example.com:team/project.git]:');
  terminal.answer('');
  await terminal.shows('exit=0');

  expect(terminal.screen()).toContain(
    '  agent       scripted\n  workspaces  clones of git@example.com:team/project.git\n',
  );
  expect(readdirSync(cwd).sort()).toEqual(['.git', 'WORKFLOW.md', 'board']);
  expect(readdirSync(join(cwd, 'board'))).toEqual(['EXAMPLE-1.md']);
  expect((await symphony(['validate'], { cwd })).stdout).toMatch(
    /WORKFLOW\.md is valid: 0 errors, 0 warnings$/,
  );
});

test('asks nothing that an option or the place has answered', async (context) => {
  needs(context, 'tmux');
  const cwd = aDirectory();
  await symphony(['init', 'first.md', '--tracker', 'local', '--board', 'issues', '--example'], { cwd });
  const terminal = start(context, cwd, ['--board', 'issues', '--agent', 'codex']);

  await terminal.shows('Git repository that each workspace clones, or none [none]:');
  expect(terminal.screen()).not.toMatch(/Tracker|Folder|example|Agent/);
  terminal.answer('https://me:secret@example.com/x.git');
  await terminal.shows('holds a password');
  terminal.answer('none');
  await terminal.shows('exit=0');

  expect(readFileSync(join(cwd, 'WORKFLOW.md'), 'utf8')).toContain('  # after_create: git clone');
});

test.for(['C-c', 'C-d'])('writes nothing when the person leaves with %s', async (key, context) => {
  needs(context, 'tmux');
  const cwd = aDirectory();
  const terminal = start(context, cwd);

  await terminal.shows('Tracker [local]:');
  terminal.press(key);
  await terminal.shows('exit=1');

  expect(terminal.screen()).toContain('ended before all was answered; nothing was written [usage_error]');
  expect(existsSync(join(cwd, 'WORKFLOW.md'))).toBe(false);
});

test('refuses a file that is there before it asks anything', async (context) => {
  needs(context, 'tmux');
  const terminal = start(context, aDirectory({ 'WORKFLOW.md': 'mine' }));

  await terminal.shows('exit=1');

  expect(terminal.screen()).toMatch(/^symphony: .*is there already/);
});
