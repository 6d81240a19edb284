import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { needs } from '../../helpers/needs.js';
import { alive, aPlace, HARD_TREE, HARD_TREE_SIZE, leftOf, runOn } from '../../helpers/processes.js';
import { type Program, startProgram } from '../../helpers/programs.js';
import { aWorker } from '../../helpers/ssh-workers.js';
import { needsSshd, startSshd } from '../../helpers/sshd.js';
import type { Sshd } from '../../helpers/sshd-server.js';

beforeEach((context) => {
  needsSshd(context);
  needs(context, 'setsid');
});

async function aDaemon(sshd: Sshd, command: string, cwd?: string): Promise<Program> {
  const place = { name: 'build-1', port: sshd.port, directory: sshd.directory, hostKey: sshd.hostKey };
  return startProgram('daemon-on-worker', JSON.stringify(place), command, cwd ?? (await aPlace()));
}

/** Whether the worker has noticed that the connection of a daemon has ended. */
function isAbandoned(sshd: Sshd): boolean {
  const kept = join(sshd.directory, 'tmp');
  return readdirSync(kept).every((name) => existsSync(join(kept, name, 'abandoned')));
}

describe('when the daemon dies of kill -9', { timeout: 90_000 }, () => {
  test('the whole tree of its command on a worker ends, and nothing of Symphony stays there', async () => {
    const sshd = await startSshd();
    const daemon = await aDaemon(sshd, HARD_TREE);
    const tree = (await daemon.lines(HARD_TREE_SIZE)).map(Number);
    expect(alive(tree)).toHaveLength(HARD_TREE_SIZE);

    await daemon.kill();

    expect(await leftOf(tree)).toEqual([]);
    await expect.poll(() => sshd.running(''), { timeout: 40_000 }).toEqual([]);
  });

  test('the next daemon begins nothing on that worker before all of the last one has ended', async () => {
    const sshd = await startSshd();
    const daemon = await aDaemon(sshd, HARD_TREE);
    const tree = (await daemon.lines(HARD_TREE_SIZE)).map(Number);
    await daemon.kill();
    await expect.poll(() => isAbandoned(sshd)).toBe(true);

    const { stdout } = await runOn(aWorker(sshd.destination()).host, {
      command: 'echo begun',
      cwd: await aPlace(),
    });

    expect(stdout).toBe('begun\n');
    expect(alive(tree)).toEqual([]);
  });

  test('another daemon on the same worker is not disturbed', async () => {
    const sshd = await startSshd();
    const cwd = await aPlace();
    const untilTold = 'until [ -e go ]; do sleep 0.1; done';
    const other = await aDaemon(sshd, `echo ready; ${untilTold}; echo "still there"; read -r _`, cwd);
    await other.next();
    const daemon = await aDaemon(sshd, 'echo $$; sleep 1000');
    const pid = Number(await daemon.next());

    await daemon.kill();

    expect(await leftOf([pid])).toEqual([]);
    // What the dead one had there goes last.
    await expect.poll(() => readdirSync(join(sshd.directory, 'tmp'))).toHaveLength(1);
    await writeFile(join(cwd, 'go'), '');
    expect(await other.next()).toBe('still there');
  });
});
