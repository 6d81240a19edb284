import type { Event, EventOf } from '../../../src/core/events.js';
import { judgeDispatchOrder, judgeIssueOrder } from '../../../src/core/orders.js';
import type { State } from '../../../src/core/state.js';
import type { IssueId } from '../../../src/domain/issue.js';
import { isWanted, type Step, wordsOn } from './effect-rules.js';
import { broken } from './violation.js';

/** Whether orders do what whoever gave them was told, and what is set aside or held stays so. */
export function checkOrders(step: Step): void {
  const { event } = step;
  if (event.type === 'issueOrdered') checkIssueOrder(event, step);
  if (event.type === 'dispatchOrdered') checkDispatchOrder(event, step);
  checkAside(step);
  checkKept(step);
  checkAccount(step);
}

function checkIssueOrder(event: EventOf<'issueOrdered'>, step: Step): void {
  const { before, decision, ledger } = step;
  const { issueId, order } = event;
  if (judgeIssueOrder(before, issueId, order).kind !== 'taken') {
    checkDropped(step);
    return;
  }
  if (decision.state.claims === before.claims)
    broken('order', `${order} of ${issueId} is taken, and changes no claim`);
  if (order === 'stop') ledger.aside.add(issueId);
  else ledger.aside.delete(issueId);
}

function checkDispatchOrder({ order }: EventOf<'dispatchOrdered'>, step: Step): void {
  const { before, ledger } = step;
  if (judgeDispatchOrder(before, order).kind !== 'taken') checkDropped(step);
  else if (order === 'resume') ledger.hold = null;
  else if (order === 'drain') ledger.hold = 'draining';
  else ledger.hold ??= 'paused';
}

function checkDropped({ event, before, decision: { state, effects, facts } }: Step): void {
  if (state !== before || effects.length > 0 || facts.length > 0)
    broken('order', `a refused ${event.type} changes something`);
}

/** What a person set aside goes on only when a person says so, or the tracker took it from us meanwhile. */
function checkAside(step: Step): void {
  const { decision, ledger } = step;
  for (const effect of decision.effects) {
    if (effect.type === 'startRun' && ledger.aside.has(effect.issue.id))
      broken('aside', `${effect.issue.id} is started, and a person stopped it`);
  }
  for (const fact of decision.facts) {
    if (fact.type !== 'released' || !ledger.aside.delete(fact.issueId)) continue;
    if (!isTaken(fact.issueId, step)) broken('aside', `${fact.issueId} is let go, and a person stopped it`);
  }
}

/** Whether the tracker no longer wants us to work on an issue, by this event or by what was learnt during the stop. */
function isTaken(issueId: IssueId, step: Step): boolean {
  const { event, before, decision } = step;
  if (event.type === 'runExited') {
    const claim = before.claims.get(issueId);
    return event.outcome.kind === 'issueInactive' || (claim?.kind === 'stopping' && claim.onExit !== 'park');
  }
  const isWord = ['pollAnswered', 'issuesRefreshed', 'issuesSeen'].includes(event.type);
  return isWord && !wordsOn(step, issueId).some((issue) => isWanted(issue, decision.state));
}

/** A claim that goes leaves its workspace to the sweep. */
function checkKept({ before, decision: { state, facts } }: Step): void {
  for (const fact of facts) {
    if (fact.type !== 'released') continue;
    const { issueId } = fact;
    const workspace = before.claims.get(issueId)?.workspace ?? null;
    const isKnown = state.kept.has(issueId) || state.removing.has(issueId);
    if (workspace !== null && !isKnown && state.claims.get(issueId)?.workspace?.path !== workspace.path)
      broken('kept', `the workspace of ${issueId} is forgotten with its claim`);
  }
}

/** A limit of the account holds everybody, whatever becomes of the run that met it. */
function checkAccount({ event, before, decision: { state } }: Step): void {
  if (event.type !== 'runExited' || event.outcome.kind !== 'usageLimited') return;
  const claim = before.claims.get(event.issueId);
  const isLetGo = claim?.kind === 'stopping' && claim.onExit !== 'park' && claim.onExit !== 'retry';
  if (!isLetGo && state.accountLimit === null) broken('account', 'a used-up account is forgotten');
}

/** Looked at after the step was entered: what holds dispatch, and whether a drain ends the daemon. */
export function checkHold({ event, before, decision: { state }, ledger }: Step): void {
  if ((state.hold?.kind ?? null) !== ledger.hold)
    broken('held', `it is ${state.hold?.kind ?? 'not held'}, and was ordered ${ledger.hold ?? 'to go on'}`);
  const isEmpty = ledger.live.size === 0 && ledger.hosts.removals.size === 0;
  const isDrained = ledger.hold === 'draining' && isEmpty;
  if (isDrained && state.mode === 'running') broken('drain', 'nothing lives any more, and it does not end');
  if (hasEnded(before, state) && !isDrained && !endsDaemon(event))
    broken('drain', `${event.type} ends the daemon`);
}

function hasEnded(before: State, after: State): boolean {
  return before.mode === 'running' && after.mode === 'stopping';
}

function endsDaemon({ type }: Event): boolean {
  return type === 'shutdownRequested' || type === 'storeFailed';
}
