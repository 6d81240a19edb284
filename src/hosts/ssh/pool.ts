import type { ClientChannel } from 'ssh2';
import { errorMessage, type SymphonyError } from '../../domain/error.js';
import type { HostLink } from '../../domain/snapshot.js';
import type { Clock } from '../../ports/clock.js';
import { Backoff } from './backoff.js';
import { unreachable } from './connect-failure.js';
import { type Connection, connect, SessionRefused } from './connection.js';
import type { Destination } from './destination.js';
import { Link, type SessionKind } from './link.js';

/** An agent needs one session, so a hundred connections are a thousand agents with what sshd allows by default. */
const MAX_CONNECTIONS = 100;
/** sshd begins to turn connections away when ten have not logged in yet (`MaxStartups`). */
const MAX_OPENING = 4;
/** A connection that bears nothing is kept for this long. */
const IDLE_MS = 60_000;
/** Nobody waits longer than this for a session. */
const WAIT_LIMIT_MS = 90_000;
/** So many connections may be lost under one session before it began. */
const TRIES = 3;
/** Changes of the numbers are told together. */
const TELL_AFTER_MS = 200;

/** A session that runs a command. */
export interface Opened {
  readonly channel: ClientChannel;
  readonly connection: Connection;
}

export interface PoolParts {
  readonly name: string;
  readonly clock: Clock;
  /** Asked before each connection, so that a corrected configuration is used. */
  readonly resolve: () => Promise<Destination>;
  readonly onLink: (link: HostLink) => void;
}

interface Waiting {
  readonly command: string;
  readonly kind: SessionKind;
  readonly tries: number;
  /** Takes it off the waiting list's clock. */
  readonly settle: () => void;
  readonly resolve: (opened: Opened) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Sessions on one machine over as few connections as it allows.
 *
 *   P1. How many sessions a connection bears is learned from refusals. The fullest one with room is used first.
 *   P2. A further connection is opened only for sessions that have no room on those that are open or being opened.
 *   P3. After a failure to connect, the next try waits; until then what needs a connection fails with the same reason,
 *       unless another connection is there.
 */
export class Pool {
  readonly #parts: PoolParts;
  readonly #links = new Set<Link>();
  readonly #aborting = new AbortController();
  readonly #backoff: Backoff;
  #waiting: Waiting[] = [];
  #opening = 0;
  #isClosed = false;
  #measured: number | null = null;
  #cancelTell: (() => void) | null = null;
  #cancelIdle: (() => void) | null = null;
  #told = JSON.stringify({ connections: 0, sessions: 0 });

  constructor(parts: PoolParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(parts.clock);
  }

