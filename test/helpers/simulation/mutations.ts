import { is } from 'immutable';
import type { Claim } from '../../../src/core/claim.js';
import { decide } from '../../../src/core/decide.js';
import type { Decision } from '../../../src/core/draft.js';
import type { Effect } from '../../../src/core/effects.js';
import type { State } from '../../../src/core/state.js';
import type { Decide } from './daemon.js';
import { BROKEN_HOSTS } from './host-mutations.js';
import { BROKEN_ORDERS } from './order-mutations.js';
import { BROKEN_RECOVERIES } from './recovery-mutations.js';

const BROKEN: { readonly [rule: string]: Decide } = {
  'a run being stopped gives up its slot': (state, event) => {
    const stopping = [...state.claims.values()].filter(({ kind }) => kind === 'stopping').length;
    const roomier = { ...state.settings, maxConcurrentAgents: state.settings.maxConcurrentAgents + stopping };
    return withState(decide({ ...state, settings: roomier }, event), (next) => ({
      settings: event.type === 'workflowReloaded' ? next.settings : state.settings,
    }));
  },
  'a workspace is removed together with the stop': (state, event) => {
    const decision = decide(state, event);
    const effects = decision.effects.flatMap((effect): Effect[] => {
      if (effect.type !== 'stopRun' || effect.cause !== 'terminal') return [effect];
      const { issueId } = effect;
      const request = decision.state.nextRequest;
      return [
        effect,
        { type: 'removeWorkspace', request, issueId, identifier: 'MT-1', host: 'local', path: null },
      ];
    });
    return { ...decision, effects };
  },
  'a failed poll is taken for an empty board': (state, event) =>
    event.type === 'pollFailed'
      ? decide(state, { ...event, type: 'pollAnswered', candidates: [], refreshed: [], budget: null })
      : decide(state, event),
  'a late answer is taken for the one expected': (state, event) =>
    event.type === 'pollAnswered' && state.poll.flight !== null
      ? decide(state, { ...event, request: state.poll.flight.request })
      : decide(state, event),
  'a run that has ended already may end the next one': (state, event) => {
    const claim = event.type === 'runExited' ? state.claims.get(event.issueId) : undefined;
    return event.type === 'runExited' && claim?.kind === 'running'
      ? decide(state, { ...event, runId: claim.runId })
      : decide(state, event);
  },
  'a run starts while its old workspace is being removed': (state, event) => {
    if (event.type === 'workspaceRemoved') return decide(state, event);
    const decision = decide({ ...state, removing: state.removing.clear() }, event);
    return withState(decision, (next) => ({ removing: state.removing.merge(next.removing) }));
  },
  'what changed while a question was under way is forgotten': (state, event) => {
    const { flight } = state.poll;
    const fill = state.fill && { ...state.fill, touched: state.fill.touched.clear() };
    const poll = { ...state.poll, flight: flight && { ...flight, touched: flight.touched.clear() } };
    const answers =
      (event.type === 'pollAnswered' && event.request === flight?.request) ||
      (event.type === 'issuesRefreshed' && event.request === fill?.request);
    return decide(answers ? { ...state, poll, fill } : state, event);
  },
  'a free slot waits for the next poll': (state, event) => {
    const decision = decide(state, event);
    const effects = decision.effects.filter(({ type }) => type !== 'refreshIssues');
    return effects.length === decision.effects.length
      ? decision
      : withState({ ...decision, effects }, () => ({ fill: null }));
  },
  'a broken workflow does not hold dispatch': (state, event) => {
    const decision = decide({ ...state, workflowProblem: null }, event);
    return event.type === 'workflowReloaded'
      ? decision
      : withState(decision, (next) => ({ workflowProblem: next.workflowProblem ?? state.workflowProblem }));
  },
  'a used-up account does not hold dispatch': (state, event) => {
    const { accountLimit } = state;
    if (accountLimit === null || event.type === 'woke' || event.type === 'clockJumped')
      return decide(state, event);
    return withState(decide({ ...state, accountLimit: null }, event), (next) => ({
      accountLimit: next.accountLimit ?? accountLimit,
    }));
  },
  'a throttled tracker is asked again at once': (state, event) =>
    'failure' in event && event.failure !== null
      ? decide(state, { ...event, failure: { ...event.failure, retryAfterMs: null } })
      : decide(state, event),
  'a stall is never noticed': (state, event) =>
    event.type === 'woke' ? decide(withoutDeadlinesOf(state, 'running'), event) : decide(state, event),
  'an issue that vanished goes on': (state, event) => {
    if (event.type !== 'pollAnswered') return decide(state, event);
    const seen = new Set(event.refreshed.map(({ id }) => id));
    const vanished = [...state.claims.values()].map(({ issue }) => issue).filter(({ id }) => !seen.has(id));
    return decide(state, { ...event, refreshed: [...event.refreshed, ...vanished] });
  },
  'a claim is dropped without a word to the journal': (state, event) => {
    const decision = decide(state, event);
    return { ...decision, facts: decision.facts.filter(({ type }) => type !== 'released') };
  },
  'the shutdown forgets the runs': (state, event) =>
    event.type === 'shutdownRequested'
      ? { state: { ...state, mode: 'stopping' }, effects: [], facts: [] }
      : decide(state, event),
  'it keeps polling after the shutdown': (state, event) => {
    const isNews = ['trackerChanged', 'issuesChanged', 'refreshRequested', 'runExited'].includes(event.type);
    if (state.mode === 'running' || !isNews) return decide(state, event);
    return withState(decide({ ...state, mode: 'running' }, event), () => ({ mode: 'stopping' }));
  },
  'a clock that jumped is not noticed': (state, event) =>
    event.type === 'clockJumped' ? { state, effects: [], facts: [] } : decide(state, event),
  'an issue starts on what was known of it before its claim changed': (state, event) => {
    if (event.type !== 'runExited') return decide(state, event);
    const readAtMs = state.queue.waiting.reduce(
      (map, { id }) => map.set(id, event.atMs),
      state.freshness.readAtMs,
    );
    return decide({ ...state, freshness: { ...state.freshness, readAtMs } }, event);
  },
  'an old answer about those who wait is taken for a young one': (state, event) =>
    decide(state, event.type === 'issuesSeen' ? { ...event, askedAtMs: event.atMs } : event),
  'a low allowance slows no poll': (state, event) => {
    const budget = event.type === 'pollAnswered' ? event.budget : state.poll.budget;
    const blind = { ...state.poll, budget: null };
    const decision = decide(
      { ...state, poll: blind },
      event.type === 'pollAnswered' ? { ...event, budget: null } : event,
    );
    return withState(decision, ({ poll }) => ({ poll: poll === blind ? state.poll : { ...poll, budget } }));
  },
  'a finished run sets no one free': (state, event) => {
    const decision = decide(state, event);
    if (event.type !== 'runExited' || decision.state.queue.candidates !== 'never') return decision;
    const effects = decision.effects.filter(({ type }) => type !== 'poll');
    return withState({ ...decision, effects }, ({ queue }) => ({
      queue: { ...queue, candidates: 'listed' },
      poll: state.poll,
    }));
  },
  ...BROKEN_HOSTS,
  ...BROKEN_ORDERS,
  ...BROKEN_RECOVERIES,
};

/** Cores that break one rule each, as a careless change would; the simulation must notice every one of them. */
export const MUTATIONS = Object.entries(BROKEN).map(([rule, broken]) => ({
  rule,
  // A mutation is meant to break its own rule only, not the one that an ignored event leaves the state as it is.
  decide: ((state, event) => {
    const decision = broken(state, event);
    return isSameState(state, decision.state) ? { ...decision, state } : decision;
  }) satisfies Decide,
}));

function isSameState(a: State, b: State): boolean {
  return (Object.keys(a) as (keyof State)[]).every((name) => is(a[name], b[name]));
}

function withState(decision: Decision, parts: (state: State) => Partial<State>): Decision {
  return { ...decision, state: { ...decision.state, ...parts(decision.state) } };
}

function withoutDeadlinesOf(state: State, kind: Claim['kind']): State {
  const claims = state.claims.filter((claim) => claim.kind !== kind);
  return claims.isEmpty() ? state : { ...state, settings: { ...state.settings, stallTimeoutMs: 0 } };
}
