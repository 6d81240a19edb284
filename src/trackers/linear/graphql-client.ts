import { ClientError, GraphQLClient } from 'graphql-request';
import { errorMessage, SymphonyError } from '../../domain/error.js';
import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { RequestBudget } from '../../domain/request-budget.js';
import type { Clock } from '../../ports/clock.js';
import { Allowance } from './allowance.js';
import type { GraphqlAnswer, LinearClient } from './client.js';
import { type LinearResponse, noAnswer, refusalOf } from './failure.js';
import { limit, wait } from './patience.js';

const REQUEST_LIMIT_MS = 30_000;
/** All attempts of one read end within this, so that the engine's own limit is never the one that ends them. */
const READ_LIMIT_MS = 50_000;
const RETRY_DELAYS_MS = [250, 1_000];

/** Where and as whom to ask. */
export interface GraphqlClientParts {
  readonly endpoint: string;
  readonly apiKey: string;
  readonly userAgent: string;
  readonly clock: Clock;
}

/** Linear over HTTP: with limits of its own, since the transport has none. */
export class HttpLinearClient implements LinearClient {
  readonly #parts: GraphqlClientParts;
  readonly #transport: GraphQLClient;
  readonly #allowance = new Allowance();
  #pausedUntilMs = 0;

  constructor(parts: GraphqlClientParts) {
    this.#parts = parts;
    this.#transport = new GraphQLClient(parts.endpoint, {
      errorPolicy: 'all',
      excludeOperationName: true,
      fetch: fetchJson,
      headers: {
        // Keys go bare; only what OAuth gave is a bearer token.
        authorization: parts.apiKey.startsWith('lin_oauth_') ? `Bearer ${parts.apiKey}` : parts.apiKey,
        // Asked for GraphQL's own media type, servers choose other statuses.
        accept: 'application/json',
        'user-agent': parts.userAgent,
      },
    });
  }

  get budget(): RequestBudget | null {
    return this.#allowance.budget;
  }

  /** Tells how many requests the last poll took, for those who reckon with the budget. */
  notePollCost(requests: number): void {
    this.#allowance.requestsPerPoll = Math.max(requests, 1);
  }

  async read(document: string, variables: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    const startedAtMs = this.#parts.clock.nowMs();
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#readOnce(document, variables, signal);
      } catch (error) {
        const delayMs = error instanceof PassingFailure ? RETRY_DELAYS_MS[attempt] : undefined;
        const soonEnough =
          delayMs !== undefined &&
          this.#parts.clock.nowMs() + delayMs - startedAtMs < READ_LIMIT_MS - REQUEST_LIMIT_MS;
        if (!soonEnough) throw error instanceof PassingFailure ? error.error : error;
        await wait(this.#parts.clock, delayMs, signal);
      }
    }
  }

  async send(document: string, variables: JsonObject, signal: AbortSignal): Promise<GraphqlAnswer> {
    const { response, data } = await this.#request(document, variables, signal).catch((error: unknown) => {
      throw error instanceof PassingFailure ? error.error : error;
    });
    const refusal = this.#judge(response);
    // What GraphQL itself has to say is for the agent to read; everything else is no answer.
    const isAnswer = response.isGraphql && response.status < 500 && response.status !== 401;
    if (refusal !== null && (refusal.kind === 'throttled' || !isAnswer)) throw refusal.error;
    return { data, errors: response.errors };
  }

  async #readOnce(document: string, variables: JsonObject, signal: AbortSignal): Promise<JsonObject> {
    const { response, data } = await this.#request(document, variables, signal);
    const refusal = this.#judge(response);
    if (refusal?.kind === 'passing') throw new PassingFailure(refusal.error);
    if (refusal !== null) throw refusal.error;
    if (data === null)
      throw new SymphonyError(
        'tracker_response',
        'Linear answered without data and without an error; see its status page if this goes on',
      );
    return data;
  }

  #judge(response: LinearResponse): ReturnType<typeof refusalOf> {
    const refusal = refusalOf(response);
    const now = this.#parts.clock.nowMs();
    // Requests that were under way when a pause began say nothing new, neither good nor bad.
    const isPaused = now < this.#pausedUntilMs;
    if (refusal?.kind !== 'throttled') {
      if (refusal === null && !isPaused) this.#allowance.served();
      return refusal;
    }
    if (!isPaused) this.#pausedUntilMs = now + this.#allowance.throttled();
    return { kind: 'throttled', error: throttleError(refusal.error.message, this.#pausedUntilMs - now) };
  }

  async #request(document: string, variables: JsonObject, signal: AbortSignal): Promise<Received> {
    signal.throwIfAborted();
    const pauseMs = this.#pausedUntilMs - this.#parts.clock.nowMs();
    if (pauseMs > 0) throw throttleError('Linear throttled us', pauseMs);
    const limited = limit(this.#parts.clock, REQUEST_LIMIT_MS, signal);
    try {
      return this.#received(
        await this.#transport.rawRequest({ query: document, variables, signal: limited.signal }),
      );
    } catch (error) {
      if (error instanceof ClientError) return this.#received(error.response);
      signal.throwIfAborted();
      if (limited.expired()) throw tooSlow();
      throw unreadable(error);
    } finally {
      limited.end();
    }
  }

  #received({ status, headers, data, errors }: RawResponse): Received {
    if (headers instanceof Headers) this.#allowance.note(headers);
    const listed = listOf(errors);
    const isGraphql = data !== undefined || listed.length > 0;
    return { response: { status, errors: listed, isGraphql }, data: plain(data) };
  }
}

