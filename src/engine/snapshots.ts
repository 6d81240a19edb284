import { snapshot } from '../core/snapshot.js';
import type { State } from '../core/state.js';
import type { Snapshot, SnapshotSource } from '../domain/snapshot.js';
import type { Clock } from '../ports/clock.js';
import { ThroughputMeter } from './throughput.js';

/** A snapshot is made at most this often, however often it is asked for and however fast the state changes. */
const MAKE_MS = 50;
/** Subscribers hear of changes at most this often. */
const NOTIFY_MS = 100;
/** Running times and due times age by themselves. */
const REFRESH_MS = 1_000;
/** Two readings of two clocks in whole milliseconds differ by this much for no reason. */
const WOBBLE_MS = 5;

/** The latest snapshot for observers; making one never waits for anything. */
export class Snapshots implements SnapshotSource {
  readonly #clock: Clock;
  readonly #state: () => State;
  readonly #meter = new ThroughputMeter();
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();
  #latest: Snapshot;
  #latestState: State;
  #madeAtMs: number;
  /** From the monotonic clock to the wall clock. */
  #offsetMs: number;
  #cancelNotify: (() => void) | null = null;

  constructor(clock: Clock, state: () => State) {
    this.#clock = clock;
    this.#state = state;
    this.#latestState = state();
    this.#madeAtMs = clock.nowMs();
    this.#offsetMs = clock.wallMs() - this.#madeAtMs;
    this.#latest = this.#make(null);
  }

  current(): Snapshot {
    const ageMs = this.#clock.nowMs() - this.#madeAtMs;
    const changed = this.#state() !== this.#latestState;
    if ((changed && ageMs >= MAKE_MS) || ageMs >= REFRESH_MS) this.#latest = this.#make(this.#latest);
    return this.#latest;
  }

  subscribe(listener: (snapshot: Snapshot) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The state is that of the daemon before, to begin with: what it counts was used then. */
  recovered(): void {
    this.#meter.begin(this.#state().totals.usage.totalTokens);
  }

  /** The state changed; subscribers hear of it soon. */
  changed(): void {
    this.#meter.add(this.#state().totals.usage.totalTokens, this.#clock.nowMs());
    if (this.#listeners.size === 0 || this.#cancelNotify !== null) return;
    this.#cancelNotify = this.#clock.wakeAt(this.#clock.nowMs() + NOTIFY_MS, () => {
      this.#cancelNotify = null;
      const latest = this.current();
      for (const listener of this.#listeners) listener(latest);
    });
  }

  end(): void {
    this.#cancelNotify?.();
    this.#listeners.clear();
  }

  #make(before: Snapshot | null): Snapshot {
    this.#latestState = this.#state();
    this.#madeAtMs = this.#clock.nowMs();
    const now = { atMs: this.#madeAtMs, wallMs: this.#steadyWallMs(this.#madeAtMs) };
    return snapshot(this.#latestState, now, { throughput: this.#meter.at(now.atMs), before });
  }

  /**
   * The wall clock without its wobble against the monotonic one, which would move the due time of every retry, and so change
   * every row, at each snapshot. The latest of what wobbles, so that nothing is told before it happened.
   */
  #steadyWallMs(atMs: number): number {
    const offsetMs = this.#clock.wallMs() - atMs;
    const isWobble = offsetMs <= this.#offsetMs && offsetMs >= this.#offsetMs - WOBBLE_MS;
    if (!isWobble) this.#offsetMs = offsetMs;
    return atMs + this.#offsetMs;
  }
}
