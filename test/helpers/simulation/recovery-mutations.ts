import type { Claim } from '../../../src/core/claim.js';
import { decide } from '../../../src/core/decide.js';
import type { Fact } from '../../../src/core/facts.js';
import type { Decide } from './daemon.js';

/** Cores that lose something of what the daemon before them knew. */
export const BROKEN_RECOVERIES: { readonly [rule: string]: Decide } = {
  'a question is forgotten with the daemon': without((claim) => claim.kind === 'blocked'),
  'what a person stopped begins again with the next daemon': without(
    (claim) => claim.kind === 'parked' && claim.cause === 'operator',
  ),
  'a pause ends with the daemon': reading((facts) => facts.filter(({ type }) => type !== 'held')),
  'retries are counted anew by the next daemon': reading((facts) =>
    facts.map((fact) =>
      fact.type === 'claimed' && fact.claim.kind === 'retryQueued'
        ? { ...fact, claim: { ...fact.claim, attempt: 1 } }
        : fact,
    ),
  ),
  'the next daemon does not know the threads of the last one': reading((facts) =>
    facts.map((fact) =>
      fact.type === 'claimed' && fact.claim.kind === 'retryQueued'
        ? { ...fact, claim: { ...fact.claim, thread: null } }
        : fact,
    ),
  ),
  'after a crash everything is tried again at once': reading((facts) => [...facts, { type: 'ended' }]),
  'an order is not written down': (state, event) => {
    const decision = decide(state, event);
    return event.type === 'dispatchOrdered' ? { ...decision, facts: [] } : decision;
  },
};

function without(isLost: (claim: Claim) => boolean): Decide {
  return reading((facts) => facts.filter((fact) => fact.type !== 'claimed' || !isLost(fact.claim)));
}

/** A core that reads something else than what was written. */
function reading(change: (facts: readonly Fact[]) => readonly Fact[]): Decide {
  return (state, event) =>
    decide(state, event.type === 'recovered' ? { ...event, facts: change(event.facts) } : event);
}
