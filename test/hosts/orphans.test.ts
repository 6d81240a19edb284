import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { localHost } from '../../src/hosts/local.js';
import { needs } from '../helpers/needs.js';
import { alive, aPlace, leftOf, startOn } from '../helpers/processes.js';
import { startProgram } from '../helpers/programs.js';

/** Leaves a process with no parent, session, environment or stream of the command, and prints its number. */
const LEAVE_ORPHAN = [
  "(env -i setsid sh -c 'exec </dev/null >/dev/null 2>&1; echo $$ >new; mv new orphan; exec sleep 1000' &)",
  'until [ -e orphan ]; do sleep 0.01; done',
  'cat orphan',
].join('\n');

const AS_ORPHAN = 'setsid sh -c "echo \\$\\$; exec sleep 1000 >/dev/null" </dev/null 2>/dev/null &';

function aLocalHost() {
  const host = localHost(process.env);
  onTestFinished(() => host.close());
  return host;
}

/** Ended with the test; none of what is tested here may do that. */
function endLater(pid: number): void {
  onTestFinished(() => {
    for (const left of alive([pid])) process.kill(left, 'SIGKILL');
  });
}

/** Something that a person started in a directory and that has lost its parent since. */
async function anEditor(cwd: string): Promise<number> {
  const shell = spawn('sh', ['-c', AS_ORPHAN], { cwd, stdio: ['ignore', 'pipe', 'ignore'] });
  const [[number]] = await Promise.all([once(shell.stdout, 'data'), once(shell, 'exit')]);
  endLater(Number(number));
  return Number(number);
}

describe('an orphan that has left everything of its command', () => {
  beforeEach((context) => {
    needs(context, 'setsid', 'env');
    if (!existsSync('/proc/self/limits')) context.skip('because without /proc nothing tells whose it is');
  });

  test('ends when the command is stopped', async () => {
    const { process, lines } = await startOn(aLocalHost(), {
      command: `${LEAVE_ORPHAN}\nexec sleep 1000`,
      cwd: await aPlace(),
    });
    const [orphan] = (await lines(1)).map(Number);
    endLater(orphan ?? 0);

    await process.stop(0);

    expect(alive([orphan ?? 0])).toEqual([]);
  });

  test('ends when the command has ended by itself', async () => {
    const { process, stdout } = await startOn(aLocalHost(), { command: LEAVE_ORPHAN, cwd: await aPlace() });

    await process.exited;

    endLater(Number(stdout()));
    expect(alive([Number(stdout())])).toEqual([]);
  });

  test('ends when the daemon is killed', async () => {
    const cwd = await aPlace();
    const daemon = startProgram('daemon-with-command', `${LEAVE_ORPHAN}\nexec sleep 1000`, cwd);
    await daemon.lines(1);
    const orphan = Number(await readFile(join(cwd, 'orphan'), 'utf8'));
    endLater(orphan);

    await daemon.kill();

    expect(await leftOf([orphan])).toEqual([]);
  });

  test('is told from that of another command with the same marker', async () => {
    const host = aLocalHost();
    const command = `${LEAVE_ORPHAN}\nexec sleep 1000`;
    const first = await startOn(host, { command, cwd: await aPlace() });
    const second = await startOn(host, { command, cwd: await aPlace() });
    const [one = 0] = (await first.lines(1)).map(Number);
    const [other = 0] = (await second.lines(1)).map(Number);
    endLater(one);
    endLater(other);

    await first.process.stop(0);

    expect(alive([one, other])).toEqual([other]);
  });
});

describe('what a person has started in the workspace, and left without a parent', () => {
  beforeEach((context) => needs(context, 'setsid'));

  test('lives on, whether older or younger than the command', async () => {
    const cwd = await aPlace();
    const older = await anEditor(cwd);
    const { process, lines } = await startOn(aLocalHost(), { command: 'echo ready; exec sleep 1000', cwd });
    await lines(1);
    const younger = await anEditor(cwd);

    await process.stop(0);

    expect(alive([older, younger]).sort()).toEqual([older, younger].sort());
  });
});
