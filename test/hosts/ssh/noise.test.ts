import { spawnSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { LOADER } from '../../../src/hosts/ssh/control-session.js';
import { aPlace, runOn, startOn } from '../../helpers/processes.js';
import { aWorker } from '../../helpers/ssh-workers.js';
import { needsSshd, startSshd } from '../../helpers/sshd.js';
import type { Sshd } from '../../helpers/sshd-server.js';

beforeEach(needsSshd);

/** Files that a user's shell reads, and what sshd itself reads before it. */
async function withLoginFiles(sshd: Sshd, script: string): Promise<void> {
  for (const name of ['.bashrc', '.bash_profile', '.profile']) await writeFile(join(sshd.home, name), script);
}

describe('what a worker says by itself', () => {
  test('in a banner, in login files and in an rc file is no output of a command and no content of a file', async () => {
    const banner = join(await aPlace(), 'banner');
    await writeFile(banner, 'All activity is monitored\n'.repeat(50));
    const sshd = await startSshd({ config: [`Banner ${banner}`, 'PrintMotd yes'] });
    await mkdir(join(sshd.home, '.ssh'));
    await writeFile(join(sshd.home, '.ssh', 'rc'), 'echo "an rc file"; echo aside >&2\n');
    await writeFile(join(sshd.home, '.bashrc'), 'printf "welcome without a newline"; echo "on stderr" >&2\n');
    const { host } = aWorker(sshd.destination());
    const cwd = await aPlace();
    await host.writeText(join(cwd, 'file'), 'content');

    const command = 'read -r line; echo "heard $line"; echo aside >&2';
    const { process, stdout, stderr } = await startOn(host, { command, cwd });
    process.write('something\n');

    expect(await process.exited).toEqual({ code: 0, signal: null });
    expect({ stdout: stdout(), stderr: stderr() }).toEqual({
      stdout: 'heard something\n',
      stderr: 'aside\n',
    });
    expect(await host.readText(join(cwd, 'file'))).toBe('content');
    expect(await host.list(cwd)).toEqual(['file']);
    expect(await host.absolutePath('~/x')).toBe(join(sshd.home, 'x'));
  });

  test('in login files that take their time keeps nothing from beginning', async () => {
    const sshd = await startSshd();
    await withLoginFiles(sshd, 'sleep 1; echo slow\n');
    const { host } = aWorker(sshd.destination());

    expect(await runOn(host, { command: ':', cwd: sshd.home })).toEqual({
      stdout: '',
      stderr: 'slow\n',
      end: 0,
    });
  });

  test('when it runs no commands is why nothing can be begun there', async () => {
    const sshd = await startSshd({ config: ['ForceCommand echo "This account is closed"; exit 1'] });
    const { host } = aWorker(sshd.destination());

    await host.reach();
    await expect(runOn(host, { command: ':', cwd: sshd.home })).rejects.toMatchObject({
      code: 'host_unreachable',
      message: expect.stringContaining('it said: This account is closed'),
    });
  });

  test('when a program that is needed does not work is why nothing can be begun there', async () => {
    const sshd = await startSshd();
    // Its login files put another one first.
    const bare = join(sshd.directory, 'bare');
    await mkdir(bare);
    await writeFile(join(bare, 'mkfifo'), '#!/bin/sh\necho "mkfifo: broken" >&2; exit 1\n');
    await chmod(join(bare, 'mkfifo'), 0o755);
    await writeFile(join(sshd.home, '.bashrc'), `PATH=${bare}:$PATH\n`);
    const { host } = aWorker(sshd.destination());

    await expect(runOn(host, { command: ':', cwd: sshd.home })).rejects.toMatchObject({
      code: 'host_unreachable',
      message: expect.stringMatching(
        /build-1: it cannot run commands: no directory takes the files.*mkfifo: broken/,
      ),
    });
  });

  test('is read by whatever shell its user has', async () => {
    const shells = ['sh', 'bash', 'dash', 'zsh', 'ksh', 'fish', 'tcsh', 'csh'].filter(
      (shell) => spawnSync('sh', ['-c', `command -v ${shell}`], { stdio: 'ignore' }).status === 0,
    );

    for (const shell of shells) {
      const input = 'printf "%s\\n" "$0 runs"\n';
      const { stdout } = spawnSync(shell, ['-c', LOADER], { input, encoding: 'utf8' });
      expect({ shell, stdout }).toEqual({ shell, stdout: '/bin/sh runs\n' });
    }
  });
});
