import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { readOperation } from './api/document.js';
import { LinearApi } from './api/linear-api.js';
import { LinearBoard } from './board.js';
import { LinearFaults } from './faults.js';
import { linearSchema } from './schema.js';
import { type Answer, refusal } from './wire/answer.js';
import { deliver } from './wire/delivery.js';
import { readRequestBody } from './wire/request-body.js';
import { LinearCorruptions } from './workspace/corruptions.js';
import { LinearWorkspace } from './workspace/workspace.js';

/** A GraphQL request as it arrived, whatever became of it. */
export interface SeenRequest {
  readonly operationName: string | null;
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** The names of the operation's own fields, without aliases; none of a text that is not GraphQL. */
  readonly rootFields: readonly string[];
  /** Null when it was never answered, or is not answered yet. */
  readonly status: number | null;
  readonly atMs: number;
  readonly authorization: string | null;
}

export interface FakeLinearOptions {
  /** The wall clock, in milliseconds. */
  readonly now?: () => number;
  readonly requestsPerHour?: number;
}

/** A request whose status is still open. */
type Arrived = { -readonly [Key in keyof SeenRequest]: SeenRequest[Key] };

/**
 * Linear on loopback: its schema, its answers and its troubles, over a board that tests change by hand.
 *
 * What it cannot do like Linear is HTTP 500 with a message that begins with "The fake Linear does not support".
 */
export class FakeLinear {
  readonly url: string;
  readonly apiKey = 'lin_api_fakeFAKEfakeFAKEfakeFAKEfakeFAKEfake';
  readonly board: LinearBoard;
  readonly faults = new LinearFaults();
  readonly #server: Server;
  readonly #api: LinearApi;
  readonly #now: () => number;
  readonly #closing = new AbortController();
  #requests: Arrived[] = [];

  static async start(options: FakeLinearOptions = {}): Promise<FakeLinear> {
    // Building it takes a busy machine seconds, which are not to be those of the first request.
    linearSchema();
    // Longer than any test: a connection that is closed in the moment in which it is used again would be one fault more.
    const server = createServer({ keepAliveTimeout: 600_000 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FakeLinear(server, options);
  }

  private constructor(server: Server, { now = Date.now, requestsPerHour = 2_500 }: FakeLinearOptions) {
    const address = server.address();
    if (typeof address !== 'object' || address === null) throw new Error('The fake Linear has no port');
    const workspace = new LinearWorkspace(now);
    const corruptions = new LinearCorruptions();
    this.url = `http://127.0.0.1:${address.port}/graphql`;
    this.board = new LinearBoard(workspace, corruptions);
    this.#now = now;
    this.#server = server;
    this.#api = new LinearApi({ workspace, corruptions, apiKey: this.apiKey, requestsPerHour });
    server.on('request', (request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        // Senders that go away, and the end of the fake, are no failures; nobody is there to be told.
        if (this.#closing.signal.aborted || request.socket.destroyed) return;
        send(response, refusal(500, { message: `The fake Linear failed: ${String(error)}` }));
      });
    });
  }

  /** In the order of arrival. */
  get requests(): readonly SeenRequest[] {
    return this.#requests;
  }

  forgetRequests(): void {
    this.#requests = [];
  }

  /** Stops listening and destroys what is still connected, answered or not. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const atMs = this.#now();
    const body = readRequestBody(await text(request));
    if (request.method !== 'POST' || request.url !== '/graphql' || body === null) {
      send(response, refusal(400, { message: 'Send a GraphQL query to /graphql, as JSON' }));
      return;
    }
    const { query, variables } = body;
    const authorization = request.headers.authorization ?? null;
    const asked = readOperation(query, body.operationName);
    const { operationName, rootFields } = asked;
    const seen: Arrived = { operationName, query, variables, rootFields, status: null, atMs, authorization };
    this.#requests.push(seen);
    const context = { api: this.#api, nowMs: atMs, signal: this.#closing.signal };
    const delivery = await deliver(
      { authorization, query, variables, asked },
      this.faults.take(asked),
      context,
    );
    if (delivery.kind === 'nothing') return;
    if (delivery.kind === 'cut') {
      request.socket.resetAndDestroy();
      return;
    }
    const { answer } = delivery;
    const headers = { ...this.#api.budgetHeaders(), ...answer.headers };
    seen.status = answer.status;
    if (delivery.kind === 'half') sendHalf(response, { ...answer, headers });
    else send(response, { ...answer, headers });
  }
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, headers).end(body);
}

/** Promises the whole body, sends half of it, and resets the connection once that half is on its way. */
function sendHalf(response: ServerResponse, { status, headers, body }: Answer): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': bytes.byteLength });
  response.write(bytes.subarray(0, bytes.byteLength / 2), () => response.socket?.resetAndDestroy());
}
