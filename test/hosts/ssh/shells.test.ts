import { spawnSync } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, type TestContext, test } from 'vitest';
import type { SshHost } from '../../../src/hosts/ssh/ssh-host.js';
import { alive, aPlace, HARD_TREE, HARD_TREE_SIZE, runOn, startOn } from '../../helpers/processes.js';
import { aWorker } from '../../helpers/ssh-workers.js';
import { needsSshd, startSshd } from '../../helpers/sshd.js';
import { startTcpProxy } from '../../helpers/tcp-proxy.js';

beforeEach(needsSshd);

/** Where a program is; skips without it, or where it cannot stand at /bin/sh. */
function shellHere(context: TestContext, name: string): string {
  const { status, stdout } = spawnSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' });
  if (status !== 0) context.skip(`because ${name} is not installed`);
  const bound = spawnSync('unshare', [
    '-m',
    'sh',
    '-c',
    `mount --bind ${stdout.trim()} "$(readlink -f /bin/sh)"`,
  ]);
  if (bound.status !== 0) context.skip('because no file can take the place of /bin/sh here');
  return stdout.trim();
}

async function worksWithFiles(host: SshHost): Promise<void> {
  const cwd = await aPlace();
  await mkdir(join(cwd, 'real'));
  await symlink('real', join(cwd, 'it is a\nlink'));

  await host.writeText(join(cwd, 'real', "it's"), 'text\n\n');

  expect(await host.readText(join(cwd, 'real', "it's"))).toBe('text\n\n');
  expect(await host.physicalPath(join(cwd, 'it is a\nlink', 'x'))).toBe(join(cwd, 'real', 'x'));
  expect(await host.list(cwd)).toEqual(['it is a\nlink', 'real']);
  await host.remove(join(cwd, 'real'));
  expect(await host.kindOf(join(cwd, 'real'))).toBe('missing');
  await host.writeText(join(cwd, 'hold'), `dead0 ${spawnSync('true').pid} 1 {}\n`);
  expect(await host.hold(join(cwd, 'hold'), { id: 'd1', note: '{"a":"b c\\d"}' })).toBeNull();
  expect(await host.hold(join(cwd, 'hold'), { id: 'd2', note: '{}' })).toBe('{"a":"b c\\d"}');
  await host.letGo(join(cwd, 'hold'), { id: 'd1', note: '' });
  expect(await host.list(cwd)).toEqual(['it is a\nlink']);
}

describe.each(['bash', 'busybox', 'ksh', 'mksh'])('a worker whose /bin/sh is %s', (name) => {
  test('runs commands, ends their trees, also when the connection is lost, and works with files', async (context) => {
    const sshd = await startSshd({ shell: shellHere(context, name) });
    const proxy = await startTcpProxy(sshd.port);
    const { host } = aWorker(sshd.destination({ port: proxy.port }));
    const cwd = await aPlace();

    expect(await runOn(host, { command: 'echo "$0 $1"; exit 3', cwd, env: { A: "it's\n" } })).toMatchObject({
      end: 3,
    });
    expect((await runOn(host, { command: 'kill -KILL $$', cwd })).end).toBe('SIGKILL');
    await worksWithFiles(host);
    const stopped = await startOn(host, { command: HARD_TREE, cwd });
    const lost = await startOn(host, { command: HARD_TREE, cwd });
    const first = (await stopped.lines(HARD_TREE_SIZE)).map(Number);
    const second = (await lost.lines(HARD_TREE_SIZE)).map(Number);
    expect(await stopped.process.stop(0)).toEqual({ survivors: [] });
    expect(alive(first)).toEqual([]);
    proxy.reset();
    await lost.process.exited;

    expect((await runOn(host, { command: 'echo again', cwd })).stdout).toBe('again\n');
    expect(alive(second)).toEqual([]);
  }, 90_000);
});
