import { type ErrorCode, errorMessage, SymphonyError } from '../domain/error.js';
import type { Clock } from '../ports/clock.js';
import type { StateDirectory } from './state-directory.js';

const LOOK_EVERY_MS = 5_000;

/** Puts back one thing in the state directory; may be called when it is there. */
export type Restore = () => Promise<void>;

/** What a state directory is watched with. */
export interface StateDirectoryWatchParts {
  readonly directory: StateDirectory;
  readonly clock: Clock;
  /** In this order. */
  readonly restore: readonly Restore[];
  /** Told once per removal, once when something could not be put back, and when the directory was taken. */
  readonly onProblem: (problem: { readonly code: ErrorCode; readonly message: string }) => void;
  /** Another living daemon has the directory: nothing in it may be touched any more, and no look follows. */
  readonly onTaken: (error: SymphonyError) => void;
}

/**
 * Looks every five seconds whether the state directory still is this daemon's. `git clean -fdx` removes it without a word:
 * then no command would reach the daemon any more, and a second one could begin beside it.
 *
 * Looks do not overlap: the next one is due five seconds after the end of the last.
 */
export class StateDirectoryWatch {
  readonly #parts: StateDirectoryWatchParts;
  #cancel: () => void = () => {};
  #look: Promise<void> = Promise.resolve();
  #isClosed = false;
  /** It was removed, and not all of it is known to be there again. */
  #isToRestore = false;
  /** That it was removed and made anew is still to be told. */
  #isToTell = false;
  #isFailing = false;

  constructor(parts: StateDirectoryWatchParts) {
    this.#parts = parts;
  }

  start(): void {
    const { clock } = this.#parts;
    this.#cancel = clock.wakeAt(clock.nowMs() + LOOK_EVERY_MS, () => {
      this.#look = this.#lookAgain();
    });
  }

  /** Resolves when no look is under way any more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    await this.#look;
  }

  async #lookAgain(): Promise<void> {
    const { directory, onProblem, onTaken } = this.#parts;
    try {
      const wasGone = await directory.retake();
      if (wasGone) this.#isToTell = true;
      if (wasGone || this.#isToRestore) await this.#restore(wasGone);
    } catch (error) {
      if (error instanceof SymphonyError && error.code === 'state_directory_locked') {
        onProblem({ code: error.code, message: error.message });
        onTaken(error);
        return;
      }
      this.#failed(error);
    }
    if (!this.#isClosed) this.start();
  }

  async #restore(wasGone: boolean): Promise<void> {
    this.#isToRestore = true;
    const failures: unknown[] = [];
    for (const restore of this.#parts.restore) {
      try {
        await restore();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) {
      this.#failed(failures[0]);
      return;
    }
    this.#isFailing = false;
    // Once more: what has removed the directory may not be through with what was put back.
    this.#isToRestore = wasGone;
    if (this.#isToTell) {
      this.#tell(
        'or its lock, was removed while the daemon runs. It was made anew; earlier logs and transcripts in it are gone',
      );
    }
    this.#isToTell = false;
  }

  #failed(error: unknown): void {
    this.#isToRestore = true;
    if (this.#isFailing) return;
    this.#isFailing = true;
    const reason = errorMessage(error);
    this.#tell(
      `or a part of it, is gone while the daemon runs, and cannot be put back (${reason}). This is tried every five seconds`,
    );
  }

  #tell(what: string): void {
    const { directory, onProblem } = this.#parts;
    onProblem({
      code: 'state_directory_unavailable',
      message:
        `the state directory ${directory.path}, ${what}. Leave it alone while a daemon runs, as ` +
        '"git clean -fdx -e .symphony" does',
    });
  }
}
