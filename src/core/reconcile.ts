import { type IssueFacts, type IssueId, normalizedState } from '../domain/issue.js';
import { isActive, isRoutable, isTerminal } from '../domain/routing.js';
import type { StopCause } from '../domain/run.js';
import type { BlockedClaim, OnExit, RunningClaim, StoppingClaim } from './claim.js';
import type { Draft } from './draft.js';
import { removeWorkspaces } from './removal.js';
import { failureDelayMs, nextAttempt } from './retry.js';
import type { CoreSettings } from './settings.js';

/** What the tracker's word means for a claim (SPEC 8.5); terminal wins over unroutable, unroutable over inactive. */
type Verdict = 'active' | Extract<StopCause, 'terminal' | 'unroutable' | 'inactive' | 'gone'>;

/** Reads a refreshed issue; undefined means that the tracker no longer shows it. */
export function verdictOn(issue: IssueFacts | undefined, settings: CoreSettings): Verdict {
  if (issue === undefined) return 'gone';
  if (isTerminal(issue, settings)) return 'terminal';
  if (!isRoutable(issue, settings)) return 'unroutable';
  return isActive(issue, settings) ? 'active' : 'inactive';
}

/** Compares one claim with what the tracker says, and stops or releases what should not go on. */
export function reconcile(draft: Draft, issueId: IssueId, issue: IssueFacts | undefined): void {
  const verdict = verdictOn(issue, draft.state.settings);
  if (verdict === 'active' && issue !== undefined) goOn(draft, issueId, issue);
  else letGo(draft, issueId, verdict === 'active' ? 'gone' : verdict, issue);
}

function goOn(draft: Draft, issueId: IssueId, issue: IssueFacts): void {
  const claim = draft.claim(issueId);
  if (claim === undefined) return;
  if (claim.kind === 'blocked') reconcileBlocked(draft, claim, issue);
  // Reopened before its run had ended: what it has done so far must not be lost.
  else if (claim.kind === 'stopping' && claim.onExit === 'releaseAndRemove')
    draft.setClaim({ ...claim, issue, onExit: claim.cause === 'operator' ? 'park' : 'release' });
  else if (!sameFacts(claim.issue, issue)) draft.setClaim({ ...claim, issue });
}

/** Most polls bring no news; those leave no trace in the journal. */
function sameFacts(known: IssueFacts, read: IssueFacts): boolean {
  return known === read || JSON.stringify(known) === JSON.stringify(read);
}

/** A blocked issue that someone moved is free again. */
function reconcileBlocked(draft: Draft, claim: BlockedClaim, issue: IssueFacts): void {
  const state = normalizedState(issue.state);
  if (claim.baselineState !== null && claim.baselineState !== state) draft.release(issue.id);
  else if (claim.baselineState === null || !sameFacts(claim.issue, issue))
    draft.setClaim({ ...claim, issue, baselineState: state });
}

function letGo(draft: Draft, issueId: IssueId, cause: StopCause, issue: IssueFacts | undefined): void {
  const claim = draft.claim(issueId);
  if (claim === undefined) return;
  const onExit: OnExit = cause === 'terminal' ? 'releaseAndRemove' : 'release';
  if (claim.kind === 'running') stopRun(draft, { ...claim, issue: issue ?? claim.issue }, cause, onExit);
  else if (claim.kind === 'stopping') draft.setClaim({ ...claim, issue: issue ?? claim.issue, onExit });
  else if (onExit === 'releaseAndRemove') releaseAndRemove(draft, issueId);
  else draft.release(issueId);
}

/** Orders a live run to end; its slot and workspace stay taken until it has (C2, C5). */
export function stopRun(
  draft: Draft,
  claim: RunningClaim,
  cause: StopCause,
  onExit: OnExit,
  silentMs = 0,
): void {
  const stopping: StoppingClaim = { ...claim, kind: 'stopping', cause, onExit, silentMs };
  draft.setClaim(stopping);
  draft.perform({ type: 'stopRun', issueId: claim.issue.id, runId: claim.runId, cause });
}

/** Drops the claim of a finished issue and has its workspaces removed (SPEC 8.5). */
export function releaseAndRemove(draft: Draft, issueId: IssueId): void {
  const claim = draft.claim(issueId);
  if (claim === undefined) return;
  draft.release(issueId);
  removeWorkspaces(draft, issueId, claim.issue.identifier);
}

/** An issue without a claim whose workspace is still there: removed once the issue is terminal. */
export function reconcileKept(draft: Draft, issueId: IssueId, issue: IssueFacts | undefined): void {
  const kept = draft.state.kept.get(issueId);
  if (kept === undefined) return;
  if (!kept.isKnown) draft.set({ kept: draft.state.kept.set(issueId, { ...kept, isKnown: true }) });
  if (verdictOn(issue, draft.state.settings) === 'terminal')
    removeWorkspaces(draft, issueId, kept.identifier);
}

/** The check before a retry failed: the retry waits again, one attempt later (SPEC 16.6). */
export function failRetryCheck(draft: Draft, issueId: IssueId, error: string): void {
  const claim = draft.claim(issueId);
  if (claim?.kind !== 'retryQueued') return;
  const attempt = nextAttempt(claim.attempt);
  const dueAtMs = draft.atMs + failureDelayMs(attempt, draft.state.settings.maxRetryBackoffMs);
  draft.setClaim({ ...claim, attempt, dueAtMs, error, stage: 'scheduled' });
}
