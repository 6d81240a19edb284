import { decide } from '../../../src/core/decide.js';
import type { Decision } from '../../../src/core/draft.js';
import type { Event } from '../../../src/core/events.js';
import type { State } from '../../../src/core/state.js';
import { LOCAL_HOST } from '../../../src/domain/settings.js';
import type { Decide } from './daemon.js';

/** Events on which most runs start. */
const STARTS: ReadonlySet<Event['type']> = new Set<Event['type']>(['pollAnswered', 'issuesRefreshed']);

/** Cores that misjudge where work may be, or what is left there. */
export const BROKEN_HOSTS: { readonly [rule: string]: Decide } = {
  'a host takes more runs than it may': (state, event) => {
    if (event.type === 'workflowReloaded') return decide(state, event);
    const roomier = { ...state.settings, maxConcurrentAgentsPerHost: null };
    return withState(decide({ ...state, settings: roomier }, event), () => ({ settings: state.settings }));
  },
  'a host that is down is used': (state, event) => {
    if (!STARTS.has(event.type)) return decide(state, event);
    const hosts = state.hosts.map((host) => ({ ...host, down: null }));
    return withState(decide({ ...state, hosts }, event), () => ({ hosts: state.hosts }));
  },
  'work falls back to this machine': (state, event) => {
    if (!STARTS.has(event.type) || state.settings.hosts.includes(LOCAL_HOST)) return decide(state, event);
    const settings = { ...state.settings, hosts: [...state.settings.hosts, LOCAL_HOST] };
    const hosts = state.hosts.set(LOCAL_HOST, { failures: 0, down: null });
    return withState(decide({ ...state, settings, hosts }, event), () => ({
      settings: state.settings,
      hosts: state.hosts,
    }));
  },
  'a run that had begun goes on elsewhere as the same attempt': (state, event) =>
    event.type === 'runExited' && event.outcome.kind === 'hostUnreachable'
      ? decide(state, { ...event, outcome: { ...event.outcome, began: false } })
      : decide(state, event),
  'a run that could not be begun counts as an attempt': (state, event) =>
    event.type === 'runExited' && event.outcome.kind === 'hostUnreachable'
      ? decide(state, { ...event, outcome: { ...event.outcome, began: true } })
      : decide(state, event),
  'a removal on a host that is down is forgotten': (state, event) => {
    const decision = decide(state, event);
    return event.type === 'workspaceRemoved' && event.failure?.code === 'host_unreachable'
      ? withState(decision, ({ kept, elsewhere }) => ({
          kept: kept.delete(event.issueId),
          elsewhere: elsewhere.delete(event.issueId),
        }))
      : decision;
  },
  'the second workspace of an issue is forgotten': (state, event) =>
    withState(decide(state, event), ({ elsewhere }) => ({ elsewhere: elsewhere.clear() })),
  'what a run left that could not tell is forgotten': (state, event) => {
    const decision = decide(state, event);
    if (event.type !== 'runExited') return decision;
    const facts = decision.facts.map((fact) =>
      fact.type === 'claimed' && fact.claim.workspace?.path === null
        ? { ...fact, claim: { ...fact.claim, workspace: null } }
        : fact,
    );
    const last = facts.findLast((fact) => 'issueId' in fact && fact.issueId === event.issueId);
    return withState({ ...decision, facts }, ({ claims, kept }) => ({
      claims: last?.type === 'claimed' ? claims.set(event.issueId, last.claim) : claims,
      kept: kept.filter(({ workspace }) => workspace.path !== null),
    }));
  },
  'a host that failed is not tried again': (state, event) => {
    const decision = decide(state, event);
    const effects = decision.effects.filter(({ type }) => type !== 'tryHost');
    return effects.length === decision.effects.length
      ? decision
      : withState({ ...decision, effects }, () => ({ hosts: state.hosts }));
  },
  'a host that answers and fails is tried ever again at once': (state, event) => {
    const decision = decide(state, event);
    return event.type === 'hostAnswered'
      ? withState(decision, ({ hosts }) => ({ hosts: hosts.map((host) => ({ ...host, failures: 0 })) }))
      : decision;
  },
  'a host that is back waits for the next poll': (state, event) => {
    if (event.type !== 'hostAnswered') return decide(state, event);
    const decision = decide(state, event);
    const effects = decision.effects.filter(({ type }) => type !== 'refreshIssues');
    return withState({ ...decision, effects }, () => ({ fill: state.fill }));
  },
  'a host that was down at the start is never surveyed': (state, event) => {
    if (event.type !== 'hostAnswered') return decide(state, event);
    return decide({ ...state, survey: { ...state.survey, missed: state.survey.missed.clear() } }, event);
  },
  'the first runs do not wait to learn where their workspaces are': (state, event) =>
    decide({ ...state, survey: { ...state.survey, isFirst: false } }, event),
  'a thread follows to another host': (state, event) => {
    const decision = decide(state, event);
    const effects = decision.effects.map((effect) => {
      const claim = effect.type === 'startRun' ? state.claims.get(effect.issue.id) : undefined;
      return effect.type === 'startRun' && claim?.kind === 'retryQueued'
        ? { ...effect, thread: claim.thread }
        : effect;
    });
    return { ...decision, effects };
  },
};

function withState(decision: Decision, parts: (state: State) => Partial<State>): Decision {
  return { ...decision, state: { ...decision.state, ...parts(decision.state) } };
}
