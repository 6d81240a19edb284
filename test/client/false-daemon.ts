import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { isoTime, stateResponse } from '../../src/api/state.js';
import type { EventResponse } from '../../src/client/client.js';
import { aSnapshot, SAMPLE_AT_MS } from '../helpers/snapshots.js';

/** One request that a false daemon got. */
export interface GotRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server that answers as a test tells it to; it ends with the test. */
export interface FalseDaemon {
  readonly baseUrl: string;
  readonly requests: readonly GotRequest[];
  /** Ends, with every connection, and frees its place. */
  end(): Promise<void>;
}

/** Answers one request. */
export type Answering = (request: GotRequest, response: ServerResponse) => void;

/** Starts one, on a free port or at a given place. */
export async function aFalseDaemon(answer: Answering, place: number | string = 0): Promise<FalseDaemon> {
  const requests: GotRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const { method = '', url: path = '', headers } = incoming;
    const request = { method, path, headers, body: await text(incoming) };
    requests.push(request);
    answer(request, response);
  });
  if (typeof place === 'number') server.listen(place, '127.0.0.1');
  else server.listen(place);
  await once(server, 'listening');
  const end = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  onTestFinished(end);
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { baseUrl: `http://127.0.0.1:${port}`, requests, end };
}

/** Answers JSON. */
export function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** Answers the error envelope. */
export function refusal(
  response: ServerResponse,
  status: number,
  code: string,
  message = 'It says no.',
): void {
  json(response, { error: { code, message } }, status);
}

/** Begins a stream and writes frames into it. */
export function stream(response: ServerResponse, ...frames: readonly string[]): void {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(frames.join(''));
}

/** An event as it stands on the wire. */
export function anEvent(id: string, fields: Partial<EventResponse> = {}): EventResponse {
  return {
    id,
    at: isoTime(SAMPLE_AT_MS),
    issue_id: 'abc123',
    issue_identifier: 'MT-649',
    kind: 'run_started',
    level: 'info',
    message: `event ${id}`,
    fields: {},
    ...fields,
  };
}

/** An event as a frame of a stream. */
export function frameOf(event: EventResponse): string {
  return `id: ${event.id}\nevent: symphony\ndata: ${JSON.stringify(event)}\n\n`;
}

/** The state of a daemon that has nothing to do. */
export function aState() {
  return stateResponse(aSnapshot());
}
