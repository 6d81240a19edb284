/** The orchestrator broke a promise. */
export class Violation extends Error {
  override readonly name = 'Violation';
  /** The invariant, by its number in `decide.ts` or its name in docs/simulation.md. */
  readonly rule: string;

  constructor(rule: string, message: string) {
    super(`${rule}: ${message}`);
    this.rule = rule;
  }
}

/** Says that an invariant does not hold. */
export function broken(rule: string, message: string): never {
  throw new Violation(rule, message);
}
