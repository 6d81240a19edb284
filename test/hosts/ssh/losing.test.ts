import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { needs } from '../../helpers/needs.js';
import { alive, aPlace, HARD_TREE, HARD_TREE_SIZE, leftOf, runOn, startOn } from '../../helpers/processes.js';
import { anSshScene, OUTLIVES_A_LEASE } from '../../helpers/ssh-scene.js';
import { aWorker } from '../../helpers/ssh-workers.js';
import { needsSshd, startSshd } from '../../helpers/sshd.js';
import { killAll } from '../../helpers/sshd-server.js';
import { startTcpProxy } from '../../helpers/tcp-proxy.js';

beforeEach((context) => {
  needsSshd(context);
  needs(context, 'setsid');
});

describe('when the connection of a command breaks', () => {
  test('it is lost with the reason, and the whole tree there ends', async () => {
    const { proxy, host, cwd } = await anSshScene();
    const { process, lines } = await startOn(host, { command: HARD_TREE, cwd });
    const tree = (await lines(HARD_TREE_SIZE)).map(Number);
    expect(alive(tree)).toHaveLength(HARD_TREE_SIZE);

    proxy.reset();

    expect(await process.exited).toEqual({
      code: null,
      signal: null,
      lost: expect.stringMatching(/ECONNRESET/),
    });
    expect(await leftOf(tree)).toEqual([]);
  });

  test('nothing new begins there before it has ended', async () => {
    const { proxy, host, cwd } = await anSshScene();
    const { process, lines } = await startOn(host, { command: HARD_TREE, cwd });
    const tree = (await lines(HARD_TREE_SIZE)).map(Number);

    proxy.reset();
    await process.exited;
    const { stdout } = await runOn(host, { command: 'echo again', cwd });

    expect(stdout).toBe('again\n');
    expect(alive(tree)).toEqual([]);
  });

  test('stopping it tells what may be left, and does not wait', async () => {
    const { proxy, host, cwd } = await anSshScene();
    const { process } = await startOn(host, { command: 'sleep 1000', cwd });

    proxy.freeze();
    proxy.reset();

    expect(await process.stop(0)).toEqual({ survivors: [process.processId] });
    expect(await leftOf([process.processId])).toEqual([]);
  }, 60_000);

  test('one that cannot begin for that reason was refused because the host is lost', async () => {
    const { proxy, host, cwd } = await anSshScene();
    await host.list(cwd);

    proxy.freeze();
    const starting = startOn(host, { command: 'echo begun >begun; sleep 1000', cwd });

    await expect(starting).rejects.toMatchObject({ code: 'host_unreachable' });
    proxy.thaw();
    await host.reach();
    expect(await host.readText(`${cwd}/begun`)).toBeNull();
  }, 90_000);
});

/** Stops processes; they go on when told, or after the test. */
function holdUp(pids: readonly number[]): () => void {
  expect(pids).not.toEqual([]);
  killAll(pids, 'SIGSTOP');
  const goOn = (): void => killAll(pids, 'SIGCONT');
  onTestFinished(goOn);
  return goOn;
}

describe('when no packets come any more, and no word of an end', () => {
  test('the command is lost after the keepalive, and there everything ends with the lease', async () => {
    const { sshd, proxy, host, cwd } = await anSshScene();
    const { process: command, lines } = await startOn(host, { command: HARD_TREE, cwd });
    const tree = (await lines(HARD_TREE_SIZE)).map(Number);

    // Who counts the lease there stands still, so that it is not over before it is looked, however late that is.
    const goOn = holdUp(sshd.running('/guard '));
    proxy.freeze();

    expect(await command.exited).toEqual({
      code: null,
      signal: null,
      lost: 'it gave no sign of life for 3 s',
    });
    expect(alive(tree)).toHaveLength(HARD_TREE_SIZE);
    goOn();
    expect(await leftOf(tree)).toEqual([]);
  }, 60_000);

  test('closing the host does not wait for what cannot be heard of, and all of it ends', async () => {
    const { proxy, host, cwd } = await anSshScene();
    const { lines } = await startOn(host, { command: HARD_TREE, cwd });
    const tree = (await lines(HARD_TREE_SIZE)).map(Number);
    const starting = startOn(host, { command: 'sleep 1000', cwd }).catch((error: unknown) => error);

    proxy.freeze();
    await host.close();

    expect(await starting).toMatchObject({ code: 'host_unreachable' });
    expect(await leftOf(tree)).toEqual([]);
  }, 60_000);

  test('and they come again before anybody gave up, everything goes on', async () => {
    const sshd = await startSshd();
    const proxy = await startTcpProxy(sshd.port);
    const { host } = aWorker(sshd.destination({ port: proxy.port }));
    const cwd = await aPlace();
    const command = 'echo ready; sleep 3; echo said; touch said; read -r line; echo "$line"';
    const { process, lines } = await startOn(host, { command, cwd });
    await lines(1);

    proxy.freeze();
    process.write('through the ice\n');
    await expect.poll(() => existsSync(join(cwd, 'said'))).toBe(true);
    proxy.thaw();

    expect(await lines(3)).toEqual(['ready', 'said', 'through the ice']);
    expect(await process.exited).toEqual({ code: 0, signal: null });
  });
});

describe('when sshd is killed', () => {
  test('with all its sessions, the commands end', async () => {
    const { sshd, host, cwd } = await anSshScene();
    const { process: command, lines } = await startOn(host, { command: HARD_TREE, cwd });
    const tree = (await lines(HARD_TREE_SIZE)).map(Number);
    const sessions = sshd.sessions();
    expect(sessions).not.toEqual([]);

    await sshd.stopListening();
    killAll(sessions);

    // What was just being sent to it decides how the system tells that it is gone.
    expect(await command.exited).toMatchObject({
      lost: expect.stringMatching(/closed the connection|ECONNRESET|EPIPE/),
    });
    expect(await leftOf(tree)).toEqual([]);
    await expect(host.list(cwd)).rejects.toMatchObject({ code: 'host_unreachable' });
  }, 60_000);

  test('under one command, the others on the same machine go on', async () => {
    const { proxy, host, cwd } = await anSshScene(['MaxSessions 1']);
    // With one session for each connection, the oldest one is that of the control session.
    const { process, lines } = await startOn(host, { command: OUTLIVES_A_LEASE, cwd });
    await lines(1);

    proxy.resetOldest();

    expect(await lines(2)).toEqual(['ready', 'still there']);
    expect(await process.exited).toEqual({ code: 0, signal: null });
  }, 40_000);
});
