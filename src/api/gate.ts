import type { FastifyReply, FastifyRequest } from 'fastify';
import { SymphonyError } from '../domain/error.js';
import { ANSWER_HEADERS } from './answer-headers.js';
import { type Caller, portCaller, socketCaller } from './caller.js';
import { RequestFault } from './failure.js';
import type { OriginGuard } from './guard.js';
import { ACTS, type OperatorGuard, SHOWS } from './operator.js';
import { type Paths, routerPath } from './paths.js';
import type { Access, Route } from './route.js';

/** What the gate decides by. */
export interface GateOptions {
  readonly routes: readonly Route[];
  readonly paths: Paths;
  readonly origins: OriginGuard;
  readonly operator: OperatorGuard;
  /** Only this machine can reach the port. */
  readonly isLoopback: boolean;
  /** Whether a request came through the unix socket, which no browser can open. */
  readonly isFromSocket: (request: FastifyRequest) => boolean;
}

/** Lets requests in, before anything of their bodies is read. */
export class Gate {
  readonly #options: GateOptions;
  /** By method and template. */
  readonly #access: ReadonlyMap<string, Access>;

  constructor(options: GateOptions) {
    this.#options = options;
    this.#access = new Map(
      options.routes.flatMap(({ method, paths, access }) =>
        paths.map((path) => [`${method} ${path}`, access]),
      ),
    );
  }

  /** For `onRequest`. @throws SymphonyError or RequestFault for whoever is not let in */
  readonly enter = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.headers(ANSWER_HEADERS);
    refuseUnclearHost(request);
    const path = request.url.split('?', 1)[0] ?? request.url;
    const here = this.#options.paths.at(path);
    const isFromSocket = this.#options.isFromSocket(request);
    if (!isFromSocket && !this.#takesDeliveries(here?.template)) this.#options.origins.refuseForeign(request);
    if (here === null) throw nothingAt(path);
    if (!here.methods.includes(request.method)) {
      reply.header('allow', here.methods.join(', '));
      throw notAllowed(request.method, here.methods);
    }
    // The router also understands `%73tate`; nobody who means well writes that, so there is nothing at such an address.
    if (request.routeOptions.url !== routerPath(here.template)) throw nothingAt(path);
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const access = this.#access.get(`${method} ${here.template}`) ?? 'public';
    await this.#refuseStrangers(access, request, isFromSocket);
  };

  callerOf(request: FastifyRequest): Caller | null {
    return this.#options.isFromSocket(request) ? socketCaller(request.headers) : portCaller(request.socket);
  }

  #takesDeliveries(template: string | undefined): boolean {
    return this.#access.get(`POST ${template}`) === 'webhook';
  }

  async #refuseStrangers(access: Access, request: FastifyRequest, isFromSocket: boolean): Promise<void> {
    switch (access) {
      case 'public':
      case 'webhook':
        return;
      case 'read':
      case 'free':
        if (!isFromSocket && !this.#options.isLoopback) this.#prove(SHOWS, request, isFromSocket);
        return;
      case 'operator':
        this.#prove(ACTS, request, isFromSocket);
        await this.#options.operator.refuseAgents(this.callerOf(request));
    }
  }

  #prove(because: typeof ACTS | typeof SHOWS, request: FastifyRequest, isFromSocket: boolean): void {
    const { operator, origins } = this.#options;
    const proof = operator.proofIn(request.headers, { because, door: isFromSocket ? 'socket' : 'port' });
    if (proof === 'cookie') origins.requireOwnPage(request);
  }
}

/** Node takes the first of several names; whatever stands in between may have taken another one (RFC 9112, 3.2). */
function refuseUnclearHost({ raw }: FastifyRequest): void {
  const names = raw.rawHeaders.filter(
    (name, index) => index % 2 === 0 && name.toLowerCase() === 'host',
  ).length;
  if (names > 1 || (names === 0 && raw.httpVersion === '1.1'))
    throw new RequestFault(400, 'The request has no Host, or more than one.');
}

function nothingAt(path: string): SymphonyError {
  return new SymphonyError('not_found', `There is nothing at ${path}.`);
}

function notAllowed(method: string, allowed: readonly string[]): SymphonyError {
  const message = `${method} is not allowed here; use ${allowed.join(' or ')}.`;
  return new SymphonyError('method_not_allowed', message);
}
