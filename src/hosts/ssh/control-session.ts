import { randomBytes } from 'node:crypto';
import type { SymphonyError } from '../../domain/error.js';
import type { Clock } from '../../ports/clock.js';
import { within } from '../../ports/within.js';
import { SUPERVISOR } from '../supervisor.js';
import { unreachable } from './connect-failure.js';
import { MarkedStream, newToken } from './marked-stream.js';
import { Noise } from './noise.js';
import type { Pool } from './pool.js';
import { quoted, SET_NEWLINE } from './quoting.js';
import { COMMAND } from './scripts/command.js';
import { FILES } from './scripts/files.js';
import { GUARD } from './scripts/guard.js';
import { KEEPER } from './scripts/keeper.js';
import type { Opened } from './session-request.js';

/** Runs the program on the first line of its stdin. Fit for any shell that a user may have: quotes around nothing that means something to one of them. */
export const LOADER = `exec /bin/sh -c 'IFS= read -r symphony_program && eval "$symphony_program"'`;
/** Login profiles can be slow. */
const START_LIMIT_MS = 60_000;
const OVER_LIMIT_MS = 5_000;
/** How long what runs there outlives a control session that was lost alone. */
const GRACE_MS = 5_000;
const SHORTEST_LEASE_MS = 5_000;
const LONGEST_LEASE_MS = 120_000;
/** Where the configuration asks for no signs of life. */
const DEFAULT_LEASE_MS = 30_000;
/** How many beats may be lost before the lease is. */
const BEATS = 5;

/**
 * The session that keeps what runs on a machine alive: as long as it beats, the far side knows that the daemon is there.
 * It also installs the scripts that the other sessions run.
 */
export class ControlSession {
  /** Where the scripts are; a path in which no character means anything to any shell. */
  readonly directory: string;
  /** Settles with the reason once it is gone; never rejects. */
  readonly closed: Promise<string>;
  readonly #opened: Opened;
  readonly #clock: Clock;
  readonly #leaseMs: number;
  readonly #settling = new Map<string, (isSettled: boolean) => void>();
  #answeredAtMs: number;
  #cancelBeat: () => void = () => {};
  #isGone = false;

