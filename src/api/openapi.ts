import type { JsonObject } from '../domain/json.js';
import { inputSchema, namedSchemas, outputSchema } from './json-schema.js';
import { refusalsOf } from './refusals.js';
import { type Access, NO_BODY, type Route } from './route.js';
import { ErrorResponse } from './schema.js';

const JSON_TYPE = 'application/json';
const STREAM_TYPE = 'text/event-stream';
const ERROR = { [JSON_TYPE]: { schema: outputSchema(ErrorResponse) } };

const PHRASES: { readonly [status: number]: string } = {
  200: 'What was asked for.',
  202: 'Taken; it happens now.',
  503: 'The same, where the answer is no.',
};

/** The routes as an OpenAPI 3.1 document. */
export function openApi(routes: readonly Route[]) {
  const paths: { [path: string]: JsonObject } = {};
  for (const route of routes) {
    for (const [index, path] of route.paths.entries()) {
      paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, index) };
    }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Symphony',
      version: '1.0.0',
      description:
        'The state of a Symphony daemon, and orders to it. Fields may be added within v1; none is renamed or removed. ' +
        'Every answer that is not a success is an Error, but for the 503 of getHealth.',
    },
    paths,
    components: { schemas: namedSchemas(), securitySchemes: SECURITY_SCHEMES },
  };
}

function operation(route: Route, index: number): JsonObject {
  const body = requestBody(route);
  return {
    // The second address of an issue is another operation to those who read this.
    operationId: index === 0 ? route.name : `${route.name}Short`,
    summary: route.summary,
    ...(route.description === null ? {} : { description: route.description }),
    parameters: [...parameters(route.params, 'path'), ...parameters(route.query, 'query')],
    ...(body === null ? {} : { requestBody: body }),
    responses: { ...successes(route), ...failures(route) },
    security: SECURITY[route.access],
  };
}

function parameters(schema: Route['params'], where: 'path' | 'query'): JsonObject[] {
  const { properties } = inputSchema(schema);
  return Object.entries(isMap(properties) ? properties : {}).map(([name, property]) => {
    const { description = '', ...rest } = isMap(property) ? property : {};
    return { name, in: where, required: where === 'path', description, schema: rest };
  });
}

function requestBody({ body }: Route): JsonObject | null {
  if (body === NO_BODY) return null;
  return { required: true, content: { [JSON_TYPE]: { schema: inputSchema(body) } } };
}

function successes({ response, statuses, streams }: Route): JsonObject {
  const stream = streams ? { [STREAM_TYPE]: { schema: { type: 'string' } } } : {};
  const content = { [JSON_TYPE]: { schema: outputSchema(response) }, ...stream };
  return Object.fromEntries(
    statuses.map((status) => [status, { description: PHRASES[status] ?? 'An answer.', content }]),
  );
}

function failures(route: Route): JsonObject {
  const refused = [...refusalsOf(route)].filter(([status]) => !route.statuses.includes(status));
  const byStatus = refused.map(([status, codes]) => [
    status,
    { description: codes.map((code) => `\`${code}\``).join(', '), content: ERROR },
  ]);
  return {
    ...Object.fromEntries(byStatus),
    default: { description: 'What went wrong otherwise.', content: ERROR },
  };
}

const SECURITY_SCHEMES = {
  operatorToken: {
    type: 'http',
    scheme: 'bearer',
    description: 'The token of the operator; `symphony token` prints it.',
  },
  operatorCookie: {
    type: 'apiKey',
    in: 'cookie',
    name: 'symphony_session',
    description:
      'What POST /api/v1/session gives for the token; its name goes on with digits of this daemon. For its web page.',
  },
};

const BY_OPERATOR: JsonObject[] = [{ operatorToken: [] }, { operatorCookie: [] }];

/** An empty requirement: nothing is needed on a loopback address and on the unix socket. */
const SECURITY: { readonly [access in Access]: JsonObject[] } = {
  public: [],
  webhook: [],
  read: [{}, ...BY_OPERATOR],
  free: [{}, ...BY_OPERATOR],
  operator: BY_OPERATOR,
};

function isMap(value: JsonObject[string] | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
