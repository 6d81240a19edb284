import type { z } from 'zod';
import { AnswerResponse, IssueResponse, RefreshResponse, StateResponse } from '../api/schema.js';
import { EventsResponse, TranscriptResponse } from '../api/schema-history.js';
import { ExplainResponse, HealthResponse, IssuesResponse } from '../api/schema-issues.js';
import { DispatchOrderResponse, IssueOrderResponse } from '../api/schema-orders.js';
import type { DispatchOrder, IssueOrder } from '../domain/order.js';
import type { Answer } from '../domain/session.js';
import { askedAgain } from './pending.js';
import { EventStream, type StreamItem, type StreamOptions } from './stream.js';
import { type Endpoint, Transport, type WholeAnswer } from './transport.js';
import { failureOf, understood } from './understand.js';

export type { AnswerResponse, IssueResponse, RefreshResponse, StateResponse } from '../api/schema.js';
export type { EventResponse, EventsResponse, TranscriptResponse } from '../api/schema-history.js';
export type { ExplainResponse, HealthResponse, IssuesResponse } from '../api/schema-issues.js';
export type { DispatchOrderResponse, IssueOrderResponse } from '../api/schema-orders.js';
export { type ErrorCode, SymphonyError } from '../domain/error.js';
export type { DispatchOrder, IssueOrder } from '../domain/order.js';
export type { Answer } from '../domain/session.js';
export type { StreamItem, StreamOptions } from './stream.js';

const DEFAULT_TIMEOUT_MS = 10_000;

/** By what the process of a caller is known while it gives an order; see `proveCaller`. */
export interface Proof {
  readonly headers: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Where the daemon is, and by what it knows who orders. */
export type ClientOptions = Endpoint & {
  /** The operator's token, which orders need; reading needs it beyond loopback. A function is asked when it is needed. */
  readonly token?: string | (() => Promise<string>);
  /** Is asked for each order, as a socket needs it. */
  readonly prove?: () => Promise<Proof>;
  /** How long an answer may take; 10 s unless told otherwise. */
  readonly timeoutMs?: number;
};

/** What every request takes. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

/** Which question is answered. */
export interface AnswerOptions extends CallOptions {
  /** Its text, as the daemon told it. Another one that the issue asks by now is not answered; left out: any is. */
  readonly question?: string;
}

/** Which stretch of what is known to return. */
export interface PageOptions extends CallOptions {
  /** Behind this id, or where the page before it said; left out: the latest. */
  readonly after?: string;
  readonly limit?: number;
}

/**
 * A running daemon, through its HTTP API (docs/api.md).
 *
 * Whatever the daemon refuses is a SymphonyError with the code it gave; `daemon_unreachable` when it gave none. Answers are
 * checked; fields that this version does not know are left out.
 */
export class SymphonyClient {
  readonly #transport: Transport;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#transport = new Transport(options, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  }

  state(options: CallOptions = {}): Promise<StateResponse> {
    return this.#read(StateResponse, '/state', options);
  }

  issues(options: CallOptions = {}): Promise<IssuesResponse> {
    return this.#read(IssuesResponse, '/issues', options);
  }

  /** @throws SymphonyError `issue_not_found` */
  issue(identifier: string, options: CallOptions = {}): Promise<IssueResponse> {
    return this.#read(IssueResponse, issuePath(identifier), options);
  }

