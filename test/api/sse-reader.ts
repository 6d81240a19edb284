import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { onTestFinished } from 'vitest';

/** One message of a stream; comments are those without a name. */
export interface Frame {
  readonly id: string | null;
  readonly event: string | null;
  readonly data: string;
}

/** Reads a stream of events over a socket of its own. */
export class SseReader {
  readonly response: IncomingMessage;
  #text = '';
  #wake = (): void => {};
  #ended = false;

  private constructor(response: IncomingMessage) {
    this.response = response;
    response.setEncoding('utf8');
    response.on('data', (text: string) => {
      this.#text += text;
      this.#wake();
    });
    response.on('error', () => {});
    response.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  static async open(
    to: { readonly port: number } | { readonly socketPath: string },
    path = '/api/v1/events',
    headers: Record<string, string> = {},
  ): Promise<SseReader> {
    const sent = request({
      host: '127.0.0.1',
      ...to,
      path,
      headers: { accept: 'text/event-stream', ...headers },
    });
    sent.on('error', () => {});
    onTestFinished(() => {
      sent.destroy();
    });
    sent.end();
    const [response] = await once(sent, 'response');
    return new SseReader(response);
  }

  /** What has come so far, without the preamble. */
  get frames(): readonly Frame[] {
    const messages = this.#text.split('\n\n').slice(0, -1);
    return messages.map(frameOf).filter(({ data, event }) => data !== '' || event !== null);
  }

  /** The latest id that was told, as a browser keeps it for its next connection; also one that came without an event. */
  get place(): string | null {
    const messages = this.#text.split('\n\n').slice(0, -1);
    return messages.map(frameOf).findLast(({ id }) => id !== null)?.id ?? null;
  }

  /** How many times the server let something be heard without saying anything. */
  get heartbeats(): number {
    return this.#text.split('\n\n').filter((message) => message === ': ').length;
  }

  /** The frames once there are so many. */
  async first(count: number): Promise<readonly Frame[]> {
    await this.#until(() => this.frames.length >= count);
    return this.frames;
  }

  async heartbeat(count: number): Promise<void> {
    await this.#until(() => this.heartbeats >= count);
  }

  async end(): Promise<void> {
    await this.#until(() => this.#ended);
  }

  leave(): void {
    this.response.destroy();
  }

  async #until(isThere: () => boolean): Promise<void> {
    while (!isThere()) {
      if (this.#ended) throw new Error(`the stream ended after ${this.frames.length} frames`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function frameOf(message: string): Frame {
  const fields = new Map<string, string>();
  for (const line of message.split('\n')) {
    const colon = line.indexOf(':');
    fields.set(line.slice(0, colon), line.slice(colon + 1).trimStart());
  }
  return { id: fields.get('id') ?? null, event: fields.get('event') ?? null, data: fields.get('data') ?? '' };
}
