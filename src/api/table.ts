import { z } from 'zod';
import { EVENT_ROUTES } from './event-routes.js';
import { openApi } from './openapi.js';
import { ORDER_ROUTES } from './order-routes.js';
import { READ_ROUTES } from './read-routes.js';
import { NO_BODY, NOTHING, Ready, type Route, route } from './route.js';
import { SESSION_ROUTES } from './session-routes.js';
import { WEBHOOK_ROUTE } from './webhook-route.js';

const OpenApiResponse = z.looseObject({
  openapi: z.string(),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  paths: z.record(z.string(), z.unknown()),
  components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }),
});

let description: Ready<z.output<typeof OpenApiResponse>> | null = null;

const describeSelf = route({
  name: 'getOpenApi',
  method: 'GET',
  paths: ['/api/v1/openapi.json'],
  summary: 'This interface as an OpenAPI 3.1 document.',
  access: 'public',
  params: NOTHING,
  query: NOTHING,
  body: NO_BODY,
  response: OpenApiResponse,
  statuses: [200],
}).answeredBy(() => {
  description ??= new Ready(openApi(ROUTES));
  return { body: description };
});

/** Every endpoint of the API, once. What is served, described and checked is made of this. */
export const ROUTES: readonly Route[] = [
  ...READ_ROUTES,
  ...EVENT_ROUTES,
  ...ORDER_ROUTES,
  ...SESSION_ROUTES,
  WEBHOOK_ROUTE,
  describeSelf,
];
