import { errorMessage, type SymphonyError } from '../../domain/error.js';
import type { HostLink } from '../../domain/snapshot.js';
import type { Clock } from '../../ports/clock.js';
import { Backoff } from './backoff.js';
import { connect } from './connect.js';
import { unreachable } from './connect-failure.js';
import { type Connection, SessionRefused } from './connection.js';
import type { Destination } from './destination.js';
import { Link, type SessionKind } from './link.js';
import { LinkReport } from './link-report.js';
import { type Opened, SessionRequest } from './session-request.js';

/** An agent needs one session, so a hundred connections are a thousand agents with what sshd allows by default. */
const MAX_CONNECTIONS = 100;
/** sshd begins to turn connections away when ten have not logged in yet (`MaxStartups`). */
const MAX_OPENING = 4;
/** A connection that bears nothing is kept for this long. */
const IDLE_MS = 60_000;
/** So many connections may be lost under one session before it began. */
const LOSSES = 3;
/** How long a connection may take to show that it is alive. */
const ANSWER_LIMIT_MS = 3_000;

export interface PoolParts {
  readonly name: string;
  readonly clock: Clock;
  /** Asked before each connection, so that a corrected configuration is used. */
  readonly resolve: () => Promise<Destination>;
  readonly onLink: (link: HostLink) => void;
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
  readonly #report: LinkReport;
  #waiting: SessionRequest[] = [];
  #opening = 0;
  #isClosed = false;
  #measured: number | null = null;
  #cancelIdle: (() => void) | null = null;
  #reaching: Promise<void> | null = null;

  constructor(parts: PoolParts) {
    this.#parts = parts;
    this.#backoff = new Backoff(parts.clock);
    this.#report = new LinkReport(parts.clock, () => this.#link(), parts.onLink);
  }

  /** Runs a command in a session of its own. @throws SymphonyError `host_unreachable` */
  open(command: string, kind: SessionKind): Promise<Opened> {
    if (this.#isClosed) return Promise.reject(this.#closed());
    const request: SessionRequest = new SessionRequest(command, kind, this.#parts.clock, (waitedMs) => {
      this.#waiting = this.#waiting.filter((each) => each !== request);
      request.reject(this.#failure(`no session could be opened within ${waitedMs / 1_000} s`));
    });
    this.#waiting.push(request);
    this.#serve();
    return request.opened;
  }

  /** Whether the machine answers within its connect timeout. @throws SymphonyError `host_unreachable` */
  reach(): Promise<void> {
    // Many runs that begin together ask together, and a connection for each would be more than sshd lets in.
    this.#reaching ??= this.#reach().finally(() => {
      this.#reaching = null;
    });
    return this.#reaching;
  }

  async #reach(): Promise<void> {
    const [link] = this.#links;
    if (link !== undefined && (await this.#answers(link))) return;
    await this.#connectOnceFree();
  }

  /** A server that was only busy is asked again soon, here as for sessions. */
  async #connectOnceFree(): Promise<void> {
    for (;;) {
      try {
        return await this.#connect();
      } catch (error) {
        if (!this.#backoff.triesAtOnce) throw error;
      }
      await this.#backoff.allowed(this.#aborting.signal);
    }
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
    this.#report.note();
  }

  /** The fullest of those with room (P1). */
  #roomiest(): Link | null {
    const roomy = [...this.#links].filter((link) => link.hasRoom);
    return roomy.reduce<Link | null>(
      (best, link) => (best === null || link.sessions > best.sessions ? link : best),
      null,
    );
  }

  async #openOn(link: Link, request: SessionRequest): Promise<void> {
    try {
      const channel = await link.open(request.command, request.kind);
      if (request.isOver) channel.destroy();
      else request.resolve({ channel, connection: link.connection });
    } catch (error) {
      if (!request.isOver) this.#openFailed(link, request, error);
    }
    this.#serve();
  }

  #openFailed(link: Link, request: SessionRequest, error: unknown): void {
    const isRefused = error instanceof SessionRefused;
    // A session that has just ended may still be counted there; until it is not, another connection has room.
    if (isRefused) this.#measured = Math.max(1, link.measured ?? 1);
    else request.losses += 1;
    if (isRefused && link.measured === 0 && !link.hasBorne) {
      request.reject(this.#failure('the server opens no session at all; see MaxSessions of its sshd_config'));
    } else if (isRefused || (link.connection.reason !== null && request.losses < LOSSES)) {
      // Nothing runs yet on the far side: whatever is to run there waits for what it is told on its stdin.
      this.#waiting.unshift(request);
    } else request.reject(error);
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
      // Its failure is told to those who wait.
      void this.#connect().catch(() => {});
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
      this.#opening -= 1;
      this.#backoff.succeeded();
      this.#add(connection);
    } catch (error) {
      this.#opening -= 1;
      this.#backoff.failed(error);
      this.#connectFailed(error);
      throw error;
    }
  }

  #add(connection: Connection): void {
    const link: Link = new Link(connection, this.#parts.clock, () => this.#changed());
    this.#links.add(link);
    void connection.closed.then(() => {
      this.#links.delete(link);
      this.#changed();
    });
    this.#changed();
  }

  #changed(): void {
    this.#serve();
    this.#watchIdle();
  }

  async #answers(link: Link): Promise<boolean> {
    const { clock } = this.#parts;
    const { connectTimeoutMs } = link.connection.destination;
    const limitMs = Math.min(ANSWER_LIMIT_MS, connectTimeoutMs / 2);
    const cancel = clock.wakeAt(clock.nowMs() + limitMs, () =>
      link.connection.close(`it gave no answer within ${limitMs / 1_000} s`),
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

  #link(): HostLink {
    const sessions = [...this.#links].reduce((sum, link) => sum + link.commands, 0);
    return { connections: this.#links.size, sessions };
  }

  #fail(error: unknown): void {
    for (const request of this.#waiting.splice(0)) request.reject(error);
  }

  #failure(text: string): SymphonyError {
    const { failure } = this.#backoff;
    return unreachable(this.#parts, failure === null ? text : `${text} (${errorMessage(failure)})`, failure);
  }

  #closed(): SymphonyError {
    return this.#failure('Symphony is closing its connections');
  }
}
