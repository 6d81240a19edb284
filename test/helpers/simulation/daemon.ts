import type { decide } from '../../../src/core/decide.js';
import type { Decision } from '../../../src/core/draft.js';
import type { Effect } from '../../../src/core/effects.js';
import { EVENT_VERSION, type Event, type EventBody } from '../../../src/core/events.js';
import { initialState, type State } from '../../../src/core/state.js';
import { nextWakeAtMs } from '../../../src/core/wake.js';
import { Shell } from './shell.js';
import type { World } from './world.js';

/** As the engine: a step of the wall clock that is more than the difference of two readings. */
const JUMP_MS = 2_000;

export type Decide = typeof decide;
export type Observe = (event: Event, decision: Decision, before: State) => void;

interface DaemonParts {
  readonly world: World;
  readonly decide: Decide;
  readonly observe: Observe;
  readonly journal: string[];
  /** The process ends between what it wrote down and what it was about to do. */
  readonly onDeath: () => void;
}

/**
 * One life of the daemon: the real core in a loop that keeps the engine's promises (E1 to E3) over virtual time, until it
 * dies. The next one begins with what was committed to the journal.
 */
export class Daemon {
  readonly #world: World;
  readonly #decide: Decide;
  readonly #observe: Observe;
  readonly #shell: Shell;
  /** Facts as JSON, for it outlives the daemon. */
  readonly #journal: string[];
  readonly #onDeath: () => void;
  #state: State;
  #dead = false;
  #offsetMs: number;
  #performAtMs = 0;
  #armedAtMs = Number.POSITIVE_INFINITY;
  #cancelWake = (): void => {};

  constructor({ world, decide, observe, journal, onDeath }: DaemonParts) {
    this.#journal = journal;
    this.#onDeath = onDeath;
    const { nowMs, wallMs } = world.timeline;
    this.#world = world;
    this.#decide = decide;
    this.#observe = observe;
    this.#offsetMs = wallMs - nowMs;
    this.#state = initialState(world.settings, { atMs: nowMs, wallMs });
    this.#shell = new Shell(
      world,
      (event) => this.post(event),
      () => this.#state,
    );
  }

  get state(): State {
    return this.#state;
  }

  get isDead(): boolean {
    return this.#dead;
  }

  post(body: EventBody): void {
    if (this.#dead) return;
    const { nowMs: atMs, wallMs } = this.#world.timeline;
    const jumpMs = wallMs - atMs - this.#offsetMs;
    if (Math.abs(jumpMs) > JUMP_MS) {
      this.#offsetMs = wallMs - atMs;
      this.#take({ type: 'clockJumped', byMs: jumpMs, v: EVENT_VERSION, atMs, wallMs });
    }
    this.#take({ ...body, v: EVENT_VERSION, atMs, wallMs });
    this.#armWake();
  }

  /** SIGKILL, or the end of a process that has drained. */
  die(): void {
    this.#dead = true;
    this.#cancelWake();
    this.#shell.die();
  }

  #take(event: Event): void {
    const before = this.#state;
    const decision = this.#decide(before, event);
    this.#state = decision.state;
    this.#observe(event, decision, before);
    this.#commit(decision);
  }

  /** Effects wait for the commit of their facts, and for those before them. */
  #commit({ facts, effects }: Decision): void {
    if (facts.length === 0 && effects.length === 0) return;
    const { random, timeline, weather } = this.#world;
    const commitMs = weather.strikes('commitIsSlow') ? random.span(1, 5_000) : 0;
    const fails = facts.length > 0 && weather.strikes('commitFails');
    this.#performAtMs = Math.max(this.#performAtMs, timeline.nowMs + commitMs);
    timeline.at(this.#performAtMs, () => {
      if (this.#dead) return;
      if (fails) {
        this.#failCommit(effects);
        return;
      }
      for (const fact of facts) this.#journal.push(JSON.stringify(fact));
      if (facts.length > 0 && weather.strikes('diesCommitting')) this.#onDeath();
      else for (const effect of effects) this.#shell.perform(effect);
    });
  }

  #failCommit(effects: readonly Effect[]): void {
    for (const effect of effects) this.#shell.decline(effect);
    const failure = { code: 'store_failed', message: 'the journal is full', retryAfterMs: null } as const;
    this.post({ type: 'storeFailed', failure });
  }

  #armWake(): void {
    const atMs = nextWakeAtMs(this.#state);
    if (atMs === this.#armedAtMs) return;
    this.#cancelWake();
    this.#armedAtMs = atMs;
    if (atMs === Number.POSITIVE_INFINITY) return;
    const { random, timeline, weather } = this.#world;
    const lateMs = weather.strikes('timerIsLate') ? random.span(1, 2_000) : 0;
    this.#cancelWake = timeline.at(Math.max(atMs, timeline.nowMs) + lateMs, () => {
      this.#armedAtMs = Number.POSITIVE_INFINITY;
      this.post({ type: 'woke' });
    });
  }
}
