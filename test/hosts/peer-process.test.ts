import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { localHost } from '../../src/hosts/local.js';
import { agentRefusal, type LoopbackConnection } from '../../src/hosts/peer-process.js';
import { needs } from '../helpers/needs.js';
import { aPlace, startOn } from '../helpers/processes.js';
import { startProgram } from '../helpers/programs.js';

// Goal: an agent that has read the operator's token is told from a person all the same, and a person never for an agent.

/** For a machine that does much else. */
const PATIENT_MS = 60_000;
const GAVE_UP = expect.stringContaining('given up');

function aLocalHost() {
  const host = localHost(process.env);
  onTestFinished(() => host.close());
  return host;
}

/** A server on loopback, and the next connection to it; they end with the test, and with them who waits on them. */
async function aServer(address = '127.0.0.1') {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => {}))).listen(0, address);
  await once(server, 'listening');
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : 0;
  const accepted = async (): Promise<LoopbackConnection> => {
    if (sockets.length === 0) await once(server, 'connection');
    const { localPort, remotePort } = sockets[0] ?? {};
    return { localPort, remotePort };
  };
  return { port, accepted };
}

/** A root in which nobody works, and time to look on a machine that does much else. */
async function surroundings() {
  return { workspaceRoot: await aPlace(), limitMs: PATIENT_MS };
}

/** A bash script that connects and holds the connection for as long as the server does. */
function holds(port: number, address = '127.0.0.1'): string {
  return `exec 3<>/dev/tcp/${address}/${port}; read -r _ <&3`;
}

/** Leaves a command that nobody's processes lead to, and waits until it is on its own. */
async function leaveAlone(command: string, { cwd = '/', env = {} } = {}): Promise<void> {
  const script = `(setsid bash -c '${command}' >/dev/null 2>&1 </dev/null &)`;
  const shell = spawn('bash', ['-c', script], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: 'ignore',
  });
  await once(shell, 'exit');
}

