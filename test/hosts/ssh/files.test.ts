import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, type TestContext, test } from 'vitest';
import { aPlace } from '../../helpers/processes.js';
import { aWorker } from '../../helpers/ssh-workers.js';
import { needsSshd, startSshd } from '../../helpers/sshd.js';
import { killAll } from '../../helpers/sshd-server.js';
import { startTcpProxy } from '../../helpers/tcp-proxy.js';
import { settled, VirtualClock } from '../../helpers/virtual-clock.js';

beforeEach(needsSshd);

async function aScene() {
  const sshd = await startSshd();
  const proxy = await startTcpProxy(sshd.port);
  const { host } = aWorker(sshd.destination({ port: proxy.port }));
  return { sshd, proxy, host, cwd: await aPlace() };
}

/** A small file system of its own; gone after the test. */
async function aSmallDisk(context: TestContext, options: string): Promise<string> {
  const disk = join(await aPlace(), 'disk');
  await mkdir(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', disk]);
  if (mounted.status !== 0) context.skip('because no file system can be mounted here');
  onTestFinished(() => {
    spawnSync('umount', ['-l', disk]);
  });
  return disk;
}

describe('the files of a worker', () => {
  test('cannot be written to a full disk, the old text stays, and room can be made again', async (context) => {
    const { host } = await aScene();
    const disk = await aSmallDisk(context, 'size=64k');
    await host.writeText(join(disk, 'mark'), 'old');
    await host.makeDirectory(join(disk, 'workspace'));

    await expect(host.writeText(join(disk, 'mark'), 'x'.repeat(100_000))).rejects.toMatchObject({
      code: 'workspace_unavailable',
      message: expect.stringMatching(
        /mark on build-1 cannot be used \(.*No space left on device.*free space/,
      ),
    });
    expect(await host.readText(join(disk, 'mark'))).toBe('old');
    expect(await host.list(disk)).toEqual(['mark', 'workspace']);
    spawnSync('sh', ['-c', 'cat /dev/zero >"$1/workspace/fill"', 'sh', disk], { stdio: 'ignore' });
    await expect(host.writeText(join(disk, 'mark'), 'new')).rejects.toMatchObject({
      code: 'workspace_unavailable',
    });
    await host.remove(join(disk, 'workspace'));
    await host.writeText(join(disk, 'mark'), 'new');
    expect(await host.readText(join(disk, 'mark'))).toBe('new');
  });

  test('cannot be made, written or removed below a root that is read-only', async (context) => {
    const { host } = await aScene();
    const disk = await aSmallDisk(context, 'size=64k');
    await writeFile(join(disk, 'file'), 'text');
    spawnSync('mount', ['-o', 'remount,ro', disk]);
    const refused = {
      code: 'workspace_unavailable',
      message: expect.stringContaining('Read-only file system'),
    };

    await expect(host.makeDirectory(join(disk, 'workspace'))).rejects.toMatchObject(refused);
    await expect(host.writeText(join(disk, 'other'), '')).rejects.toMatchObject(refused);
    await expect(host.remove(join(disk, 'file'))).rejects.toMatchObject(refused);
    expect(await host.readText(join(disk, 'file'))).toBe('text');
  });

  test('that may not be seen are not taken for missing', async (context) => {
    if (process.getuid?.() === 0) context.skip('because root sees everything');
    const { host, cwd } = await aScene();
    await mkdir(join(cwd, 'closed', 'inner'), { recursive: true });
    await chmod(join(cwd, 'closed'), 0o000);
    onTestFinished(() => chmod(join(cwd, 'closed'), 0o700));
    const refused = { code: 'workspace_unavailable', message: expect.stringContaining('Permission denied') };

    await expect(host.kindOf(join(cwd, 'closed', 'inner'))).rejects.toMatchObject(refused);
    await expect(host.readText(join(cwd, 'closed', 'inner', 'file'))).rejects.toMatchObject(refused);
    await expect(host.list(join(cwd, 'closed'))).rejects.toMatchObject(refused);
  });

  test('are asked for by the hundred before the first answer comes', async () => {
    const { proxy, host, cwd } = await aScene();
    const names = Array.from({ length: 300 }, (_, index) => `ISSUE-${index}`);
    for (const name of names) {
      await mkdir(join(cwd, name));
      await writeFile(join(cwd, name, 'mark'), name);
    }
    await host.list(cwd);
    proxy.freezeAnswers();

    const kinds = Promise.all(names.map((name) => host.kindOf(join(cwd, name))));
    const marks = Promise.all(names.map((name) => host.readText(join(cwd, name, 'mark'))));
    const written = host.writeText(join(cwd, 'last'), '');
    // Requests are done in the order in which they were sent, so by then all have been.
    await expect.poll(() => existsSync(join(cwd, 'last'))).toBe(true);
    proxy.thaw();

    expect(await kinds).toEqual(names.map(() => 'directory'));
    expect(await marks).toEqual(names);
    await written;
  }, 60_000);

  test('are worked with again in another session when one was lost under a request', async () => {
    const { sshd, host, cwd } = await aScene();
    await host.list(cwd);
    const workers = sshd.running('/files');

    const writing = Promise.all(
      Array.from({ length: 20 }, (_, n) => host.writeText(join(cwd, `${n}`), `${n}`)),
    );
    killAll(workers);
    await writing;

    expect(workers).not.toEqual([]);
    expect(await readdir(cwd)).toHaveLength(20);
  });

  test('are removed beside other work, however long it takes', async () => {
    const { host, cwd } = await aScene();
    await mkdir(join(cwd, 'large'));
    await Promise.all(Array.from({ length: 2_000 }, (_, n) => writeFile(join(cwd, 'large', `${n}`), '')));

    const removing = host.remove(join(cwd, 'large'));
    expect(await host.kindOf(cwd)).toBe('directory');
    await removing;

    expect(await host.kindOf(join(cwd, 'large'))).toBe('missing');
  });

  test('that are none are not waited for', async () => {
    const { host, cwd } = await aScene();
    spawnSync('mkfifo', [join(cwd, 'pipe')]);

    await expect(host.readText(join(cwd, 'pipe'))).rejects.toMatchObject({
      code: 'workspace_unavailable',
      message: expect.stringContaining('it is not a file'),
    });
    expect(await host.kindOf(join(cwd, 'pipe'))).toBe('other');
  });

  test('that hang are given up after half a minute', async () => {
    const clock = new VirtualClock();
    const sshd = await startSshd();
    const proxy = await startTcpProxy(sshd.port);
    const { host } = aWorker(sshd.destination({ port: proxy.port }), clock);
    await host.list(sshd.home);
    proxy.freeze();
    const failure = host.kindOf(sshd.home).catch((error: unknown) => error);
    let isOver = false;
    void failure.then(() => {
      isOver = true;
    });
    await settled();

    await clock.advance(29_000);
    expect(isOver).toBe(false);
    await clock.advance(1_000);

    expect(await failure).toMatchObject({
      code: 'workspace_unavailable',
      message: expect.stringContaining('build-1 did not answer within 30 s'),
    });
    proxy.thaw();
  });
});
