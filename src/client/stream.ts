import { setTimeout as pass } from 'node:timers/promises';
import { z } from 'zod';
import { EventResponse } from '../api/schema-history.js';
import { SymphonyError } from '../domain/error.js';
import { type ServerMessage, serverMessages } from './server-messages.js';
import { type ClientRequest, retryAfterMsOf, type Transport } from './transport.js';
import { failureOf, understood } from './understand.js';

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;
/** A daemon lets something be heard far more often. */
const IDLE_MS = 60_000;
const MAX_REFUSAL_BYTES = 64 * 1024;

/** What a stream tells, in order. */
export type StreamItem =
  | { readonly kind: 'event'; readonly event: EventResponse }
  /** Something of the state has changed; told at most once a second. */
  | { readonly kind: 'changed' }
  /** Events before the next one are no longer known, as after the daemon has started again. */
  | { readonly kind: 'gap' }
  /** A connection is there, the first or another one. */
  | { readonly kind: 'open' }
  /** It has gone, and is sought again. */
  | { readonly kind: 'lost'; readonly error: SymphonyError };

/** What to follow. */
export interface StreamOptions {
  /** Only this issue. */
  readonly issue?: string | undefined;
  /** Begin behind the event with this id; left out: with what happens next. */
  readonly after?: string | undefined;
  /** Begin with so many of the latest events, where `after` does not say where to begin. */
  readonly latest?: number | undefined;
  /** Ends the stream, without an error. */
  readonly signal?: AbortSignal | undefined;
  /** How long to wait before a lost connection is sought again; each further time doubles it, up to 5 s. */
  readonly firstPauseMs?: number | undefined;
}

const Changed = z.object({});

/** The stream of one daemon, over however many connections it takes; each goes on behind the last event that was told. */
export class EventStream {
  readonly #transport: Transport;
  readonly #headers: ClientRequest['headers'];
  readonly #options: StreamOptions;
  #after: string | undefined;

  constructor(transport: Transport, headers: ClientRequest['headers'], options: StreamOptions) {
    this.#transport = transport;
    this.#headers = headers;
    this.#options = options;
    this.#after = options.after;
  }

  /** @throws SymphonyError when the daemon refuses, or answers what is not understood */
  async *items(): AsyncGenerator<StreamItem> {
    const firstPauseMs = this.#options.firstPauseMs ?? FIRST_PAUSE_MS;
    for (let pauseMs = firstPauseMs; !this.#hasEnded; ) {
      try {
        for await (const item of this.#connection()) {
          pauseMs = firstPauseMs;
          yield item;
        }
        yield { kind: 'lost', error: this.#transport.failure(new Error('the stream ended')) };
      } catch (error) {
        if (this.#hasEnded) return;
        if (!(error instanceof Interruption)) throw error;
        yield { kind: 'lost', error: error.reason };
        pauseMs = Math.max(pauseMs, Math.min(error.reason.retryAfterMs ?? 0, LONGEST_PAUSE_MS));
      }
      await waited(pauseMs, this.#options.signal);
      pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
    }
  }

  get #hasEnded(): boolean {
    return this.#options.signal?.aborted === true;
  }

  async *#connection(): AsyncGenerator<StreamItem> {
    const response = await this.#open();
    const messages = serverMessages(response);
    // From the first item on, for whoever reads may leave at any.
    try {
      yield { kind: 'open' };
      for (let next = await this.#next(messages); next !== null; next = await this.#next(messages)) {
        const item = this.#itemOf(next);
        if (item !== null) yield item;
      }
    } finally {
      response.destroy();
    }
  }

  async #open() {
    const { issue, latest, signal } = this.#options;
    const query = new URLSearchParams();
    if (this.#after !== undefined) query.set('after', this.#after);
    else if (latest !== undefined) query.set('limit', String(latest));
    if (issue !== undefined) query.set('issue', issue);
    const search = query.size === 0 ? '' : `?${query}`;
    const headers = { ...this.#headers, accept: 'text/event-stream' };
    const path = `/api/v1/events${search}`;
    const response = await this.#transport
      .open({ method: 'GET', path, headers, signal }, IDLE_MS)
      .catch(interrupt);
    const status = response.statusCode ?? 0;
    if (status === 200) return response;
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) {
      text += String(chunk);
      if (text.length > MAX_REFUSAL_BYTES) break;
    }
    const failure = failureOf({ status, text, retryAfterMs: retryAfterMsOf(response) }, this.#transport.name);
    throw status === 429 || status >= 500 ? new Interruption(failure) : failure;
  }

  /** Null at the end. */
  async #next(messages: AsyncGenerator<ServerMessage>): Promise<ServerMessage | null> {
    try {
      const { value, done } = await messages.next();
      return done === true ? null : value;
    } catch (error) {
      throw new Interruption(this.#transport.failure(error));
    }
  }

  /** Null for what this version does not know. */
  #itemOf({ event, data, id }: ServerMessage): StreamItem | null {
    switch (event) {
      case 'symphony': {
        const told = understood(EventResponse, data, this.#transport.name);
        this.#after = told.id;
        return { kind: 'event', event: told };
      }
      case 'changed':
        understood(Changed, data, this.#transport.name);
        return { kind: 'changed' };
      case 'gap':
        return { kind: 'gap' };
      default:
        this.#after = id ?? this.#after;
        return null;
    }
  }
}

/** What a stream gets over. */
class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly reason: SymphonyError;

  constructor(reason: SymphonyError) {
    super(reason.message, { cause: reason });
    this.reason = reason;
  }
}

function interrupt(error: unknown): never {
  throw error instanceof SymphonyError && error.code === 'daemon_unreachable'
    ? new Interruption(error)
    : error;
}

/** Waits, or until the signal is aborted. */
async function waited(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await pass(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
  }
}