/** What parses is an answer, however it is labelled; the transport reads nothing that is not labelled as JSON. */
async function fetchJson(...request: Parameters<typeof fetch>): Promise<Response> {
  const { body, status, statusText, headers } = await fetch(...request);
  const labelled = new Headers(headers);
  labelled.set('content-type', 'application/json');
  return new Response(body, { status, statusText, headers: labelled });
}

/** What the transport makes of an answer, good or bad. */
interface RawResponse {
  readonly status: number;
  readonly headers?: unknown;
  readonly data?: unknown;
  readonly errors?: unknown;
}

interface Received {
  readonly response: LinearResponse;
  readonly data: JsonObject | null;
}

/** A failure that the same question may not meet again. */
class PassingFailure extends Error {
  readonly error: SymphonyError;

  constructor(error: SymphonyError) {
    super(error.message, { cause: error });
    this.error = error;
  }
}

function throttleError(what: string, waitMs: number): SymphonyError {
  const seconds = Math.ceil(waitMs / 1_000);
  return new SymphonyError(
    'tracker_rate_limited',
    `${what}; nothing is asked for ${seconds} s. All keys of a user share one allowance: give Symphony a user of its own if this goes on`,
    { retryAfterMs: Math.ceil(waitMs) },
  );
}

function tooSlow(): SymphonyError {
  const seconds = REQUEST_LIMIT_MS / 1_000;
  return new SymphonyError(
    'tracker_timeout',
    `Linear did not answer within ${seconds} s; see its status page and the network`,
  );
}

/** A failure below GraphQL: `fetch` tells of the network with a TypeError, the transport of an unreadable body with others. */
function unreadable(error: unknown): PassingFailure {
  if (error instanceof TypeError) {
    const cause = error.cause instanceof Error ? `: ${errorMessage(error.cause)}` : `: ${error.message}`;
    const message = `Linear cannot be reached${cause}; see the network and tracker.provider.endpoint`;
    return new PassingFailure(new SymphonyError('tracker_request', message, { cause: error }));
  }
  // Not as its cause: what the transport says holds the whole body.
  return new PassingFailure(noAnswer());
}

/** Errors as a list, also where somebody between wrote them otherwise: none may get lost. */
function listOf(errors: unknown): readonly JsonObject[] {
  if (errors === undefined || errors === null) return [];
  return [errors].flat().map((error) => (isObject(error) ? error : { message: String(error) }));
}

function plain(value: unknown): JsonObject | null {
  return isObject(value) ? value : null;
}

/** What JSON parsing made an object of. */
function isObject(value: unknown): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
