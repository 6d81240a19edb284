import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import Fastify, { errorCodes, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { SymphonyError } from '../domain/error.js';
import { ANSWER_HEADERS } from './answer-headers.js';
import { type Failure, failureResponse, RequestFault } from './failure.js';

const MAX_BODY_BYTES = 64 * 1024;
const MAX_IDENTIFIER_LENGTH = 1024;
const MAX_CONNECTIONS = 1024;
const MAX_HEADER_BYTES = 16 * 1024;

/** For how long a connection may be of no use. */
export interface ServerLimits {
  /** From the first byte of a request, or the beginning of a connection, to the last. */
  readonly requestMs: number;
  /** Between two requests. */
  readonly keepAliveMs: number;
  /** While an answer is not being read. */
  readonly stalledMs: number;
}

export const SERVER_LIMITS: ServerLimits = { requestMs: 10_000, keepAliveMs: 10_000, stalledMs: 60_000 };

/** How often slow requests are looked for. */
const CHECKS_PER_LIMIT = 10;

/** A server without routes; whatever it refuses by itself has the error envelope. */
export function createServer(limits: ServerLimits): FastifyInstance {
  const app = Fastify({
    logger: false,
    bodyLimit: MAX_BODY_BYTES,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionTimeout: limits.stalledMs,
    http: nodeOptions(limits),
    // Without it close() waits for browsers that keep their connection.
    forceCloseConnections: true,
    return503OnClosing: false,
    routerOptions: { maxParamLength: MAX_IDENTIFIER_LENGTH },
    clientErrorHandler: answerGarbage,
    frameworkErrors: (error: unknown, _request: FastifyRequest, reply: FastifyReply) => {
      const { status, body } = failureResponse(error);
      return reply.status(status).headers(ANSWER_HEADERS).send(body);
    },
  });
  app.server.maxConnections = MAX_CONNECTIONS;
  app.server.on('checkExpectation', answerExpectation);
  app.server.on('connect', answerTunnel);
  addBodyParsers(app);
  return app;
}

/** Another server for the same routes, with the same limits. */
export function createSibling(app: FastifyInstance, limits: ServerLimits): Server {
  const options = {
    ...nodeOptions(limits),
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
  };
  const server = createHttpServer(options, (request, response) => app.routing(request, response));
  server.setTimeout(limits.stalledMs);
  server.maxConnections = MAX_CONNECTIONS;
  server.on('clientError', answerGarbage);
  server.on('checkExpectation', answerExpectation);
  server.on('connect', answerTunnel);
  return server;
}

function nodeOptions({ requestMs }: ServerLimits) {
  return {
    maxHeaderSize: MAX_HEADER_BYTES,
    // Node refuses without a word; the gate says why.
    requireHostHeader: false,
    headersTimeout: requestMs,
    connectionsCheckingInterval: Math.ceil(requestMs / CHECKS_PER_LIMIT),
  };
}

/** Most orders carry nothing: a body may be empty, and a form only has to be one. */
function addBodyParsers(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, async () => ({}));
  // Scripts call a text what their library does, or nothing at all, also one that says nothing (SPEC 13.7.2 allows `{}`);
  // what says something must be called JSON, since any site may make a browser send text.
  app.addContentTypeParser('*', { parseAs: 'string' }, async (request: FastifyRequest, body: string) => {
    if (!['', '{}'].includes(body.trim()))
      throw new errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE(request.headers['content-type']);
    return {};
  });
  app.addContentTypeParser(
    'application/json',
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

const REASONS: { readonly [status: number]: string } = {
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** Node would refuse whatever is expected but `100-continue` without a word. */
function answerExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const { status, body } = failureResponse(
    new RequestFault(417, 'Nothing but 100-continue can be expected.'),
  );
  const text = JSON.stringify(body);
  response.writeHead(status, {
    ...ANSWER_HEADERS,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    // The body that is on its way is not read.
    connection: 'close',
  });
  response.end(text);
}

/** What is no HTTP request, or never becomes one, still gets the envelope. */
function answerGarbage(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  answerAndClose(failureResponse(error), socket);
}

/** Node would end without a word whoever takes this for a proxy. */
function answerTunnel(_request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  answerAndClose(
    failureResponse(new SymphonyError('method_not_allowed', 'This server is no proxy.')),
    socket,
  );
}

function answerAndClose(failure: Failure, socket: Duplex): void {
  const body = JSON.stringify(failure.body);
  const lines = [
    `HTTP/1.1 ${failure.status} ${REASONS[failure.status] ?? 'Bad Request'}`,
    ...Object.entries(ANSWER_HEADERS).map(([name, value]) => `${name}: ${value}`),
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(
    `${lines.join('\r\n')}\r\n\r\n${body}`,
    // Whoever does not even read this has had enough attention.
    () => socket.destroy(),
  );
}
