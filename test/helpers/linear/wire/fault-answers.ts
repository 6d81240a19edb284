import type { BreakdownKind, RefusalKind } from '../faults.js';
import { type Answer, extensions, failed, json, refusal } from './answer.js';
import { unauthenticated } from './authorization.js';

export interface FaultScene {
  readonly nowMs: number;
  readonly requestsPerHour: number;
  /** The first field that was asked for. */
  readonly endpoint: string;
}

export function tooComplex(complexity: number): Answer {
  return refusal(400, {
    message: 'Query too complex',
    extensions: extensions(
      'invalid input',
      'INPUT_ERROR',
      400,
      `The query is too complex: its complexity is ${complexity}, and at most 10000 is allowed.`,
    ),
  });
}

/** The refusal for want of budget. Its headers are those of every answer, with nothing remaining. */
export function throttled(perHour: number, what: 'requests' | 'complexity points' = 'requests'): Answer {
  const message = throttleMessage(perHour, what);
  return refusal(400, { message, extensions: extensions('ratelimited', 'RATELIMITED', 429, message) });
}

function throttleMessage(perHour: number, what: string): string {
  return `Rate limit exceeded. Only ${perHour} ${what} are allowed per 1 hour.`;
}

const ENDPOINT_WINDOW_MS = 60_000;
const ENDPOINT_LIMIT = 30;

export function refusalOf(kind: RefusalKind, { nowMs, requestsPerHour, endpoint }: FaultScene): Answer {
  const message = throttleMessage(requestsPerHour, 'requests');
  switch (kind) {
    case 'throttled400':
      return spent(throttled(requestsPerHour));
    case 'throttled200':
      return spent(failed({ message }));
    case 'throttled429':
      // Nothing but the status tells what this is.
      return spent({ status: 429, headers: { 'content-type': 'text/plain' }, body: 'Too Many Requests' });
    case 'endpointThrottled': {
      const answer = throttled(requestsPerHour);
      return {
        ...answer,
        headers: {
          ...answer.headers,
          'x-ratelimit-endpoint-name': endpoint,
          'x-ratelimit-endpoint-requests-limit': String(ENDPOINT_LIMIT),
          'x-ratelimit-endpoint-requests-remaining': '0',
          'x-ratelimit-endpoint-requests-reset': String(nowMs + ENDPOINT_WINDOW_MS),
        },
      };
    }
    case 'unauthenticated401':
      return unauthenticated();
    case 'forbidden200':
      return failed(FORBIDDEN);
    case 'forbidden403':
      return refusal(403, FORBIDDEN);
    case 'tooComplex':
      return tooComplex(10_430.5);
  }
}

/** The answer of a budget that is spent, whatever the fake's own still has. */
function spent(answer: Answer): Answer {
  return { ...answer, headers: { ...answer.headers, 'x-ratelimit-requests-remaining': '0' } };
}

const FORBIDDEN = {
  message: 'You do not have permission to do this',
  extensions: extensions('forbidden', 'FORBIDDEN', 403, 'You do not have permission to do this.'),
};

const INTERNAL_ERROR = {
  message: 'Internal server error',
  extensions: extensions('internal error', 'INTERNAL_SERVER_ERROR', 500, 'Something went wrong.'),
};

const LOCK_TIMEOUT = {
  message: 'Timed out while waiting for a lock',
  extensions: extensions('lock timeout', 'LOCK_TIMEOUT', 500, 'Please try again.'),
};

const HTML = { 'content-type': 'text/html; charset=utf-8' };

export function breakdownOf(kind: Exclude<BreakdownKind, 'hangs' | 'cutsConnection'>): Answer {
  switch (kind) {
    case 'serverError500':
      return refusal(500, INTERNAL_ERROR);
    case 'unavailable503Html':
      return {
        status: 503,
        headers: HTML,
        body: '<html><body><h1>503 Service Unavailable</h1></body></html>',
      };
    case 'internalErrorIn200':
      return failed(INTERNAL_ERROR);
    case 'lockTimeoutIn200':
      return failed(LOCK_TIMEOUT);
    case 'notJson200':
      return { status: 200, headers: HTML, body: '<html><body>Linear</body></html>' };
    case 'emptyBody':
      return { status: 200, headers: { 'content-type': 'application/json' }, body: '' };
    case 'wrongShape':
      return json(200, { status: 'ok' });
  }
}

/** The answer with an error about one part of it, which is there all the same. */
export function withError(answer: Answer): Answer {
  const error = { ...INTERNAL_ERROR, path: ['issues', 'nodes', 0, 'assignee'] };
  const body: object = JSON.parse(answer.body);
  return { ...answer, body: JSON.stringify({ ...body, errors: [error] }) };
}
