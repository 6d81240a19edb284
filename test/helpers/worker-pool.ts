import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { type Ending, type Order, Place, type Sections, until } from './board-daemon.js';
import { needsSshd } from './sshd.js';
import { killAll, launchSshd, type Sshd } from './sshd-server.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

/** What a test may choose of its pool. */
interface PoolSetup {
  readonly names?: readonly string[];
  readonly sections?: Sections;
  /** What the daemon finds in its environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** What commands on every worker find in theirs, besides its name as `WORKER`. */
  readonly workerEnv?: Readonly<Record<string, string>>;
  /** Lines of the SSH configuration for all of them. */
  readonly options?: readonly string[];
  /** Lines of the configuration of every server. */
  readonly sshdConfig?: readonly string[];
}

/** Notices a dead link after three seconds; what runs at the other end of it ends after five. A login may take its time. */
export const IMPATIENT = ['ServerAliveInterval 1', 'ServerAliveCountMax 2'];

/** A machine of a pool: a real SSH server, and a home of its own that holds all that is done there. */
export class Worker {
  readonly name: string;
  readonly sshd: Sshd;
  /** The way to it, with faults. */
  readonly proxy: TcpProxy;

  private constructor(name: string, sshd: Sshd, proxy: TcpProxy) {
    this.name = name;
    this.sshd = sshd;
    this.proxy = proxy;
  }

  static async begin(
    context: Ending,
    name: string,
    { workerEnv = {}, sshdConfig = [] }: Pick<PoolSetup, 'workerEnv' | 'sshdConfig'>,
  ): Promise<Worker> {
    const sshd = await launchSshd({ env: { ...workerEnv, WORKER: name }, config: sshdConfig });
    context.onTestFinished(sshd.end);
    mkdirSync(join(sshd.home, 'orders'));
    return new Worker(name, sshd, await startTcpProxy(() => sshd.port, context));
  }

  has(file: string): boolean {
    return existsSync(join(this.sshd.home, file));
  }

  /** The lines of a file in its home, none while it is not there. */
  lines(file: string): string[] {
    return this.has(file) ? readFileSync(join(this.sshd.home, file), 'utf8').split('\n').slice(0, -1) : [];
  }

  /** Writes a file in its home in one step. */
  write(file: string, content: string): void {
    const path = join(this.sshd.home, file);
    writeFileSync(`${path}.new`, content);
    renameSync(`${path}.new`, path);
  }

  /** What the agent of an issue is to do with its turn there. */
  order(identifier: string, order: Order): void {
    this.write(`orders/${identifier}`, `${order}\n`);
  }

  /** Ends its SSH server and all its connections, as a crash of the machine's sshd does; what runs there goes on. */
  async killServer(): Promise<void> {
    // One may go with another one before its turn has come.
    killAll(this.sshd.sessions());
    await this.sshd.stopListening();
  }

  /** What agents and hooks have written there, in order. */
  journal(): string[] {
    return this.lines('journal');
  }

  /** The issues whose agents have started there, in order. */
  starts(): string[] {
    return this.journal().flatMap((line) => /^start (\S+) /.exec(line)?.[1] ?? []);
  }

  /** The numbers of its processes that its journal tells: agents, and what a command told as `child <number>`. */
  processes(): number[] {
    return this.journal().flatMap((line) => {
      const [, pid] = /^(?:start \S+|child) (\d+)/.exec(line) ?? [];
      return pid === undefined ? [] : [Number(pid)];
    });
  }

  /** Waits until a file or directory of its home is gone. */
  async loses(file: string): Promise<void> {
    await until(
      `${file} gone from ${this.name}`,
      () => !this.has(file),
      () => this.journal().join('\n'),
    );
  }

  /** Waits for a line in its journal. */
  async tells(line: string | RegExp, times = 1): Promise<void> {
    const matches = (told: string): boolean => (typeof line === 'string' ? told === line : line.test(told));
    const look = (): boolean => this.journal().filter(matches).length >= times;
    await until(`${line} on ${this.name}`, look, () => this.journal().join('\n'));
  }
}

