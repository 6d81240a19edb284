import type { EventResponse } from '../api/schema-history.js';
import { SymphonyError } from '../domain/error.js';
import type { HistoryEvent } from '../domain/history.js';
import type { SymphonyClient } from './client.js';
import { historyEventOf } from './domain-of-answers.js';
import type { StreamItem } from './stream.js';

/** How many of the latest events are told first. */
const FIRST_EVENTS = 200;
/** More than a page that is read again can hold of what was told already. */
const MAX_REMEMBERED = 5 * FIRST_EVENTS;

/**
 * Tells the latest events of an issue, or of the daemon, and then each new one of a stream, none twice. Whatever the
 * stream has missed is read again.
 */
export class EventFollower {
  readonly #client: SymphonyClient;
  readonly #identifier: string | null;
  readonly #tell: (events: readonly HistoryEvent[]) => void;
  readonly #told = new Set<string>();
  readonly #end = new AbortController();
  /** What the stream told while a page was being read; null while none is. */
  #held: EventResponse[] | null = null;
  #isDue = false;

  constructor(
    client: SymphonyClient,
    identifier: string | null,
    tell: (events: readonly HistoryEvent[]) => void,
  ) {
    this.#client = client;
    this.#identifier = identifier;
    this.#tell = tell;
  }

  /** Reads what is known; once more when something happened to the stream meanwhile. */
  async read(): Promise<void> {
    this.#isDue = true;
    if (this.#held !== null) return;
    while (this.#isDue && !this.#end.signal.aborted) {
      this.#isDue = false;
      const held: EventResponse[] = [];
      this.#held = held;
      const latest = await this.#latest();
      this.#held = null;
      this.#pass([...latest, ...held]);
    }
  }

  hear(item: StreamItem): void {
    if (item.kind === 'open' || item.kind === 'gap') void this.read();
    if (item.kind !== 'event') return;
    if (this.#identifier !== null && item.event.issue_identifier !== this.#identifier) return;
    if (this.#held !== null) this.#held.push(item.event);
    else this.#pass([item.event]);
  }

  end(): void {
    this.#end.abort();
  }

  async #latest(): Promise<readonly EventResponse[]> {
    try {
      const issue = this.#identifier === null ? {} : { issue: this.#identifier };
      const page = await this.#client.events({ ...issue, limit: FIRST_EVENTS, signal: this.#end.signal });
      return page.events;
    } catch (error) {
      // Whoever reads the state sees it as well; they are read again with the next connection.
      if (this.#end.signal.aborted || error instanceof SymphonyError) return [];
      throw error;
    }
  }

  #pass(events: readonly EventResponse[]): void {
    if (this.#end.signal.aborted) return;
    const fresh = events.filter(
      ({ id }, at) => !this.#told.has(id) && events.findIndex((e) => e.id === id) === at,
    );
    for (const { id } of fresh) this.#told.add(id);
    for (const id of this.#told) {
      if (this.#told.size <= MAX_REMEMBERED) break;
      this.#told.delete(id);
    }
    if (fresh.length > 0) this.#tell(fresh.map(historyEventOf));
  }
}
