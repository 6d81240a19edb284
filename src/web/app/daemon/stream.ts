import { retryWaitMs } from '../model/freshness.js';
import { takeTurns } from './stream-place.js';
import type { EventResponse } from './wire.js';

/** What a stream tells. */
export interface StreamListener {
  /** There is a connection; what is known follows at once. */
  readonly onOpen?: () => void;
  readonly onEvent?: (event: EventResponse) => void;
  /** The daemon's state is another one now. */
  readonly onChanged: () => void;
  /** Events before the next one are not known any more. */
  readonly onGap?: () => void;
  readonly onLost: () => void;
}

/**
 * Follows the daemon's events. A connection that ends is made anew after a while, from the last event on. The browser's
 * own way to do that gives up for good when something in between answers with an error, so it is not used. A hidden tab
 * holds no connection, and windows that are many share a few.
 */
export class Stream {
  readonly #address: (after: string | null) => string;
  readonly #listener: StreamListener;
  #source: EventSource | null = null;
  #leavePlace: (() => void) | null = null;
  #timer: number | null = null;
  #failures = 0;
  #lastId: string | null = null;

  /** `address` is asked for each connection with the id of the last event, null before the first. */
  constructor(address: (after: string | null) => string, listener: StreamListener) {
    this.#address = address;
    this.#listener = listener;
  }

  /** Begins after an event that is known already. */
  start(after: string | null = null): void {
    this.#lastId = after;
    document.addEventListener('visibilitychange', this.#onVisibility);
    this.#open();
  }

  stop(): void {
    document.removeEventListener('visibilitychange', this.#onVisibility);
    this.#close();
  }

  readonly #onVisibility = (): void => {
    if (document.hidden) this.#close();
    else this.#open();
  };

  #open(): void {
    this.#close();
    if (document.hidden) return;
    this.#leavePlace = takeTurns({ begin: () => this.#connect(), end: () => this.#disconnect() });
  }

  #connect(): void {
    this.#disconnect();
    const source = new EventSource(this.#address(this.#lastId));
    this.#source = source;
    source.addEventListener('open', () => {
      this.#failures = 0;
      this.#listener.onOpen?.();
    });
    source.addEventListener('symphony', ({ data, lastEventId }) => {
      if (lastEventId !== '') this.#lastId = lastEventId;
      this.#listener.onEvent?.(JSON.parse(data));
    });
    source.addEventListener('changed', () => this.#listener.onChanged());
    source.addEventListener('gap', () => this.#listener.onGap?.());
    source.addEventListener('error', () => {
      this.#close();
      this.#failures += 1;
      this.#timer = window.setTimeout(() => this.#open(), retryWaitMs(this.#failures, Math.random()));
      this.#listener.onLost();
    });
  }

  #disconnect(): void {
    this.#source?.close();
    this.#source = null;
  }

  #close(): void {
    this.#disconnect();
    this.#leavePlace?.();
    this.#leavePlace = null;
    if (this.#timer !== null) window.clearTimeout(this.#timer);
    this.#timer = null;
  }
}