  /** Runs a command in a session of its own. @throws SymphonyError `host_unreachable` */
  open(command: string, kind: SessionKind): Promise<Opened> {
    if (this.#isClosed) return Promise.reject(this.#closed());
    return new Promise((resolve, reject) => {
      const { clock } = this.#parts;
      const cancel = clock.wakeAt(clock.nowMs() + WAIT_LIMIT_MS, () => {
        this.#waiting = this.#waiting.filter((each) => each.reject !== reject);
        reject(this.#failure(`no session could be opened within ${WAIT_LIMIT_MS / 1_000} s`));
      });
      this.#waiting.push({ command, kind, tries: 1, settle: cancel, resolve, reject });
      this.#serve();
    });
  }

  /** Whether the machine answers within its connect timeout. @throws SymphonyError `host_unreachable` */
  async reach(): Promise<void> {
    const [link] = this.#links;
    if (link !== undefined && (await this.#answers(link))) return;
    await this.#connect();
  }

  /** Connects no more; the connections that are there can still be used. */
  stopConnecting(): void {
    this.#aborting.abort();
    this.#backoff.close();
    this.#serve();
  }

  /** Ends all connections. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.stopConnecting();
    this.#cancelIdle?.();
    this.#fail(this.#closed());
    const links = [...this.#links];
    for (const { connection } of links) connection.close('Symphony closed it');
    await Promise.all(links.map(({ connection }) => connection.closed));
  }

  #serve(): void {
    for (let link = this.#roomiest(); link !== null && this.#waiting.length > 0; link = this.#roomiest()) {
      const next = this.#waiting.shift();
      if (next !== undefined) void this.#openOn(link, next);
    }
    this.#openMore();
    this.#tell();
  }

  /** The fullest of those with room (P1). */
  #roomiest(): Link | null {
    const roomy = [...this.#links].filter((link) => link.hasRoom);
    return roomy.reduce<Link | null>(
      (best, link) => (best === null || link.sessions > best.sessions ? link : best),
      null,
    );
  }

  async #openOn(link: Link, waiting: Waiting): Promise<void> {
    try {
      const channel = await link.open(waiting.command, waiting.kind);
      waiting.settle();
      waiting.resolve({ channel, connection: link.connection });
    } catch (error) {
      this.#openFailed(link, waiting, error);
    }
    this.#serve();
  }

  #openFailed(link: Link, waiting: Waiting, error: unknown): void {
    const isRefused = error instanceof SessionRefused;
    if (isRefused) this.#measured = link.measured;
    if (isRefused && link.measured !== 0) {
      this.#waiting.unshift(waiting);
    } else if (!isRefused && link.connection.reason !== null && waiting.tries < TRIES) {
      // Nothing runs yet on the far side: whatever is to run there waits for what it is told on its stdin.
      this.#waiting.unshift({ ...waiting, tries: waiting.tries + 1 });
    } else {
      waiting.settle();
      const none = 'the server opens no session at all: see MaxSessions of its sshd_config';
      waiting.reject(isRefused ? this.#failure(none) : error);
    }
  }

  /** Opens what is missing (P2, P3). */
  #openMore(): void {
    if (this.#aborting.signal.aborted) {
      if (this.#links.size === 0) this.#fail(this.#closed());
      return;
    }
    const each = this.#measured ?? Number.POSITIVE_INFINITY;
    const asking = [...this.#links].some(
      (link) => link.measured === null && link.sessions > 0 && !link.hasRoom,
    );
    // A connection that is busy asking has not said yet that it is full.
    const isMissing = (): boolean =>
      this.#waiting.length > (this.#opening === 0 ? 0 : this.#opening * each) && !asking;
    while (isMissing() && this.#opening < MAX_OPENING && this.#links.size + this.#opening < MAX_CONNECTIONS) {
      if (!this.#backoff.allows()) {
        if (this.#links.size === 0 && this.#opening === 0)
          this.#fail(this.#backoff.failure ?? this.#closed());
        else this.#backoff.wake(() => this.#serve());
        return;
      }
      void this.#connect().then(
        () => this.#serve(),
        (error) => this.#connectFailed(error),
      );
    }
  }

  #connectFailed(error: unknown): void {
    if (this.#links.size === 0 && this.#opening === 0 && !this.#backoff.triesAtOnce) this.#fail(error);
    if (this.#waiting.length > 0) this.#backoff.wake(() => this.#serve());
  }

  async #connect(): Promise<void> {
    this.#opening += 1;
    try {
      const { resolve, clock } = this.#parts;
      const connection = await connect(await resolve(), clock, this.#aborting.signal);
      this.#backoff.succeeded();
      this.#add(connection);
    } catch (error) {
      this.#backoff.failed(error);
      throw error;
    } finally {
      this.#opening -= 1;
    }
  }

  #add(connection: Connection): void {
    const link: Link = new Link(connection, this.#parts.clock, () => this.#changed());
    this.#links.add(link);
    void connection.closed.then(() => {
      this.#links.delete(link);
      this.#serve();
    });
    this.#changed();
  }

  #changed(): void {
    if (this.#waiting.length > 0) this.#serve();
    this.#tell();
    this.#watchIdle();
  }

  async #answers(link: Link): Promise<boolean> {
    const { clock, resolve } = this.#parts;
    const { connectTimeoutMs } = await resolve();
    const cancel = clock.wakeAt(clock.nowMs() + connectTimeoutMs, () =>
      link.connection.close(`it gave no answer within ${connectTimeoutMs / 1_000} s`),
    );
    try {
      const channel = await link.open('exec /bin/sh -c :', 'service');
      channel.resume();
      channel.stderr.resume();
      return true;
    } catch (error) {
      return error instanceof SessionRefused;
    } finally {
      cancel();
    }
  }

  /** Closes what has borne nothing for a while. */
  #watchIdle(): void {
    this.#cancelIdle?.();
    this.#cancelIdle = null;
    const { clock } = this.#parts;
    const idle = [...this.#links].flatMap(({ idleSinceMs }) => (idleSinceMs === null ? [] : [idleSinceMs]));
    if (idle.length === 0) return;
    this.#cancelIdle = clock.wakeAt(Math.min(...idle) + IDLE_MS, () => {
      for (const { idleSinceMs, connection } of this.#links) {
        if (idleSinceMs !== null && clock.nowMs() >= idleSinceMs + IDLE_MS) connection.close('it was idle');
      }
      this.#watchIdle();
    });
  }

  #tell(): void {
    const { clock, onLink } = this.#parts;
    this.#cancelTell ??= clock.wakeAt(clock.nowMs() + TELL_AFTER_MS, () => {
      this.#cancelTell = null;
      const sessions = [...this.#links].reduce((sum, link) => sum + link.commands, 0);
      const link = { connections: this.#links.size, sessions };
      if (this.#told === JSON.stringify(link)) return;
      this.#told = JSON.stringify(link);
      onLink(link);
    });
  }

  #fail(error: unknown): void {
    for (const { reject, settle } of this.#waiting.splice(0)) {
      settle();
      reject(error);
    }
  }

  #failure(text: string): SymphonyError {
    const { failure } = this.#backoff;
    return unreachable(this.#parts, failure === null ? text : `${text} (${errorMessage(failure)})`, failure);
  }

  #closed(): SymphonyError {
    return this.#failure('Symphony is closing its connections');
  }
}
