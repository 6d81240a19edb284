import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { needs } from '../../helpers/needs.js';
import { aPlace, runOn } from '../../helpers/processes.js';
import { aWorker, keyless, withKey } from '../../helpers/ssh-workers.js';
import { needsSshd, startSshd } from '../../helpers/sshd.js';
import { makeKey } from '../../helpers/sshd-server.js';
import { startTcpProxy } from '../../helpers/tcp-proxy.js';
import { settled, VirtualClock } from '../../helpers/virtual-clock.js';

beforeEach(needsSshd);

/** An agent of OpenSSH with these keys; ended after the test. */
async function startAgent(directory: string, keys: readonly string[], passphrase = ''): Promise<string> {
  const socket = join(directory, 'agent');
  const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  const gone = once(agent, 'exit');
  onTestFinished(async () => {
    agent.kill();
    await gone;
  });
  await once(agent.stdout, 'data');
  for (const key of keys) {
    const env = {
      ...process.env,
      SSH_AUTH_SOCK: socket,
      SSH_ASKPASS: '/bin/echo',
      SSH_ASKPASS_REQUIRE: 'force',
    };
    // The program that asks prints what it is to say, which here is the prompt; so the passphrase comes by a script.
    const askpass = join(directory, 'askpass');
    spawnSync('sh', [
      '-c',
      'printf "#!/bin/sh\\necho %s\\n" "$1" >"$2" && chmod 700 "$2"',
      'sh',
      passphrase,
      askpass,
    ]);
    const added = spawnSync('ssh-add', [key], { env: { ...env, SSH_ASKPASS: askpass }, encoding: 'utf8' });
    if (added.status !== 0) throw new Error(`ssh-add failed: ${added.stderr}`);
  }
  return socket;
}

/** A server that takes connections and says nothing. */
async function aSilentServer(): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    onTestFinished(() => {
      socket.destroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('a worker cannot be reached', () => {
  test('with a key that it does not know', async () => {
    const sshd = await startSshd();
    makeKey(join(sshd.directory, 'other_key'));
    const { host } = aWorker(withKey(sshd.destination(), sshd.directory, 'other_key'));

    await expect(host.reach()).rejects.toMatchObject({
      code: 'host_unreachable',
      message: expect.stringMatching(
        /^build-1: \S+ was not let in with .*other_key; add the public key to ~\/\.ssh/,
      ),
    });
  });

  test('when an agent holds more keys than it lets try, and the message says what to do', async (context) => {
    needs(context, 'ssh-agent', 'ssh-add');
    const sshd = await startSshd({ config: ['MaxAuthTries 2'] });
    const others = [1, 2, 3].map((number) => join(sshd.directory, `other-${number}`));
    for (const other of others) makeKey(other);
    const agentSocket = await startAgent(sshd.directory, [...others, join(sshd.directory, 'user_key')]);
    const { host } = aWorker(keyless(sshd.destination({ agentSocket, identitiesOnly: false })));

    await expect(host.reach()).rejects.toMatchObject({
      code: 'host_unreachable',
      message: expect.stringMatching(/too many \(MaxAuthTries\); name the right one with IdentityFile/),
    });
  });

  test('without any key', async () => {
    const sshd = await startSshd();

    await expect(aWorker(keyless(sshd.destination())).host.reach()).rejects.toMatchObject({
      code: 'host_unreachable',
      message: expect.stringContaining('name one with IdentityFile'),
    });
  });

  test('with an encrypted key that no agent holds, and the message says what to do', async () => {
    const sshd = await startSshd();
    spawnSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'secret', '-f', join(sshd.directory, 'user_key')]);

    await expect(aWorker(sshd.destination()).host.reach()).rejects.toMatchObject({
      code: 'host_unreachable',
      message: expect.stringMatching(/user_key is encrypted and no agent holds it: run ssh-add/),
    });
  });

  test('when its host key is not the known one, and nothing is offered to it', async () => {
    const sshd = await startSshd({ config: ['LogLevel VERBOSE'] });
    const verify = async () => 'its host key has changed: look into known_hosts';
    const { host } = aWorker(sshd.destination({ hostKeys: { algorithms: [], verify } }));

    await expect(host.reach()).rejects.toMatchObject({
      code: 'host_unreachable',
      message: 'build-1: its host key has changed: look into known_hosts',
    });
  });

  test('where nothing listens, at a name that nobody knows, and through a machine that is not there', async () => {
    const sshd = await startSshd();
    await sshd.stopListening();
    const at = (changes: Parameters<typeof sshd.destination>[0]) =>
      aWorker(sshd.destination(changes)).host.reach();

    await expect(at({})).rejects.toMatchObject({
      code: 'host_unreachable',
      message: expect.stringMatching(/nothing listens at 127\.0\.0\.1:\d+ \(ECONNREFUSED\)/),
    });
    // Where no name server answers, the system itself takes its time to say so.
    await expect(at({ host: 'no-such-machine.invalid', connectTimeoutMs: 90_000 })).rejects.toMatchObject({
      code: 'host_unreachable',
      message: expect.stringContaining('the name no-such-machine.invalid is not known'),
    });
    await expect(at({ via: sshd.destination({ name: 'gateway' }) })).rejects.toMatchObject({
      code: 'host_unreachable',
      message: expect.stringMatching(/^gateway: nothing listens/),
    });
  }, 120_000);

  test('when it takes the connection and says nothing, after its connect timeout', async () => {
    const clock = new VirtualClock();
    const sshd = await startSshd();
    const destination = sshd.destination({ port: await aSilentServer(), connectTimeoutMs: 3_000 });
    const failure = aWorker(destination, clock)
      .host.reach()
      .catch((error: unknown) => error);
    let isOver = false;
    void failure.then(() => {
      isOver = true;
    });
    while (clock.pending === 0) await settled();

    await clock.advance(2_999);
    expect(isOver).toBe(false);
    await clock.advance(1);

    expect(await failure).toMatchObject({
      code: 'host_unreachable',
      message: expect.stringContaining('within 3 s (ConnectTimeout)'),
    });
  });
});

