import { Explanations, factsOf } from '../core/explain.js';
import { trackerFact } from '../core/rules.js';
import type { State } from '../core/state.js';
import { SymphonyError } from '../domain/error.js';
import type { BoardRow, Explainer, Explanation } from '../domain/explanation.js';
import { issueFacts } from '../domain/issue.js';
import type { Clock } from '../ports/clock.js';
import type { IssueLookUps } from './issue-look-ups.js';

/** Facts name times, so they are worked out again after this long even when nothing happened. */
const KEEP_MS = 1_000;

/** Explains the current state; many askers within a moment cost as much as one. */
export class StateExplainer implements Explainer {
  readonly #clock: Clock;
  readonly #state: () => State;
  readonly #lookUps: Pick<IssueLookUps, 'find'>;
  #latest: { readonly state: State; readonly atMs: number; readonly explanations: Explanations } | null =
    null;
  #board: readonly BoardRow[] | null = null;

  constructor(clock: Clock, state: () => State, lookUps: Pick<IssueLookUps, 'find'>) {
    this.#clock = clock;
    this.#state = state;
    this.#lookUps = lookUps;
  }

  explain(identifier: string): Explanation | null {
    return this.#explanations().of(identifier);
  }

  async lookUp(identifier: string): Promise<Explanation | null> {
    const known = this.explain(identifier);
    if (known !== null) return known;
    this.#leaveAlone();
    const { issue, readAtMs } = await this.#lookUps.find(identifier);
    if (issue === null) return null;
    // It may be here under another spelling, or have come meanwhile.
    return this.explain(issue.identifier) ?? this.#explanations().ofUnlisted(issueFacts(issue), readAtMs);
  }

  board(): readonly BoardRow[] {
    const explanations = this.#explanations();
    this.#board ??= explanations.board();
    return this.#board;
  }

  /** @throws SymphonyError `tracker_rate_limited` while the tracker wants not to be asked */
  #leaveAlone(): void {
    const state = this.#state();
    const now = { atMs: this.#clock.nowMs(), wallMs: this.#clock.wallMs() };
    const waitMs = state.poll.notBeforeMs - now.atMs;
    if (waitMs <= 0) return;
    throw new SymphonyError('tracker_rate_limited', trackerFact(state, factsOf(state, now)), {
      retryAfterMs: waitMs,
    });
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
