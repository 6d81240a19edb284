import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { SymphonyError } from '../domain/error.js';
import type { Explainer } from '../domain/explanation.js';
import type { HistorySource } from '../domain/history.js';
import type { Commands, SnapshotSource } from '../domain/snapshot.js';
import type { TranscriptSource } from '../domain/transcript.js';
import type { WebhookReceiver } from '../domain/webhook.js';
import { Answers } from './answers.js';
import { Gate } from './gate.js';
import { type BindAddress, bindAddress, OriginGuard, urlHost } from './guard.js';
import { createServer, createSibling, SERVER_LIMITS, type ServerLimits } from './http-server.js';
import { LookUps } from './look-ups.js';
import { type Operator, OperatorGuard } from './operator.js';
import { addPages, type ServedPage } from './pages.js';
import { Paths } from './paths.js';
import { Refreshes } from './refreshes.js';
import { addErrorHandler, addRoutes } from './serve.js';
import type { StateLinks } from './state.js';
import { EventStreams } from './streams.js';
import { ROUTES } from './table.js';
import { processTimer, type Timer } from './timer.js';
import { TranscriptReads } from './transcript-reads.js';
import { listenPrivately, removeSocket } from './unix-door.js';
import { DeliveryDoor } from './webhook-route.js';

/** What the API needs of a log. */
export interface ApiLog {
  warn(message: string, fields?: { readonly [name: string]: unknown }): void;
  error(message: string, fields?: { readonly [name: string]: unknown }): void;
}

/** What the API is built from. All that it shows must be free of secrets already. */
export interface ApiOptions {
  readonly source: SnapshotSource;
  readonly commands: Commands;
  readonly explainer: Explainer;
  readonly history: HistorySource;
  readonly transcripts: TranscriptSource;
  readonly log: ApiLog;
  /** Wall milliseconds, for the time of an order. */
  readonly now: () => number;
  /** The process's own unless given. */
  readonly timer?: Timer;
  /** 127.0.0.1 unless given. */
  readonly host?: string;
  /** 0, which is also the default, takes any free port. */
  readonly port?: number;
  /** Names under which a proxy serves this server. */
  readonly allowedHosts?: readonly string[];
  /** The files of the web page; without them there is none. */
  readonly pages?: readonly ServedPage[];
  /** Where people see more. */
  readonly links?: () => StateLinks;
  /** Where deliveries of a tracker go; without it none are taken. */
  readonly webhook?: WebhookReceiver;
  /** Who may act for a person; without one nobody may. */
  readonly operator?: Operator;
  readonly limits?: Partial<ServerLimits>;
}

/** Where the API listens. */
export interface ApiAddress {
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

/** The HTTP server over snapshots (SPEC 13.7): it shows and asks, and nothing depends on it. */
export interface Api {
  /** Opens the port. @throws SymphonyError `server_port_unavailable` */
  listen(): Promise<ApiAddress>;
  /**
   * Opens a unix socket for the same routes, with or without the port, in the place of one that was opened before. For
   * whoever holds the lock of the state directory.
   * @throws SymphonyError `state_directory_unavailable`
   */
  listenOnSocket(path: string): Promise<void>;
  /** Ends what came through the socket, and leaves alone what is at its path: that is another daemon's by now. */
  leaveSocket(): void;
  /** Ends every connection, idle or not. */
  close(): Promise<void>;
  /** Answers a request as if it came through the port, without one, for tests. */
  readonly inject: FastifyInstance['inject'];
}

/** Builds the server; it listens once told to. */
export function createApi(options: ApiOptions): Api {
  return new FastifyApi(options);
}

class FastifyApi implements Api {
  readonly inject: FastifyInstance['inject'];
  readonly #app: FastifyInstance;
  readonly #options: ApiOptions;
  readonly #limits: ServerLimits;
  readonly #bind: BindAddress;
  readonly #streams: EventStreams;
  readonly #refreshes: Refreshes;
  /** Connections through the unix socket. */
  readonly #private = new WeakSet<Socket>();
  #door: { readonly server: Server; readonly path: string } | null = null;

