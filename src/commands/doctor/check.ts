import { SymphonyError } from '../../domain/error.js';
import { type Finding, failure } from '../../domain/finding.js';
import { bounded } from '../../engine/bounded.js';
import type { Clock } from '../../ports/clock.js';

/** Something to look at, by itself and beside all others. */
export interface Check {
  /** What is told of it when it comes to no finding of its own. */
  readonly name: string;
  readonly limitMs: number;
  /** What to do when it takes longer than that. */
  readonly mendOfSilence: string;
  /** What fails as expected may be a finding or a SymphonyError. */
  run(signal: AbortSignal): Promise<readonly Finding[]>;
}

/** Long enough for a file system or a shell that is only slow. */
export const LOCAL_LIMIT_MS = 10_000;

/**
 * Makes all checks at once and returns what they found in their order; one that is stuck costs its limit and no finding
 * of others. `tell` is called for each check as soon as it and all before it are done.
 */
export async function findingsOf(
  checks: readonly Check[],
  clock: Clock,
  tell: (findings: readonly Finding[]) => void = () => {},
): Promise<readonly Finding[]> {
  let before = Promise.resolve();
  const outcomes = checks.map(async (check) => {
    const outcome = outcomeOf(check, clock);
    const told = Promise.all([outcome, before]).then(([findings]) => tell(findings));
    before = told;
    await told;
    return await outcome;
  });
  return (await Promise.all(outcomes)).flat();
}

async function outcomeOf(check: Check, clock: Clock): Promise<readonly Finding[]> {
  const { name, limitMs, mendOfSilence } = check;
  const message = `nothing was heard within ${limitMs / 1_000} s; ${mendOfSilence}`;
  try {
    return await bounded(clock, { ms: limitMs, code: 'response_timeout', message }, (signal) =>
      check.run(signal),
    );
  } catch (error) {
    if (error instanceof SymphonyError) return [failure(name, error)];
    throw error;
  }
}
