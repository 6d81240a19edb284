import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Destination } from '../../src/hosts/ssh/destination.js';
import { destinationOf } from './sshd-destination.js';

/** Every process below a server of these tests has this name in its environment, with the number of the server. */
const MARK = 'SYMPHONY_TEST_SSHD';
const STARTS = 5;

/** A real OpenSSH server on loopback, with keys of its own. */
export interface Sshd {
  /** Another one after `listenAgain`, as somebody else may have taken the first meanwhile. */
  readonly port: number;
  /** Holds keys and what commands keep for a while. */
  readonly directory: string;
  /** What HOME is there. */
  readonly home: string;
  /** The server's public key, as in `known_hosts`. */
  readonly hostKey: string;
  /** How to come in. */
  readonly destination: (changes?: Partial<Destination>) => Destination;
  /** The processes of the server's sessions: `sshd: user [priv]` and those below it that are sshd, too. */
  readonly sessions: () => number[];
  /** What was started there and lives, by a part of its command line. */
  readonly running: (part: string) => number[];
  /** Ends the one that listens; sessions go on. */
  readonly stopListening: () => Promise<void>;
  /** Has a new one listen, after the last one was stopped. */
  readonly listenAgain: () => Promise<void>;
  /** Ends it with all below it, and removes its files. */
  readonly end: () => Promise<void>;
}

export interface SshdOptions {
  readonly name?: string;
  /** What the environment of commands begins with. */
  readonly env?: { readonly [name: string]: string };
  /** Further lines of sshd_config. */
  readonly config?: readonly string[];
  readonly home?: string;
  /** What `ssh-keygen` is told about the kind of its keys, after `-t`. */
  readonly keyType?: readonly string[];
  /** The program that stands at /bin/sh for this server alone. Needs root. */
  readonly shell?: string;
}

/** Why no server can be started here; null when it can. */
export function withoutSshd(): string | null {
  if (sshdPath() === null) return 'because sshd is not installed';
  return spawnSync('ssh-keygen', ['-?'], { stdio: 'ignore' }).error === undefined
    ? null
    : 'because ssh-keygen is not installed';
}

function sshdPath(): string | null {
  return ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/bin/sshd'].find((path) => existsSync(path)) ?? null;
}