/** A local board whose issues are worked on at SSH workers by agents that follow orders; goes with its test. */
export class WorkerPool {
  readonly place: Place;
  readonly workers: readonly Worker[];
  readonly #directory: string;
  readonly #options: readonly string[];

  private constructor(
    place: Place,
    workers: readonly Worker[],
    directory: string,
    options: readonly string[],
  ) {
    this.place = place;
    this.workers = workers;
    this.#directory = directory;
    this.#options = options;
  }

  /** Skips the running test, with the reason, where no SSH server can be started. */
  static async begin(
    context: TestContext,
    { names = ['build-1', 'build-2', 'build-3'], sections = {}, options = [], ...setup }: PoolSetup = {},
  ): Promise<WorkerPool> {
    needsSshd(context);
    const directory = mkdtempSync(join(tmpdir(), 'symphony-ssh-'));
    context.onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const workers = await Promise.all(names.map((name) => Worker.begin(context, name, setup)));
    const env = { SYMPHONY_SSH_CONFIG: join(directory, 'config'), ...setup.env };
    const worker = { ssh_hosts: [...names], ...sections['worker'] };
    const workspace = { root: '~/workspaces', ...sections['workspace'] };
    // Made last, so that its daemons end first.
    const place = new Place(context, { ...sections, worker, workspace }, env);
    const pool = new WorkerPool(place, workers, directory, options);
    pool.know();
    pool.configure();
    return pool;
  }

  /** Writes which host keys are known, with another one for some hosts. */
  know(others: Readonly<Record<string, string>> = {}): void {
    const lines = this.workers.map(
      ({ name, sshd, proxy }) => `[127.0.0.1]:${proxy.port} ${others[name] ?? sshd.hostKey}\n`,
    );
    this.#write('known_hosts', lines.join(''));
  }

  /** Writes the SSH configuration, with lines for some hosts that go before their own. */
  configure(changes: Readonly<Record<string, readonly string[]>> = {}): void {
    const hosts = this.workers.flatMap(({ name, sshd, proxy }) => [
      `Host ${name}`,
      ...(changes[name] ?? []),
      'HostName 127.0.0.1',
      `Port ${proxy.port}`,
      `IdentityFile ${sshd.directory}/user_key`,
    ]);
    const all = [
      'Host *',
      'IdentitiesOnly yes',
      'IdentityAgent none',
      `UserKnownHostsFile ${this.#directory}/known_hosts`,
      'GlobalKnownHostsFile /dev/null',
      ...this.#options,
    ];
    this.#write('config', [...hosts, ...all, ''].join('\n'));
  }

  /** In one step, because daemons read it whenever they connect. */
  #write(name: string, content: string): void {
    const path = join(this.#directory, name);
    writeFileSync(`${path}.new`, content, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  worker(name: string): Worker {
    const worker = this.workers.find((each) => each.name === name);
    if (worker === undefined) throw new Error(`the pool has no ${name}`);
    return worker;
  }

  /** What the agent of an issue is to do with its turn, wherever it is. */
  order(identifier: string, order: Order): void {
    for (const worker of this.workers) worker.order(identifier, order);
  }

  /** The names of the workers on which agents of an issue have started, one for each start. */
  startsOf(identifier: string): string[] {
    return this.workers.flatMap((worker) =>
      worker.starts().flatMap((started) => (started === identifier ? [worker.name] : [])),
    );
  }

  /** What was done on the daemon's machine although it belongs on a worker. */
  doneLocally(): string[] {
    const traces = ['journal', 'workspaces', 'home/journal', 'home/workspaces', 'home/made-by'];
    return traces.filter((trace) => this.place.has(trace));
  }

  /** What a failed wait tells. */
  explain(): string {
    const journals = this.workers.flatMap((worker) => [`${worker.name}:`, ...worker.journal().slice(-30)]);
    return [...journals, this.place.explain()].join('\n');
  }
}
