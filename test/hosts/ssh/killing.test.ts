import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { needs } from '../../helpers/needs.js';
import { alive, HARD_TREE, HARD_TREE_SIZE, leftOf, runOn, startOn } from '../../helpers/processes.js';
import { anSshScene, OUTLIVES_A_LEASE } from '../../helpers/ssh-scene.js';
import { needsSshd } from '../../helpers/sshd.js';
import { eldest, killAll } from '../../helpers/sshd-server.js';

beforeEach((context) => {
  needsSshd(context);
  needs(context, 'setsid');
});

describe('when somebody kills what Symphony runs there', { timeout: 60_000 }, () => {
  test('the guard, everything ends at once', async () => {
    const { sshd, host, cwd } = await anSshScene();
    const { process: command, lines } = await startOn(host, { command: HARD_TREE, cwd });
    const tree = (await lines(HARD_TREE_SIZE)).map(Number);

    killAll(sshd.running('/guard '));

    expect(await command.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(alive(tree)).toEqual([]);
  });

  test('the script above a command, its tree ends and nothing else is lost', async () => {
    const { sshd, host, cwd } = await anSshScene();
    const other = await startOn(host, { command: 'read -r line; exit 3', cwd });
    const before = sshd.running('/command ');
    const { process: command, lines } = await startOn(host, { command: HARD_TREE, cwd });
    const tree = (await lines(HARD_TREE_SIZE)).map(Number);
    const script = sshd.running('/command ').filter((pid) => !before.includes(pid));

    process.kill(eldest(script), 'SIGKILL');

    expect(await command.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(await leftOf(tree)).toEqual([]);
    other.process.write('\n');
    expect(await other.process.exited).toEqual({ code: 3, signal: null });
  });

  test('the supervisor, its tree ends', async () => {
    const { sshd, host, cwd } = await anSshScene();
    const { process: command, lines } = await startOn(host, { command: HARD_TREE, cwd });
    const tree = (await lines(HARD_TREE_SIZE)).map(Number);
    const supervisors = sshd.running('/supervisor ');

    process.kill(eldest(supervisors), 'SIGKILL');

    expect(await command.exited).toEqual({ code: null, signal: 'SIGKILL' });
    expect(alive(tree)).toEqual([]);
  });

  test('the control session, there is a new one and the command does not notice', async () => {
    const { sshd, host, cwd } = await anSshScene();
    const { process: command, lines } = await startOn(host, { command: OUTLIVES_A_LEASE, cwd });
    await lines(1);

    process.kill(eldest(sshd.running('symphony_program')), 'SIGKILL');

    expect(await lines(2)).toEqual(['ready', 'still there']);
    expect(await command.exited).toEqual({ code: 0, signal: null });
    expect((await runOn(host, { command: 'echo again', cwd })).stdout).toBe('again\n');
  });

  test('the control session just as a command is to end, it ends all the same', async () => {
    const { sshd, host, cwd } = await anSshScene();
    const { process: command, lines } = await startOn(host, { command: HARD_TREE, cwd });
    const tree = (await lines(HARD_TREE_SIZE)).map(Number);

    process.kill(eldest(sshd.running('symphony_program')), 'SIGKILL');

    expect(await command.stop(0)).toEqual({ survivors: [] });
    expect(alive(tree)).toEqual([]);
  });

  test('or removes its files, they are installed again', async () => {
    const { sshd, host, cwd } = await anSshScene();
    await host.list(cwd);
    // Beats go on being written there meanwhile.
    await rm(join(sshd.directory, 'tmp'), { recursive: true, maxRetries: 5 });
    await mkdir(join(sshd.directory, 'tmp'));

    expect((await runOn(host, { command: 'echo again', cwd })).stdout).toBe('again\n');
    await expect.poll(() => sshd.running('/guard ')).toHaveLength(1);
  });
});
