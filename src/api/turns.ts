import { RequestFault } from './failure.js';

const AT_ONCE = 4;
/** More than a person has issues to order about with one command; with those at once, what callers can make wait. */
const MOST_WAITING = 256;

/** Takes what costs a moment each a few at a time, and the others in the order in which they came. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #under = 0;

  /** @throws RequestFault 429 when too many wait already */
  async take<T>(work: () => Promise<T>): Promise<T> {
    if (this.#under < AT_ONCE) this.#under += 1;
    else await this.#turn();
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // Whoever is next takes over this turn.
      if (next === undefined) this.#under -= 1;
      else next();
    }
  }

  #turn(): Promise<void> {
    if (this.#waiting.length >= MOST_WAITING) {
      throw new RequestFault(429, 'Too many orders at once. Send this one again in a moment.', {
        'retry-after': '1',
      });
    }
    return new Promise((wake) => this.#waiting.push(wake));
  }
}
