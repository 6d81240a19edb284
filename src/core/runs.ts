import type { IssueFacts, IssueId } from '../domain/issue.js';
import type { AgentFailure, RunOutcome } from '../domain/run.js';
import { NO_USAGE, type Usage } from '../domain/usage.js';
import { limitAccount, type UsageLimited } from './account-limit.js';
import type { RunningClaim, StoppingClaim, WorkspaceRef } from './claim.js';
import { fillSlots } from './dispatch.js';
import type { Draft } from './draft.js';
import type { EventOf } from './events.js';
import { markDown, noteHostWorks } from './host-down.js';
import { makeDue } from './make-due.js';
import { moveTo } from './places.js';
import { askForSkippedCandidates, requestPollForChange } from './poll.js';
import { admit } from './queue.js';
import { releaseAndRemove, verdictOn } from './reconcile.js';
import type { RunReport } from './report.js';
import { CONTINUATION_DELAY_MS, failureDelayMs, nextAttempt } from './retry.js';
import { setAside } from './set-aside.js';
import { threadAfter, threadOn } from './threads.js';

type LiveClaim = RunningClaim | StoppingClaim;

/** Why an issue waits for the next daemon. */
const STOPPED_WITH_DAEMON = 'Symphony was stopped while it was worked on';

/** The claim a run event is about, null when the claim has changed since (C6). */
function liveClaim(
  draft: Draft,
  event: { readonly issueId: string; readonly runId: number },
): LiveClaim | null {
  const claim = draft.claim(event.issueId);
  if (claim?.kind !== 'running' && claim?.kind !== 'stopping') return null;
  return claim.runId === event.runId ? claim : null;
}

/** A run entered a phase. */
export function runAdvanced(draft: Draft, event: EventOf<'runAdvanced'>): void {
  const claim = liveClaim(draft, event);
  if (claim === null) return;
  const { phase, workspace } = event;
  const settled = workspace === null ? claim : settledIn(draft, claim, workspace);
  draft.setClaim({ ...settled, phase, lastEventAtMs: draft.atMs });
}

/** The issue is worked on there now, and nothing that was left elsewhere is of use to it. */
export function settledIn<T extends LiveClaim>(draft: Draft, claim: T, there: WorkspaceRef): T {
  const { issue, workspace: before, thread } = claim;
  const workspace = moveTo(draft, issue.id, before, there);
  return { ...claim, workspace, thread: threadOn(workspace.host, before, thread) };
}

/** A run's folded telemetry. */
export function runReported(draft: Draft, event: EventOf<'runReported'>): void {
  const claim = liveClaim(draft, event);
  if (claim === null) return;
  const { report, usage, rateLimits, lastEventAtMs } = event.delta;
  const reported = { ...claim, report, lastEventAtMs: Math.max(claim.lastEventAtMs, lastEventAtMs) };
  const { totals } = draft.state;
  draft.set({ rateLimits: rateLimits ?? draft.state.rateLimits });
  const isSame = isSameTurn(claim.report, report);
  if (isSame) draft.updateRun(reported);
  // What a later daemon is to go on with.
  else draft.setClaim(reported);
  if (!isSame || usage !== NO_USAGE) {
    draft.setTotals({ ...totals, usage: addUsage(totals.usage, usage) }, { keep: !isSame });
  }
}

function isSameTurn(before: RunReport, after: RunReport): boolean {
  return before.threadId === after.threadId && before.turnId === after.turnId;
}

function addUsage(a: Usage, b: Usage): Usage {
  if (b === NO_USAGE) return a;
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    totalTokens: a.totalTokens + b.totalTokens,
  };
}

/** A run ended: what follows is a reading of its outcome, and its slot is filled at once. */
export function runExited(draft: Draft, event: EventOf<'runExited'>): void {
  const live = liveClaim(draft, event);
  if (live === null) return;
  const { totals } = draft.state;
  const endedRunMs = totals.endedRunMs + (draft.atMs - live.startedAtMs);
  draft.setTotals({ usage: totals.usage, endedRunMs }, { keep: true });
  judgeHost(draft, live, event.outcome);
  const claim = whereItWas(draft, live, event.outcome);
  if (claim.kind === 'stopping') afterStop(draft, claim, event.outcome);
  else afterRun(draft, claim, event.outcome);
  fillSlots(draft);
  askForSkippedCandidates(draft);
  readWhereBlocked(draft, claim.issue.id);
}

