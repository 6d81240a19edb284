import type { Clock } from './clock.js';

/** What a promise gives, or null when it gave nothing in time. */
export async function within<T>(clock: Clock, limitMs: number, promise: Promise<T>): Promise<T | null> {
  let cancel = (): void => {};
  const expired = new Promise<null>((resolve) => {
    cancel = clock.wakeAt(clock.nowMs() + limitMs, () => resolve(null));
  });
  try {
    return await Promise.race([promise, expired]);
  } finally {
    cancel();
  }
}
