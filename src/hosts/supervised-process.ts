import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex } from 'node:stream';
import { errorMessage, SymphonyError } from '../domain/error.js';
import type { HostProcess, ProcessExit, SpawnSpec } from '../ports/host.js';
import { exitOf } from './exit-status.js';
import { loginShell } from './login-shell.js';
import { SUPERVISOR } from './supervisor.js';

/** The supervisor ends a tree in two or three seconds; on a machine where hundreds end at once it takes longer. */
const STOP_LIMIT_MS = 20_000;
/** After the sweep only a process that escaped it can hold the output open; silence this long gives up on it. */
const DRAIN_SILENCE_MS = 200;
/** And one that keeps talking is not listened to for longer than this. */
const DRAIN_LIMIT_MS = 3_000;

/** Here orders and reports share one socket, and the script is a variable, so that `ps` shows commands and no script. */
const LOCAL_SUPERVISOR = `unset SYMPHONY_SUPERVISOR; exec 4>&3\n${SUPERVISOR}`;
const RUN_SUPERVISOR = 'eval "$SYMPHONY_SUPERVISOR"';

/** Starts the supervisor of a command, with the host's environment and what is added to it; `running` follows. */
export async function startSupervised(
  spec: SpawnSpec,
  hostEnv: Readonly<Record<string, string | undefined>>,
): Promise<SupervisedProcess> {
  const env: NodeJS.ProcessEnv = { ...hostEnv, ...spec.env, SYMPHONY_SUPERVISOR: LOCAL_SUPERVISOR };
  for (const name of spec.withoutEnv) delete env[name];
  const child = spawnShell(spec, env);
  // Without a process there are no streams either; the error event tells why.
  if (child.pid === undefined) {
    const error = await new Promise((resolve) => child.once('error', resolve));
    throw spawnFailed(spec, errorMessage(error), error);
  }
  return new SupervisedProcess(child, spec);
}

function spawnShell(spec: SpawnSpec, env: NodeJS.ProcessEnv): ChildProcess {
  const command = loginShell(spec.command, spec.withoutEnv);
  try {
    return spawn('/bin/sh', ['-c', RUN_SUPERVISOR, 'symphony', spec.marker, ...command], {
      cwd: spec.cwd,
      env,
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    });
  } catch (error) {
    // A NUL in the command or in a variable; Node refuses it before anything is started.
    throw spawnFailed(spec, errorMessage(error), error);
  }
}

/** A command, its supervisor and their channel. */
export class SupervisedProcess implements HostProcess {
  /** Settles once the command runs. */
  readonly running: Promise<void>;
  readonly exited: Promise<ProcessExit>;
  readonly #child: ChildProcess;
  readonly #channel: Duplex;
  #processId = 0;
  #survivors: readonly number[] = [];
  #stopped: Promise<{ readonly survivors: readonly number[] }> | null = null;
  #giveUp: () => void = () => {};

  constructor(child: ChildProcess, spec: SpawnSpec) {
    this.#child = child;
    this.#channel = child.stdio[3] as Duplex;
    // A command that has gone, or never came, breaks its pipes; its exit is what is told.
    for (const stream of child.stdio) stream?.on('error', () => {});
    child.on('error', () => {});
    child.stdout?.on('data', spec.onStdout);
    child.stderr?.on('data', spec.onStderr);
    this.exited = this.#awaitExit();
    this.running = this.#listen(spec);
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
    this.closeStdin();
    const order = setTimeout(() => this.#orderEnd(), graceMs);
    void this.exited.then(() => clearTimeout(order));
    this.#stopped ??= this.exited.then(() => ({ survivors: this.#survivors }));
    return this.#stopped;
  }

  /** Ending the channel is the order, the same as the daemon's death gives; what does not come of it in time is given up. */
  #orderEnd(): void {
    if (this.#channel.writableEnded) return;
    this.#channel.end();
    // The watcher is left to go on: it may only be slow, and nobody else can find the rest of the tree.
    const limit = setTimeout(() => {
      if (this.#survivors.length === 0) this.#survivors = [this.#processId];
      this.#giveUp();
    }, STOP_LIMIT_MS);
    void this.exited.then(() => clearTimeout(limit));
  }

  /** The supervisor was killed, and perhaps its watcher with it: at least their group ends. */
  #killGroup(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // Gone meanwhile, which is what was wanted.
    }
  }

  /** Reads the reports; settles with the first one. */
  #listen(spec: SpawnSpec): Promise<void> {
    return new Promise((resolve, reject) => {
      const hear = (line: string): void => {
        const [word, ...rest] = line.split(' ');
        if (word === 'pid') {
          this.#processId = Number(rest[0]);
          resolve();
        } else if (word === 'failed') reject(spawnFailed(spec, rest.join(' ')));
        else if (word === 'left') this.#survivors = rest.map(Number);
      };
      let text = '';
      this.#channel.setEncoding('utf8');
      this.#channel.on('data', (chunk: string) => {
        const lines = (text + chunk).split('\n');
        text = lines.pop() ?? '';
        for (const line of lines) hear(line);
      });
      this.#channel.once('close', () => reject(spawnFailed(spec, 'the shell ended before it began')));
    });
  }

  /** The supervisor, or after a violent death its watcher, has said its last word, and the output is read. */
  async #awaitExit(): Promise<ProcessExit> {
    const closed = new Promise<void>((resolve) => this.#child.once('close', () => resolve()));
    const gaveUp = new Promise<ProcessExit>((resolve) => {
      this.#giveUp = () => resolve({ code: null, signal: 'SIGKILL' });
    });
    const exit = await Promise.race([this.#supervisorExit(), gaveUp]);
    await this.#drained(closed);
    for (const stream of this.#child.stdio) stream?.destroy();
    return exit;
  }

  #supervisorExit(): Promise<ProcessExit> {
    const lastWord = new Promise((resolve) => this.#channel.once('close', resolve));
    return new Promise((resolve) => {
      this.#child.once('exit', (code, signal) => {
        this.#orderEnd();
        void lastWord.then(() => {
          if (signal !== null) this.#killGroup();
          resolve(code === null ? { code, signal } : exitOf(code));
        });
      });
    });
  }

  #drained(closed: Promise<void>): Promise<void> {
    const { stdout, stderr } = this.#child;
    return new Promise((resolve) => {
      let heard = false;
      // Chunks that came while this program was busy are read only after its timers have run.
      const giveUp = (): void => {
        heard = false;
        setImmediate(() => (heard ? silence.refresh() : end()));
      };
      const silence = setTimeout(giveUp, DRAIN_SILENCE_MS);
      const limit = setTimeout(() => end(), DRAIN_LIMIT_MS);
      const hear = (): void => {
        heard = true;
        silence.refresh();
      };
      const end = (): void => {
        clearTimeout(silence);
        clearTimeout(limit);
        resolve();
      };
      stdout?.on('data', hear);
      stderr?.on('data', hear);
      void closed.then(end);
    });
  }
}

function spawnFailed(spec: SpawnSpec, reason: string, cause?: unknown): SymphonyError {
  return new SymphonyError(
    'process_spawn_failed',
    `a command could not be started in ${spec.cwd}: ${reason}. See that the directory and bash exist and that the ` +
      'machine has processes, open files and memory left',
    { cause },
  );
}