/** What a run's end says about its host. */
function judgeHost(draft: Draft, { host, phase }: LiveClaim, outcome: RunOutcome): void {
  if (outcome.kind === 'hostUnreachable') markDown(draft, host, outcome.detail);
  // A run that was stopped may have been silent because its host was.
  else if (outcome.kind !== 'stopped' && phase !== 'preparingWorkspace') noteHostWorks(draft, host);
}

/** A run that ended before it could tell may have left something on its host, which is to be removed one day. */
function whereItWas<T extends LiveClaim>(draft: Draft, claim: T, outcome: RunOutcome): T {
  const neverBegan = outcome.kind === 'hostUnreachable' && !outcome.began;
  if (neverBegan || claim.workspace?.host === claim.host) return claim;
  const settled = settledIn(draft, claim, { host: claim.host, path: null });
  draft.setClaim(settled);
  return settled;
}

function afterStop(draft: Draft, claim: StoppingClaim, outcome: RunOutcome): void {
  const { issue } = claim;
  // The run's own last look at the tracker can be newer than the reason it was stopped for.
  if (outcome.kind === 'issueInactive' && claim.onExit !== 'releaseAndRemove')
    leave(draft, claim, outcome.issue);
  else if (claim.onExit === 'releaseAndRemove') releaseAndRemove(draft, issue.id);
  else if (claim.onExit === 'release') draft.release(issue.id);
  else if (claim.onExit === 'park') setAsideStopped(draft, claim, outcome);
  // Silent because it had asked, or had nothing left to use: going on at once would only meet the same again.
  else if (outcome.kind === 'inputRequired') block(draft, claim, outcome);
  else if (outcome.kind === 'usageLimited') park(draft, claim, outcome);
  else if (claim.onExit === 'goOn') goOnLater(draft, claim);
  else backOff(draft, claim, `stalled for ${claim.silentMs}ms without codex activity`, 'stalled');
}

function afterRun(draft: Draft, claim: RunningClaim, outcome: RunOutcome): void {
  switch (outcome.kind) {
    case 'turnsExhausted':
      continueSoon(draft, claim, outcome.issue);
      break;
    case 'issueInactive':
      leave(draft, claim, outcome.issue);
      break;
    case 'inputRequired':
      block(draft, claim, outcome);
      break;
    case 'usageLimited':
      park(draft, claim, outcome);
      break;
    case 'agentFailed':
      backOff(draft, claim, `${outcome.reason}: ${outcome.detail}`, outcome.reason);
      break;
    case 'timedOut':
      backOff(draft, claim, outcome.detail, 'turn_timeout');
      break;
    case 'workspaceFailed':
      backOff(draft, claim, outcome.detail, 'workspace_failed');
      break;
    case 'hostUnreachable':
      leaveHost(draft, claim, outcome);
      break;
    case 'stopped':
      backOff(draft, claim, `stopped (${outcome.by})`, 'stopped');
      break;
  }
}

/** A host that failed before anything was done there costs neither attempt nor time: another one may take the issue at once. */
function leaveHost(draft: Draft, claim: RunningClaim, { began, detail }: HostUnreachable): void {
  const error = `host ${claim.host} unreachable: ${detail}`;
  if (began) backOff(draft, claim, error, 'host_unreachable');
  else if (claim.attempt === null) {
    draft.release(claim.issue.id);
    admit(draft, claim.issue.id, claim.issue);
  } else makeDue(draft, claim, { attempt: claim.attempt, error, thread: claim.thread });
}

type HostUnreachable = Extract<RunOutcome, { kind: 'hostUnreachable' }>;

/** Turns are used up and the issue is still active: a new session soon (SPEC 7.1). */
function continueSoon(draft: Draft, claim: RunningClaim, issue: IssueFacts): void {
  draft.setClaim({
    kind: 'retryQueued',
    issue,
    workspace: claim.workspace,
    attempt: 1,
    dueAtMs: draft.atMs + CONTINUATION_DELAY_MS,
    error: null,
    // The turns of a session are bounded so that the next one begins afresh, with the whole task (SPEC 7.1).
    thread: null,
    stage: 'scheduled',
  });
}

