import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, onTestFinished, test } from 'vitest';
import { aDirectory, finished, type RunningSymphony, startSymphony } from '../helpers/symphony.js';

const ISSUE = '---\nidentifier: A-1\ntitle: Wait\nstate: Todo\n---\nWait.\n';

function workflow(hooks: Readonly<Record<string, string>>): string {
  const lines = Object.entries(hooks).map(([name, script]) => `  ${name}: ${script}`);
  return ['---', 'tracker:', '  kind: local', '  provider:', '    path: board', 'agent:', '  kind: scripted']
    .concat('workspace:', '  root: workspaces', 'hooks:', lines, '---', 'Work on {{ issue.identifier }}.')
    .join('\n');
}

/** A daemon whose only run is inside its `before_run` hook, which never ends by itself. */
async function aDaemonInItsHook(afterRun: string): Promise<{ cwd: string; child: RunningSymphony }> {
  const beforeRun = 'echo > ../../started; sleep 600';
  const cwd = aDirectory({ 'WORKFLOW.md': workflow({ before_run: beforeRun, after_run: afterRun }) });
  mkdirSync(join(cwd, 'board'));
  writeFileSync(join(cwd, 'board/A-1.md'), ISSUE);
  await execa('mkfifo', [join(cwd, 'started'), join(cwd, 'stopping')]);
  const child = startSymphony([], { cwd });
  await written(join(cwd, 'started'));
  return { cwd, child };
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
  expect(performance.now() - askedAtMs).toBeLessThan(10_000);
  expect(existsSync(join(cwd, 'after_run'))).toBe(true);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('a second %s does not wait for what is still ending', async (signal, exitCode) => {
  const { cwd, child } = await aDaemonInItsHook('echo > ../../stopping; sleep 600');

  child.kill(signal);
  await written(join(cwd, 'stopping'));
  child.kill(signal);

  expect((await finished(child)).exitCode).toBe(exitCode);
});
