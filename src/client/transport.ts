import { type IncomingMessage, type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { errorMessage, SymphonyError } from '../domain/error.js';

/** More than any answer holds; what sends more is no daemon. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** Where a daemon listens. */
export type Endpoint =
  /** Such as `http://127.0.0.1:4000`. */
  | { readonly baseUrl: string }
  /** A unix socket; a function is asked anew for each request, so that a daemon may come back elsewhere. */
  | { readonly socketPath: string | (() => Promise<string>) };

/** One request to a daemon. */
export interface ClientRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal | undefined;
}

/** An answer, whole. */
export interface WholeAnswer {
  readonly status: number;
  readonly text: string;
  /** How long not to ask again; null where the daemon does not say. */
  readonly retryAfterMs: number | null;
}

/** Sends requests to a daemon, each over a connection of its own: one that is kept may be of a daemon that has gone. */
export class Transport {
  readonly #endpoint: Endpoint;
  readonly #timeoutMs: number;
  /** Where the socket was when it was last looked for. */
  #socketPath: string | null = null;

  constructor(endpoint: Endpoint, timeoutMs: number) {
    this.#endpoint = endpoint;
    this.#timeoutMs = timeoutMs;
  }

  /** Where it sends to, for people. */
  get name(): string {
    const endpoint = this.#endpoint;
    if ('baseUrl' in endpoint) return endpoint.baseUrl;
    return this.#socketPath ?? 'its socket';
  }

  /**
   * Sends a request and reads all of its answer.
   * @throws SymphonyError `daemon_unreachable`; the reason of the signal once that is aborted
   */
  async send(request: ClientRequest): Promise<WholeAnswer> {
    const limit = AbortSignal.timeout(this.#timeoutMs);
    const signal = request.signal === undefined ? limit : AbortSignal.any([request.signal, limit]);
    return await this.#attempt({ ...request, signal }, request.signal, wholeAnswer);
  }

  /**
   * Sends a request and returns its answer as it begins. It ends with an error when nothing comes for `idleMs`, or when
   * the signal is aborted.
   * @throws SymphonyError `daemon_unreachable`; the reason of the signal once that is aborted
   */
  async open(request: ClientRequest, idleMs: number): Promise<IncomingMessage> {
    return await this.#attempt(request, request.signal, async (response) => {
      response.socket.setTimeout(idleMs, () =>
        response.destroy(new Error(`nothing was sent for ${idleMs} ms`)),
      );
      return response;
    });
  }

  /** What a failed connection means to whoever asked. */
  failure(error: unknown): SymphonyError {
    if (error instanceof SymphonyError) return error;
    return new SymphonyError('daemon_unreachable', unreachableMessage(error, this.#endpoint, this.name), {
      cause: error,
    });
  }

  async #attempt<T>(
    request: ClientRequest,
    asked: AbortSignal | undefined,
    read: (response: IncomingMessage) => Promise<T>,
  ): Promise<T> {
    try {
      return await read(await this.#begin(request));
    } catch (error) {
      asked?.throwIfAborted();
      if (request.signal?.aborted === true) {
        throw new SymphonyError(
          'daemon_unreachable',
          `the daemon at ${this.name} did not answer within ${this.#timeoutMs / 1_000} s`,
          { cause: error },
        );
      }
      throw this.failure(error);
    }
  }

  async #begin({ method, path, headers, body, signal }: ClientRequest): Promise<IncomingMessage> {
    const content = body === undefined ? {} : { 'content-type': 'application/json' };
    const options: RequestOptions = {
      method,
      headers: { ...headers, ...content, 'content-length': String(Buffer.byteLength(body ?? '')) },
      agent: false,
      ...(signal === undefined ? {} : { signal }),
    };
    const target = await this.#target(path);
    signal?.throwIfAborted();
    return await new Promise((resolve, reject) => {
      const send = target.protocol === 'https:' ? requestHttps : requestHttp;
      const sent = send({ ...options, ...target });
      sent.on('error', reject);
      sent.setTimeout(this.#timeoutMs, () => sent.destroy(new Error('it does not answer')));
      sent.on('response', (response) => {
        sent.setTimeout(0);
        resolve(response);
      });
      sent.end(body);
    });
  }

  async #target(path: string): Promise<RequestOptions> {
    const endpoint = this.#endpoint;
    if ('socketPath' in endpoint) {
      const { socketPath } = endpoint;
      this.#socketPath = typeof socketPath === 'string' ? socketPath : await socketPath();
      return { path, socketPath: this.#socketPath };
    }
    const { protocol, hostname, port, pathname } = new URL(endpoint.baseUrl);
    return {
      protocol,
      hostname: hostname.replace(/^\[(.*)\]$/u, '$1'),
      port,
      // The path stays as it is: an issue may be called "..".
      path: `${pathname.replace(/\/$/u, '')}${path}`,
    };
  }
}

async function wholeAnswer(response: IncomingMessage): Promise<WholeAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > MAX_ANSWER_BYTES) throw new Error(`the answer has more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(bytes);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  return { status: response.statusCode ?? 0, text, retryAfterMs: retryAfterMsOf(response) };
}

/** What `Retry-After` says in seconds, as the daemon does; null where it does not. */
export function retryAfterMsOf({ headers }: Pick<IncomingMessage, 'headers'>): number | null {
  const seconds = headers['retry-after'];
  return seconds !== undefined && /^\d{1,9}$/u.test(seconds) ? Number(seconds) * 1_000 : null;
}

function unreachableMessage(error: unknown, endpoint: Endpoint, name: string): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if ('baseUrl' in endpoint && code === 'ECONNREFUSED') return `no daemon listens at ${name}`;
  switch (code) {
    case 'ENOENT':
      return `no daemon runs: there is no socket ${name}. Start one with "symphony"`;
    case 'ECONNREFUSED':
      return (
        `no daemon runs: the one that made the socket ${name} has gone without removing it, as after a crash. ` +
        'Start it again with "symphony"'
      );
    case 'EACCES':
    case 'EPERM':
      return `the socket ${name} may not be used. Run the command as the user that the daemon runs as`;
    case 'ECONNRESET':
      return `the daemon at ${name} has ended the connection`;
    default:
      return `the daemon at ${name} cannot be reached: ${errorMessage(error)}`;
  }
}
