import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../../src/engine/system-clock.js';
import { createHosts } from '../../../../src/hosts/hosts.js';
import type { Hosts } from '../../../../src/ports/host.js';
import { needs } from '../../../helpers/needs.js';
import { startSshd } from '../../../helpers/sshd.js';
import { makeKey, type Sshd, withoutSshd } from '../../../helpers/sshd-server.js';

beforeEach((context) => {
  if (withoutSshd() !== null) context.skip('because OpenSSH is not installed');
  needs(context, 'ssh', 'ssh-keyscan');
});

/** Hosts with a configuration of their own, closed after the test; and what `ssh` says with the same. */
function clients(sshd: Sshd, lines: readonly string[]): { hosts: Hosts; ssh: (name: string) => string } {
  const file = join(sshd.directory, 'config');
  const usual = [
    'Host *',
    `  IdentityFile ${sshd.directory}/user_key`,
    '  IdentitiesOnly yes',
    `  UserKnownHostsFile ${sshd.directory}/known`,
    '  GlobalKnownHostsFile /dev/null',
    '  BatchMode yes',
  ];
  writeFileSync(file, [...lines, ...usual, ''].join('\n'));
  const env = { SYMPHONY_SSH_CONFIG: file };
  const hosts = createHosts({ env, withheld: [], clock: systemClock, onLink: () => {} });
  onTestFinished(() => hosts.close());
  const ssh = (name: string): string => {
    const { stdout, stderr } = spawnSync('ssh', ['-n', '-F', file, name, 'echo in'], { encoding: 'utf8' });
    return `${stdout}${stderr}`;
  };
  return { hosts, ssh };
}

function keyscan(sshd: Sshd, ...options: readonly string[]): string {
  const args = ['-T', '30', ...options, '-p', String(sshd.port), '127.0.0.1'];
  return spawnSync('ssh-keyscan', args, { encoding: 'utf8' }).stdout;
}

/** What reaching a host fails with; null when it does not. */
async function refusal(hosts: Hosts, name: string): Promise<string | null> {
  return hosts.reach(name).then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

describe('a real server', () => {
  test('is reached through an alias, with what ssh-keyscan -H says of its key', async () => {
    const sshd = await startSshd();
    const { hosts, ssh } = clients(sshd, ['Host build-1', '  HostName 127.0.0.1', `  Port ${sshd.port}`]);
    expect(ssh('build-1')).toContain('Host key verification failed');
    expect(await refusal(hosts, 'build-1')).toMatch(/not known; run ssh -F \S+ build-1 once by hand/);

    writeFileSync(join(sshd.directory, 'known'), keyscan(sshd, '-H'));

    expect(ssh('build-1')).toBe('in\n');
    expect(await refusal(hosts, 'build-1')).toBeNull();
    expect(await refusal(hosts, `127.0.0.1:${sshd.port}`)).toBeNull();
  });

  test('is remembered so that ssh knows it too', async () => {
    const sshd = await startSshd();
    const { hosts, ssh } = clients(sshd, [
      ...[
        'Host build-1',
        '  HostName 127.0.0.1',
        `  Port ${sshd.port}`,
        '  StrictHostKeyChecking accept-new',
      ],
      '  HashKnownHosts yes',
    ]);

    expect(await refusal(hosts, 'build-1')).toBeNull();

    expect(readFileSync(join(sshd.directory, 'known'), 'utf8')).toMatch(/^\|1\|/);
    rmSync(join(sshd.directory, 'config'));
    clients(sshd, [
      'Host build-1',
      '  HostName 127.0.0.1',
      `  Port ${sshd.port}`,
      '  StrictHostKeyChecking yes',
    ]);
    expect(ssh('build-1')).toBe('in\n');
  });

  test('with another key than before is refused by both, with the command that mends it', async () => {
    const sshd = await startSshd();
    const { hosts, ssh } = clients(sshd, ['Host build-1', '  HostName 127.0.0.1', `  Port ${sshd.port}`]);
    makeKey(join(sshd.directory, 'old'));
    const old = readFileSync(join(sshd.directory, 'old.pub'), 'utf8');
    const known = join(sshd.directory, 'known');
    writeFileSync(known, `# mine\n[127.0.0.1]:${sshd.port} ${old}`);
    expect(ssh('build-1')).toContain('has changed');
    const [, forget = ''] =
      /run (ssh-keygen .*) and make/.exec((await refusal(hosts, 'build-1')) ?? '') ?? [];

    expect(spawnSync('sh', ['-c', forget]).status).toBe(0);
    appendFileSync(known, keyscan(sshd));

    expect(await refusal(hosts, 'build-1')).toBeNull();
  });

  test('with several keys shows the one that is known', async () => {
    const directory = (await startSshd()).directory;
    makeKey(join(directory, 'second'), ['ecdsa']);
    const sshd = await startSshd({ config: [`HostKey ${directory}/second`] });
    const { hosts, ssh } = clients(sshd, ['Host build-1', '  HostName 127.0.0.1', `  Port ${sshd.port}`]);
    writeFileSync(join(sshd.directory, 'known'), keyscan(sshd, '-t', 'ecdsa'));

    expect(ssh('build-1')).toBe('in\n');
    expect(await refusal(hosts, 'build-1')).toBeNull();
  });

  test('is reached with the algorithms that are asked for, and no other', async () => {
    const sshd = await startSshd({ config: ['Ciphers aes256-ctr', 'KexAlgorithms ecdh-sha2-nistp384'] });
    const place = [`  HostName 127.0.0.1`, `  Port ${sshd.port}`];
    const { hosts } = clients(sshd, [
      ...[
        'Host fits',
        ...place,
        '  Ciphers unheard-of,aes256-ctr',
        '  KexAlgorithms ecdh-*,ecdh-sha2-nistp384',
      ],
      ...['Host fits-not', ...place, '  Ciphers aes128-ctr'],
    ]);
    writeFileSync(join(sshd.directory, 'known'), keyscan(sshd));

    expect(await refusal(hosts, 'fits')).toBeNull();
    expect(await refusal(hosts, 'fits-not')).toMatch(/no matching C->S cipher/);
  });

  test('is reached from the address and by the protocol that are asked for', async () => {
    const from: string[] = [];
    const server = createServer((socket) => {
      from.push(`${socket.remoteFamily} ${socket.remoteAddress}`);
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
    });
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const sshd = await startSshd();
    const { hosts } = clients(sshd, [
      'Host build-1',
      '  HostName localhost',
      '  AddressFamily inet',
      '  BindAddress 127.0.0.3',
      `  Port ${port}`,
    ]);

    expect(await refusal(hosts, 'build-1')).toMatch(/closed the connection/);

    expect(new Set(from)).toEqual(new Set(['IPv4 127.0.0.3']));
  });
});