  constructor(options: ApiOptions) {
    const { source, commands, explainer, history, log, now, webhook, timer = processTimer } = options;
    this.#options = options;
    this.#limits = { ...SERVER_LIMITS, ...options.limits };
    this.#bind = bindAddress(options.host ?? '');
    this.#app = createServer(this.#limits);
    this.inject = this.#app.inject.bind(this.#app);
    this.#streams = new EventStreams({ history, source, timer });
    this.#refreshes = new Refreshes(commands, timer);
    const operator = new OperatorGuard(options, timer);
    const paths = new Paths();
    const gate = new Gate({
      routes: ROUTES,
      paths,
      operator,
      origins: new OriginGuard(this.#bind, options.allowedHosts ?? []),
      isLoopback: this.#bind.isLoopback,
      isFromSocket: ({ socket }) => this.#private.has(socket),
    });
    this.#app.addHook('onRequest', gate.enter);
    addErrorHandler(this.#app, ({ method, url }, error) =>
      log.error('http request failed', { method, url, error }),
    );
    const resources = {
      answers: new Answers({
        ...{ source, explainer, history },
        links: options.links ?? (() => ({ dashboard: null, project: null })),
      }),
      lookUps: new LookUps(explainer, timer),
      transcripts: new TranscriptReads(options.transcripts, timer),
      streams: this.#streams,
      refreshes: this.#refreshes,
      webhook: webhook ?? null,
      ...{ history, commands, operator, now },
    };
    const deliveries = new DeliveryDoor(webhook !== undefined, log, now);
    addRoutes(this.#app, ROUTES, { resources, paths, gate, deliveries });
    addPages(this.#app, paths, options.pages ?? []);
  }

  async listen(): Promise<ApiAddress> {
    const { host, isLoopback } = this.#bind;
    const { port = 0, log } = this.#options;
    if (!isLoopback) {
      log.warn('http api beyond loopback', {
        host,
        reason:
          'other machines can reach it, and it speaks plain HTTP: everything there needs the token, which can be read on the way; put a proxy with https before it',
      });
    }
    try {
      await this.#app.listen({ host, port });
    } catch (error) {
      await this.close();
      throw portUnavailable(host, port, error);
    }
    const address = this.#app.server.address();
    const bound = typeof address === 'object' && address !== null ? address.port : port;
    return { host, port: bound, url: `http://${urlHost(host)}:${bound}` };
  }

  async listenOnSocket(path: string): Promise<void> {
    // Before the new one is made: whoever closes a socket removes what is at its path.
    await this.#closeDoor();
    await this.#app.ready();
    const server = createSibling(this.#app, this.#limits);
    server.on('connection', (socket) => this.#private.add(socket));
    await listenPrivately(server, path);
    this.#door = { server, path };
  }

  leaveSocket(): void {
    // Not closed, which would remove what is at its path; nobody finds it there any more, and it keeps no process alive.
    this.#door?.server.unref();
    this.#door?.server.closeAllConnections();
    this.#door = null;
  }

  async close(): Promise<void> {
    this.#streams.end();
    this.#refreshes.end();
    await this.#closeDoor();
    await this.#app.close();
  }

  async #closeDoor(): Promise<void> {
    const door = this.#door;
    this.#door = null;
    if (door === null) return;
    door.server.close();
    door.server.closeAllConnections();
    await removeSocket(door.path);
  }
}

function portUnavailable(host: string, port: number, error: unknown): SymphonyError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const why: { readonly [code: string]: string } = {
    EADDRINUSE: 'is used by another program',
    EACCES: 'needs more rights than this user has',
    EADDRNOTAVAIL: 'cannot be bound: this machine has no such address',
    ENOTFOUND: 'cannot be bound: there is no such name',
  };
  const mend = ['EADDRNOTAVAIL', 'ENOTFOUND'].includes(code)
    ? 'Set server.host to an address of this machine, or remove it.'
    : 'Choose another one with --port or server.port; 0 takes any free port.';
  const message = `Port ${port} on ${host} ${why[code] ?? `cannot be opened (${code})`}. ${mend}`;
  return new SymphonyError('server_port_unavailable', message, { cause: error });
}
