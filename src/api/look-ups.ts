import { SymphonyError } from '../domain/error.js';
import type { Explainer, Explanation } from '../domain/explanation.js';
import { inTime, type Timer } from './timer.js';

/** A board in files has answered long before; more would be waiting for somebody who may be stuck. */
const PATIENCE_MS = 100;
const AGAIN_MS = 1_000;

/** Explanations without waiting for a tracker: where it takes its time, whoever asked is told to ask again. */
export class LookUps {
  readonly #explainer: Pick<Explainer, 'lookUp'>;
  readonly #timer: Timer;

  constructor(explainer: Pick<Explainer, 'lookUp'>, timer: Timer) {
    this.#explainer = explainer;
    this.#timer = timer;
  }

  /**
   * Null when neither the daemon nor the tracker knows the issue.
   * @throws SymphonyError `explanation_pending` after a tenth of a second, while the tracker goes on being asked; SPEC
   *   11.4's categories
   */
  async explain(identifier: string): Promise<Explanation | null> {
    const asked = this.#explainer.lookUp(identifier);
    return await inTime(this.#timer, PATIENCE_MS, asked, () => pending(identifier));
  }
}

function pending(identifier: string): SymphonyError {
  return new SymphonyError(
    'explanation_pending',
    `The daemon does nothing for ${identifier}, and is asking the tracker about it; ask again in a second.`,
    { retryAfterMs: AGAIN_MS },
  );
}