describe('a worker is reached', () => {
  test('with a key of the agent, encrypted or not', async (context) => {
    needs(context, 'ssh-agent', 'ssh-add');
    const sshd = await startSshd();
    const key = join(sshd.directory, 'user_key');
    spawnSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'secret', '-f', key]);
    const agentSocket = await startAgent(sshd.directory, [key], 'secret');

    await aWorker(sshd.destination({ agentSocket })).host.reach();
    await aWorker(keyless(sshd.destination({ agentSocket, identitiesOnly: false }))).host.reach();
    await expect(aWorker(keyless(sshd.destination({ agentSocket }))).host.reach()).rejects.toMatchObject({
      code: 'host_unreachable',
    });
  });

  test('by the private part that an agent holds of a key whose public file is named', async (context) => {
    needs(context, 'ssh-agent', 'ssh-add');
    const sshd = await startSshd();
    const agentSocket = await startAgent(sshd.directory, [join(sshd.directory, 'user_key')]);
    await rm(join(sshd.directory, 'user_key'));
    const destination = withKey(sshd.destination({ agentSocket }), sshd.directory, 'user_key.pub');

    await aWorker(destination).host.reach();
  });

  test('with a key from a file when the agent has gone, or holds too many other ones first', async (context) => {
    needs(context, 'ssh-agent', 'ssh-add');
    const sshd = await startSshd();
    await aWorker(sshd.destination({ agentSocket: join(sshd.directory, 'no-agent') })).host.reach();
    const others = Array.from({ length: 8 }, (_, index) => join(sshd.directory, `other-${index}`));
    for (const other of others) makeKey(other);
    const agentSocket = await startAgent(sshd.directory, [...others, join(sshd.directory, 'user_key')]);

    await aWorker(sshd.destination({ agentSocket, identitiesOnly: false })).host.reach();
  });

  test('with every kind of key that OpenSSH makes, on both sides', async () => {
    const kinds = [
      ['ssh-rsa', 'rsa', '-b', '2048'],
      ['ecdsa-sha2-nistp384', 'ecdsa', '-b', '384'],
    ];
    for (const [known = '', ...type] of kinds) {
      const sshd = await startSshd({ keyType: type });
      const { hostKeys } = sshd.destination();
      const { host } = aWorker(sshd.destination({ hostKeys: { ...hostKeys, algorithms: [known] } }));
      await host.reach();
    }
  });

  test('through another machine, and what was opened there ends with it', async () => {
    const gateway = await startSshd({ name: 'gateway' });
    const sshd = await startSshd();
    const { host } = aWorker(sshd.destination({ via: gateway.destination({ name: 'gateway' }) }));
    const cwd = await aPlace();

    expect((await runOn(host, { command: 'echo through', cwd })).stdout).toBe('through\n');
    expect(gateway.sessions()).not.toEqual([]);

    await host.close();
    await expect.poll(() => [...gateway.sessions(), ...sshd.sessions()]).toEqual([]);
  });

  test('again, when it turned connections away because it was busy', async () => {
    const sshd = await startSshd();
    const proxy = await startTcpProxy(sshd.port);
    const { host } = aWorker(sshd.destination({ port: proxy.port }));
    proxy.turnAway(2);

    expect(await host.list(sshd.home)).toEqual([]);
    expect(proxy.accepted()).toBe(1);
  });

  test('again, when it was busy as it was asked whether it answers', async () => {
    const sshd = await startSshd();
    const proxy = await startTcpProxy(sshd.port);
    const { host } = aWorker(sshd.destination({ port: proxy.port }));
    proxy.turnAway(2);

    await host.reach();
    expect(proxy.accepted()).toBe(1);
  });

  test('as soon as it is back, and until then everything fails with the reason and without a wait', async () => {
    const sshd = await startSshd();
    let isThere = false;
    let asked = 0;
    const clock = new VirtualClock();
    const { host } = aWorker(async () => {
      asked += 1;
      return sshd.destination({ port: isThere ? sshd.port : 1 });
    }, clock);

    await expect(host.reach()).rejects.toMatchObject({ code: 'host_unreachable' });
    await expect(host.list(sshd.home)).rejects.toMatchObject({
      message: expect.stringContaining('ECONNREFUSED'),
    });
    expect(asked).toBe(1);
    isThere = true;
    await host.reach();

    expect(await host.list(sshd.home)).toEqual([]);
  });
});
