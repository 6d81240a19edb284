import { setTimeout as delay } from 'node:timers/promises';
import { SymphonyError } from '../domain/error.js';

/** A tracker mostly answers within a second, and the daemon gives up after five. */
const AGAIN_MS = 250;
const MOST_TIMES = 28;

/** Puts a question again for as long as the daemon says that it is asking the tracker. */
export async function askedAgain<T>(ask: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  for (let left = MOST_TIMES; ; left -= 1) {
    try {
      return await ask();
    } catch (error) {
      const isPending = error instanceof SymphonyError && error.code === 'explanation_pending';
      if (!isPending || left === 0) throw error;
      await delay(AGAIN_MS, undefined, signal === undefined ? {} : { signal });
    }
  }
}
