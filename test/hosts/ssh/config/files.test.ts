import { chmodSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { resolveDestination } from '../../../../src/hosts/ssh/config/resolve.js';
import { aConfiguration } from './configuration.js';

describe('the files that are read', () => {
  test("are the user's and then the system's, where the first value counts", async () => {
    const { resolve } = aConfiguration({
      '.ssh/config': 'Host build-*\n  User ci\n  HostName %h.lab\n',
      'etc/ssh_config': 'User nobody\nPort 2200\n',
    });

    await expect(resolve('build-1')).resolves.toMatchObject({ user: 'ci', host: 'build-1.lab', port: 2_200 });
    await expect(resolve('other')).resolves.toMatchObject({ user: 'nobody', host: 'other', port: 2_200 });
  });

  test('may be missing', async () => {
    await expect(aConfiguration().resolve('Build-1')).resolves.toMatchObject({
      name: 'Build-1',
      host: 'build-1',
      port: 22,
      user: 'ada',
      identityFiles: [],
      agentSocket: null,
      identitiesOnly: false,
      via: null,
    });
  });

  test('is that of SYMPHONY_SSH_CONFIG alone, when it is set', async () => {
    const { context, write } = aConfiguration({
      '.ssh/config': 'User ci\n',
      'etc/ssh_config': 'Port 2200\n',
    });
    const own = { ...context, env: { SYMPHONY_SSH_CONFIG: write('workers', 'HostName there\n') } };
    const none = { ...context, env: { SYMPHONY_SSH_CONFIG: 'none' } };

    await expect(resolveDestination('build-1', own)).resolves.toMatchObject({
      host: 'there',
      user: 'ada',
      port: 22,
    });
    await expect(resolveDestination('build-1', none)).resolves.toMatchObject({
      host: 'build-1',
      user: 'ada',
    });
  });

  test('is an error when the one of SYMPHONY_SSH_CONFIG is missing', async () => {
    const { failure } = aConfiguration({}, { SYMPHONY_SSH_CONFIG: '/nowhere/config' });

    expect(await failure('build-1')).toBe(
      '/nowhere/config is missing; correct SYMPHONY_SSH_CONFIG, or make the file',
    );
  });

  test('is an error when others can change it', async () => {
    const { path, failure } = aConfiguration({ '.ssh/config': 'User ci\n' });
    chmodSync(path('.ssh/config'), 0o620);

    expect(await failure('build-1')).toMatch(
      /\/home\/\.ssh\/config can be changed by other users; run chmod go-w/,
    );
  });

  test('is an error when it is none', async () => {
    const { failure } = aConfiguration({ '.ssh/config/file': '' });

    expect(await failure('build-1')).toMatch(
      /\/home\/\.ssh\/config cannot be read \(EISDIR.*mend its permissions/,
    );
  });

  test('what is written in worker.ssh_hosts goes before all of them', async () => {
    const { resolve } = aConfiguration({
      '.ssh/config': 'Match user root\n  HostName wrong\nHost build-1\n  User ci\n  Port 2200\n',
    });

    await expect(resolve('bob@build-1:23')).resolves.toMatchObject({
      host: 'build-1',
      user: 'bob',
      port: 23,
    });
  });

  test('an address of a link keeps its interface', async () => {
    await expect(aConfiguration().resolve('[fe80::1%eth0]:2200')).resolves.toMatchObject({
      host: 'fe80::1%eth0',
    });
  });
});

describe('Include', () => {
  test.each([
    ['a relative path means ~/.ssh', 'config.d/workers'],
    ['~ is home', '~/.ssh/config.d/workers'],
    ['patterns are filled in', 'config.d/w?r[a-z]ers*'],
    ['tokens are filled in', '%d/.ssh/config.d/workers'],
  ])('%s', async (_, path) => {
    const { resolve } = aConfiguration({
      '.ssh/config': `Include ${path}\n`,
      '.ssh/config.d/workers': 'User ci\n',
    });

    await expect(resolve('build-1')).resolves.toMatchObject({ user: 'ci' });
  });

  test('reads in the order of names, hidden files only by their name', async () => {
    const { resolve } = aConfiguration({
      '.ssh/config': 'Include nothing-like-this *.conf\n',
      '.ssh/.hidden.conf': 'User hidden\n',
      '.ssh/20.conf': 'User late\nPort 20\n',
      '.ssh/10.conf': 'User early\n',
    });

    await expect(resolve('build-1')).resolves.toMatchObject({ user: 'early', port: 20 });
  });

  test('holds only for the block in which it stands, and its own blocks end with the file', async () => {
    const { resolve } = aConfiguration({
      '.ssh/config': 'Host build-*\n  Include more\n  Port 2200\n',
      '.ssh/more': 'Host *\n  User ci\nHost nothing\n',
    });

    await expect(resolve('build-1')).resolves.toMatchObject({ user: 'ci', port: 2_200 });
    await expect(resolve('other')).resolves.toMatchObject({ user: 'ada', port: 22 });
  });

  test('tells the file and the line of what it brings', async () => {
    const { failure } = aConfiguration({
      '.ssh/config': 'Include more\n',
      '.ssh/more': '\n\n  ProxyCommand nc %h %p\n',
    });

    expect(await failure('build-1')).toMatch(
      /^\/home\/\.ssh\/more line 3: ProxyCommand nc %h %p is not supported/,
    );
  });

  test('in a circle has an end', async () => {
    const { failure } = aConfiguration({ '.ssh/config': 'Include config\n' });

    expect(await failure('build-1')).toBe(
      '/home/.ssh/config line 1: more than 16 Includes lead here; remove the circle',
    );
  });

  test('of a file that others can change is an error', async () => {
    const { path, failure } = aConfiguration({ '.ssh/config': 'Include more\n', '.ssh/more': 'User ci\n' });
    chmodSync(path('.ssh/more'), 0o666);

    expect(await failure('build-1')).toMatch(/\/home\/\.ssh\/more can be changed by other users/);
  });
});
