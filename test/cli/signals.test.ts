import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { needs } from '../helpers/needs.js';
import { aDirectory, finished, type RunningSymphony, startSymphony } from '../helpers/symphony.js';
import { inTerminal } from '../helpers/terminal-session.js';

const ISSUE = '---\nidentifier: A-1\ntitle: Wait\nstate: Todo\n---\nWait.\n';

function workflow(hooks: Readonly<Record<string, string>>): string {
  const lines = Object.entries(hooks).map(([name, script]) => `  ${name}: ${script}`);
  return ['---', 'tracker:', '  kind: local', '  provider:', '    path: board', 'agent:', '  kind: scripted']
    .concat('workspace:', '  root: workspaces', 'hooks:', lines, '---', 'Work on {{ issue.identifier }}.')
    .join('\n');
}

/** A daemon whose only run is inside its `before_run` hook, which never ends by itself. */
async function aDaemonInItsHook(
  afterRun: string,
  args: readonly string[] = [],
): Promise<{ cwd: string; child: RunningSymphony }> {
  const cwd = await aPlaceWithAHook(afterRun);
  const child = startSymphony(args, { cwd });
  await written(join(cwd, 'started'));
  return { cwd, child };
}

/** A workflow with one issue, whose run tells in `started` that it is inside a hook that never ends by itself. */
async function aPlaceWithAHook(afterRun: string): Promise<string> {
  const beforeRun = 'echo > ../../started; sleep 600';
  const cwd = aDirectory({ 'WORKFLOW.md': workflow({ before_run: beforeRun, after_run: afterRun }) });
  mkdirSync(join(cwd, 'board'));
  writeFileSync(join(cwd, 'board/A-1.md'), ISSUE);
  await execa('mkfifo', [join(cwd, 'started'), join(cwd, 'stopping')]);
  return cwd;
}

/** Waits until somebody has written to a named pipe. */
async function written(pipe: string): Promise<void> {
  const reader = execa('cat', [pipe], { reject: false });
  onTestFinished(() => {
    reader.kill('SIGKILL');
  });
  await reader;
}

test('SIGTERM ends the run, runs after_run, and exits with success within the bound', async () => {
  const { cwd, child } = await aDaemonInItsHook('touch ../../after_run');

  const askedAtMs = performance.now();
  child.kill('SIGTERM');
  const end = await finished(child);

  expect(end).toMatchObject({ exitCode: 0, signal: undefined });
  // The bound of a stop, and time to be told of it; the hook alone would take ten minutes.
  expect(performance.now() - askedAtMs).toBeLessThan(25_000);
  expect(existsSync(join(cwd, 'after_run'))).toBe(true);
});

test('signals that come at once, as from timeout and npm, are one wish to end in order', async () => {
  const { cwd, child } = await aDaemonInItsHook('touch ../../after_run');

  // Nobody can tell how long the daemon is kept between the two, unless they wait for it.
  child.kill('SIGSTOP');
  child.kill('SIGTERM');
  // Another one: of two that are the same a system may deliver one.
  child.kill('SIGINT');
  child.kill('SIGCONT');

  expect(await finished(child)).toMatchObject({ exitCode: 0, signal: undefined });
  expect(existsSync(join(cwd, 'after_run'))).toBe(true);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('a second %s does not wait for what is still ending', async (signal, exitCode) => {
  const { cwd, child } = await aDaemonInItsHook('sleep 0.5; echo > ../../stopping; sleep 600');

  child.kill(signal);
  await written(join(cwd, 'stopping'));
  child.kill(signal);

  expect((await finished(child)).exitCode).toBe(exitCode);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s breaks off work until idle, which is no success', async (signal, exitCode) => {
  const { cwd, child } = await aDaemonInItsHook('touch ../../after_run', ['--until-idle']);

  child.kill(signal);

  expect(await finished(child)).toMatchObject({ exitCode, signal: undefined });
  expect(existsSync(join(cwd, 'after_run'))).toBe(true);
});

test('a dashboard leaves a line about what was ended and where the log is', async (context) => {
  needs(context, 'tmux');
  const cwd = await aPlaceWithAHook('touch ../../after_run');
  const env = { HOME: cwd, LANG: 'C.UTF-8' };
  const terminal = inTerminal(context, { args: [resolve('dist/cli.js')], cwd, env });
  await written(join(cwd, 'started'));
  await terminal.shows('● A-1');

  terminal.press('C-c');

  await terminal.shows('exit=0');
  const told = terminal.screen().replaceAll('\n', '');
  expect(told).toContain('symphony stopped: 1 run was ended, it goes on at the next start; log: ');
  expect(told).toContain('.symphony/WORKFLOW.md/log/symphony.log');
});
