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
