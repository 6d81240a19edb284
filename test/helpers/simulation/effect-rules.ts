import type { Decision } from '../../../src/core/draft.js';
import type { Effect } from '../../../src/core/effects.js';
import type { Event } from '../../../src/core/events.js';
import type { State } from '../../../src/core/state.js';
import { type IssueFacts, type IssueId, normalizedState } from '../../../src/domain/issue.js';
import { isActive, isRoutable, isTerminal } from '../../../src/domain/routing.js';
import { checkHostEffects } from './host-rules.js';
import type { Ledger } from './ledger.js';
import { broken } from './violation.js';

/** One event of a life with what was decided. */
export interface Step {
  readonly event: Event;
  readonly before: State;
  readonly decision: Decision;
  readonly ledger: Ledger;
}

/** Whether each effect may follow from this event; called before the effects are entered in the ledger. */
export function checkEffects(step: Step): void {
  const { event, decision } = step;
  const failed =
    event.type === 'pollFailed' || event.type === 'issuesRefreshFailed' || event.type === 'sweepFailed';
  for (const effect of decision.effects) {
    if (failed && effect.type !== 'poll') broken('C3', `a failure leads to ${effect.type}`);
    checkEffect(effect, step);
  }
  checkLimits(step);
  checkHostEffects(step);
}

function checkEffect(effect: Effect, step: Step): void {
  switch (effect.type) {
    case 'poll':
      checkPoll(effect, step);
      break;
    case 'refreshIssues':
      checkReRead(effect, step);
      break;
    case 'startRun':
      checkStart(effect, step);
      break;
    case 'stopRun':
      checkStop(effect, step);
      break;
    case 'removeWorkspace':
      checkRemoval(effect, step);
      break;
    case 'surveyWorkspaces':
    case 'tryHost':
    case 'listTerminalIssues':
      if (step.before.mode !== 'running') broken('shutdown', `${effect.type} after the shutdown`);
      break;
  }
}

function checkPoll({ request, ids }: Extract<Effect, { type: 'poll' }>, step: Step): void {
  const { ledger, event, decision } = step;
  checkRequest(request, step);
  if (ledger.poll !== null && ledger.question(event) !== ledger.poll) broken('C4', 'two polls are under way');
  if (decision.state.mode !== 'running') broken('shutdown', 'a poll after the shutdown');
  if (event.atMs < ledger.throttledUntilMs) broken('throttle', 'a poll before the tracker wants one');
  checkAllowance(step);
  const asked = new Set(ids);
  for (const issueId of decision.state.claims.keys()) {
    if (!asked.has(issueId)) broken('C3', `the poll does not ask about ${issueId}`);
  }
}

/** Below half of the tracker's allowance, polls that nobody ordered take a part of what flows back. */
function checkAllowance({ event, ledger: { budget, lastPollAtMs, pollOrdered } }: Step): void {
  if (budget === null || pollOrdered || budget.remaining >= budget.limit / 2) return;
  const share = Math.max(budget.remaining / budget.limit, 0.02);
  const flowMs = (budget.windowMs / budget.limit) * budget.requestsPerPoll;
  if (event.atMs - lastPollAtMs < Math.min(flowMs / share, 600_000))
    broken('allowance', `a poll ${event.atMs - lastPollAtMs} ms after the last one`);
}

function checkReRead({ request, ids }: Extract<Effect, { type: 'refreshIssues' }>, step: Step): void {
  const { ledger, event, decision } = step;
  checkRequest(request, step);
  if (ledger.fill !== null && ledger.question(event) !== ledger.fill)
    broken('C4', 'two re-reads are under way');
  if (event.atMs < ledger.throttledUntilMs) broken('throttle', 'a re-read before the tracker wants one');
  if (event.type === 'issuesChanged') {
    if (decision.state.mode !== 'running') broken('shutdown', 'a read after the shutdown');
    return;
  }
  const { slots, settings } = decision.state;
  if (ids.length === 0 || ids.length > settings.maxConcurrentAgents - slots.held)
    broken('C2', `${ids.length} issues are re-read for ${settings.maxConcurrentAgents - slots.held} slots`);
  checkMayDispatch(step, 'a re-read');
}

