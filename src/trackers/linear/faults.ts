import { SymphonyError } from '../../domain/error.js';

/** Collects what is wrong with several values, so that a person learns of all of it at once. */
export class Faults {
  readonly #found: SymphonyError[] = [];

  /** What `reading` returns; `instead` where it throws a SymphonyError, for as long as it takes to read the others. */
  read<T>(reading: () => T, instead: T): T {
    try {
      return reading();
    } catch (error) {
      if (!(error instanceof SymphonyError)) throw error;
      this.#found.push(error);
      return instead;
    }
  }

  /** @throws SymphonyError the first fault, with all of them in an `AggregateError` as its cause */
  throwAny(): void {
    const [first] = this.#found;
    if (first === undefined) return;
    throw new SymphonyError(first.code, first.message, { cause: new AggregateError(this.#found) });
  }
}
