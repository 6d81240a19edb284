import { type Claim, holdsSlot } from '../../../src/core/claim.js';
import type { Effect } from '../../../src/core/effects.js';
import type { EventOf } from '../../../src/core/events.js';
import { snapshot } from '../../../src/core/snapshot.js';
import { nextWakeAtMs } from '../../../src/core/wake.js';
import { LOCAL_HOST } from '../../../src/domain/settings.js';
import type { Step } from './effect-rules.js';
import { isThreadOf } from './scripted-run.js';
import { broken } from './violation.js';

/** No failure of a run that had begun is retried sooner. */
const LEAST_BACKOFF_MS = 10_000;

/** Whether what is done on hosts may be done there now; called before the effects are entered in the ledger. */
export function checkHostEffects(step: Step): void {
  const starting = new Map<string, number>();
  for (const effect of step.decision.effects) {
    if (effect.type === 'startRun') checkPlacement(effect, step, starting);
    else if (effect.type === 'tryHost') checkTry(effect, step);
    else if (effect.type === 'surveyWorkspaces') checkSurvey(effect, step);
    else if (effect.type === 'removeWorkspace') checkRemovalPlace(effect, step);
  }
  if (step.event.type === 'runExited') checkLostRun(step.event, step);
}

type Of<T extends Effect['type']> = Extract<Effect, { type: T }>;

function checkPlacement(
  { runId, host, thread, issue }: Of<'startRun'>,
  { decision: { state }, ledger: { hosts } }: Step,
  starting: Map<string, number>,
): void {
  const { settings } = state;
  if (!settings.hosts.includes(host))
    broken('host', `run ${runId} is started on ${host}, and work is to be on ${settings.hosts.join(', ')}`);
  if (hosts.down.has(host)) broken('host', `run ${runId} is started on ${host}, which does not answer`);
  if (hosts.mayHavePlaceUntold(issue.id))
    broken('around', `run ${runId} is started before all hosts have told what they have of ${issue.id}`);
  if (thread !== null && thread.threadId !== '' && !isThreadOf(thread.threadId, host))
    broken('thread', `run ${runId} on ${host} is to go on with ${thread.threadId}`);
  starting.set(host, (starting.get(host) ?? 0) + 1);
  const onHost = hosts.runsOn(host) + (starting.get(host) ?? 0);
  if (onHost > (settings.maxConcurrentAgentsPerHost ?? Number.POSITIVE_INFINITY))
    broken('C2', `run ${runId} is started as the ${onHost}th on ${host}`);
}

function checkTry({ host, request }: Of<'tryHost'>, { event, ledger }: Step): void {
  if (request <= ledger.highestRequest) broken('C4', `request ${request} is used twice`);
  const outage = ledger.hosts.down.get(host);
  if (outage === undefined) broken('try', `${host} is tried, and is not known to be down`);
  if (outage.probe !== null) broken('try', `${host} is tried twice at a time`);
  if (event.atMs < outage.dueAtMs) broken('try', `${host} is tried ${outage.dueAtMs - event.atMs} ms early`);
}

function checkSurvey({ host }: Of<'surveyWorkspaces'>, { decision, ledger }: Step): void {
  if (!decision.state.settings.hosts.includes(host)) broken('host', `${host} is surveyed, and is not ours`);
  if (ledger.hosts.down.has(host)) broken('host', `${host} is surveyed, which does not answer`);
}

function checkRemovalPlace({ issueId, host }: Of<'removeWorkspace'>, { ledger: { hosts } }: Step): void {
  if (hosts.down.has(host)) broken('host', `a workspace is removed on ${host}, which does not answer`);
  if (hosts.places.get(issueId)?.has(host) !== true)
    broken('host', `the workspace of ${issueId} is removed on ${host}, which has none`);
  for (const removal of hosts.removals.values())
    if (removal.issueId === issueId && removal.host === host)
      broken('C5', `the workspace of ${issueId} on ${host} is removed twice`);
}

