import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { prepareWorkspace, surveyWorkspaces } from '../../src/workspaces/workspaces.js';
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
  const { createdNow, path } = await prepareWorkspace(root, someWork(host, { afterCreate: 'touch whole' }));
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

  await kill();
  expect(alive([pid])).toEqual([pid]);
  await prepareWorkspace(root, someWork(aHost()));

  expect(alive([pid])).toEqual([]);
});

/** What a file says, once it says something. */
async function said(file: string): Promise<string> {
  for (;;) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('\n')) return text;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
