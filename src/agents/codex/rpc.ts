import { SymphonyError } from '../../domain/error.js';
import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { AgentFailure } from '../../domain/run.js';
import type { Clock } from '../../ports/clock.js';
import { plainText } from './plain-text.js';
import { objectOf } from './protocol.js';
import { Silence } from './silence.js';
import { methodAtStart } from './wire.js';

const METHOD_NOT_FOUND = -32601;
const HELD_LINES = 1_000;
const HELD_CHARACTERS = 1024 * 1024;

/** A request of the server; it counts its ids from 0 by itself, so they overlap with ours. */
export interface ServerRequest {
  readonly method: string;
  readonly params: JsonObject;
  /** Answers once; every further answer is dropped. */
  answer(result: JsonValue): void;
  /** Answers that we do not serve this method. */
  refuse(): void;
}

/** What a connection tells its session. */
export interface RpcListener {
  onNotification(method: string, params: JsonObject): void;
  onRequest(request: ServerRequest): void;
  /** JSON, but neither a request, a reply to one of ours, nor a notification. */
  onOther(text: string): void;
  /** Not JSON at all, though it may have been meant so. */
  onMalformed(text: string): void;
}

/** Why the agent cannot go on, for policy and for people. */
export interface Failure {
  readonly reason: AgentFailure;
  readonly detail: string;
}

export type Reply =
  | { readonly kind: 'result'; readonly result: JsonObject }
  | { readonly kind: 'failed'; readonly failure: Failure };

interface Pending {
  readonly method: string;
  readonly settle: (reply: Reply) => void;
  readonly silence: Silence;
  readonly cancelLimit: () => void;
}

interface RpcOptions {
  readonly clock: Clock;
  readonly write: (line: string) => void;
  readonly listener: RpcListener;
  /** A request fails after this much silence; every line received starts it anew. */
  readonly readTimeoutMs: number;
  /** A request fails after this time also when the server keeps talking about other things. */
  readonly requestLimitMs: number;
  /** Notifications of which only the name matters; not parsed, there may be very many. */
  readonly nameOnly: ReadonlySet<string>;
}

/**
 * Requests, replies and notifications over lines of JSON, without a `jsonrpc` member.
 *
 * Invariants:
 *   R1. Every call settles once: by its reply, by a timeout, or by the end of the connection.
 *   R2. Every server request is answered at most once, and `method` decides before `id` what a message is.
 *   R3. After a reply that comes before its request, all lines wait until that request is sent, in order and bounded:
 *       simple stand-ins count lines and run ahead.
 */
export class Rpc {
  readonly #options: RpcOptions;
  readonly #pending = new Map<number, Pending>();
  /** Methods of answered calls by id; see `#pendingFor`. */
  readonly #answered = new Map<number, string>();
  #lastId = 0;
  #held: string[] = [];
  #heldCharacters = 0;
  #ended: Failure | null = null;

  constructor(options: RpcOptions) {
    this.#options = options;
  }