  private constructor(opened: Opened, directory: string, clock: Clock) {
    this.#opened = opened;
    this.directory = directory;
    this.#clock = clock;
    this.#leaseMs = leaseMs(opened);
    this.#answeredAtMs = clock.nowMs();
    this.closed = new Promise((resolve) => {
      opened.channel.once('close', () => {
        this.#isGone = true;
        this.#cancelBeat();
        for (const settle of this.#settling.values()) settle(false);
        resolve(opened.connection.reason ?? 'the control session ended');
      });
    });
    this.#beat();
  }

  /**
   * Opens it. `kept` are the directories of earlier sessions in which something still runs; their lease goes on.
   * @throws SymphonyError `host_unreachable`, also where the machine lacks what is needed
   */
  static async start(pool: Pool, clock: Clock, kept: readonly string[]): Promise<ControlSession> {
    const opened = await pool.open(LOADER, 'service');
    const { channel, connection } = opened;
    const token = newToken();
    let session: ControlSession | null = null;
    return new Promise((resolve, reject) => {
      const noise = new Noise();
      const fail = (error: SymphonyError): void => {
        cancel();
        channel.destroy();
        reject(error);
      };
      const cancel = clock.wakeAt(clock.nowMs() + START_LIMIT_MS, () =>
        fail(
          unreachable(
            connection.destination,
            `its shell did not begin within ${START_LIMIT_MS / 1_000} s: see what its login files wait for${noise.text}`,
            undefined,
          ),
        ),
      );
      const stream = new MarkedStream(
        token,
        (content) => noise.add(content),
        (line) => {
          const [word = '', ...rest] = line.split(' ');
          if (session !== null) session.#hear(word, rest.join(' '));
          else if (word === 'failed') fail(unfit(connection.destination.name, rest.join(' ')));
          else if (word === 'ready') {
            cancel();
            session = new ControlSession(opened, rest.join(' '), clock);
            resolve(session);
          }
        },
      );
      channel.on('data', (chunk: Buffer) => stream.feed(chunk));
      channel.stderr.on('data', (chunk: Buffer) => noise.add(chunk));
      channel.once('close', () => {
        if (connection.reason !== null) {
          fail(
            unreachable(connection.destination, `the connection was lost: ${connection.reason}`, undefined),
          );
        } else fail(unfit(connection.destination.name, `its shell runs no /bin/sh${noise.text}`));
      });
      channel.write(`${program(token, leaseMs(opened), kept)}\n`);
    });
  }

  get isGone(): boolean {
    return this.#isGone || this.#opened.connection.reason !== null;
  }

  /** Orders the end of what runs under a path. */
  end(path: string): void {
    this.#say(`end ${path}`);
  }

  /** Orders the end of what runs, or is about to run, under a path; true once it has ended. */
  settle(path: string): Promise<boolean> {
    if (this.isGone) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#settling.set(path, resolve);
      this.#say(`settle ${path}`);
    });
  }

  /** Nothing runs any more in the directory of an earlier session. */
  drop(directory: string): void {
    this.#say(`drop ${directory}`);
  }

  /** Ends it well: what still runs there ends. */
  async over(): Promise<void> {
    this.#say('over');
    this.#cancelBeat();
    this.#opened.channel.end();
    await within(this.#clock, OVER_LIMIT_MS, this.closed);
  }

  /** Gives it up without a word, as something is wrong with it; another one takes its place. */
  discard(): void {
    this.#opened.channel.destroy();
  }

  #say(order: string): void {
    if (!this.isGone) this.#opened.channel.write(`${order}\n`);
  }

  #hear(word: string, path: string): void {
    this.#answeredAtMs = this.#clock.nowMs();
    if (word !== 'settled' && word !== 'unsettled') return;
    this.#settling.get(path)?.(word === 'settled');
    this.#settling.delete(path);
  }

  #beat(): void {
    const nowMs = this.#clock.nowMs();
    if (nowMs - this.#answeredAtMs > this.#leaseMs) {
      this.discard();
      return;
    }
    this.#say('beat');
    this.#cancelBeat = this.#clock.wakeAt(nowMs + Math.floor(this.#leaseMs / BEATS), () => this.#beat());
  }
}

/**
 * As long as it takes to notice that a link is dead, or a little less: when the daemon gives up what runs there, it has
 * ended, and may be begun again.
 */
function leaseMs({ connection }: Opened): number {
  const { aliveIntervalMs, aliveCountMax } = connection.destination;
  const silenceMs = aliveIntervalMs * Math.max(1, aliveCountMax);
  if (silenceMs === 0) return DEFAULT_LEASE_MS;
  return Math.min(LONGEST_LEASE_MS, Math.max(SHORTEST_LEASE_MS, silenceMs));
}

/** What the loader runs: all on one line. */
function program(token: string, lease: number, kept: readonly string[]): string {
  const variables = {
    token,
    name: `symphony-${randomBytes(12).toString('hex')}`,
    lease: String(Math.ceil(lease / 1_000)),
    grace: String(GRACE_MS / 1_000),
    kept: kept.join(' '),
    supervisor: SUPERVISOR,
    guard: GUARD,
    command: COMMAND,
    files: FILES,
  };
  const set = Object.entries(variables).map(([name, value]) => `symphony_${name}=${quoted(value)}`);
  return [SET_NEWLINE, ...set, `eval ${quoted(KEEPER)}`].join('; ');
}

/** A machine on which nothing can be begun is as good as down, so that what waits goes to another one. */
function unfit(name: string, reason: string): SymphonyError {
  const needs =
    'a user with a shell and no ForceCommand, a POSIX /bin/sh with the usual programs, bash, and a place for a few files';
  return unreachable({ name }, `it cannot run commands: ${reason}; give it ${needs}`, undefined);
}
