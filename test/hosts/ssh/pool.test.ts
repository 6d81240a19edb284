import { beforeEach, describe, expect, test } from 'vitest';
import { alive, aPlace, runOn, startOn } from '../../helpers/processes.js';
import { aWorker } from '../../helpers/ssh-workers.js';
import { needsSshd, startSshd } from '../../helpers/sshd.js';
import type { Sshd } from '../../helpers/sshd-server.js';
import { startTcpProxy } from '../../helpers/tcp-proxy.js';
import { settled, VirtualClock } from '../../helpers/virtual-clock.js';

beforeEach(needsSshd);

async function aScene(config: readonly string[] = []) {
  const sshd = await startSshd({ config });
  const proxy = await startTcpProxy(sshd.port);
  const { host, links } = aWorker(sshd.destination({ port: proxy.port }));
  return { sshd, proxy, host, links, cwd: await aPlace() };
}

describe('the connections to a worker', { timeout: 120_000 }, () => {
  test('are six for fifty commands where the server allows ten sessions on each, and files are used meanwhile', async () => {
    const { proxy, host, links, cwd } = await aScene();

    const started = await Promise.all(
      Array.from({ length: 50 }, () => startOn(host, { command: 'echo $$; read -r _', cwd })),
    );
    const pids = (await Promise.all(started.map(({ lines }) => lines(1)))).flat().map(Number);
    expect(await host.list(cwd)).toEqual([]);

    expect(alive(pids)).toHaveLength(50);
    expect(proxy.accepted()).toBeLessThanOrEqual(6);
    await expect.poll(() => links.at(-1)).toEqual({ connections: proxy.accepted(), sessions: 50 });
    for (const { process } of started) process.closeStdin();
    await Promise.all(started.map(({ process }) => process.exited));
    await expect.poll(() => links.at(-1)).toEqual({ connections: proxy.accepted(), sessions: 0 });
  });

  test('bear the next commands, too', async () => {
    const { sshd, proxy, host, cwd } = await aScene();

    for (let round = 0; round < 3; round++) {
      await Promise.all(Array.from({ length: 8 }, () => runOn(host, { command: 'true', cwd })));
      // What has just ended counts at the server for a moment: until its process is gone, and what was told of its end on
      // this connection has been heard, which is so once something told later is answered.
      await expect.poll(() => sshd.running('/command ')).toEqual([]);
      expect(await host.list(cwd)).toEqual([]);
    }

    expect(proxy.accepted()).toBe(1);
  });

  test('are one for each session where the server allows no more', async () => {
    const { proxy, host, links, cwd } = await aScene(['MaxSessions 1']);

    const started = await Promise.all(
      [1, 2, 3].map(() => startOn(host, { command: 'echo $$; read -r _', cwd })),
    );
    await Promise.all(started.map(({ lines }) => lines(1)));
    await host.writeText(`${cwd}/file`, 'text');
    await host.remove(`${cwd}/file`);

    // Besides the commands: the control session, one for files, one for removals.
    expect(proxy.accepted()).toBe(6);
    await expect.poll(() => links.at(-1)).toEqual({ connections: 6, sessions: 3 });
  });

  test('that bore a session are not taken for such that bear none, where the server still counts it', async () => {
    const { proxy, host, cwd } = await aScene(['MaxSessions 1']);
    const { process } = await startOn(host, { command: 'sleep 0.3', cwd });

    // The end of that session and the wish for another one reach the server together.
    proxy.freezeRequests();
    await process.exited;
    const next = runOn(host, { command: 'echo next', cwd });
    await settled();
    proxy.thaw();

    expect((await next).stdout).toBe('next\n');
  });

  test('are of no use where the server allows no session, and the reason is told', async () => {
    const { host, cwd } = await aScene(['MaxSessions 0']);

    await expect(runOn(host, { command: 'true', cwd })).rejects.toMatchObject({
      code: 'host_unreachable',
      message: expect.stringContaining('see MaxSessions of its sshd_config'),
    });
  });

  test('are opened no faster than a server takes them that allows three to log in at a time', async () => {
    const { host, cwd } = await aScene(['MaxSessions 1', 'MaxStartups 3']);

    const all = await Promise.all(
      Array.from({ length: 12 }, () => runOn(host, { command: 'sleep 1; echo ok', cwd })),
    );

    expect(all.map(({ stdout }) => stdout)).toEqual(Array(12).fill('ok\n'));
  });

  test('are not one for each who asks at the same time whether the machine answers', async () => {
    const { proxy, host } = await aScene(['MaxStartups 1']);
    const asked = (): Promise<unknown> => Promise.all(Array.from({ length: 20 }, () => host.reach()));

    await asked();
    expect(proxy.accepted()).toBe(1);
    await asked();

    expect(proxy.accepted()).toBe(1);
  });

  test('are closed when they have borne nothing for a minute, the one with the control session after it', async () => {
    const clock = new VirtualClock();
    const sshd = await startSshd();
    const { host, links } = aWorker(sshd.destination(), clock);
    expect(await host.list(sshd.home)).toEqual([]);
    await clock.advance(1_000);
    expect(links.at(-1)).toEqual({ connections: 1, sessions: 0 });

    // The session for files holds the lease, that one holds the control session, and that one the connection.
    for (let minute = 0; minute < 3; minute++) {
      await clock.advance(60_000);
      await answers(clock, sshd, minute);
    }
    await clock.advance(1_000);

    expect(links.at(-1)).toEqual({ connections: 0, sessions: 0 });
    expect(await host.list(sshd.home)).toEqual([]);
  });

  test('that are alive answer whether the machine does, and one that is not is replaced', async () => {
    const { proxy, host, cwd } = await aScene();
    await host.list(cwd);

    await host.reach();
    expect(proxy.accepted()).toBe(1);
    proxy.reset();
    await host.reach();

    expect(proxy.accepted()).toBe(2);
  });

  test('are slow and lossy, and nothing is lost or mixed up', async () => {
    const { proxy, host, cwd } = await aScene();
    proxy.degrade(20, 1);

    const outputs = await Promise.all(
      [1, 2, 3, 4].map((n) => runOn(host, { command: `seq -f '${n} %g' 1 5000; exit ${n}`, cwd })),
    );

    for (const [index, { stdout, end }] of outputs.entries()) {
      const expected = Array.from({ length: 5_000 }, (_, line) => `${index + 1} ${line + 1}\n`).join('');
      expect(stdout === expected).toBe(true);
      expect(end).toBe(index + 1);
    }
  });
});

/** Waits for what the real server makes of the end of its sessions. */
async function answers(clock: VirtualClock, sshd: Sshd, minute: number): Promise<void> {
  const isThere = [
    () => sshd.running('/files'),
    () => sshd.running('symphony_program'),
    () => sshd.sessions(),
  ][minute];
  const look = async (): Promise<unknown> => {
    // The minute begins when the real server has told the end of what was borne, which may have been late.
    await clock.advance(1_000);
    return isThere?.();
  };
  await expect.poll(look).toEqual([]);
}
