import { errorMessage } from '../domain/error.js';
import type { HistoryEvent } from '../domain/history.js';
import type { Station } from '../domain/station.js';
import type { Watched } from './frame/frame-input.js';

/** As many as anybody scrolls through; a station tells no more either. */
const MOST_EVENTS = 500;
/** Why an issue stands where it stands is asked again at most this often. */
const ASK_MS = 1_000;

/** Keeps what is known of an open issue up to date. */
export class IssueWatch {
  readonly identifier: string;
  readonly #station: Station;
  readonly #changed: () => void;
  readonly #unfollow: () => void;
  #explained: Watched['explained'] = { kind: 'asking' };
  #events: readonly HistoryEvent[] = [];
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #isAsking = false;
  #isStopped = false;

  constructor(station: Station, identifier: string, changed: () => void) {
    this.identifier = identifier;
    this.#station = station;
    this.#changed = changed;
    this.#unfollow = station.follow(identifier, (events) => this.#take(events));
    this.ask();
  }

  get watched(): Watched {
    return { identifier: this.identifier, explained: this.#explained, events: this.#events };
  }

  /** Asks why again, unless that was just done; call when something changed, and from time to time. */
  ask(): void {
    if (this.#isAsking || this.#isStopped || performance.now() - this.#askedAtMs < ASK_MS) return;
    this.#isAsking = true;
    this.#askedAtMs = performance.now();
    void this.#explain().then((explained) => {
      this.#isAsking = false;
      if (this.#isStopped) return;
      this.#explained = explained;
      this.#changed();
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#unfollow();
  }

  async #explain(): Promise<Watched['explained']> {
    try {
      const explanation = await this.#station.explain(this.identifier);
      return explanation === null ? { kind: 'unknown' } : { kind: 'known', explanation };
    } catch (error) {
      return { kind: 'failed', message: errorMessage(error) };
    }
  }

  /** A station that was cut off tells its latest events again. */
  #take(events: readonly HistoryEvent[]): void {
    const known = new Set(this.#events.map(({ id }) => id));
    const fresh = events.filter(({ id }) => !known.has(id));
    if (fresh.length === 0) return;
    this.#events = [...this.#events, ...fresh].slice(-MOST_EVENTS);
    this.#changed();
  }
}