/** Starts a server. Its host key and the user's key are new. */
export async function launchSshd(options: SshdOptions = {}): Promise<Sshd> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'symphony-sshd-')));
  const home = options.home ?? join(directory, 'home');
  mkdirSync(home, { recursive: true });
  mkdirSync(join(directory, 'tmp'));
  makeKey(join(directory, 'host_key'), options.keyType);
  makeKey(join(directory, 'user_key'), options.keyType);
  const id = directory.slice(directory.lastIndexOf('-') + 1);
  const configure = (port: number): string => configuration(directory, port, id, home, options);
  const first = await listening(directory, configure, options.shell);
  let { port } = first;
  const hostKey = (await readFile(join(directory, 'host_key.pub'), 'utf8')).trim();
  const listeners = [first.child];
  const stopListening = async (): Promise<void> => {
    await Promise.all(listeners.map(killed));
  };
  const ofListeners = (): number[] => listeners.flatMap(({ pid }) => below(pid ?? 0));
  return {
    get port() {
      return port;
    },
    directory,
    home,
    hostKey,
    destination: (changes) => ({
      ...destinationOf({ name: options.name ?? 'build-1', port, directory, hostKey }),
      ...changes,
    }),
    sessions: () => ofListeners().filter((below) => commandOf(below).startsWith('sshd:')),
    running: (part) => marked(id).filter((each) => commandOf(each).includes(part)),
    stopListening,
    listenAgain: async () => {
      const next = await listening(directory, configure, options.shell);
      listeners.push(next.child);
      ({ port } = next);
    },
    end: async () => {
      killAll([...marked(id), ...ofListeners()]);
      await stopListening();
      killAll(marked(id));
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** Makes a key pair without a passphrase. */
export function makeKey(path: string, type: readonly string[] = ['ed25519']): void {
  const args = ['-q', '-N', '', '-f', path, '-t', ...type];
  const made = spawnSync('ssh-keygen', args, { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`ssh-keygen failed: ${made.stderr}`);
}

function configuration(
  directory: string,
  port: number,
  id: string,
  home: string,
  options: SshdOptions,
): string {
  const env = { HOME: home, TMPDIR: join(directory, 'tmp'), [MARK]: id, ...options.env };
  return [
    ...(options.config ?? []),
    'ListenAddress 127.0.0.1',
    `Port ${port}`,
    `HostKey ${directory}/host_key`,
    `AuthorizedKeysFile ${directory}/user_key.pub`,
    'PidFile none',
    'StrictModes no',
    'UsePAM no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    `SetEnv ${Object.entries(env)
      .map(([name, value]) => `"${name}=${value}"`)
      .join(' ')}`,
    '',
  ].join('\n');
}

/** Another program may take the port between the look and the start, so there is more than one try. */
async function listening(
  directory: string,
  configure: (port: number) => string,
  shell: string | undefined,
): Promise<{ child: ChildProcess; port: number }> {
  // Where sshd is started as root it wants this directory, which a boot of the machine would have made.
  if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  for (let tries = 1; ; tries++) {
    const port = await freePort();
    await writeFile(join(directory, 'sshd_config'), configure(port));
    const { child, said } = await start(directory, shell);
    if (said === null) return { child, port };
    if (tries === STARTS) throw new Error(`sshd did not start: ${said}`);
  }
}

/** Starts one as it is configured; what it said before it ended, null once it listens. */
async function start(
  directory: string,
  shell: string | undefined,
): Promise<{ child: ChildProcess; said: string | null }> {
  const [program = '', ...args] = commandLine(join(directory, 'sshd_config'), shell);
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  return { child, said: await begun(child) };
}

function commandLine(config: string, shell: string | undefined): string[] {
  const sshd = [sshdPath() ?? 'sshd', '-D', '-e', '-f', config];
  if (shell === undefined) return sshd;
  // In mounts of its own, so that nobody else sees the other shell.
  const script = 'mount --bind "$0" "$(readlink -f /bin/sh)" && exec "$@"';
  return ['unshare', '-m', 'sh', '-c', script, shell, ...sshd];
}

/** Null once it listens, else what it said before it ended. */
function begun(child: ChildProcess): Promise<string | null> {
  return new Promise((resolve) => {
    let said = '';
    child.stderr?.on('data', (chunk) => {
      said += chunk;
      if (said.includes('Server listening')) resolve(null);
    });
    child.once('exit', () => resolve(said));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function commandOf(pid: number): string {
  return readOf(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
}

function readOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Gone meanwhile.
    return '';
  }
}

function pids(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function parentOf(pid: number): number {
  const stat = readOf(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
}

/** All processes below one, by their parents. */
function below(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const each of pids()) {
    const parent = parentOf(each);
    children.set(parent, [...(children.get(parent) ?? []), each]);
  }
  const found: number[] = [];
  for (const next = [pid]; next.length > 0; ) {
    const own = children.get(next.pop() ?? 0) ?? [];
    found.push(...own);
    next.push(...own);
  }
  return found;
}

function marked(id: string): number[] {
  return pids().filter((pid) => readOf(`/proc/${pid}/environ`).split('\0').includes(`${MARK}=${id}`));
}

/** The one of these processes that has started the others; numbers do not tell that, as they begin anew after the last. */
export function eldest(pids: readonly number[]): number {
  const found = pids.find((pid) => !pids.includes(parentOf(pid)));
  if (found === undefined) throw new Error('there is no such process');
  return found;
}

/** Signals those of these processes that are still there. */
export function killAll(pids: readonly number[], signal: NodeJS.Signals = 'SIGKILL'): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // Gone meanwhile.
    }
  }
}
