import { decide } from '../core/decide.js';
import type { Decision } from '../core/draft.js';
import type { Effect } from '../core/effects.js';
import { EVENT_VERSION, type Event, type EventBody } from '../core/events.js';
import type { Fact } from '../core/facts.js';
import type { State } from '../core/state.js';
import { nextWakeAtMs } from '../core/wake.js';
import { errorMessage } from '../domain/error.js';
import type { Clock } from '../ports/clock.js';
import type { Store } from '../ports/store.js';

/** Hands an event to the loop. */
export type Post = (event: EventBody) => void;

/** Does what an effect says; its answer comes back as an event. Must not throw. */
export type Perform = (effect: Effect) => void;

/** Sees every step after it was taken; for logs, snapshots and waiting, never for deciding. */
export type Observe = (event: Event, decision: Decision, before: State) => void;

interface EngineParts {
  readonly clock: Clock;
  readonly store: Store<Fact>;
  readonly perform: Perform;
  /** Answers an effect that could not be performed because its facts could not be committed. */
  readonly decline: (effect: Effect) => void;
  readonly observe: Observe;
  /** A bug in the core: the daemon must end. */
  readonly onBug: (error: unknown, event: Event) => void;
  readonly initial: State;
}

/** Clocks differ a little at each reading; a step of the wall clock is more than that. */
const JUMP_MS = 2_000;

/**
 * The loop around the core: stamp an event, decide, commit, perform the effects, sleep until the next wake.
 *
 * Invariants:
 *   E1. `#state` changes only in `#step`, one event at a time, in the order posted.
 *   E2. Effects are performed after the state they belong to is in place and its facts are committed (memory: at
 *       once), in the order decided.
 *   E3. At most one timer is armed, for `nextWakeAtMs` of the current state.
 */
export class Engine {
  readonly #parts: EngineParts;
  readonly #mailbox: EventBody[] = [];
  #state: State;
  #draining = false;
  #ended = false;
  #offsetMs: number;
  #commits: Promise<boolean> | null = null;
  #armedAtMs = Number.POSITIVE_INFINITY;
  #cancelWake: () => void = () => {};

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#state = parts.initial;
    this.#offsetMs = parts.clock.wallMs() - parts.clock.nowMs();
  }

  get state(): State {
    return this.#state;
  }

  readonly post: Post = (event) => {
    if (this.#ended) return;
    this.#mailbox.push(event);
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let next = this.#mailbox.shift(); next !== undefined; next = this.#mailbox.shift())
        this.#step(next);
    } finally {
      this.#draining = false;
    }
    this.#armWake();
  };

  /** Whether all that was decided until now has been committed, as soon as that is known. */
  async committed(): Promise<boolean> {
    return (await this.#commits) ?? true;
  }

  /** Ends the loop: nothing is decided any more. Resolves when what was decided has been committed. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#cancelWake();
    await this.#commits;
  }

  #step(body: EventBody): void {
    const { clock } = this.#parts;
    const [atMs, wallMs] = [clock.nowMs(), clock.wallMs()];
    const jumpMs = wallMs - atMs - this.#offsetMs;
    if (Math.abs(jumpMs) > JUMP_MS) {
      this.#offsetMs = wallMs - atMs;
      this.#take({ type: 'clockJumped', byMs: jumpMs, v: EVENT_VERSION, atMs, wallMs });
    }
    this.#take({ ...body, v: EVENT_VERSION, atMs, wallMs });
  }

  #take(event: Event): void {
    let decision: Decision;
    try {
      decision = decide(this.#state, event);
    } catch (error) {
      this.#ended = true;
      this.#cancelWake();
      this.#parts.onBug(error, event);
      return;
    }
    const before = this.#state;
    this.#state = decision.state;
    this.#parts.observe(event, decision, before);
    this.#commit(decision);
  }

  #commit({ facts, effects }: Decision): void {
    const committed = facts.length === 0 ? undefined : this.#parts.store.append(facts);
    if (committed === undefined && this.#commits === null) {
      for (const effect of effects) this.#parts.perform(effect);
      return;
    }
    const before = this.#commits ?? Promise.resolve(true);
    const chain: Promise<boolean> = before
      .then(() => this.#performCommitted(committed, effects))
      .finally(() => {
        if (this.#commits === chain) this.#commits = null;
      });
    this.#commits = chain;
  }

  async #performCommitted(
    committed: Promise<void> | undefined,
    effects: readonly Effect[],
  ): Promise<boolean> {
    try {
      await committed;
    } catch (error) {
      for (const effect of effects) this.#parts.decline(effect);
      this.post({
        type: 'storeFailed',
        failure: { code: 'store_failed', message: errorMessage(error), retryAfterMs: null },
      });
      return false;
    }
    for (const effect of effects) this.#parts.perform(effect);
    return true;
  }

  #armWake(): void {
    if (this.#ended) return;
    const atMs = nextWakeAtMs(this.#state);
    if (atMs === this.#armedAtMs) return;
    this.#cancelWake();
    this.#armedAtMs = atMs;
    if (atMs === Number.POSITIVE_INFINITY) {
      this.#cancelWake = () => {};
      return;
    }
    this.#cancelWake = this.#parts.clock.wakeAt(atMs, () => {
      this.#armedAtMs = Number.POSITIVE_INFINITY;
      this.post({ type: 'woke' });
    });
  }
}
