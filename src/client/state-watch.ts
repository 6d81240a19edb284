import { setTimeout as pass } from 'node:timers/promises';
import type { StateResponse } from '../api/schema.js';
import { SymphonyError } from '../domain/error.js';
import type { SymphonyClient } from './client.js';
import type { StreamItem } from './stream.js';

/** How often the state is read while no stream tells of its changes. */
const BLIND_INTERVAL_MS = 1_000;
/** How often it is read all the same, in case that a stream has gone dead. */
const SIGHTED_INTERVAL_MS = 10_000;

/** How a watch keeps time. */
export interface WatchOptions {
  /** Wall milliseconds. */
  readonly now?: () => number;
  /** How often the state is read while no stream tells of its changes; 1 s unless told otherwise. */
  readonly intervalMs?: number;
}

/** Why the state cannot be read now. */
export interface Trouble {
  readonly error: SymphonyError;
  /** Wall milliseconds. */
  readonly sinceMs: number;
}

/**
 * Keeps the latest state of a daemon: it is read again whenever the daemon says that it has changed, and every second
 * while nothing can be heard of it. A daemon that goes away leaves its last state behind; one that comes back is taken up.
 */
export class StateWatch {
  readonly #client: SymphonyClient;
  readonly #now: () => number;
  readonly #intervalMs: number;
  readonly #end = new AbortController();
  readonly #listeners = new Set<() => void>();
  readonly #hearers = new Set<(item: StreamItem) => void>();
  #state: StateResponse;
  #trouble: Trouble | null = null;
  #isSighted = false;
  #wake = new AbortController();

  private constructor(client: SymphonyClient, state: StateResponse, options: WatchOptions) {
    this.#client = client;
    this.#state = state;
    this.#now = options.now ?? Date.now;
    this.#intervalMs = options.intervalMs ?? BLIND_INTERVAL_MS;
  }

  /**
   * Begins with what the daemon answers first.
   * @throws SymphonyError when it does not
   */
  static async open(client: SymphonyClient, options: WatchOptions = {}): Promise<StateWatch> {
    const watch = new StateWatch(client, await client.state(), options);
    void watch.#listen();
    void watch.#keepReading();
    return watch;
  }

  get state(): StateResponse {
    return this.#state;
  }

  /** Null while the state is up to date. */
  get trouble(): Trouble | null {
    return this.#trouble;
  }

  /** Calls back whenever the state or the trouble is another one; returns the end of that. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Passes on everything that the stream tells; returns the end of that. */
  hear(hearer: (item: StreamItem) => void): () => void {
    this.#hearers.add(hearer);
    return () => this.#hearers.delete(hearer);
  }

  /** Reads the state again soon, as after an order. */
  readSoon(): void {
    this.#wake.abort();
  }

  close(): void {
    this.#end.abort();
    this.#wake.abort();
    this.#listeners.clear();
    this.#hearers.clear();
  }

  async #listen(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      try {
        for await (const item of this.#client.stream({ signal })) this.#take(item);
      } catch (error) {
        if (!(error instanceof SymphonyError)) throw error;
        // It refuses the stream; reading the state will tell why, if it matters.
        this.#isSighted = false;
      }
      if (!signal.aborted) await this.#passed(SIGHTED_INTERVAL_MS, signal);
    }
  }

  #take(item: StreamItem): void {
    if (item.kind === 'open') this.#isSighted = true;
    if (item.kind === 'lost') this.#isSighted = false;
    if (item.kind !== 'event') this.readSoon();
    for (const hearer of this.#hearers) hearer(item);
  }

  async #keepReading(): Promise<void> {
    while (!this.#end.signal.aborted) {
      await this.#passed(this.#isSighted ? SIGHTED_INTERVAL_MS : this.#intervalMs, this.#wake.signal);
      this.#wake = new AbortController();
      if (!this.#end.signal.aborted) await this.#read();
    }
  }

  async #read(): Promise<void> {
    try {
      this.#state = await this.#client.state({ signal: this.#end.signal });
      this.#trouble = null;
    } catch (error) {
      if (this.#end.signal.aborted) return;
      if (!(error instanceof SymphonyError)) throw error;
      this.#trouble = { error, sinceMs: this.#trouble?.sinceMs ?? this.#now() };
    }
    for (const listener of this.#listeners) listener();
  }

  /** Waits, or until the signal is aborted. */
  async #passed(ms: number, signal: AbortSignal): Promise<void> {
    try {
      await pass(ms, undefined, { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}
