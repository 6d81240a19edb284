import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { SymphonyError } from '../domain/error.js';
import type { HostProcess, ProcessExit, SpawnSpec } from '../ports/host.js';
import { loginShell, SUPERVISOR } from './supervisor.js';

/** The supervisor ends a tree well within this; a machine under load gets some more. */
const STOP_LIMIT_MS = 8_000;
/** Output that is still in the pipe when a command exits; a process that escaped the sweep must not hold it open. */
const DRAIN_LIMIT_MS = 500;

/** Starts a command under the supervisor, with the host's environment and what is added to it; resolves once it runs. */
export async function superviseLocally(
  spec: SpawnSpec,
  hostEnv: Readonly<Record<string, string | undefined>>,
): Promise<SupervisedProcess> {
  const env: NodeJS.ProcessEnv = { ...hostEnv, ...spec.env };
  for (const name of spec.withoutEnv) delete env[name];
  const args = ['-c', SUPERVISOR, 'symphony', spec.marker, ...loginShell(spec.command, spec.withoutEnv)];
  const child = spawn('/bin/sh', args, {
    cwd: spec.cwd,
    env,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const supervised = new SupervisedProcess(child, spec);
  await supervised.running;
  return supervised;
}

/** A command, its supervisor and their control channel. */
export class SupervisedProcess implements HostProcess {
  readonly running: Promise<void>;
  readonly exited: Promise<ProcessExit>;
  readonly #child: ChildProcess;
  readonly #control: Duplex;
  #processId = 0;
  #survivors: readonly number[] = [];
  #stopping: Promise<{ readonly survivors: readonly number[] }> | null = null;
  #hasExited = false;

  constructor(child: ChildProcess, spec: SpawnSpec) {
    this.#child = child;
    this.#control = child.stdio[3] as Duplex;
    child.stdout?.on('data', spec.onStdout);
    child.stderr?.on('data', spec.onStderr);
    // A command that has gone, or never came, breaks its pipes; its exit is what is told.
    for (const stream of child.stdio) stream?.on('error', () => {});
    this.running = this.#listen(spec);
    this.exited = this.#awaitExit();
  }

  get processId(): number {
    return this.#processId;
  }

  write(text: string): void {
    const { stdin } = this.#child;
    if (stdin?.writable) stdin.write(text);
  }

  closeStdin(): void {
    this.#child.stdin?.end();
  }

  stop(graceMs: number): Promise<{ readonly survivors: readonly number[] }> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  async #stop(graceMs: number): Promise<{ readonly survivors: readonly number[] }> {
    this.closeStdin();
    if (graceMs > 0 && (await this.#exitsWithin(graceMs))) return { survivors: this.#survivors };
    if (this.#control.writable) this.#control.write('stop\n');
    if (!(await this.#exitsWithin(STOP_LIMIT_MS))) this.#killGroup();
    await this.#exitsWithin(DRAIN_LIMIT_MS * 2);
    return { survivors: this.#survivors };
  }

  async #exitsWithin(limitMs: number): Promise<boolean> {
    if (this.#hasExited) return true;
    let timer: NodeJS.Timeout | undefined;
    const elapsed = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), limitMs);
    });
    const exited = this.exited.then(() => true as const);
    const result = await Promise.race([exited, elapsed]);
    clearTimeout(timer);
    return result;
  }

  /** The supervisor itself hangs, as on a machine out of processes: at least its group ends. */
  #killGroup(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Gone meanwhile, which is what was wanted.
    }
  }

  /** Reads the control channel to its end; settles with its first line. */
  #listen(spec: SpawnSpec): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (reason: string): void => reject(spawnFailed(spec, reason));
      let text = '';
      this.#control.setEncoding('utf8');
      this.#control.on('data', (chunk: string) => {
        const lines = (text + chunk).split('\n');
        text = lines.pop() ?? '';
        for (const line of lines) this.#hear(line, resolve, fail);
      });
      this.#child.once('error', (error) => fail(error.message));
      this.#child.once('exit', () => fail('it ended before it began'));
    });
  }

  #hear(line: string, begun: () => void, failed: (reason: string) => void): void {
    const [word, ...rest] = line.split(' ');
    if (word === 'failed') failed(rest.join(' '));
    if (word === 'left') this.#survivors = rest.map(Number);
    if (word !== 'pid') return;
    this.#processId = Number(rest[0]);
    begun();
  }

  #awaitExit(): Promise<ProcessExit> {
    return new Promise((resolve) => {
      let exit: ProcessExit = { code: null, signal: null };
      let drain: NodeJS.Timeout | undefined;
      const settle = (): void => {
        clearTimeout(drain);
        this.#hasExited = true;
        for (const stream of this.#child.stdio) stream?.destroy();
        resolve(exit);
      };
      this.#child.once('error', settle);
      this.#child.once('exit', (code, signal) => {
        exit = { code, signal };
        drain = setTimeout(settle, DRAIN_LIMIT_MS);
      });
      this.#child.once('close', settle);
    });
  }
}

function spawnFailed(spec: SpawnSpec, reason: string): SymphonyError {
  return new SymphonyError(
    'process_spawn_failed',
    `a command could not be started in ${spec.cwd}: ${reason}. See that the directory and bash exist and that the ` +
      'machine has processes and memory left',
  );
}
