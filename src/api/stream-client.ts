import type { ServerResponse } from 'node:http';

/** What may wait for a client that does not read; beyond it the client is dropped and resumes by id. */
const MAX_WAITING_BYTES = 1024 * 1024;
/** A client whose connection takes nothing for so long is gone, or as good as gone. */
const MAX_BLOCKED_MS = 30_000;
/** How soon a browser connects again, in milliseconds. */
const PREAMBLE = 'retry: 2000\n\n';

/** One reader of a stream of events. Nothing here waits for it. */
export class StreamClient {
  /** Null follows the whole daemon. */
  readonly identifier: string | null;
  readonly #response: ServerResponse;
  #blockedSinceMs: number | null = null;

  constructor(response: ServerResponse, identifier: string | null) {
    this.#response = response;
    this.identifier = identifier;
  }

  /** Begins the response; `onGone` is called once, whoever ends it. */
  begin(onGone: () => void): void {
    const response = this.#response;
    if (this.isGone) {
      onGone();
      return;
    }
    response.once('close', onGone);
    // What goes wrong on the way to a reader who has left needs no words; `close` follows.
    response.on('error', () => response.destroy());
    response.on('drain', () => {
      this.#blockedSinceMs = null;
    });
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      // Proxies that collect answers would hold events back.
      'x-accel-buffering': 'no',
    });
    response.write(PREAMBLE);
  }

  get isGone(): boolean {
    return this.#response.destroyed || this.#response.writableEnded;
  }

  /** Whether more can be sent without anything waiting. */
  get isFlowing(): boolean {
    return !this.#response.writableNeedDrain;
  }

  onceFlowing(callback: () => void): void {
    this.#response.once('drain', callback);
  }

  /** Hands on some frames, or drops a client for whom too much waits already. `nowMs` is monotonic. */
  send(frames: string | Buffer, nowMs: number): void {
    const response = this.#response;
    if (this.isGone) return;
    const isBlocked = this.#blockedSinceMs !== null && nowMs - this.#blockedSinceMs >= MAX_BLOCKED_MS;
    if (isBlocked || response.writableLength > MAX_WAITING_BYTES) response.destroy();
    else if (!response.write(frames)) this.#blockedSinceMs ??= nowMs;
  }

  end(): void {
    this.#response.end();
  }
}