function checkRequest(request: number, { ledger }: Step): void {
  if (request <= ledger.highestRequest) broken('C4', `request ${request} is used twice`);
}

function checkMayDispatch({ decision: { state } }: Step, what: string): void {
  if (state.mode !== 'running') broken('shutdown', `${what} after the shutdown`);
  if (state.workflowProblem !== null) broken('workflow', `${what} while the workflow is broken`);
  if (state.hold !== null) broken('held', `${what} while dispatch is ${state.hold.kind}`);
  if (state.accountLimit !== null) broken('account', `${what} while the account is used up`);
}

function checkStart(effect: Extract<Effect, { type: 'startRun' }>, step: Step): void {
  const { before, decision, ledger } = step;
  const { issue, runId, attempt } = effect;
  checkMayDispatch(step, `a run of ${issue.id}`);
  if (runId <= ledger.highestRunId) broken('C1', `run ${runId} is started twice`);
  if ([...ledger.live.values()].includes(issue.id)) broken('C1', `a second run of ${issue.id} is started`);
  if (ledger.hosts.isBeingRemoved(issue.id))
    broken('C5', `${issue.id} is started while its workspace is being removed`);
  const { settings } = decision.state;
  if (!isActive(issue, settings) || !isRoutable(issue, settings))
    broken('fresh', `${issue.id} is started ineligible`);
  if (!isAnswered(issue, step)) checkStartOnWord(issue, step);
  const claim = before.claims.get(issue.id);
  const expected = claim?.kind === 'retryQueued' ? claim.attempt : null;
  if (attempt !== expected && claim?.kind !== 'blocked')
    broken('attempt', `${issue.id} starts as attempt ${attempt}`);
}

/** Whether this very answer shows the issue as it is started, and was asked for after its claim last changed. */
function isAnswered(issue: IssueFacts, step: Step): boolean {
  const question = step.ledger.question(step.event);
  return (
    question !== null &&
    step.ledger.isUnchangedSince(issue.id, question) &&
    wordsOn(step, issue.id).some((word) => isSame(word, issue))
  );
}

/** How old the word may be on which a run starts, without a further look. */
const FRESH_MS = 3_000;

function checkStartOnWord(issue: IssueFacts, { event, ledger }: Step): void {
  const { id } = issue;
  const word = ledger.words.get(id);
  if (word === undefined || event.atMs - word.askedAtMs > FRESH_MS)
    broken('fresh', `${id} is started by ${event.type}, on old knowledge`);
  if (word.issue === undefined || !isSame(word.issue, issue))
    broken('fresh', `${id} is started as it is no longer`);
  const { askedAtMs, askedIn, toldIn } = word;
  const changedIn = ledger.changedIn.get(id) ?? -1;
  const isLate =
    askedIn === null
      ? (ledger.changedAtMs.get(id) ?? Number.NEGATIVE_INFINITY) >= askedAtMs
      : changedIn > askedIn;
  // What the word itself changed, as it frees a blocked issue that was moved, is no younger than it.
  if (isLate && changedIn !== toldIn) broken('C6', `${id} is started on word that is older than its claim`);
}

type StopRun = Extract<Effect, { type: 'stopRun' }>;

