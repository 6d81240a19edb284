import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import type { HostLink } from '../../../src/domain/snapshot.js';
import { systemClock } from '../../../src/engine/system-clock.js';
import { createHosts } from '../../../src/hosts/hosts.js';
import type { Hosts } from '../../../src/ports/host.js';
import { alive, aPlace, HARD_TREE, HARD_TREE_SIZE, runOn, startOn } from '../../helpers/processes.js';
import { writeSshConfiguration } from '../../helpers/ssh-configuration.js';
import { needsSshd, startSshd } from '../../helpers/sshd.js';
import type { Sshd } from '../../helpers/sshd-server.js';

beforeEach(needsSshd);

interface Scene {
  readonly hosts: Hosts;
  readonly links: [string, HostLink][];
  readonly config: string;
}

/** Hosts by a configuration of OpenSSH that knows each server by an alias. */
async function aScene(servers: { readonly [alias: string]: Sshd }): Promise<Scene> {
  const place = await aPlace();
  const config = await writeSshConfiguration(place, servers);
  const links: [string, HostLink][] = [];
  const hosts = createHosts({
    env: { PATH: process.env['PATH'], HOME: place, SYMPHONY_SSH_CONFIG: config },
    withheld: [],
    clock: systemClock,
    onLink: (host, link) => links.push([host, link]),
  });
  onTestFinished(() => hosts.close());
  return { hosts, links, config };
}

describe('the hosts of a daemon', () => {
  test('are its own machine and each worker, and what is done on one is done there', async () => {
    const [one, two] = [
      await startSshd({ env: { WHERE: 'one' } }),
      await startSshd({ env: { WHERE: 'two' } }),
    ];
    const { hosts } = await aScene({ 'build-1': one, 'build-2': two });
    const [first, second] = [hosts.get('build-1'), hosts.get('build-2')];

    expect(hosts.get('local').name).toBe('local');
    expect(hosts.get('build-1')).toBe(first);
    expect(await Promise.all([first, second].map((host) => host.absolutePath('~/place/.')))).toEqual([
      join(one.home, 'place'),
      join(two.home, 'place'),
    ]);
    await second.makeDirectory(await second.absolutePath('work'));
    await second.writeText(await second.absolutePath('work/file'), 'on two');
    expect(await readFile(join(two.home, 'work', 'file'), 'utf8')).toBe('on two');
    expect(await first.kindOf(join(one.home, 'place'))).toBe('missing');
    const where = await Promise.all(
      [first, second].map((host) => runOn(host, { command: 'echo "$WHERE"', cwd: '/' })),
    );
    expect(where.map(({ stdout }) => stdout)).toEqual(['one\n', 'two\n']);
  });

  test('are told apart in what is told of their connections', async () => {
    const [one, two] = [await startSshd(), await startSshd()];
    const { hosts, links } = await aScene({ 'build-1': one, 'build-2': two });

    const { process } = await startOn(hosts.get('build-2'), { command: 'read -r _', cwd: '/' });

    await expect.poll(() => links.at(-1)).toEqual(['build-2', { connections: 1, sessions: 1 }]);
    expect(links.filter(([host]) => host === 'build-1')).toEqual([]);
    process.closeStdin();
    await process.exited;
  });

  test('are reached or not, each for itself, and again once its configuration is mended', async () => {
    const [one, two] = [await startSshd(), await startSshd()];
    const { hosts, config } = await aScene({ 'build-1': one, 'build-2': two });
    await two.stopListening();

    await hosts.reach('local');
    await hosts.reach('build-1');
    await expect(hosts.reach('build-2')).rejects.toMatchObject({
      code: 'host_unreachable',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    const mended = (await readFile(config, 'utf8')).replaceAll(`${two.port}`, `${one.port}`);
    await writeFile(config, mended.replaceAll(two.directory, one.directory));
    await hosts.reach('build-2');
  });

  test('that do not show the known key are not used', async () => {
    const sshd = await startSshd();
    const { hosts, config } = await aScene({ 'build-1': sshd });
    await writeFile(join(config, '..', 'known_hosts'), '');

    await expect(hosts.get('build-1').list('/')).rejects.toMatchObject({ code: 'host_unreachable' });
    expect(sshd.running('')).toEqual([]);
  });

  test('end all that they hold when they are closed, whatever is under way', async () => {
    const [one, two] = [await startSshd(), await startSshd()];
    const { hosts } = await aScene({ 'build-1': one, 'build-2': two });
    const trees = await Promise.all(
      ['build-1', 'build-2', 'local'].map(async (name) => {
        const cwd = await aPlace();
        await mkdir(join(cwd, 'x'));
        const { lines } = await startOn(hosts.get(name), { command: HARD_TREE, cwd });
        return (await lines(HARD_TREE_SIZE)).map(Number);
      }),
    );

    await hosts.close();

    expect(alive(trees.flat())).toEqual([]);
    await expect.poll(() => [...one.running(''), ...two.running('')]).toEqual([]);
    await expect(hosts.get('build-1').list('/')).rejects.toMatchObject({ code: 'host_unreachable' });
  });
});

test('a worker gets no variable of the daemon but those that are shared, and of these no secret of the tracker', async () => {
  const server = await startSshd();
  const place = await aPlace();
  const config = await writeSshConfiguration(place, { 'build-1': server });
  const hosts = createHosts({
    env: {
      HOME: place,
      SYMPHONY_SSH_CONFIG: config,
      SHARED: 'yes',
      NOT_SHARED: 'no',
      KEY: 'no',
      TOKEN: 'no',
    },
    withheld: ['TOKEN'],
    clock: systemClock,
    onLink: () => {},
  });
  onTestFinished(() => hosts.close());
  let told = '';
  const started = await hosts.get('build-1').spawn({
    command: 'echo "$SHARED,$NOT_SHARED,$KEY,$TOKEN,$OWN"',
    cwd: server.home,
    env: { OWN: 'own' },
    sharedEnv: ['SHARED', 'KEY', 'TOKEN', 'UNSET'],
    withoutEnv: ['KEY'],
    marker: 'shared.',
    onStdout: (chunk) => {
      told += chunk;
    },
    onStderr: () => {},
  });
  await started.exited;

  expect(told.trim()).toBe('yes,,,,own');
});