/** The run itself found its issue finished, moved or gone; no further request is needed to know. */
function leave(draft: Draft, claim: LiveClaim, issue: IssueFacts | null): void {
  if (verdictOn(issue ?? undefined, draft.state.settings) === 'terminal')
    releaseAndRemove(draft, claim.issue.id);
  else draft.release(claim.issue.id);
}

/** Failures that no moment mends; they wait as long as a failure ever does. */
const NEEDS_MEND: ReadonlySet<string> = new Set<AgentFailure>(['agent_bad_request', 'agent_auth_failed']);

function backOff(draft: Draft, claim: LiveClaim, error: string, code: string): void {
  const attempt = nextAttempt(claim.attempt);
  const { maxRetryBackoffMs } = draft.state.settings;
  const delayMs = NEEDS_MEND.has(code) ? maxRetryBackoffMs : failureDelayMs(attempt, maxRetryBackoffMs);
  draft.setClaim({
    kind: 'retryQueued',
    issue: claim.issue,
    workspace: claim.workspace,
    attempt,
    dueAtMs: draft.atMs + delayMs,
    error,
    thread: threadAfter(claim, code),
    stage: 'scheduled',
  });
  draft.problem(code, error, claim.issue.identifier);
}

function block(
  draft: Draft,
  claim: LiveClaim,
  { question }: Extract<RunOutcome, { kind: 'inputRequired' }>,
): void {
  draft.setClaim({
    kind: 'blocked',
    issue: claim.issue,
    workspace: claim.workspace,
    attempt: claim.attempt,
    question,
    report: claim.report,
    blockedWallMs: draft.wallMs,
    baselineState: null,
  });
  draft.problem('turn_input_required', question.text, claim.issue.identifier);
  mayHaveFreedOthers(draft);
}

/**
 * The agent may have moved its issue before it asked. Until that has been read, a move by a person cannot be told from
 * one by the agent, so it is not left to the next regular poll.
 */
function readWhereBlocked(draft: Draft, issueId: IssueId): void {
  const { mode, hold, poll } = draft.state;
  if (draft.claim(issueId)?.kind !== 'blocked' || mode !== 'running' || hold?.kind === 'draining') return;
  const isBeingRead = poll.flight?.ids.includes(issueId) === true && !poll.flight.touched.has(issueId);
  if (!isBeingRead) requestPollForChange(draft);
}

/**
 * A usage limit belongs to the account: the issue is set aside until the reset, and nothing else starts before it. A
 * reset that is unknown, past or always a moment away must not become a hot loop, so each further limit waits at least
 * as long as a failure would.
 */
function park(draft: Draft, claim: LiveClaim, outcome: UsageLimited): void {
  const { until, reason } = limitAccount(draft, claim, outcome);
  draft.setClaim({
    kind: 'parked',
    cause: 'usageLimit',
    issue: claim.issue,
    workspace: claim.workspace,
    attempt: nextAttempt(claim.attempt),
    reason,
    until,
    thread: threadAfter(claim, 'usage_limited'),
  });
  draft.problem('usage_limited', reason, claim.issue.identifier);
}

/** The daemon ends, and the next one goes on at once: the run has not failed, so that its number does not grow. */
function goOnLater(draft: Draft, claim: StoppingClaim): void {
  draft.setClaim({
    kind: 'retryQueued',
    issue: claim.issue,
    workspace: claim.workspace,
    attempt: claim.attempt ?? 1,
    dueAtMs: draft.atMs,
    error: STOPPED_WITH_DAEMON,
    thread: threadAfter(claim, 'stopped'),
    stage: 'scheduled',
  });
}

/** A run that a person stopped has ended: nothing goes on with its issue until a person says so. */
function setAsideStopped(draft: Draft, claim: StoppingClaim, outcome: RunOutcome): void {
  if (outcome.kind === 'usageLimited') limitAccount(draft, claim, outcome);
  draft.setClaim(setAside(claim, nextAttempt(claim.attempt), threadAfter(claim, 'stopped')));
  mayHaveFreedOthers(draft);
}

/** What a run did before it ended may have set other issues free, which the last list does not show. */
function mayHaveFreedOthers(draft: Draft): void {
  const { queue } = draft.state;
  if (queue.candidates === 'listed') draft.set({ queue: { ...queue, candidates: 'skipped' } });
}
