/** What is written of refused requests. */
export interface WarningLog {
  warn(message: string, fields?: { readonly [name: string]: unknown }): void;
}

/** A line at most so often, so that whoever knows the address cannot fill the log. */
const INTERVAL_MS = 60_000;

/** Tells of refused requests of one kind: the first at once, then at most one a minute, with how many were left out before it. */
export class RefusalLog {
  readonly #message: string;
  readonly #log: WarningLog;
  readonly #now: () => number;
  #loggedAtMs: number | null = null;
  #unlogged = 0;

  /** `now` gives wall milliseconds, which may jump. */
  constructor(message: string, log: WarningLog, now: () => number) {
    this.#message = message;
    this.#log = log;
    this.#now = now;
  }

  add(status: number, reason: string): void {
    const nowMs = this.#now();
    if (this.#loggedAtMs !== null && Math.abs(nowMs - this.#loggedAtMs) < INTERVAL_MS) {
      this.#unlogged += 1;
      return;
    }
    this.#log.warn(this.#message, { status, reason, unlogged: this.#unlogged });
    this.#loggedAtMs = nowMs;
    this.#unlogged = 0;
  }
}
