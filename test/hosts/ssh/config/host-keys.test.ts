import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, test } from 'vitest';
import { needs } from '../../../helpers/needs.js';
import { aConfiguration } from './configuration.js';
import { blob, fingerprint, keys, verdict } from './host-key-scene.js';

beforeEach((context) => needs(context, 'ssh-keygen'));

describe('the key of a server is known', () => {
  test.each([
    ['by its name', 'build-1', 'build-1', ''],
    ['by its name in another case', 'Build-1', 'build-1', ''],
    ['by one of several names', 'build-1', 'other,build-1,10.0.0.7', ''],
    ['by a pattern', 'build-1', 'build-?,*.lab', ''],
    ['by its address', '::1', '::1', ''],
    ['by its name and port', 'build-1:2222', '[build-1]:2222', ''],
    ['by its name alone, at another port', 'build-1:2222', 'build-1', ''],
    ['by its address and port', '[::1]:2222', '[::1]:2222', ''],
    ['by what HostName says', 'build-1', 'build-1.lab', 'HostName %h.lab'],
    ['by its alias, whatever the port', 'build-1:2222', 'farm', 'HostKeyAlias Farm'],
  ])('%s', async (_, written, names, config) => {
    const configuration = aConfiguration({ '.ssh/config': `Host *\n${config}\n` });
    const { host } = keys(configuration, 'host');
    configuration.write('.ssh/known_hosts', `${names} ${host} a comment\n`);

    expect(await verdict(configuration, written, host)).toBeNull();
  });

  test.each([
    ['by another name', 'build-1', 'build-2'],
    ['where the pattern excludes it', 'build-1', 'build-*,!build-1'],
    ['at another port', 'build-1', '[build-1]:2222'],
    ['without its alias', 'build-1', 'build-1'],
  ])('but not %s', async (_, written, names) => {
    const alias = names === 'build-1' ? 'HostKeyAlias farm\n' : '';
    const configuration = aConfiguration({ '.ssh/config': `Host *\n${alias}` });
    const { host } = keys(configuration, 'host');
    configuration.write('.ssh/known_hosts', `${names} ${host}\n`);

    expect(await verdict(configuration, written, host)).toMatch(/is not known/);
  });

  test('in a file whose names ssh-keygen has hashed', async () => {
    const configuration = aConfiguration();
    const { host, other } = keys(configuration, 'host', 'other');
    const file = configuration.write(
      '.ssh/known_hosts',
      `build-1,10.0.0.7 ${host}\n[build-1]:2222 ${other}\n`,
    );
    spawnSync('ssh-keygen', ['-q', '-H', '-f', file]);
    expect(readFileSync(file, 'utf8')).not.toContain('build-1');

    expect(await verdict(configuration, 'build-1', host)).toBeNull();
    expect(await verdict(configuration, '10.0.0.7', host)).toBeNull();
    expect(await verdict(configuration, 'build-1:2222', other)).toBeNull();
    expect(await verdict(configuration, 'build-2', host)).toMatch(/is not known/);
    expect(await verdict(configuration, 'build-1', other)).toMatch(/has changed/);
  });

  test('in any of the files that are configured, and in those of the system', async () => {
    const configuration = aConfiguration({
      '.ssh/config':
        'Host build-1\n  UserKnownHostsFile ~/none-here "%d/of %n"\nHost build-4\n  UserKnownHostsFile none\n',
    });
    const { one, two, three, four } = keys(configuration, 'one', 'two', 'three', 'four');
    configuration.write('of build-1', `build-1 ${one}\n`);
    configuration.write('.ssh/known_hosts2', `build-2 ${two}\n`);
    configuration.write('etc/ssh_known_hosts', `build-3 ${three}\nbuild-4 ${four}\n`);

    expect(await verdict(configuration, 'build-1', one)).toBeNull();
    expect(await verdict(configuration, 'build-2', two)).toBeNull();
    expect(await verdict(configuration, 'build-3', three)).toBeNull();
    expect(await verdict(configuration, 'build-4', four)).toBeNull();
  });

  test('among damaged lines, comments and blank ones', async () => {
    const configuration = aConfiguration();
    const { host } = keys(configuration, 'host');
    const [type, key] = (host ?? '').split(' ');
    const lines = [
      ...['# build-1', '', 'build-1', `build-1 ${type}`, `build-1 ${type} AAAA`, `build-1 ssh-rsa ${key}`],
      ...['|1|broken', '|9|c2FsdA==|aGFzaA== ssh-ed25519 AAAA', `@unheard-of build-1 ${host}`, '\0\0\0'],
      `  build-1\t${host}\r`,
    ];
    configuration.write('.ssh/known_hosts', lines.join('\n'));

    expect(await verdict(configuration, 'build-1', host)).toBeNull();
  });

  test('as soon as the file says so, without another look at the configuration', async () => {
    const configuration = aConfiguration();
    const { host } = keys(configuration, 'host');
    const { hostKeys } = await configuration.resolve('build-1');
    expect(await hostKeys.verify(blob(host))).toMatch(/is not known/);

    configuration.write('.ssh/known_hosts', `build-1 ${host}\n`);

    expect(await hostKeys.verify(blob(host))).toBeNull();
  });

  test('by its type, so that a server with several keys is asked for that one', async () => {
    const configuration = aConfiguration();
    const made = keys(configuration, 'a-ecdsa', 'b-rsa_2048', 'revoked');
    configuration.write(
      '.ssh/known_hosts',
      `build-1 ${made['a-ecdsa']}\nbuild-1 ${made['b-rsa_2048']}\n@revoked build-1 ${made['revoked']}\n`,
    );

    const { hostKeys } = await configuration.resolve('build-1');

    expect(hostKeys.algorithms).toEqual(['ecdsa-sha2-nistp256', 'ssh-rsa']);
    expect((await configuration.resolve('build-2')).hostKeys.algorithms).toEqual([]);
    expect((await configuration.resolve('build-1:2222')).hostKeys.algorithms).toEqual(hostKeys.algorithms);
  });
});

