import { Explanations } from '../core/explain.js';
import type { State } from '../core/state.js';
import type { BoardRow, Explainer, Explanation } from '../domain/explanation.js';
import type { Clock } from '../ports/clock.js';

/** Facts name times, so they are worked out again after this long even when nothing happened. */
const KEEP_MS = 1_000;

/** Explains the current state; many askers within a moment cost as much as one. */
export class StateExplainer implements Explainer {
  readonly #clock: Clock;
  readonly #state: () => State;
  #latest: { readonly state: State; readonly atMs: number; readonly explanations: Explanations } | null =
    null;
  #board: readonly BoardRow[] | null = null;

  constructor(clock: Clock, state: () => State) {
    this.#clock = clock;
    this.#state = state;
  }

  explain(identifier: string): Explanation | null {
    return this.#explanations().of(identifier);
  }

  board(): readonly BoardRow[] {
    const explanations = this.#explanations();
    this.#board ??= explanations.board();
    return this.#board;
  }

  #explanations(): Explanations {
    const state = this.#state();
    const atMs = this.#clock.nowMs();
    if (this.#latest?.state !== state || atMs - this.#latest.atMs >= KEEP_MS) {
      const explanations = new Explanations(state, { atMs, wallMs: this.#clock.wallMs() });
      this.#latest = { state, atMs, explanations };
      this.#board = null;
    }
    return this.#latest.explanations;
  }
}