  /** Sends a request; `settle` is called in the order in which lines arrive, before any later line is looked at. */
  send(method: string, params: JsonObject, settle: (reply: Reply) => void): void {
    this.#lastId += 1;
    const id = this.#lastId;
    const { clock, readTimeoutMs, requestLimitMs } = this.#options;
    const timeOut = (why: string) => () =>
      this.#settle(id, failed('response_timeout', `the agent did not answer ${method} ${why}`));
    this.#pending.set(id, {
      method,
      settle,
      silence: new Silence(clock, readTimeoutMs, timeOut(`and was silent for ${readTimeoutMs} ms`)),
      cancelLimit: clock.wakeAt(clock.nowMs() + requestLimitMs, timeOut(`within ${requestLimitMs} ms`)),
    });
    this.#write({ id, method, params });
    this.#releaseHeld();
    if (this.#ended !== null) this.#settle(id, { kind: 'failed', failure: this.#ended });
  }

  /** @throws SymphonyError `response_timeout`, `response_error`, or what ended the connection */
  async call(method: string, params: JsonObject): Promise<JsonObject> {
    const reply = await new Promise<Reply>((settle) => this.send(method, params, settle));
    if (reply.kind === 'failed') throw failureError(reply.failure);
    return reply.result;
  }

  notify(method: string, params: JsonObject): void {
    this.#write({ method, params });
  }

  receive(line: string): void {
    for (const pending of this.#pending.values()) pending.silence.heard();
    if (this.#held.length > 0) this.#hold(line);
    else this.#take(line);
  }

  /** The connection is over: what is pending, and what is sent from now on, fails for this reason. */
  end(failure: Failure): void {
    this.#ended = failure;
    for (const id of [...this.#pending.keys()]) this.#settle(id, { kind: 'failed', failure });
  }

  #take(line: string): void {
    const name = methodAtStart(line);
    if (name !== null && this.#options.nameOnly.has(name)) {
      this.#options.listener.onNotification(name, {});
      return;
    }
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      this.#options.listener.onMalformed(line);
      return;
    }
    this.#route(message, line);
  }

  #route(value: unknown, line: string): void {
    const message = objectOf(value);
    const { id, method } = message;
    if (typeof method === 'string') {
      // Some old shapes have their members beside `method`.
      const params = objectOf(message['params'] ?? message);
      if (typeof id === 'number' || typeof id === 'string') this.#serve(id, method, params);
      else this.#options.listener.onNotification(method, params);
    } else if (typeof id === 'number') this.#acceptReply(id, message, line);
    else this.#options.listener.onOther(line);
  }

  #serve(id: number | string, method: string, params: JsonObject): void {
    let isAnswered = false;
    const once = (message: JsonObject): void => {
      if (isAnswered) return;
      isAnswered = true;
      this.#write(message);
    };
    this.#options.listener.onRequest({
      method,
      params,
      answer: (result) => once({ id, result }),
      refuse: () => {
        const message = `${plainText(method, 100)} is not served by this client`;
        once({ id, error: { code: METHOD_NOT_FOUND, message } });
      },
    });
  }

  #acceptReply(id: number, message: JsonObject, line: string): void {
    const pendingId = this.#pendingFor(id);
    if (pendingId !== null) this.#settle(pendingId, readReply(message, this.#pending.get(pendingId)?.method));
    else if (id === this.#lastId + 1 && this.#pending.size === 0) this.#hold(line);
    else this.#options.listener.onOther(line);
  }

  /**
   * The call that a reply belongs to. Stand-ins written for the reference implementation answer every `turn/start` with
   * the id of the first; such a reply is taken when the same method was answered under that id before and nothing else
   * is pending. A late reply to a call that timed out never fits: it was not answered.
   */
  #pendingFor(id: number): number | null {
    if (this.#pending.has(id)) return id;
    const [only, ...others] = this.#pending;
    if (only === undefined || others.length > 0) return null;
    const [pendingId, { method }] = only;
    return this.#answered.get(id) === method ? pendingId : null;
  }

  #settle(id: number, reply: Reply): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    pending.silence.stop();
    pending.cancelLimit();
    if (reply.kind === 'result') this.#answered.set(id, pending.method);
    pending.settle(reply);
  }

  #hold(line: string): void {
    this.#held.push(line);
    this.#heldCharacters += line.length;
    // No well-meant stand-in runs ahead this far: stop waiting, and let the lines be what they are.
    if (this.#held.length > HELD_LINES || this.#heldCharacters > HELD_CHARACTERS) {
      const [first = '', ...rest] = this.#takeHeld();
      this.#options.listener.onOther(first);
      for (const later of rest) this.receive(later);
    }
  }

  #releaseHeld(): void {
    for (const line of this.#takeHeld()) this.receive(line);
  }

  #takeHeld(): string[] {
    const held = this.#held;
    this.#held = [];
    this.#heldCharacters = 0;
    return held;
  }

  #write(message: JsonObject): void {
    this.#options.write(`${JSON.stringify(message)}\n`);
  }
}

function readReply(message: JsonObject, method = 'a request'): Reply {
  const { error, result } = message;
  if (error !== undefined && error !== null) {
    const { code, message: reason } = objectOf(error);
    const text = typeof reason === 'string' ? reason : JSON.stringify(error);
    return failed('response_error', `the agent refused ${method}: ${plainText(text, 300)} (${String(code)})`);
  }
  if (result === undefined) {
    return failed('response_error', `the agent's answer to ${method} has neither result nor error`);
  }
  return { kind: 'result', result: objectOf(result) };
}

function failed(reason: AgentFailure, detail: string): Reply {
  return { kind: 'failed', failure: { reason, detail } };
}

/** A failure of the start of a session, as it is thrown. */
function failureError({ reason, detail }: Failure): SymphonyError {
  return new SymphonyError(reason, detail);
}
