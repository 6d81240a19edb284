import { holdsSlot } from '../../../src/core/claim.js';
import type { Decision } from '../../../src/core/draft.js';
import type { Effect } from '../../../src/core/effects.js';
import type { Event } from '../../../src/core/events.js';
import type { State } from '../../../src/core/state.js';
import { type IssueId, normalizedState } from '../../../src/domain/issue.js';
import { isActive, isRoutable } from '../../../src/domain/routing.js';
import { checkEffects, type Step } from './effect-rules.js';
import { checkBoard, checkExplained } from './explain-rules.js';
import { checkHostRows, checkHosts } from './host-rules.js';
import { Ledger } from './ledger.js';
import { checkHold, checkOrders } from './order-rules.js';
import { checkSnapshot, recount } from './recount.js';
import { checkRecovered } from './recovery-rules.js';
import { broken } from './violation.js';

/** What a loop that feeds itself would do again and again. */
const COSTS: ReadonlySet<Effect['type']> = new Set<Effect['type']>([
  'poll',
  'refreshIssues',
  'startRun',
  'tryHost',
]);
/** Wake-ups, requests or starts in one second of virtual time: more is such a loop. */
const MOST_PER_SECOND = 60;
const SNAPSHOT_EVERY = 50;

/** Looks at every step of one daemon's life and throws when a promise is broken. */
export class Checker {
  readonly #ledger = new Ledger();
  #second = 0;
  #inSecond = 0;

  /** The hosts on which an issue may have left something, which the daemon should remove once it is finished. */
  get places(): ReadonlyMap<IssueId, ReadonlySet<string>> {
    return this.#ledger.hosts.places;
  }

  /** Hosts of which the daemon has not learnt what is on their disks. */
  get unsurveyed(): ReadonlySet<string> {
    return this.#ledger.hosts.unsurveyed;
  }

  readonly check = (event: Event, decision: Decision, before: State): void => {
    const { state } = decision;
    const ledger = this.#ledger;
    if (ledger.isLate(event)) {
      if (state !== before || decision.effects.length > 0 || decision.facts.length > 0)
        broken('C6', `a late ${event.type} changes something`);
      return;
    }
    checkFailure(event, decision, before);
    ledger.settle(event, before.settings.hosts);
    const step: Step = { event, before, decision, ledger };
    checkEffects(step);
    checkOrders(step);
    checkRecovered(step);
    checkExplained(step);
    checkReconciled(event, decision, before, ledger);
    ledger.closeQuestion(event);
    ledger.enter(decision, event.atMs);
    checkHold(step);
    checkHosts(step);
    recount(state, before, event, ledger);
    // An order or an answer that is dropped is no occasion to fill anything.
    if (state !== before || !FROM_PEOPLE.has(event.type)) checkFilled(step);
    if (ledger.number % SNAPSHOT_EVERY === 0) {
      checkSnapshot(state, event);
      checkBoard(state, event);
      checkHostRows(step);
    }
    this.#checkPace(event, decision);
  };

  #checkPace({ type, atMs }: Event, { effects }: Decision): void {
    const second = Math.floor(atMs / 1_000);
    if (second !== this.#second) this.#inSecond = 0;
    this.#second = second;
    const asks = effects.filter((effect) => COSTS.has(effect.type)).length;
    this.#inSecond += asks + (type === 'woke' ? 1 : 0);
    if (this.#inSecond > MOST_PER_SECOND)
      broken('pace', `${this.#inSecond} wake-ups, requests and starts in a second`);
  }
}

/** A failure of the tracker changes no claim but a retry whose check it was. */
function checkFailure(event: Event, { state }: Decision, before: State): void {
  if (event.type !== 'pollFailed' && event.type !== 'issuesRefreshFailed' && event.type !== 'sweepFailed')
    return;
  if (state.claims === before.claims) return;
  if (event.type !== 'issuesRefreshFailed') broken('C3', `${event.type} changes claims`);
  for (const [issueId, claim] of before.claims) {
    const after = state.claims.get(issueId);
    if (after !== claim && (claim.kind !== 'retryQueued' || after?.kind !== 'retryQueued'))
      broken('C3', `${event.type} changes the claim of ${issueId}`);
  }
}

/** What the answer says about a claim is done: no run goes on, and no claim stays, that the tracker does not want. */
function checkReconciled(event: Event, { state }: Decision, before: State, ledger: Ledger): void {
  if (event.type !== 'pollAnswered' && event.type !== 'issuesRefreshed') return;
  const question = ledger.question(event);
  if (question === null) return;
  const issues = event.type === 'pollAnswered' ? event.refreshed : event.issues;
  const refreshed = new Map(issues.map((issue) => [issue.id, issue]));
  for (const issueId of question.ids) {
    const claim = before.claims.get(issueId);
    if (claim === undefined || claim.kind === 'stopping' || !ledger.isUnchangedSince(issueId, question))
      continue;
    const issue = refreshed.get(issueId);
    const after = state.claims.get(issueId);
    if (issue !== undefined && isActive(issue, state.settings) && isRoutable(issue, state.settings)) continue;
    if (after !== undefined && after.kind !== 'stopping')
      broken('C3', `${issueId} stays ${after.kind} though the tracker does not want it`);
  }
}

/** Whether a run could be on a host. */
export function hasRoom({ hosts, settings, claims }: State, host: string): boolean {
  const limit = settings.maxConcurrentAgentsPerHost ?? Number.POSITIVE_INFINITY;
  const held = claims.count((claim) => holdsSlot(claim) && claim.host === host);
  return hosts.get(host)?.down === null && held < limit;
}

/** Events that may free a slot, or let somebody have one. */
const FROM_PEOPLE: ReadonlySet<Event['type']> = new Set<Event['type']>([
  'questionAnswered',
  'issueOrdered',
  'dispatchOrdered',
]);
const FILLING: ReadonlySet<Event['type']> = new Set<Event['type']>([
  'runExited',
  'hostAnswered',
  'pollAnswered',
  'issuesRefreshed',
  'woke',
  ...FROM_PEOPLE,
]);

/** A free slot is being filled: whoever could have it is being re-read. */
function checkFilled({ event: { type, atMs }, decision: { state }, before, ledger: { hosts } }: Step): void {
  const isFirstSurveyOver = before.survey.isFirst && !state.survey.isFirst;
  if (!FILLING.has(type) && !isFirstSurveyOver) return;
  const { mode, hold, workflowProblem, accountLimit, settings, slots, fill, poll, queue, removing } = state;
  if (
    mode !== 'running' ||
    hold !== null ||
    workflowProblem !== null ||
    accountLimit !== null ||
    fill !== null
  )
    return;
  if (queue.held || atMs < poll.notBeforeMs || slots.held >= settings.maxConcurrentAgents) return;
  if (!settings.hosts.some((host) => hasRoom(state, host))) return;
  const retries = [...state.dueRetries].flatMap((issueId) => state.claims.get(issueId)?.issue ?? []);
  const startable = [...retries, ...queue.waiting].find((issue) => {
    const name = normalizedState(issue.state);
    const limit = settings.maxConcurrentAgentsByState[name] ?? Number.POSITIVE_INFINITY;
    const mayStart = slots.byState.get(name, 0) < limit && !removing.has(issue.id);
    return mayStart && !hosts.mayHavePlaceUntold(issue.id);
  });
  if (startable !== undefined)
    broken('filled', `${startable.id} could have a free slot, and nobody asks about it`);
}
