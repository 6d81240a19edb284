import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { failureResponse } from './failure.js';
import type { Gate } from './gate.js';
import { type Paths, routerPath } from './paths.js';
import type { Resources } from './resources.js';
import { Ready, type Reply, type Route } from './route.js';
import { type DeliveryDoor, MAX_DELIVERY_BYTES } from './webhook-route.js';

const JSON_TYPE = 'application/json; charset=utf-8';

/** With what routes are served. */
export interface ServeOptions {
  readonly resources: Resources;
  readonly paths: Paths;
  readonly gate: Gate;
  readonly deliveries: DeliveryDoor;
}

/** Adds routes to a server. HEAD comes with each GET. */
export function addRoutes(app: FastifyInstance, routes: readonly Route[], options: ServeOptions): void {
  for (const route of routes) for (const path of route.paths) options.paths.add(path, route.method);
  for (const route of routes.filter(({ bodyAs }) => bodyAs === 'json')) addRoute(app, route, options);
  const { deliveries } = options;
  // Only a scope of its own keeps bodies as the bytes that were signed.
  void app.register((scope, _options, registered) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      'application/json',
      { parseAs: 'buffer', bodyLimit: MAX_DELIVERY_BYTES },
      async (_request: unknown, body: Buffer) => body,
    );
    scope.addHook('onRequest', deliveries.enter);
    scope.setErrorHandler((error: unknown) => {
      deliveries.refused(error);
      // The handler of the whole server answers.
      throw error;
    });
    for (const route of routes.filter(({ bodyAs }) => bodyAs === 'bytes')) addRoute(scope, route, options);
    registered();
  });
}

/** Answers whatever was thrown with the envelope; `report` is told of what is our own fault. */
export function addErrorHandler(
  app: FastifyInstance,
  report: (request: FastifyRequest, error: unknown) => void,
): void {
  app.setErrorHandler((error: unknown, request: FastifyRequest, reply: FastifyReply) => {
    const { status, headers, body } = failureResponse(error);
    if (status === 500) report(request, error);
    return reply.code(status).headers(headers).send(body);
  });
}

function addRoute(app: FastifyInstance, route: Route, { resources, gate }: ServeOptions): void {
  for (const path of route.paths) {
    app.route({
      method: route.method,
      url: routerPath(path),
      handler: async (request, reply) => {
        const { params, query, body, headers } = request;
        const wantsStream = route.streams && request.method === 'GET' && acceptsStream(headers.accept);
        const caller = gate.callerOf(request);
        const answer = await route.handle(resources, { params, query, body, headers, wantsStream, caller });
        return send(answer, route, reply);
      },
    });
  }
}

function acceptsStream(accept: string | undefined): boolean {
  return (accept ?? '').split(',').some((type) => type.trim().startsWith('text/event-stream'));
}

function send(answer: Reply, { statuses: [usual] }: Route, reply: FastifyReply): FastifyReply {
  if ('stream' in answer) {
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    answer.stream(reply.raw);
    return reply;
  }
  const { status = usual, body, headers = {} } = answer;
  const { bytes } = body instanceof Ready ? body : new Ready(body);
  return reply.code(status).headers(headers).type(JSON_TYPE).send(bytes);
}
