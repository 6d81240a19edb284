import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  prepareWorkspace,
  surveyWorkspaces,
  type Workspace,
  type WorkspaceWork,
} from '../../src/workspaces/workspaces.js';
import { alive, aPlace, leftOf } from '../helpers/processes.js';
import { startProgram } from '../helpers/programs.js';
import { aHost, someWork } from '../helpers/workspace-work.js';

test('a daemon killed during after_create leaves no hook running, and the next one builds anew', async () => {
  const root = await aPlace();
  const host = aHost();
  const fifo = join(root, 'fifo');
  const afterCreate = `echo $$ >half-built; mkfifo ${fifo}; cat ${fifo}; echo finished >>half-built`;
  const { lines, kill } = startProgram('daemon-preparing-workspace', root, afterCreate);
  await lines(1);
  const halfBuilt = join(root, 'MT-1', 'half-built');
  const pid = Number(await said(halfBuilt));
  expect(alive([pid])).toEqual([pid]);

  await kill();

  expect(await leftOf([pid])).toEqual([]);
  expect(await surveyWorkspaces(host, root, false)).toMatchObject([{ key: 'MT-1', issueId: 'id of MT-1' }]);
  const { createdNow, path } = await takenOver(root, someWork(host, { afterCreate: 'touch whole' }));
  expect(createdNow).toBe(true);
  expect(await readdir(path)).toEqual(['whole']);
});

test('the next daemon begins in a workspace only when all has ended that a killed one had started there', async () => {
  const root = await aPlace();
  const fifo = join(root, 'fifo');
  const deaf = `trap '' TERM; mkfifo ${fifo}; echo $$ >number; cat ${fifo}`;
  const { lines, kill } = startProgram('daemon-preparing-workspace', root, deaf);
  await lines(1);
  const pid = Number(await said(join(root, 'MT-1', 'number')));

  // So that it has not ended yet when the next daemon comes, however late that is.
  const goOn = holdUp(pid);
  await kill();
  expect(alive([pid])).toEqual([pid]);
  const prepared = takenOver(root, someWork(aHost()));
  goOn();
  await prepared;

  expect(alive([pid])).toEqual([]);
});

/** Stops a command and the supervisor above it, which are one process group; they go on when told, or after the test. */
function holdUp(pid: number): () => void {
  const { stdout } = spawnSync('ps', ['-o', 'pgid=', '-p', String(pid)], { encoding: 'utf8' });
  const group = Number(stdout);
  expect(group).toBeGreaterThan(1);
  process.kill(-group, 'SIGSTOP');
  let isHeldUp = true;
  const goOn = (): void => {
    if (isHeldUp) process.kill(-group, 'SIGCONT');
    isHeldUp = false;
  };
  onTestFinished(goOn);
  return goOn;
}

/** Prepares a workspace as a daemon does, which tries again when what has it was not over within five seconds. */
async function takenOver(root: string, work: WorkspaceWork): Promise<Workspace> {
  for (;;) {
    const fromMs = performance.now();
    try {
      return await prepareWorkspace(root, work);
    } catch (error) {
      expect(error).toMatchObject({ code: 'workspace_held' });
      expect(performance.now() - fromMs).toBeGreaterThan(4_900);
    }
  }
}

/** What a file says, once it says something. */
async function said(file: string): Promise<string> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('\n')) return text;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
