import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

/** A request as it came over the wire. */
export interface SeenRequest {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface FrontAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What the server says; `pass` sends the request on and gives the answer of the server behind. */
type Answering = (
  request: SeenRequest,
  pass: () => Promise<FrontAnswer>,
) => Promise<FrontAnswer> | FrontAnswer;

/** A server on loopback that stands before another, or for it: it sees what the fake does not keep, and may answer otherwise. */
export class Front {
  readonly url: string;
  readonly seen: SeenRequest[] = [];
  /** Where requests are sent on to. */
  behind = '';

  static async forTest(answering: Answering): Promise<Front> {
    // Longer than any test: a connection that is closed in the moment in which it is used again would be a fault of its own.
    const server = createServer({ keepAliveTimeout: 600_000 });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const front = new Front(portOf(server.address()));
    server.on('request', (request, response) => {
      front.#serve(request, response, answering).catch((error: unknown) => {
        response.writeHead(599).end(String(error));
      });
    });
    return front;
  }

  private constructor(port: number) {
    this.url = `http://127.0.0.1:${port}/graphql`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse, answering: Answering): Promise<void> {
    const seen = { headers: request.headers, body: await text(request) };
    this.seen.push(seen);
    const { status = 200, headers = JSON_HEADERS, body } = await answering(seen, () => this.#pass(seen));
    response.writeHead(status, headers).end(body);
  }

  async #pass({ headers, body }: SeenRequest): Promise<FrontAnswer> {
    const { authorization = '' } = headers;
    const sent = { 'content-type': 'application/json', authorization };
    const answer = await fetch(this.behind, { method: 'POST', headers: sent, body });
    return { status: answer.status, body: await answer.text() };
  }
}

const JSON_HEADERS = { 'content-type': 'application/json' };

/** The port of a server that listens. */
export function portOf(address: string | AddressInfo | null): number {
  if (typeof address === 'object' && address !== null) return address.port;
  throw new Error('the server has no port');
}
