/** Time as the engine sees it; a virtual one drives tests and simulation. */
export interface Clock {
  /** Whole monotonic milliseconds; never decreases. */
  nowMs(): number;
  /** Whole wall-clock milliseconds since 1970; may jump. */
  wallMs(): number;
  /** Calls back once when `nowMs()` reaches `atMs`; returns the cancellation. */
  wakeAt(atMs: number, callback: () => void): () => void;
}
