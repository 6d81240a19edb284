import { SymphonyError } from '../../domain/error.js';
import type { Clock } from '../../ports/clock.js';
import type { HostProcess, ProcessExit, SpawnSpec } from '../../ports/host.js';
import { exitOf } from '../exit-status.js';
import { readCommand } from './command-streams.js';
import { unreachable } from './connect-failure.js';
import { Draining } from './draining.js';
import type { Lease } from './lease.js';
import { Noise } from './noise.js';
import type { Opened } from './session-request.js';

/** The user's own shell may read slow files before it begins. */
const START_LIMIT_MS = 60_000;
/** A supervisor ends a tree in two or three seconds; on a machine where hundreds end at once it takes longer. */
const STOP_LIMIT_MS = 20_000;
/** When the script above a command is gone, so long its last word may take. */
const REPORT_LIMIT_MS = 5_000;

export interface SshProcessParts {
  readonly opened: Opened;
  readonly lease: Lease;
  readonly clock: Clock;
  /** What the lease calls it. */
  readonly path: string;
  readonly token: string;
  /** What the far side is told to run. */
  readonly program: string;
}

/** The script that was to run it did not: nothing has begun, and another try may do. */
export class NotInstalled extends SymphonyError {}

/** A command on the far side. Its session carries its streams and the reports about it. */
export class SshProcess implements HostProcess {
  /** Settles once the command runs. */
  readonly running: Promise<void>;
  readonly exited: Promise<ProcessExit>;
  readonly #parts: SshProcessParts;
  readonly #draining: Draining;
  readonly #noise = new Noise();
  readonly #timers = new Set<() => void>();
  #begun: () => void = () => {};
  #refused: (error: SymphonyError) => void = () => {};
  #settleExited: (exit: ProcessExit) => void = () => {};
  #processId = 0;
  #isOrdered = false;
  #isOver = false;
  /** As the far side reported it. */
  #exit: ProcessExit | null = null;
  #survivors: readonly number[] = [];

  constructor(parts: SshProcessParts, spec: Pick<SpawnSpec, 'onStdout' | 'onStderr'>) {
    this.#parts = parts;
    this.#draining = new Draining(parts.clock, () => this.#finish());
    this.exited = new Promise((resolve) => {
      this.#settleExited = resolve;
    });
    this.running = new Promise((resolve, reject) => {
      this.#begun = resolve;
      this.#refused = reject;
    });
    const { channel } = parts.opened;
    readCommand(channel, parts.token, {
      onStdout: spec.onStdout,
      onStderr: spec.onStderr,
      onReport: (line) => this.#hear(line),
      onNoise: (chunk) => this.#noise.add(chunk),
      onSign: () => this.#draining.hear(),
      onClose: () => this.#finish(),
    });
    // With this alone nobody knows yet how the command ended; what tells it may be on its way.
    channel.once('exit', () => this.#after(REPORT_LIMIT_MS, () => this.#finish()));
    channel.write(`${parts.token}\n${parts.program}\n`);
    this.#after(START_LIMIT_MS, () => {
      if (this.#processId === 0) this.#giveUp(`a command did not begin within ${START_LIMIT_MS / 1_000} s`);
    });
  }

  get processId(): number {
    return this.#processId;
  }

  write(text: string): void {
    const { channel } = this.#parts.opened;
    if (!this.#isOver && channel.writable) channel.write(text);
  }

  closeStdin(): void {
    const { channel } = this.#parts.opened;
    if (!this.#isOver && channel.writable) channel.end();
  }

  async stop(graceMs: number): Promise<{ readonly survivors: readonly number[] }> {
    this.closeStdin();
    this.#after(graceMs, () => this.#orderEnd());
    await this.exited;
    return { survivors: this.#survivors };
  }

  #orderEnd(): void {
    if (this.#isOrdered) return;
    this.#isOrdered = true;
    // Before it has begun there is nobody to hear the order; it follows then.
    if (this.#processId !== 0) this.#parts.lease.end(this.#parts.path);
    this.#after(STOP_LIMIT_MS, () => this.#giveUp(`a command did not end within ${STOP_LIMIT_MS / 1_000} s`));
  }

  #hear(line: string): void {
    const [word, ...rest] = line.split(' ');
    if (word === 'pid') {
      this.#processId = Number(rest[0]);
      if (this.#isOrdered) this.#parts.lease.end(this.#parts.path);
      this.#begun();
    } else if (word === 'failed') {
      this.#refused(this.#notStarted(rest.join(' ')));
    } else if (word === 'left') {
      this.#survivors = rest.map(Number);
    } else if (word === 'exit') {
      this.#exit = exitOf(Number(rest[0]));
      this.#draining.begin();
    }
  }

  /** Its session has ended, or is to end because nothing more is expected of it. */
  #finish(): void {
    if (this.#isOver) return;
    this.#close();
    const { opened, lease, path } = this.#parts;
    const { reason } = opened.connection;
    if (this.#exit !== null) {
      lease.release(path);
      this.#settleExited(this.#exit);
      this.#refused(this.#notStarted(`its shell ended before it began${this.#noise.text}`));
    } else if (reason !== null) {
      this.#lose(reason);
    } else {
      const failure = this.#notStarted(`its shell did not run it${this.#noise.text}`);
      this.#refused(new NotInstalled(failure.code, failure.message));
      // Somebody killed the script on the far side. The supervisor may be left, and is told to end.
      void lease.lose(path).then(() => this.#settleExited({ code: null, signal: 'SIGKILL' }));
    }
  }

  #giveUp(reason: string): void {
    this.#close();
    this.#lose(reason);
  }

  #lose(reason: string): void {
    const { opened, lease, path } = this.#parts;
    void lease.lose(path);
    if (this.#survivors.length === 0 && this.#processId !== 0) this.#survivors = [this.#processId];
    this.#settleExited({ code: null, signal: null, lost: reason });
    this.#refused(
      unreachable(opened.connection.destination, `a command was lost before it began: ${reason}`, undefined),
    );
  }

  #close(): void {
    this.#isOver = true;
    this.#draining.cancel();
    for (const cancel of this.#timers) cancel();
    this.#parts.opened.channel.destroy();
  }

  #after(ms: number, callback: () => void): void {
    const { clock } = this.#parts;
    if (!this.#isOver) this.#timers.add(clock.wakeAt(clock.nowMs() + ms, callback));
  }

  #notStarted(reason: string): SymphonyError {
    const { name } = this.#parts.opened.connection.destination;
    return new SymphonyError(
      'process_spawn_failed',
      `a command could not be started on ${name}: ${reason}. See that the directory and bash exist there and that the ` +
        'machine has processes, open files and memory left',
    );
  }
}
