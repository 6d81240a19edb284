import { errorMessage, SymphonyError } from '../domain/error.js';
import type { Explanation } from '../domain/explanation.js';
import type { HistoryEvent } from '../domain/history.js';
import type { Station } from '../domain/station.js';
import type { Watched } from './frame/frame-input.js';

/** As many as anybody scrolls through; a station tells no more either. */
const MOST_EVENTS = 500;
/** Why an issue stands where it stands is asked again at most this often. */
const ASK_MS = 1_000;
/** The tracker itself is asked about an issue that is not in the list. */
const ASK_TRACKER_MS = 15_000;

/** What an issue is watched with. */
export interface IssueWatchOptions {
  readonly station: Station;
  readonly identifier: string;
  /** Called when more is known. */
  readonly changed: () => void;
  /** Monotonic milliseconds. */
  readonly nowMs: () => number;
  /** What was found out about it under another spelling. */
  readonly known?: Explanation;
}

/** Keeps what is known of an open issue up to date. */
export class IssueWatch {
  readonly identifier: string;
  readonly #station: Station;
  readonly #changed: () => void;
  readonly #nowMs: () => number;
  readonly #unfollow: () => void;
  #explained: Watched['explained'] = { kind: 'asking' };
  #events: readonly HistoryEvent[] = [];
  #askedAtMs = Number.NEGATIVE_INFINITY;
  /** Whether it was in the list when it was last asked about. */
  #wasListed = false;
  /** How long the tracker wants not to be asked, from then on. */
  #restMs = 0;
  #isAsking = false;
  #isStopped = false;

  constructor({ station, identifier, changed, nowMs, known }: IssueWatchOptions) {
    this.identifier = identifier;
    this.#station = station;
    this.#changed = changed;
    this.#nowMs = nowMs;
    if (known !== undefined) {
      this.#explained = { kind: 'known', explanation: known };
      this.#askedAtMs = this.#nowMs();
    }
    this.#unfollow = station.follow(identifier, (events) => this.#take(events));
  }

  get watched(): Watched {
    return { identifier: this.identifier, explained: this.#explained, events: this.#events };
  }

  /**
   * Asks why again, unless that was done lately: within a second, or within some more for an issue that is not in the list.
   * Call it when something changed, and from time to time.
   */
  ask(isListed: boolean): void {
    if (this.#isAsking || this.#isStopped) return;
    if (this.#nowMs() - this.#askedAtMs < this.#spacingMs(isListed)) return;
    // What was true of it in the list need not be true any more.
    const keepsKnown = this.#explained.kind === 'known' && !this.#wasListed;
    this.#isAsking = true;
    this.#askedAtMs = this.#nowMs();
    this.#wasListed = isListed;
    this.#restMs = 0;
    void this.#explain().then((explained) => {
      this.#isAsking = false;
      if (this.#isStopped || (keepsKnown && explained.kind === 'postponed')) return;
      this.#explained = explained;
      this.#changed();
    });
  }

  stop(): void {
    this.#isStopped = true;
    this.#unfollow();
  }

  #spacingMs(isListed: boolean): number {
    if (isListed) return ASK_MS;
    return Math.max(this.#wasListed ? ASK_MS : ASK_TRACKER_MS, this.#restMs);
  }

  async #explain(): Promise<Watched['explained']> {
    try {
      const explanation = await this.#station.explain(this.identifier);
      return explanation === null ? { kind: 'unknown' } : { kind: 'known', explanation };
    } catch (error) {
      if (error instanceof SymphonyError && error.code === 'tracker_rate_limited') {
        this.#restMs = error.retryAfterMs ?? 0;
        return { kind: 'postponed', message: error.message };
      }
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