/** Before anything began a host costs neither attempt nor time; afterwards its failure is like any other (A.2). */
function checkLostRun({ issueId, outcome }: EventOf<'runExited'>, { event, before, decision }: Step): void {
  const claim = before.claims.get(issueId);
  if (outcome.kind !== 'hostUnreachable' || claim?.kind !== 'running') return;
  const after = decision.state.claims.get(issueId);
  if (outcome.began) {
    const isFailure =
      after?.kind === 'retryQueued' &&
      after.attempt === (claim.attempt ?? 0) + 1 &&
      after.dueAtMs >= event.atMs + LEAST_BACKOFF_MS;
    if (!isFailure) broken('attempt', `${issueId} lost its host at work, and that is no failure`);
  } else if (claim.attempt === null ? after !== undefined : attemptOf(after) !== claim.attempt)
    broken('attempt', `${issueId} could not be begun on its host, and that counts`);
}

function attemptOf(claim: Claim | undefined): number | null {
  return claim?.kind === 'retryQueued' || claim?.kind === 'running' ? claim.attempt : null;
}

/** Looked at after the step was entered: what is known of hosts, how runs are counted there, and when they are tried. */
export function checkHosts(step: Step): void {
  const { state } = step.decision;
  const { hosts } = step.ledger;
  for (const [host, { down }] of state.hosts) {
    if ((down !== null) !== hosts.down.has(host))
      broken('host', `${host} is taken to be ${down === null ? 'well' : 'down'}, and is not`);
  }
  if (state.hosts.size !== hosts.names.size) broken('host', 'hosts are not those of the settings');
  const counted = new Set([...hosts.runs.values()].map(({ host }) => host));
  if (counted.size !== state.slots.byHost.size) broken('C2', 'runs are counted on hosts that have none');
  for (const host of counted)
    if (state.slots.byHost.get(host) !== hosts.runsOn(host)) broken('C2', `runs on ${host} are miscounted`);
  if (state.mode === 'running') checkTimeliness(step);
  checkPlaces(step);
}

/** What an issue may have left on some host is remembered until it is gone. */
function checkPlaces({ event, decision: { state, facts }, ledger: { hosts } }: Step): void {
  const touched = new Set(facts.flatMap((fact) => ('issueId' in fact ? [fact.issueId] : [])));
  if (event.type === 'workspaceRemoved') touched.add(event.issueId);
  for (const issueId of touched) {
    const claim = state.claims.get(issueId);
    const places = [claim?.workspace ?? state.kept.get(issueId)?.workspace ?? []].flat();
    const known = new Set([...places, ...(state.elsewhere.get(issueId) ?? [])].map(({ host }) => host));
    if (claim !== undefined && holdsSlot(claim)) known.add(claim.host);
    for (const host of hosts.places.get(issueId) ?? [])
      if (!known.has(host)) broken('kept', `what ${issueId} left on ${host} is forgotten`);
  }
}

function checkTimeliness({ event, decision: { state }, ledger: { hosts } }: Step): void {
  const wakeMs = nextWakeAtMs(state);
  for (const [host, { dueAtMs, probe }] of hosts.down) {
    if (probe !== null) continue;
    if (wakeMs > dueAtMs) broken('try', `the wake-up comes after ${host} is to be tried`);
    if (event.type === 'woke' && dueAtMs <= event.atMs) broken('try', `${host} is not tried in time`);
  }
}

/** What people see of hosts agrees with what is known; dearer, so not looked at after every event. */
export function checkHostRows({ event, decision: { state }, ledger: { hosts } }: Step): void {
  const rows = snapshot(state, event).hosts;
  const live = [...hosts.runs.values()].map(({ host }) => host);
  const shown = new Set([...state.settings.hosts, ...live].filter((host) => host !== LOCAL_HOST));
  if (rows.length !== shown.size) broken('snapshot', `${rows.length} rows for ${shown.size} hosts`);
  for (const { name, running, down, isDraining } of rows) {
    if (!shown.has(name) || running !== hosts.runsOn(name)) broken('snapshot', `${name} is miscounted`);
    if ((down !== null) !== hosts.down.has(name)) broken('snapshot', `${name} is shown in another state`);
    if (isDraining === hosts.names.has(name)) broken('snapshot', `${name} drains, or seems to`);
    if (down !== null && down.nextTryAtMs < event.wallMs) broken('snapshot', `${name} is tried in the past`);
  }
}
