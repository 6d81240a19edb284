import { posix } from 'node:path';
import type { Clock } from '../../ports/clock.js';
import { within } from '../../ports/within.js';
import { ControlSession } from './control-session.js';
import type { Pool } from './pool.js';

/** Nothing outlives the loss of its daemon for longer: the longest lease, and the supervisor's own time. */
const OUTLIVED_MS = 150_000;
/** New work waits this long for what was lost to have ended. */
const SETTLE_LIMIT_MS = 30_000;
/** After the last use. */
const IDLE_MS = 60_000;
/** Between two tries to have a control session again. */
const AGAIN_MS = 1_000;

/**
 * Keeps one control session for as long as anything of a machine is used, and has another one when it was lost.
 *
 *   L1. While something runs, somebody beats for its directory, or tries to.
 *   L2. What was lost, or given up, is ended before anything else is done on the machine, or its time is over.
 */
export class Lease {
  readonly #pool: Pool;
  readonly #clock: Clock;
  /** What is used there, by its path. */
  readonly #held = new Set<string>();
  /** Those of them that are to end. */
  readonly #ending = new Set<string>();
  /** What may still run there, and nobody hears of; with the end of its time. */
  readonly #lost = new Map<string, number>();
  #session: Promise<ControlSession> | null = null;
  #settling: Promise<unknown> = Promise.resolve();
  #cancelIdle: () => void = () => {};
  #cancelAgain: () => void = () => {};
  #isClosed = false;
  #count = 0;
  #wanted = 0;

  constructor(pool: Pool, clock: Clock) {
    this.#pool = pool;
    this.#clock = clock;
  }

  /**
   * A new path for something that is going to run: its directory holds the scripts. Held until `release`.
   * @throws SymphonyError as the control session does
   */
  async hold(): Promise<string> {
    this.#wanted += 1;
    try {
      const session = await this.#usable();
      await this.#settling;
      this.#count += 1;
      const path = `${session.directory}/${this.#count}`;
      this.#held.add(path);
      return path;
    } finally {
      this.#wanted -= 1;
      this.#watchIdle();
    }
  }

  /**
   * Settles when nothing that was lost can still run, as far as anybody can tell.
   * @throws SymphonyError as the control session does
   */
  async settled(): Promise<void> {
    this.#forgetOld();
    if (this.#lost.size === 0) return;
    await this.#usable();
    await this.#settling;
  }

  /** What ran under a path has ended. */
  release(path: string): void {
    if (!this.#held.delete(path)) return;
    this.#ending.delete(path);
    const directory = posix.dirname(path);
    void this.#withCurrent((session) => this.#drop(session, directory));
    this.#watchIdle();
  }

  /** Nobody hears any more of what runs under a path; it is to end. Settles when it has, or is given up for now. */
  lose(path: string): Promise<unknown> {
    this.#lost.set(path, this.#clock.nowMs() + OUTLIVED_MS);
    this.release(path);
    const settling = this.#settle([path], (settle) => this.#withCurrent(settle));
    this.#retake();
    return settling;
  }

  /** Orders the end of what runs under a path; a control session that comes meanwhile is told, too. */
  end(path: string): void {
    this.#ending.add(path);
    void this.#withCurrent((session) => session.end(path));
  }

  /** The scripts are not where they were: the next use installs them again. */
  async renew(): Promise<void> {
    const old = this.#session;
    await this.#withCurrent((session) => session.discard());
    if (this.#session === old) this.#session = null;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelIdle();
    this.#cancelAgain();
    await this.#withCurrent((session) => session.over());
  }

  /** Does something with the session if there is one. */
  async #withCurrent(use: (session: ControlSession) => unknown): Promise<void> {
    const session = await this.#session?.catch(() => null);
    if (session !== null && session !== undefined && !session.isGone) await use(session);
  }

  async #usable(): Promise<ControlSession> {
    const held = this.#session;
    const session = await this.#current();
    if (!session.isGone) return session;
    // Its connection is gone, which it may not have noticed yet itself.
    if (this.#session === held) this.#session = null;
    return this.#current();
  }

  #current(): Promise<ControlSession> {
    this.#session ??= this.#start();
    return this.#session;
  }

  async #start(): Promise<ControlSession> {
    this.#forgetOld();
    const kept = new Set([...this.#held, ...this.#lost.keys()].map((path) => posix.dirname(path)));
    try {
      const session = await ControlSession.start(this.#pool, this.#clock, [...kept]);
      void session.closed.then(() => this.#gone(session));
      for (const path of this.#ending) session.end(path);
      void this.#settle([...this.#lost.keys()], (settle) => settle(session));
      this.#watchIdle();
      return session;
    } catch (error) {
      this.#session = null;
      this.#cancelAgain();
      this.#cancelAgain = this.#clock.wakeAt(this.#clock.nowMs() + AGAIN_MS, () => this.#retake());
      throw error;
    }
  }

  async #gone(gone: ControlSession): Promise<void> {
    // Another one may have taken its place already.
    if ((await this.#session?.catch(() => null)) === gone) this.#session = null;
    this.#retake();
  }

  /** L1. */
  #retake(): void {
    this.#forgetOld();
    if (this.#isClosed || this.#session !== null || this.#held.size + this.#lost.size === 0) return;
    // Its failure has another try follow.
    void this.#current().catch(() => {});
  }

  /** L2. Known at once to who asks whether all is settled. */
  #settle(
    paths: readonly string[],
    withSession: (settle: (session: ControlSession) => Promise<unknown>) => Promise<unknown>,
  ): Promise<unknown> {
    const settling = withSession((session) =>
      Promise.all(
        paths.map(async (path) => {
          if (!(await session.settle(path))) return;
          this.#lost.delete(path);
          this.#drop(session, posix.dirname(path));
        }),
      ),
    );
    this.#settling = within(this.#clock, SETTLE_LIMIT_MS, Promise.all([this.#settling, settling]));
    return this.#settling;
  }

  /** The directory of an earlier session is given up with the last that ran in it. */
  #drop(session: ControlSession, directory: string): void {
    const isUsed = [...this.#held, ...this.#lost.keys()].some((path) => posix.dirname(path) === directory);
    if (!isUsed && directory !== session.directory) session.drop(directory);
  }

  #forgetOld(): void {
    for (const [path, untilMs] of this.#lost) if (this.#clock.nowMs() >= untilMs) this.#lost.delete(path);
  }

  #watchIdle(): void {
    this.#cancelIdle();
    const isIdle = (): boolean => this.#held.size + this.#wanted === 0 && !this.#isClosed;
    if (!isIdle()) return;
    this.#cancelIdle = this.#clock.wakeAt(this.#clock.nowMs() + IDLE_MS, () => {
      if (!isIdle()) return;
      void this.#withCurrent((session) => session.over());
      this.#session = null;
    });
  }
}
