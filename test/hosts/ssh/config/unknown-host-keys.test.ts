import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { needs } from '../../../helpers/needs.js';
import { aConfiguration } from './configuration.js';
import { blob, fingerprint, keys, verdict } from './host-key-scene.js';

beforeEach((context) => needs(context, 'ssh-keygen'));

describe('a key that is not known', () => {
  test.each([
    [
      'build-1',
      'run ssh build-1 once by hand and compare the fingerprint, or run ssh-keyscan build-1 >> ~/.ssh/known_hosts',
    ],
    [
      'ci@build-1:2222',
      'run ssh -p 2222 ci@build-1 once by hand and compare the fingerprint, or run ssh-keyscan -p 2222 build-1 >> ~/.ssh/known_hosts',
    ],
    [
      '[::1]:2222',
      'run ssh -p 2222 ::1 once by hand and compare the fingerprint, or run ssh-keyscan -p 2222 ::1 >> ~/.ssh/known_hosts',
    ],
    ['behind', 'run ssh behind once by hand and compare the fingerprint'],
  ])('of %s is refused with its fingerprint and the commands that mend it', async (written, mend) => {
    const configuration = aConfiguration({ '.ssh/config': 'Host behind\n  ProxyJump gate\n' });
    const { host } = keys(configuration, 'host');

    expect(await verdict(configuration, written, host)).toBe(
      `its host key ssh-ed25519 ${fingerprint(configuration, 'host')} is not known; ${mend}`,
    );
  });

  test('is looked for with the configuration of SYMPHONY_SSH_CONFIG', async () => {
    const env: Record<string, string> = {};
    const configuration = aConfiguration({}, env);
    env['SYMPHONY_SSH_CONFIG'] = configuration.write('my workers', 'UserKnownHostsFile none\n');
    const { host } = keys(configuration, 'host');

    expect(await verdict(configuration, 'build-1', host)).toMatch(
      /run ssh -F '~\/my workers' build-1 once by hand and compare the fingerprint$/,
    );
  });

  test.each(['yes', 'ask'])(
    'is refused with StrictHostKeyChecking %s, and nothing is written',
    async (value) => {
      const configuration = aConfiguration({ '.ssh/config': `StrictHostKeyChecking ${value}\n` });
      const { host } = keys(configuration, 'host');

      expect(await verdict(configuration, 'build-1', host)).toMatch(/is not known/);
      expect(() => statSync(configuration.path('.ssh/known_hosts'))).toThrow();
    },
  );

  test.each(['no', 'off'])('is taken with StrictHostKeyChecking %s', async (value) => {
    const configuration = aConfiguration({ '.ssh/config': `StrictHostKeyChecking ${value}\n` });
    const { host } = keys(configuration, 'host');

    expect(await verdict(configuration, 'build-1', host)).toBeNull();
  });

  test('is remembered with StrictHostKeyChecking accept-new', async () => {
    const configuration = aConfiguration({
      '.ssh/config': 'StrictHostKeyChecking accept-new\nUserKnownHostsFile ~/new/known ~/other\n',
    });
    const { host, other } = keys(configuration, 'host', 'other');

    expect(await verdict(configuration, 'build-1:2222', host)).toBeNull();
    expect(await verdict(configuration, 'build-1:2222', host)).toBeNull();
    expect(await verdict(configuration, '[::1]', other)).toBeNull();

    expect(readFileSync(configuration.path('new/known'), 'utf8')).toBe(
      `[build-1]:2222 ${host}\n::1 ${other}\n`,
    );
    expect(statSync(configuration.path('new/known')).mode & 0o777).toBe(0o600);
  });

  test('is remembered on a line of its own, after a last line without an end', async () => {
    const configuration = aConfiguration({ '.ssh/config': 'StrictHostKeyChecking accept-new\n' });
    const { host, other } = keys(configuration, 'host', 'other');
    configuration.write('.ssh/known_hosts', `build-2 ${other}`);

    expect(await verdict(configuration, 'build-1', host)).toBeNull();

    expect(readFileSync(configuration.path('.ssh/known_hosts'), 'utf8')).toBe(
      `build-2 ${other}\nbuild-1 ${host}\n`,
    );
  });

  test('is remembered so that ssh finds it, also hashed', async () => {
    const configuration = aConfiguration({
      '.ssh/config': 'StrictHostKeyChecking accept-new\nHashKnownHosts yes\n',
    });
    const { host } = keys(configuration, 'host');

    expect(await verdict(configuration, 'build-1:2222', host)).toBeNull();

    const file = configuration.path('.ssh/known_hosts');
    const found = spawnSync('ssh-keygen', ['-F', '[build-1]:2222', '-f', file], { encoding: 'utf8' });
    expect(readFileSync(file, 'utf8')).not.toContain('build-1');
    expect(found.stdout).toContain(host);
    expect(await verdict(configuration, 'build-1:2222', host)).toBeNull();
  });

  test('that cannot be remembered is not taken', async () => {
    const configuration = aConfiguration({
      '.ssh/config': 'StrictHostKeyChecking accept-new\nUserKnownHostsFile ~/.ssh/config/known\n',
    });
    const { host } = keys(configuration, 'host');
    const { hostKeys } = await configuration.resolve('build-1');

    await expect(hostKeys.verify(blob(host))).rejects.toMatchObject({
      code: 'host_unreachable',
      message: expect.stringMatching(
        /\.ssh\/config\/known cannot be written .*; make it writable, or put the key/,
      ),
    });
  });

  test('is refused where only a certificate authority vouches for the machine', async () => {
    const configuration = aConfiguration({ '.ssh/config': 'StrictHostKeyChecking accept-new\n' });
    const { authority, host } = keys(configuration, 'authority', 'host');
    configuration.write('.ssh/known_hosts', `# ours\n@cert-authority build-* ${authority}\n`);

    expect(await verdict(configuration, 'build-1', host)).toMatch(
      /vouched for by a certificate authority alone \(~\/\.ssh\/known_hosts line 2\), which is not supported; run ssh build-1/,
    );
  });
});
