import { decide } from '../../../src/core/decide.js';
import type { Decision } from '../../../src/core/draft.js';
import type { State } from '../../../src/core/state.js';
import type { Decide } from './daemon.js';

/** Cores that take an order and do something else than was said. */
export const BROKEN_ORDERS: { readonly [rule: string]: Decide } = {
  'a pause does not hold retries that are due': (state, event) => {
    if (state.hold === null || event.type !== 'woke') return decide(state, event);
    return withState(decide({ ...state, hold: null }, event), { hold: state.hold });
  },
  'a drain forgets to end': (state, event) => {
    const decision = decide(state, event);
    const ends = state.mode === 'running' && decision.state.mode === 'stopping';
    const isOrdered = event.type === 'shutdownRequested' || event.type === 'storeFailed';
    return ends && !isOrdered ? withState(decision, { mode: 'running' }) : decision;
  },
  'a drain does not wait for the last run': (state, event) => {
    const decision = decide(state, event);
    return decision.state.hold?.kind === 'draining' && decision.state.mode === 'running'
      ? withState(decision, { mode: 'stopping' })
      : decision;
  },
  'a drain cannot be taken back': (state, event) =>
    event.type === 'dispatchOrdered' && event.order === 'resume' && state.hold?.kind === 'draining'
      ? { state, effects: [], facts: [] }
      : decide(state, event),
  'what a person stopped is tried again': (state, event) => {
    const claim = event.type === 'runExited' ? state.claims.get(event.issueId) : undefined;
    if (claim?.kind !== 'stopping' || claim.onExit !== 'park') return decide(state, event);
    const retried = state.claims.set(claim.issue.id, { ...claim, onExit: 'retry' });
    return decide({ ...state, claims: retried }, event);
  },
  'what a person stopped is forgotten when the daemon looks at the board': (state, event) => {
    if (event.type !== 'pollAnswered') return decide(state, event);
    const aside = [...state.claims.values()].filter(
      (claim) => claim.kind === 'parked' && claim.cause === 'operator',
    );
    const ids = new Set(aside.map(({ issue }) => issue.id));
    return decide(state, { ...event, refreshed: event.refreshed.filter(({ id }) => !ids.has(id)) });
  },
  'a release forgets the workspace': (state, event) => {
    const decision = decide(state, event);
    return event.type === 'issueOrdered' && event.order === 'release'
      ? withState(decision, { kept: state.kept })
      : decision;
  },
  'an order that was refused is carried out all the same': (state, event) => {
    const claim = event.type === 'issueOrdered' ? state.claims.get(event.issueId) : undefined;
    if (event.type !== 'issueOrdered' || event.order !== 'stop' || claim?.kind !== 'stopping')
      return decide(state, event);
    const { issue } = claim;
    const stopping = { ...claim, onExit: 'park' } as const;
    const decision = decide({ ...state, claims: state.claims.set(issue.id, stopping) }, event);
    const fact = { type: 'claimed', issueId: issue.id, claim: stopping } as const;
    return { ...decision, facts: [...decision.facts, fact] };
  },
  'a retry that is ordered waits for the next poll': (state, event) => {
    if (event.type !== 'issueOrdered') return decide(state, event);
    const decision = decide(state, event);
    const effects = decision.effects.filter(({ type }) => type === 'stopRun' || type === 'poll');
    return effects.length === decision.effects.length
      ? decision
      : withState({ ...decision, effects }, { fill: state.fill });
  },
  'a stop hides that the account is used up': (state, event) => {
    const claim = event.type === 'runExited' ? state.claims.get(event.issueId) : undefined;
    const decision = decide(state, event);
    return claim?.kind === 'stopping' && claim.onExit === 'park'
      ? withState(decision, { accountLimit: state.accountLimit })
      : decision;
  },
};

function withState(decision: Decision, parts: Partial<State>): Decision {
  return { ...decision, state: { ...decision.state, ...parts } };
}