describe('a key that has changed', () => {
  test.each(['ask', 'accept-new'])(
    'is refused with %s, with the line of the old one and the mend',
    async (value) => {
      const configuration = aConfiguration({ '.ssh/config': `StrictHostKeyChecking ${value}\n` });
      const { old, host, another } = keys(configuration, 'old', 'host', 'another-ecdsa');
      configuration.write('.ssh/known_hosts', `\nbuild-1 ${another ?? ''}\n[build-1]:2222 ${old}\n`);

      expect(await verdict(configuration, 'build-1:2222', host)).toBe(
        `its host key has changed: it shows ssh-ed25519 ${fingerprint(configuration, 'host')}, and ` +
          '~/.ssh/known_hosts line 3 has another one, so either the machine was set up anew or something stands in ' +
          'between; find out which, and if all is well run ssh-keygen -f ~/.ssh/known_hosts ' +
          "-R '[build-1]:2222' and make the new key known",
      );
    },
  );

  test('to another type is refused as well, as ssh does', async () => {
    const configuration = aConfiguration({ '.ssh/config': 'StrictHostKeyChecking accept-new\n' });
    const made = keys(configuration, 'old-ecdsa', 'host');
    configuration.write('.ssh/known_hosts', `build-1 ${made['old-ecdsa']}\n`);

    expect(await verdict(configuration, 'build-1', made['host'])).toMatch(/has changed.*known_hosts line 1/);
  });

  test('is taken with StrictHostKeyChecking no, and the file stays as it is', async () => {
    const configuration = aConfiguration({ '.ssh/config': 'StrictHostKeyChecking no\n' });
    const { old, host } = keys(configuration, 'old', 'host');
    const file = configuration.write('.ssh/known_hosts', `build-1 ${old}\n`);

    expect(await verdict(configuration, 'build-1', host)).toBeNull();
    expect(readFileSync(file, 'utf8')).toBe(`build-1 ${old}\n`);
  });
});

describe('a key that must not be used', () => {
  test.each(['ask', 'accept-new', 'no'])(
    'because it is revoked is refused with %s, even where it is known',
    async (value) => {
      const configuration = aConfiguration({ '.ssh/config': `StrictHostKeyChecking ${value}\n` });
      const { host } = keys(configuration, 'host');
      configuration.write('.ssh/known_hosts', `build-1 ${host}\n@revoked * ${host}\n`);

      expect(await verdict(configuration, 'build-1:2222', host)).toMatch(
        /^its host key ssh-ed25519 SHA256:\S+ is revoked in ~\/\.ssh\/known_hosts line 2; give the machine a new one$/,
      );
    },
  );

  test('because it is short is refused', async () => {
    const configuration = aConfiguration({ '.ssh/config': 'RequiredRSASize 3072\n' });
    const made = keys(configuration, 'short-rsa_2048', 'long-rsa_3072');
    configuration.write(
      '.ssh/known_hosts',
      `build-1 ${made['short-rsa_2048']}\nbuild-2 ${made['long-rsa_3072']}\n`,
    );

    expect(await verdict(configuration, 'build-1', made['short-rsa_2048'])).toMatch(
      /has 2048 bits, fewer than 3072/,
    );
    expect(await verdict(configuration, 'build-2', made['long-rsa_3072'])).toBeNull();
  });
});
