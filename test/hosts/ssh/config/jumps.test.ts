import { describe, expect, test } from 'vitest';
import type { Destination } from '../../../../src/hosts/ssh/destination.js';
import { aConfiguration } from './configuration.js';

/** From the goal to the first machine. */
function wayOf(destination: Destination | null): string[] {
  if (destination === null) return [];
  const { user, host, port, via } = destination;
  return [`${user}@${host}:${port}`, ...wayOf(via)];
}

describe('ProxyJump', () => {
  test('leads through other machines, each with its own configuration', async () => {
    const { resolve } = aConfiguration({
      '.ssh/config': [
        'Host gate',
        '  HostName gate.example.org',
        '  User guard',
        'Host build-*',
        '  ProxyJump gate,ops@inner:2200',
        '  User ci',
      ].join('\n'),
    });

    expect(wayOf(await resolve('build-1'))).toEqual([
      ...['ci@build-1:22', 'ops@inner:2200', 'guard@gate.example.org:22'],
    ]);
  });

  test('of a machine in between counts where the way to it is left open', async () => {
    const { resolve } = aConfiguration({
      '.ssh/config':
        'Host outer\n  ProxyJump none\nHost inner\n  ProxyJump outer\nHost build-1\n  ProxyJump inner\n',
    });

    expect(wayOf(await resolve('build-1'))).toEqual(['ada@build-1:22', 'ada@inner:22', 'ada@outer:22']);
  });

  test('knows what it leads to', async () => {
    const { resolve } = aConfiguration({ '.ssh/config': 'Host build-1\n  ProxyJump %r@gate-of-%h:2200\n' });

    expect(wayOf(await resolve('ci@build-1'))).toEqual(['ci@build-1:22', 'ci@gate-of-build-1:2200']);
  });

  test.each([
    ['ProxyJump none', 'ProxyJump gate'],
    ['ProxyCommand none', 'ProxyJump gate'],
  ])('"%s" before it switches it off', async (first, second) => {
    const { resolve } = aConfiguration({ '.ssh/config': `${first}\n${second}\n` });

    expect((await resolve('build-1')).via).toBeNull();
  });

  test('before a ProxyCommand is what counts', async () => {
    const { resolve } = aConfiguration({
      '.ssh/config': 'Host build-1\n  ProxyJump gate\nHost build-1\n  ProxyCommand nc %h %p\n',
    });

    expect(wayOf(await resolve('build-1'))).toEqual(['ada@build-1:22', 'ada@gate:22']);
  });

  test('to a machine whose own configuration leads back is an error that names the circle', async () => {
    const { failure } = aConfiguration({ '.ssh/config': 'Host *\n  ProxyJump gate\n' });

    expect(await failure('build-1')).toBe(
      '/home/.ssh/config line 2: ProxyJump leads in a circle, build-1 through gate through gate; ' +
        'put a Host block for the machine in the middle before the others, with ProxyJump none',
    );
  });

  test('through machines without end is an error', async () => {
    const { failure } = aConfiguration({ '.ssh/config': 'ProxyJump x%h\n' });

    expect(await failure('build-1')).toMatch(/line 1: ProxyJump leads through more than 8 machines/);
  });

  test.each(['gate,-oProxyCommand=id', 'gate,,inner', 'gate:port'])('%s is an error', async (value) => {
    const { failure } = aConfiguration({ '.ssh/config': `ProxyJump ${value}\n` });

    expect(await failure('build-1')).toMatch(/\/home\/\.ssh\/config line 1: ProxyJump gate/);
  });
});
