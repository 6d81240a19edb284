import type { Socket } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { SymphonyError } from '../domain/error.js';
import type { Commands, SnapshotSource } from '../domain/snapshot.js';
import type { WebhookReceiver } from '../domain/webhook.js';
import { addAnswerRoute } from './answer-route.js';
import { failureResponse } from './failure.js';
import { bindAddress, refuseForeign } from './guard.js';
import type { IssueDetail, IssueName } from './issue.js';
import type { Operator } from './operator.js';
import { addRoutes, allowedMethods } from './routes.js';
import { addWebhookRoute, WEBHOOK_PATH } from './webhook-route.js';

const MAX_BODY_BYTES = 64 * 1024;
const MAX_IDENTIFIER_LENGTH = 1024;
const REQUEST_TIMEOUT_MS = 10_000;
const MAX_CONNECTIONS = 1024;

/** What the API needs of a log. */
export interface ApiLog {
  warn(message: string, fields?: { readonly [name: string]: unknown }): void;
  error(message: string, fields?: { readonly [name: string]: unknown }): void;
}

/** What the API is built from. */
export interface ApiOptions {
  readonly source: SnapshotSource;
  readonly commands: Commands;
  readonly log: ApiLog;
  /** Wall milliseconds, for the time of an order. */
  readonly now: () => number;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly detail?: (issue: IssueName) => IssueDetail | null;
  /** Where deliveries of a tracker go; without it none are taken. */
  readonly webhook?: WebhookReceiver;
  /** Who may act for a person; without one nobody may. */
  readonly operator?: Operator;
}

/** Where the API listens. */
export interface ApiAddress {
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

/** The HTTP server over snapshots (SPEC 13.7): it shows and asks, and nothing depends on it. */
export interface Api {
  /** @throws SymphonyError `server_port_unavailable` */
  listen(): Promise<ApiAddress>;
  /** Ends every connection, idle or not. */
  close(): Promise<void>;
  /** Answers a request without a socket, for tests. */
  readonly inject: FastifyInstance['inject'];
}

/** Builds the server; it listens once told to. */
export function createApi(options: ApiOptions): Api {
  const { host, refusedHost } = bindAddress(options.host);
  const app = createServer();
  app.server.maxConnections = MAX_CONNECTIONS;
  addBodyParsers(app);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
    });
    const path = request.url.split('?', 1)[0] ?? request.url;
    if (!WEBHOOK_PATH.test(path)) refuseForeign(request, host.includes(':') ? `[${host}]` : host);
    refuseUnknownRoute(request.method, path, reply);
  });
  app.setErrorHandler((error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const { status, body } = failureResponse(error);
    if (status >= 500) {
      options.log.error('http request failed', { method: request.method, url: request.url, error });
    }
    return reply.code(status).send(body);
  });
  addRoutes(app, options);
  addAnswerRoute(app, options);
  addWebhookRoute(app, options);
  return {
    listen: async () => {
      if (refusedHost !== null) {
        options.log.warn('server host refused', {
          configured_host: refusedHost,
          host,
          reason:
            'only loopback addresses are served; use an SSH tunnel or a proxy with a login on this machine',
        });
      }
      return await listen(app, host, options.port);
    },
    close: () => app.close(),
    inject: app.inject.bind(app),
  };
}

function createServer(): FastifyInstance {
  return Fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Without it close() waits for browsers that keep their connection.
    forceCloseConnections: true,
    routerOptions: { maxParamLength: MAX_IDENTIFIER_LENGTH },
    clientErrorHandler: answerGarbage,
    frameworkErrors: (error: unknown, _request: FastifyRequest, reply: FastifyReply) => {
      const { status, body } = failureResponse(error);
      return reply.status(status).send(body);
    },
  });
}

/** Most orders carry nothing: a body may be empty, and a form only has to be one. */
function addBodyParsers(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, async () => ({}));
  app.addContentTypeParser(
    // What a page's or a script's `fetch` calls a text it was given is `text/plain`.
    ['application/json', 'text/plain'],
    { parseAs: 'string' },
    async (_request: FastifyRequest, body: string) => {
      if (body.trim() === '') return {};
      try {
        return JSON.parse(body);
      } catch (error) {
        throw malformedJson(error);
      }
    },
  );
}

function malformedJson(cause: unknown): SymphonyError {
  return new SymphonyError('request_failed', 'The body is not valid JSON.', { cause });
}

function refuseUnknownRoute(method: string, path: string, reply: FastifyReply): void {
  const allowed = allowedMethods(path);
  if (allowed === null) throw new SymphonyError('not_found', `There is nothing at ${path}.`);
  if (allowed.includes(method)) return;
  reply.header('allow', allowed.join(', '));
  throw new SymphonyError(
    'method_not_allowed',
    `${method} is not allowed here; use ${allowed.join(' or ')}.`,
  );
}

/** Bytes that are no HTTP request still get the envelope. */
function answerGarbage(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(failureResponse(error).body);
  socket.end(
    `HTTP/1.1 400 Bad Request\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}

async function listen(app: FastifyInstance, host: string, port: number): Promise<ApiAddress> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    throw portUnavailable(host, port, error);
  }
  const address = app.server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return { host, port: bound, url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}` };
}

function portUnavailable(host: string, port: number, error: unknown): SymphonyError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  const why: { readonly [code: string]: string } = {
    EADDRINUSE: 'is used by another program',
    EACCES: 'needs more rights than this user has',
    EADDRNOTAVAIL: 'cannot be bound: this machine has no such address',
  };
  const mend = 'Choose another one with --port or server.port; 0 takes any free port.';
  const message = `Port ${port} on ${host} ${why[code] ?? `cannot be opened (${code})`}. ${mend}`;
  return new SymphonyError('server_port_unavailable', message, { cause: error });
}
