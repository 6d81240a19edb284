import type { IncomingHttpHeaders } from 'node:http';
import { NO_BODY, NOTHING, type Route, route } from './route.js';
import { SessionRequest, SessionResponse } from './schema-orders.js';

const open = route({
  name: 'openSession',
  method: 'POST',
  paths: ['/api/v1/session'],
  summary: 'Exchanges the token of the operator for a cookie, for the web page.',
  access: 'public',
  params: NOTHING,
  query: NOTHING,
  body: SessionRequest,
  bodyHint: 'Send {"token": "…"} as application/json.',
  response: SessionResponse,
  statuses: [200],
  refusals: ['operator_required', 'forbidden_origin', 'forbidden_process'],
}).answeredBy(async ({ operator }, { body: { token }, headers, caller }) => {
  const cookie = await operator.logIn(token, caller, cameSecurely(headers));
  return { body: { operator: true }, headers: cookie };
});

const close = route({
  name: 'closeSession',
  method: 'DELETE',
  paths: ['/api/v1/session'],
  summary: 'Takes the cookie back.',
  access: 'public',
  params: NOTHING,
  query: NOTHING,
  body: NO_BODY,
  response: SessionResponse,
  statuses: [200],
  refusals: ['forbidden_origin'],
}).answeredBy(({ operator }, { headers }) => ({
  body: { operator: false },
  headers: operator.logOut(cameSecurely(headers)),
}));

/** A proxy says so; whoever lies here only loses the cookie. */
function cameSecurely({ 'x-forwarded-proto': protocol }: IncomingHttpHeaders): boolean {
  return protocol === 'https';
}

/** How the page proves that a person sits before it. */
export const SESSION_ROUTES: readonly Route[] = [open, close];
