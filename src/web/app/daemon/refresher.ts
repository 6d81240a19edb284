import { retryWaitMs } from '../model/freshness.js';

/** What a refresher is told to do. */
export interface RefresherOptions {
  /** Never asks more often than this. */
  readonly spacingMs: number;
  /** Asks although nothing is said to have changed. */
  readonly fallbackMs: number;
  /** Asks and shows; rejects when there was no answer to show. */
  readonly refresh: () => Promise<void>;
  readonly onFailed: (error: unknown) => void;
}

/**
 * Asks the daemon again when something has changed.
 *
 * Invariants:
 *   R1. At most one request is under way, and they begin at least `spacingMs` apart.
 *   R2. What changes while a request is under way is asked for after it.
 *   R3. While the tab is hidden nothing is asked; once it is looked at again that is done at once.
 */
export class Refresher {
  readonly #options: RefresherOptions;
  #timer: number | null = null;
  #isAsking = false;
  #isWanted = false;
  #isStopped = true;
  #askedAtMs = Number.NEGATIVE_INFINITY;
  #failures = 0;

  constructor(options: RefresherOptions) {
    this.#options = options;
  }

  start(): void {
    this.#isStopped = false;
    document.addEventListener('visibilitychange', this.#onVisibility);
    this.request();
  }

  stop(): void {
    this.#isStopped = true;
    document.removeEventListener('visibilitychange', this.#onVisibility);
    this.#clear();
  }

  /** Something has changed. */
  request(): void {
    this.#isWanted = true;
    this.#arm(this.#askedAtMs + this.#options.spacingMs - performance.now());
  }

  readonly #onVisibility = (): void => {
    if (document.hidden) this.#clear();
    else this.request();
  };

  #arm(waitMs: number): void {
    this.#clear();
    if (this.#isStopped || this.#isAsking || document.hidden) return;
    this.#timer = window.setTimeout(() => void this.#ask(), Math.max(waitMs, 0));
  }

  #clear(): void {
    if (this.#timer !== null) window.clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #ask(): Promise<void> {
    this.#timer = null;
    this.#isAsking = true;
    this.#isWanted = false;
    this.#askedAtMs = performance.now();
    const failure = await this.#failure();
    this.#isAsking = false;
    this.#failures = failure === null ? 0 : this.#failures + 1;
    if (failure !== null) this.#arm(retryWaitMs(this.#failures, Math.random()));
    else if (this.#isWanted) this.request();
    else this.#arm(this.#options.fallbackMs);
    if (failure !== null && !this.#isStopped) this.#options.onFailed(failure.error);
  }

  async #failure(): Promise<{ readonly error: unknown } | null> {
    try {
      await this.#options.refresh();
      return null;
    } catch (error) {
      return { error };
    }
  }
}
