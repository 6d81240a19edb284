import { systemClock } from '../engine/system-clock.js';
import type { Logger } from '../observe/logger.js';
import { within } from '../ports/within.js';
import type { DaemonEnd } from './daemon-end.js';

/** A stop by signal takes at most about this long; then what still lives is killed. */
const DRAIN_LIMIT_MS = 7_000;
/** Past this the rest is left to the supervisors, which go on ending their trees when the daemon has gone. */
const CLOSE_LIMIT_MS = 2_500;

/** What a shutdown needs of the daemon, as far as that has come. */
export interface ShutdownParts {
  readonly logger: () => Pick<Logger, 'info' | 'error'> | null;
  /** Ends every run; resolves when they have ended, or after so long. */
  readonly endRuns: (limitMs: number) => Promise<void>;
}

/** Has what a daemon started, and ends it: once, and newest first. */
export class Shutdown {
  /** Settles when everything has ended. */
  readonly ended: Promise<DaemonEnd>;
  readonly #parts: ShutdownParts;
  readonly #owned: (() => Promise<void> | void)[] = [];
  #settle: (end: DaemonEnd) => void = () => {};
  #stopping: Promise<void> | null = null;

  constructor(parts: ShutdownParts) {
    this.#parts = parts;
    this.ended = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  get hasBegun(): boolean {
    return this.#stopping !== null;
  }

  /** Takes what is to be ended with the daemon. */
  own(end: () => Promise<void> | void): void {
    this.#owned.push(end);
  }

  /** Takes what is to be ended with the daemon and may hang; it is not waited for much longer than two seconds. */
  ownBounded(end: () => Promise<void>): void {
    this.own(async () => {
      await within(systemClock, CLOSE_LIMIT_MS, end());
    });
  }

  /** Ends the runs, and then all the rest. How it came to that is the first that was told. */
  begin(end: DaemonEnd): Promise<void> {
    this.#stopping ??= (async () => {
      await this.#parts.endRuns(DRAIN_LIMIT_MS);
      this.#parts.logger()?.info('symphony stopped', { outcome: end.kind });
      await this.close();
      this.#settle(end);
    })();
    return this.#stopping;
  }

  /** Ends what was started; one that fails does not keep the others. */
  async close(): Promise<void> {
    for (let end = this.#owned.pop(); end !== undefined; end = this.#owned.pop()) {
      try {
        await end();
      } catch (error) {
        this.#parts.logger()?.error('shutdown step failed', { error });
      }
    }
  }
}