  /**
   * Also of issues on no list, for which the daemon asks the tracker; that takes it five seconds at most.
   * @throws SymphonyError `issue_not_found`, or what the tracker failed with
   */
  async explain(identifier: string, options: CallOptions = {}): Promise<ExplainResponse> {
    const path = `${issuePath(identifier)}/explain`;
    return await askedAgain(() => this.#read(ExplainResponse, path, options), options.signal);
  }

  /** What has happened, the oldest first; of one issue or of the whole daemon. */
  events({ issue, ...page }: PageOptions & { readonly issue?: string } = {}): Promise<EventsResponse> {
    const query = search({ after: page.after, limit: page.limit, issue });
    return this.#read(EventsResponse, `/events${query}`, page);
  }

  /** What happens, for as long as it is read; goes on where it was after a lost connection. */
  async *stream(options: StreamOptions = {}): AsyncGenerator<StreamItem> {
    yield* new EventStream(this.#transport, await this.#readHeaders(), options).items();
  }

  /** What was said in a session of an issue, the latest unless another one is named. */
  transcript(
    identifier: string,
    { session, ...page }: PageOptions & { readonly session?: string } = {},
  ): Promise<TranscriptResponse> {
    const query = search({ session, after: page.after, limit: page.limit });
    return this.#read(TranscriptResponse, `${issuePath(identifier)}/transcript${query}`, page);
  }

  health(options: CallOptions = {}): Promise<HealthResponse> {
    return this.#read(HealthResponse, '/health', options, [503]);
  }

  /** Asks for a poll of the tracker now. */
  refresh(options: CallOptions = {}): Promise<RefreshResponse> {
    return this.#order(RefreshResponse, '/refresh', options);
  }

  /** @throws SymphonyError `issue_not_found`, `order_refused`, `operator_required` or `forbidden_process` */
  order(identifier: string, order: IssueOrder, options: CallOptions = {}): Promise<IssueOrderResponse> {
    return this.#order(IssueOrderResponse, `${issuePath(identifier)}/${order}`, options);
  }

  /** @throws SymphonyError `issue_not_found`, `not_blocked`, `question_changed`, `operator_required` or `forbidden_process` */
  answer(
    identifier: string,
    answer: Answer,
    { question, ...options }: AnswerOptions = {},
  ): Promise<AnswerResponse> {
    const decided = answer.kind === 'text' ? { text: answer.text } : { decision: answer.kind };
    const body = JSON.stringify({ ...decided, question });
    return this.#order(AnswerResponse, `${issuePath(identifier)}/answer`, options, body);
  }

  /** @throws SymphonyError `order_refused`, `operator_required` or `forbidden_process` */
  orderDispatch(order: DispatchOrder, options: CallOptions = {}): Promise<DispatchOrderResponse> {
    return this.#order(DispatchOrderResponse, `/${order}`, options);
  }

  async #read<T>(
    schema: z.ZodType<T>,
    path: string,
    { signal }: CallOptions,
    alsoAnswers: readonly number[] = [],
  ): Promise<T> {
    const headers = { ...(await this.#readHeaders()), accept: 'application/json' };
    const answer = await this.#transport.send({ method: 'GET', path: `/api/v1${path}`, headers, signal });
    return this.#taken(schema, answer, alsoAnswers);
  }

  async #order<T>(schema: z.ZodType<T>, path: string, { signal }: CallOptions, body?: string): Promise<T> {
    const headers = { ...(await this.#bearer()), accept: 'application/json' };
    const proof = await this.#options.prove?.();
    try {
      const answer = await this.#transport.send({
        method: 'POST',
        path: `/api/v1${path}`,
        headers: { ...headers, ...proof?.headers },
        signal,
        ...(body === undefined ? {} : { body }),
      });
      return this.#taken(schema, answer);
    } finally {
      await proof?.close();
    }
  }

  #taken<T>(schema: z.ZodType<T>, answer: WholeAnswer, alsoAnswers: readonly number[] = []): T {
    const { status, text } = answer;
    const isAnswer = (status >= 200 && status < 300) || alsoAnswers.includes(status);
    if (!isAnswer) throw failureOf(answer, this.#transport.name);
    return understood(schema, text, this.#transport.name);
  }

  /** The socket shows everything to its user; a port may want to know who asks. */
  async #readHeaders(): Promise<Readonly<Record<string, string>>> {
    return 'baseUrl' in this.#options ? await this.#bearer() : {};
  }

  async #bearer(): Promise<Readonly<Record<string, string>>> {
    const { token } = this.#options;
    if (token === undefined) return {};
    return { authorization: `Bearer ${typeof token === 'string' ? token : await token()}` };
  }
}

/** By a name that no endpoint has: an issue may be called "state". */
function issuePath(identifier: string): string {
  return `/issues/${encodeURIComponent(identifier)}`;
}

function search(values: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? '' : `?${query}`;
}
