import { VirtualClock } from '../../helpers/virtual-clock.js';

/** The shortest of the client's limits; what is shorter is a wait between two attempts. */
const SHORTEST_LIMIT_MS = 30_000;

/** A virtual clock on which waits between attempts pass by themselves, and limits only when a test says so. */
export class HastyClock extends VirtualClock {
  /** The waits there were, in milliseconds. */
  readonly waits: number[] = [];

  override wakeAt(atMs: number, callback: () => void): () => void {
    const cancel = super.wakeAt(atMs, callback);
    const delayMs = atMs - this.nowMs();
    if (delayMs >= SHORTEST_LIMIT_MS) return cancel;
    this.waits.push(delayMs);
    const passing = setImmediate(() => void this.advance(delayMs));
    return () => {
      clearImmediate(passing);
      cancel();
    };
  }
}
