import { z } from 'zod';
import { SymphonyError } from '../../domain/error.js';
import type { JsonObject } from '../../domain/json.js';

/** An HTTP answer of Linear's, read as far as it can be. */
export interface LinearResponse {
  readonly status: number;
  readonly errors: readonly JsonObject[];
  /** Whether the body was a GraphQL answer at all. */
  readonly isGraphql: boolean;
}

/** Why an answer is no good, and what may help. */
export interface Refusal {
  readonly kind: 'throttled' | 'passing' | 'final';
  readonly error: SymphonyError;
}

const GraphqlError = z.object({
  message: z.string().catch(''),
  extensions: z
    .object({
      type: z.string().optional().catch(undefined),
      code: z.string().optional().catch(undefined),
      statusCode: z.number().optional().catch(undefined),
      userPresentableMessage: z.string().optional().catch(undefined),
    })
    .catch({}),
});
type GraphqlError = z.infer<typeof GraphqlError>;

const MAX_MESSAGE = 300;
/** Linear's own trouble; the same question may do in a moment. */
const PASSING_TYPES: ReadonlySet<string> = new Set(['internal error', 'network error', 'lock timeout']);

/**
 * Reads an answer, its body first and its status second: a throttle comes as 400, 200 or 429, a missing entity as 200.
 * Null when nothing was refused.
 */
export function refusalOf(response: LinearResponse): Refusal | null {
  const errors = response.errors.map((error) => GraphqlError.parse(error));
  if (response.status === 429 || errors.some(isThrottle)) return throttled(errors);
  if (response.status === 401 || errors.some(isUnauthenticated)) return unauthenticated(errors);
  const [first] = errors;
  if (response.status >= 500 || errors.some(({ extensions }) => PASSING_TYPES.has(extensions.type ?? ''))) {
    const error = new SymphonyError(
      response.status >= 400 ? 'tracker_status' : 'tracker_response',
      `Linear has trouble of its own (${said(response.status, first)}); see its status page if this goes on`,
    );
    return { kind: 'passing', error };
  }
  if (first !== undefined) return refused(response, first);
  if (response.status < 200 || response.status > 299) {
    const error = new SymphonyError(
      'tracker_status',
      `Linear answered with status ${response.status} and no GraphQL; see that tracker.provider.endpoint is Linear's`,
    );
    return { kind: 'final', error };
  }
  if (!response.isGraphql) {
    return { kind: 'passing', error: noAnswer() };
  }
  return null;
}

/** What came is nothing that Linear would say. */
export function noAnswer(): SymphonyError {
  return new SymphonyError(
    'tracker_response',
    'Linear answered with something that is no GraphQL answer; see tracker.provider.endpoint and proxies',
  );
}

function isThrottle({ message, extensions }: GraphqlError): boolean {
  return (
    extensions.code?.toUpperCase() === 'RATELIMITED' ||
    extensions.type?.toLowerCase() === 'ratelimited' ||
    extensions.statusCode === 429 ||
    /^rate limit exceeded/i.test(message)
  );
}

function isUnauthenticated({ extensions }: GraphqlError): boolean {
  return extensions.code === 'AUTHENTICATION_ERROR' || extensions.type === 'authentication error';
}

function throttled(errors: readonly GraphqlError[]): Refusal {
  const detail = errors.find(isThrottle)?.message ?? '';
  const why = detail === '' ? '' : `: ${shortened(detail)}`;
  return { kind: 'throttled', error: new SymphonyError('tracker_rate_limited', `Linear throttles us${why}`) };
}

function unauthenticated([first]: readonly GraphqlError[]): Refusal {
  const error = new SymphonyError(
    'tracker_status',
    `Linear refused the key (${said(401, first)}); make a new one in Linear and put it into LINEAR_API_KEY or tracker.provider.api_key`,
  );
  return { kind: 'final', error };
}

function refused({ status }: LinearResponse, error: GraphqlError): Refusal {
  const code = status >= 400 ? 'tracker_status' : 'tracker_response';
  return {
    kind: 'final',
    error: new SymphonyError(
      code,
      `Linear refused the request (${said(status, error)}); ${mend(status, error)}`,
    ),
  };
}

function mend(status: number, { extensions: { type } }: GraphqlError): string {
  return status === 403 || type === 'forbidden' || type === 'feature not accessible'
    ? 'see that the key may read the team of the project'
    : 'Symphony and Linear may no longer agree: update Symphony, or report this';
}

function said(status: number, error: GraphqlError | undefined): string {
  const text = error === undefined ? '' : error.extensions.userPresentableMessage || error.message;
  return text === '' ? `status ${status}` : shortened(text);
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE)}…` : line;
}
