import type { EventPage, HistoryEvent } from '../domain/history.js';

/** An event as it is kept: with its place in a daemon's life, of which its id is made when somebody reads it. */
export type Recorded = Omit<HistoryEvent, 'id'> & { readonly sequence: number };

/** A stretch of what is kept, the oldest first. */
export type RingPage = Omit<EventPage, 'events'> & { readonly events: readonly Recorded[] };

/** Who told an event: the daemon of its own work, or an agent of its. */
export type Teller = 'daemon' | 'agent';

/** What is asked of a ring: what comes after a place (-1 for one that is not known), or (null) the latest. */
export interface RingQuery {
  readonly after: number | null;
  readonly limit: number;
}

/**
 * The latest events of an issue or of the daemon. When it is full the oldest goes, of agents' events as long as they
 * take more than half: an agent that talks must not crowd out what the daemon did with its issue.
 */
export class EventRing {
  readonly #told: Recorded[] = [];
  readonly #said: Recorded[] = [];
  /** The place of the latest event that is no longer known. */
  #forgottenTo: number;

  constructor(forgottenTo = -1) {
    this.#forgottenTo = forgottenTo;
  }

  get size(): number {
    return this.#told.length + this.#said.length;
  }

  /** The place of the latest event that it held. */
  get latest(): number {
    const last = Math.max(this.#told.at(-1)?.sequence ?? -1, this.#said.at(-1)?.sequence ?? -1);
    return Math.max(last, this.#forgottenTo);
  }

  add(recorded: Recorded, teller: Teller, limit: number): void {
    (teller === 'daemon' ? this.#told : this.#said).push(recorded);
    this.trim(limit);
  }

  /** Forgets until no more are left than this. */
  trim(limit: number): void {
    while (this.size > limit) {
      const ring = this.#said.length > limit / 2 ? this.#said : this.#told;
      const oldest = ring.shift() ?? this.#said.shift();
      if (oldest !== undefined) this.#forgottenTo = Math.max(this.#forgottenTo, oldest.sequence);
    }
  }

  page({ after, limit }: RingQuery): RingPage {
    const count = Math.max(0, Math.floor(limit));
    const known = [...this.#told, ...this.#said].sort((a, b) => a.sequence - b.sequence);
    const later = after === null ? known : known.filter(({ sequence }) => sequence > after);
    const shown = after === null ? later.slice(Math.max(0, later.length - count)) : later.slice(0, count);
    return {
      events: shown,
      hasGap: after !== null && (after < 0 || after < this.#forgottenTo),
      hasMore: shown.length < later.length,
    };
  }
}
