/** The engine's clock as far as the API needs one: for spacing, limits and heartbeats. */
export interface Timer {
  /** Whole monotonic milliseconds. */
  nowMs(): number;
  /** Calls back once; returns the cancellation. */
  wakeAt(atMs: number, callback: () => void): () => void;
}

/** Keeps no process alive. */
export const processTimer: Timer = {
  nowMs: () => Math.floor(performance.now()),
  wakeAt: (atMs, callback) => {
    const timer = setTimeout(callback, Math.max(Math.ceil(atMs - performance.now()), 0)).unref();
    return () => clearTimeout(timer);
  },
};

/** What comes of some work, or `late` where that takes longer; the work goes on then, and nobody hears what becomes of it. */
export async function inTime<T>(
  timer: Timer,
  limitMs: number,
  work: Promise<T>,
  late: () => Error,
): Promise<T> {
  let cancel = (): void => {};
  const overdue = new Promise<never>((_resolve, reject) => {
    cancel = timer.wakeAt(timer.nowMs() + limitMs, () => reject(late()));
  });
  try {
    return await Promise.race([work, overdue]);
  } finally {
    cancel();
  }
}
