import { beforeEach, describe, expect, test } from 'vitest';
import { needs } from '../../helpers/needs.js';
import { alive, aPlace, HARD_TREE, HARD_TREE_SIZE, runOn } from '../../helpers/processes.js';
import { type Program, startProgram } from '../../helpers/programs.js';
import { aWorker } from '../../helpers/ssh-workers.js';
import { needsSshd, startSshd } from '../../helpers/sshd.js';
import type { Sshd } from '../../helpers/sshd-server.js';

beforeEach((context) => {
  needsSshd(context);
  needs(context, 'setsid');
});

async function aDaemon(sshd: Sshd, command: string): Promise<Program> {
  const place = { name: 'build-1', port: sshd.port, directory: sshd.directory, hostKey: sshd.hostKey };
  return startProgram('daemon-on-worker', JSON.stringify(place), command, await aPlace());
}

describe('when the daemon dies of kill -9', () => {
  test('the whole tree of its command on a worker ends, and nothing of Symphony stays there', async () => {
    const sshd = await startSshd();
    const daemon = await aDaemon(sshd, HARD_TREE);
    const tree = (await daemon.lines(HARD_TREE_SIZE)).map(Number);
    expect(alive(tree)).toHaveLength(HARD_TREE_SIZE);

    await daemon.kill();

    await expect.poll(() => alive(tree), { timeout: 20_000 }).toEqual([]);
    await expect.poll(() => sshd.running(''), { timeout: 20_000 }).toEqual([]);
  });

  test('the next daemon begins nothing on that worker before all of the last one has ended', async () => {
    const sshd = await startSshd();
    const daemon = await aDaemon(sshd, HARD_TREE);
    const tree = (await daemon.lines(HARD_TREE_SIZE)).map(Number);
    await daemon.kill();

    const { stdout } = await runOn(aWorker(sshd.destination()).host, {
      command: 'echo begun',
      cwd: await aPlace(),
    });

    expect(stdout).toBe('begun\n');
    expect(alive(tree)).toEqual([]);
  });

  test('another daemon on the same worker is not disturbed', async () => {
    const sshd = await startSshd();
    const other = await aDaemon(sshd, 'echo ready; sleep 9; echo "still there"; read -r _');
    await other.next();
    const daemon = await aDaemon(sshd, 'echo $$; sleep 1000');
    const pid = Number(await daemon.next());

    await daemon.kill();

    expect(await other.next()).toBe('still there');
    expect(alive([pid])).toEqual([]);
  });
});
