/** The orchestrator broke a promise. */
export class Violation extends Error {
  override readonly name = 'Violation';
}

/** Says that an invariant, by its number in `decide.ts` or its name in docs/simulation.md, does not hold. */
export function broken(rule: string, message: string): never {
  throw new Violation(`${rule}: ${message}`);
}
