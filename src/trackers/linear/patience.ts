import type { Clock } from '../../ports/clock.js';

/** A signal that follows the caller's and fires by itself when something takes too long. */
export interface Limited {
  readonly signal: AbortSignal;
  /** Whether it was the time that ran out. */
  expired(): boolean;
  /** Lets go of clock and caller. */
  end(): void;
}

/** Limits what is done with its signal to so many milliseconds, until `end()`. */
export function limit(clock: Clock, limitMs: number, outer: AbortSignal): Limited {
  const controller = new AbortController();
  let isExpired = false;
  const follow = (): void => controller.abort(outer.reason);
  outer.addEventListener('abort', follow, { once: true });
  const cancel = clock.wakeAt(clock.nowMs() + limitMs, () => {
    isExpired = true;
    controller.abort();
  });
  return {
    signal: controller.signal,
    expired: () => isExpired,
    end: () => {
      cancel();
      outer.removeEventListener('abort', follow);
    },
  };
}

/** Settles after so many milliseconds; rejects at once when the signal is aborted. */
export async function wait(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  let cancel = (): void => {};
  const elapsed = new Promise<void>((resolve) => {
    cancel = clock.wakeAt(clock.nowMs() + delayMs, resolve);
  });
  await untilAborted(elapsed, signal).finally(() => cancel());
}

/** Settles as the promise does; rejects at once when the signal is aborted. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
