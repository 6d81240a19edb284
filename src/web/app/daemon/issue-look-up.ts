import { issueEndpoint } from '../model/link.js';
import { type LookedUp, lookUpWaitMs } from '../model/looked-up.js';
import { type Api, ApiFailure } from './api.js';
import type { ExplainResponse, IssuesResponse } from './wire.js';

/** While the daemon asks the tracker, which mostly takes less than a second, and never more than five. */
const AGAIN_MS = 500;
const MOST_TIMES = 14;

/**
 * Asks about an issue that the daemon does nothing for and no poll listed. The daemon hands that on to the tracker, a few
 * times a minute; so the same answer is given for a while.
 */
export class IssueLookUp {
  readonly #api: Api;
  readonly #identifier: string;
  #latest: { readonly looked: LookedUp; readonly askAgainAtMs: number } | null = null;

  constructor(api: Api, identifier: string) {
    this.#api = api;
    this.#identifier = identifier;
  }

  /** What was found last; null before the first answer. */
  get latest(): LookedUp | null {
    return this.#latest?.looked ?? null;
  }

  /**
   * `isNamed`: the daemon knows it by this identifier, from former work.
   * @throws ApiFailure when the daemon itself does not answer
   */
  async ask(isNamed: boolean): Promise<LookedUp> {
    const before = this.#latest;
    if (before !== null && performance.now() < before.askAgainAtMs) return before.looked;
    const answer = (isNamed ? null : await this.#otherSpelling()) ?? (await this.#explained());
    // What was told before is better than that nothing is told now.
    const looked = answer.kind === 'postponed' && before?.looked.kind === 'found' ? before.looked : answer;
    this.#latest = { looked, askAgainAtMs: performance.now() + lookUpWaitMs(answer) };
    return looked;
  }

  /** People type as they like, and the daemon may know the issue that they mean; that takes no question to the tracker. */
  async #otherSpelling(): Promise<LookedUp | null> {
    const { issues, ended } = await this.#api.get<IssuesResponse>('/api/v1/issues');
    const wanted = this.#identifier.toLowerCase();
    const names = new Set([...issues, ...ended].map(({ issue_identifier }) => issue_identifier));
    const [meant, ...others] = [...names].filter((name) => name.toLowerCase() === wanted);
    const isOther = meant !== undefined && others.length === 0 && meant !== this.#identifier;
    return isOther ? { kind: 'respelled', identifier: meant } : null;
  }

  async #explained(): Promise<LookedUp> {
    try {
      const explanation = await this.#explanation();
      const { issue_identifier: identifier } = explanation;
      return identifier === this.#identifier
        ? { kind: 'found', explanation }
        : { kind: 'respelled', identifier };
    } catch (error) {
      if (!(error instanceof ApiFailure)) throw error;
      if (error.status === 404) return { kind: 'unknown' };
      if (!error.isOfTracker) throw error;
      const { message, retryAfterMs } = error;
      const kind = error.code === 'tracker_rate_limited' ? 'postponed' : 'failed';
      return { kind, message, retryAfterMs };
    }
  }

  /** The daemon answers at once, and asks the tracker meanwhile, for five seconds at most. */
  async #explanation(): Promise<ExplainResponse> {
    for (let left = MOST_TIMES; ; left -= 1) {
      try {
        return await this.#api.get<ExplainResponse>(issueEndpoint(this.#identifier, '/explain'));
      } catch (error) {
        const isPending = error instanceof ApiFailure && error.code === 'explanation_pending';
        if (!isPending || left === 0) throw error;
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      }
    }
  }
}