function checkStop(effect: StopRun, step: Step): void {
  const { event, before, ledger } = step;
  const { issueId, runId, cause } = effect;
  if (ledger.live.get(runId) !== issueId) broken('C6', `run ${runId} is stopped and does not live`);
  const claim = before.claims.get(issueId);
  if (claim?.kind !== 'running') broken('C6', `run ${runId} is stopped twice`);
  if (cause === 'shutdown') {
    if (event.type !== 'shutdownRequested' && event.type !== 'storeFailed')
      broken('stop', `${event.type} stops run ${runId} for a shutdown`);
  } else if (cause === 'stalled') {
    const { stallTimeoutMs } = before.settings;
    if (stallTimeoutMs <= 0 || event.atMs - claim.lastEventAtMs <= stallTimeoutMs)
      broken('stop', `run ${runId} is stopped as stalled and is not`);
  } else if (cause === 'operator') {
    if (event.type !== 'issueOrdered' || event.order !== 'stop' || event.issueId !== issueId)
      broken('stop', `run ${runId} is stopped by ${event.type}, and nobody ordered it`);
  } else checkStopForTracker(effect, step);
}

/** A run is stopped only on the tracker's own word about it, given after the run began. */
function checkStopForTracker({ issueId, runId, cause }: StopRun, step: Step): void {
  const { event, decision, ledger } = step;
  const question = ledger.question(event);
  if (question === null || !question.ids.has(issueId))
    broken('stop', `run ${runId} is stopped without a word on it`);
  if (!ledger.isUnchangedSince(issueId, question)) broken('C6', `run ${runId} is stopped on a late answer`);
  const [word] = wordsOn(step, issueId);
  if (cause === 'gone' ? word !== undefined : word === undefined || isWanted(word, decision.state))
    broken('stop', `run ${runId} is stopped as ${cause}, and the tracker does not say so`);
}

function checkRemoval({ request, issueId }: Extract<Effect, { type: 'removeWorkspace' }>, step: Step): void {
  checkRequest(request, step);
  const { event, before, decision, ledger } = step;
  if ([...ledger.live.values()].includes(issueId))
    broken('C5', `the workspace of ${issueId} is removed under its run`);
  const claim = before.claims.get(issueId);
  if (event.type === 'terminalIssuesListed') {
    if (claim !== undefined) broken('C5', `the workspace of ${issueId} is removed under its claim`);
    return;
  }
  const known =
    claim?.kind === 'stopping' && event.type === 'runExited'
      ? isTerminal(claim.issue, decision.state.settings) ||
        wordsOn(step, issueId).some((issue) => isTerminal(issue, decision.state.settings))
      : wordsOn(step, issueId).some((issue) => isTerminal(issue, decision.state.settings));
  if (!known)
    broken('C5', `the workspace of ${issueId} is removed, and its issue is not known to be finished`);
}

/** Starts never exceed the limits in force; runs that live beyond lowered ones go on. */
function checkLimits({ decision: { state, effects } }: Step): void {
  for (const effect of effects) {
    if (effect.type !== 'startRun') continue;
    const { settings, slots } = state;
    const name = normalizedState(effect.issue.state);
    if (slots.held > settings.maxConcurrentAgents) broken('C2', `a run is started as the ${slots.held}th`);
    const limit = settings.maxConcurrentAgentsByState[name];
    const inState = slots.byState.get(name, 0);
    if (limit !== undefined && inState > limit)
      broken('C2', `a run is started as the ${inState}th in ${name}`);
  }
}

/** Whether the tracker wants us to work on an issue. */
export function isWanted(issue: IssueFacts, { settings }: State): boolean {
  return isActive(issue, settings) && isRoutable(issue, settings);
}

function isSame(a: IssueFacts, b: IssueFacts): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

/** What an event says about an issue; of two reads in one answer, the one by id alone counts if it was asked for. */
export function wordsOn({ event, ledger }: Step, issueId: IssueId): IssueFacts[] {
  const said = (issues: readonly IssueFacts[]): IssueFacts[] => issues.filter(({ id }) => id === issueId);
  if (event.type === 'pollAnswered')
    return said(ledger.poll?.ids.has(issueId) === true ? event.refreshed : (event.candidates ?? []));
  if (event.type === 'issuesRefreshed' || event.type === 'issuesSeen') return said(event.issues);
  if (event.type === 'runExited' && event.outcome.kind === 'issueInactive' && event.outcome.issue !== null)
    return said([event.outcome.issue]);
  return [];
}