describe('a connection', () => {
  beforeEach((context) => {
    needs(context, 'bash', 'setsid', 'env');
    if (!existsSync('/proc/net/tcp'))
      context.skip('because this machine does not tell who holds a connection');
  });

  test('of a process that this one has started is refused with its number', async () => {
    const { port, accepted } = await aServer();
    const { pid } = spawn('bash', ['-c', holds(port)], {
      cwd: '/',
      env: { PATH: process.env['PATH'] },
      stdio: 'ignore',
    });

    const refusal = await agentRefusal(await accepted(), await surroundings());

    expect(refusal).toBe(`The request was sent by process ${pid}, which an agent or a hook has started.`);
  });

  test('of a process that carries the marker of an agent is refused, whoever started it', async () => {
    const { port, accepted } = await aServer();
    await leaveAlone(holds(port), { env: { SYMPHONY_MARKER: 'another-daemon-run.1.2.' } });

    const refusal = await agentRefusal(await accepted(), await surroundings());

    expect(refusal).toContain('which an agent or a hook has started');
  });

  test('of a child that cleared the environment of a marked process is refused', async () => {
    const { port, accepted } = await aServer();
    const command = `env -i bash -c "${holds(port)}"; :`;
    await leaveAlone(command, { env: { SYMPHONY_MARKER: 'another-daemon-run.1.2.' } });

    const refusal = await agentRefusal(await accepted(), await surroundings());

    expect(refusal).toContain('which an agent or a hook has started');
  });

  test('of an orphan that left its session, its directory and its environment is refused', async () => {
    const { port, accepted } = await aServer();
    const command = `(env -i setsid bash -c 'cd /; ${holds(port)}' >/dev/null 2>&1 </dev/null &); echo; read -r _`;
    const agent = await startOn(aLocalHost(), { command, cwd: '/' });
    await agent.lines(1);

    const refusal = await agentRefusal(await accepted(), await surroundings());

    expect(refusal).toContain('which an agent or a hook has started');
  });

  test('of a process that works in a workspace is refused, also when the root is reached through a link', async () => {
    const { port, accepted } = await aServer();
    const root = await aPlace();
    await mkdir(join(root, 'real', 'A-1'), { recursive: true });
    await symlink(join(root, 'real'), join(root, 'link'));
    await leaveAlone(holds(port), { cwd: join(root, 'real', 'A-1') });

    const connection = await accepted();

    expect(
      await agentRefusal(connection, { workspaceRoot: join(root, 'link'), limitMs: PATIENT_MS }),
    ).toContain(`which works in a workspace under ${join(root, 'real')}`);
    expect(
      await agentRefusal(connection, { workspaceRoot: join(root, 'rea'), limitMs: PATIENT_MS }),
    ).toBeNull();
  });

  test('of this process itself, and of one that is nobody’s, is taken', async () => {
    const own = await aServer();
    const client = connect(own.port, '127.0.0.1');
    onTestFinished(() => {
      client.destroy();
    });
    const strange = await aServer();
    await leaveAlone(holds(strange.port));
    const place = await surroundings();

    expect(await agentRefusal(await own.accepted(), place)).toBeNull();
    expect(await agentRefusal(await strange.accepted(), place)).toBeNull();
  });

  test('over IPv6 is looked through as well', async (context) => {
    const probe = createServer().listen(0, '::1');
    const [failed] = await Promise.race([once(probe, 'listening'), once(probe, 'error')]).catch((error) => [
      error,
    ]);
    probe.close();
    if (failed !== undefined) context.skip('because this machine has no IPv6 loopback');
    const { port, accepted } = await aServer('::1');
    await startOn(aLocalHost(), { command: holds(port, '::1'), cwd: '/' });

    const refusal = await agentRefusal(await accepted(), await surroundings());

    expect(refusal).toContain('which an agent or a hook has started');
  });

  test('that was given up before anybody looked is refused', async () => {
    const { port, accepted } = await aServer();
    const client = connect(port, '127.0.0.1');
    const connection = await accepted();
    client.destroy();
    await once(client, 'close');
    const place = await surroundings();

    expect(await agentRefusal(connection, place)).toEqual(GAVE_UP);
    expect(await agentRefusal({ localPort: port, remotePort: undefined }, place)).toEqual(GAVE_UP);
  });

  test('is refused for the moment when the look takes too long', async () => {
    const { port, accepted } = await aServer();
    await leaveAlone(holds(port));
    const workspaceRoot = await aPlace();

    const refusal = await agentRefusal(await accepted(), { workspaceRoot, limitMs: 0 });

    expect(refusal).toContain('send it again');
  });

  test('to a daemon that an agent runs may come from that agent, and from no other', async () => {
    const inherited = process.env['SYMPHONY_MARKER'];
    onTestFinished(() => {
      if (inherited === undefined) delete process.env['SYMPHONY_MARKER'];
      else process.env['SYMPHONY_MARKER'] = inherited;
    });
    process.env['SYMPHONY_MARKER'] = 'outer-run.1.2.';
    const daemon = startProgram('tells-who-asks', await aPlace());
    const port = Number(await daemon.next());

    await leaveAlone(holds(port), { env: { SYMPHONY_MARKER: 'outer-run.1.2.' } });
    expect(await daemon.next()).toBe('taken');

    await leaveAlone(holds(port), { env: { SYMPHONY_MARKER: 'other-run.1.2.' } });
    expect(await daemon.next()).toContain('which an agent or a hook has started');
  });
});

describe('where the machine does not tell who holds a connection, nothing speaks against it', () => {
  const connection: LoopbackConnection = { localPort: 4000, remotePort: 50_000 };

  test('as where there is no such thing as /proc', async () => {
    expect(await agentRefusal(connection, { workspaceRoot: '/', proc: null })).toBeNull();
  });

  test.each([
    ['as where it has no list of connections', null],
    [
      'as where its list leaves out even our own server',
      'sl local_address rem_address st\n 0: 0100007F:C350 0100007F:0FA0 01\n',
    ],
  ])('%s', async (_where, list) => {
    const proc = await realpath(await mkdtemp(join(tmpdir(), 'symphony-proc-')));
    onTestFinished(() => rm(proc, { recursive: true, force: true }));
    await mkdir(join(proc, 'net'));
    if (list !== null) await writeFile(join(proc, 'net', 'tcp'), list);

    expect(await agentRefusal(connection, { workspaceRoot: '/', proc })).toBeNull();
  });
});
