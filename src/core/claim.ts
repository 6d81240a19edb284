import type { IssueFacts, IssueId } from '../domain/issue.js';
import { normalizedState } from '../domain/issue.js';
import type { Attempt, RunId, RunPhase, StopCause } from '../domain/run.js';
import type { Question, ThreadRef } from '../domain/session.js';
import type { RunReport } from './report.js';
import type { CoreSettings } from './settings.js';
import type { Until } from './until.js';

/** Where an issue was worked on. */
export interface WorkspaceRef {
  /** As told by the run that prepared it or found on disk; until then null, and it is looked for by its key. */
  readonly path: string | null;
  readonly host: string;
}

interface Held {
  readonly issue: IssueFacts;
  /** Where its last run was; null before the first has got anywhere. */
  readonly workspace: WorkspaceRef | null;
}

interface Run extends Held {
  readonly runId: RunId;
  readonly host: string;
  readonly attempt: Attempt;
  /** The thread with which it was to go on. */
  readonly thread: ThreadRef | null;
  readonly phase: RunPhase;
  readonly startedAtMs: number;
  readonly startedWallMs: number;
  /** When the run last showed life: a phase or an agent report. */
  readonly lastEventAtMs: number;
  readonly report: RunReport;
}

/**
 * What becomes of the claim once a stopping run has exited. Only then is its workspace free to remove (C5). `goOn`: the next
 * daemon goes on with it.
 */
export const ON_EXITS = ['retry', 'release', 'releaseAndRemove', 'park', 'goOn'] as const;
export type OnExit = (typeof ON_EXITS)[number];

export type RunningClaim = Run & { readonly kind: 'running' };
export type StoppingClaim = Run & {
  readonly kind: 'stopping';
  readonly cause: StopCause;
  readonly onExit: OnExit;
  readonly silentMs: number;
};

export type RetryQueuedClaim = Held & {
  readonly kind: 'retryQueued';
  readonly attempt: number;
  readonly dueAtMs: number;
  readonly error: string | null;
  /** The thread with which the next run goes on; null for a new one. */
  readonly thread: ThreadRef | null;
  /** Due ones wait for their check and a slot, which raises neither attempt nor delay. */
  readonly stage: 'scheduled' | 'due';
};

/** The agent asked for a person. Holds no slot; released when the issue changes state. */
export type BlockedClaim = Held & {
  readonly kind: 'blocked';
  readonly attempt: Attempt;
  readonly question: Question;
  readonly report: RunReport;
  readonly blockedWallMs: number;
  /** The state seen by the first refresh after blocking; the agent itself may have moved the issue before it asked. */
  readonly baselineState: string | null;
};

/** Set aside because going on would be wrong; until a time, or until a person releases it. */
export type ParkedClaim = Held & {
  readonly kind: 'parked';
  readonly cause: 'usageLimit' | 'operator';
  /** The number of the attempt that follows; null for a first run. */
  readonly attempt: Attempt;
  readonly reason: string;
  readonly until: Until | null;
  readonly thread: ThreadRef | null;
};

/** What the orchestrator holds for an issue it will not dispatch twice (SPEC 7.1). */
export type Claim = RunningClaim | StoppingClaim | RetryQueuedClaim | BlockedClaim | ParkedClaim;

/** Slots are held by runs that are alive, including those being stopped: their agent still costs (C2). */
export function holdsSlot(claim: Claim): claim is RunningClaim | StoppingClaim {
  return claim.kind === 'running' || claim.kind === 'stopping';
}

/** Whether a claim is still what a question under way was asked about: of the same kind and, if live, the same run. */
export function isSameHold(before: Claim, after: Claim): boolean {
  if (holdsSlot(before) && holdsSlot(after))
    return before.kind === after.kind && before.runId === after.runId;
  return before.kind === after.kind;
}

/** The state whose limit a claim counts against (SPEC 8.3). */
export function slotState(claim: Claim): string {
  return normalizedState(claim.issue.state);
}

/** When a claim wants to be looked at again, null when never. The one author of claim deadlines (C7). */
export function claimDeadlineMs(claim: Claim, settings: CoreSettings): number | null {
  switch (claim.kind) {
    case 'running':
      return stallsAtMs(claim, settings);
    case 'retryQueued':
      return claim.stage === 'due' ? null : claim.dueAtMs;
    case 'parked':
      return claim.until?.atMs ?? null;
    case 'stopping':
    case 'blocked':
      return null;
  }
}

/**
 * A run has stalled when it has been silent for longer than the stall timeout (SPEC 8.5). While hooks run, their own
 * timeout comes first, so a slow but bounded hook is never taken for a silent agent.
 */
function stallsAtMs(claim: RunningClaim, settings: CoreSettings): number | null {
  if (settings.stallTimeoutMs <= 0) return null;
  const hooksMayRun = claim.phase === 'preparingWorkspace' || claim.phase === 'finishing';
  const allowedMs = settings.stallTimeoutMs + (hooksMayRun ? settings.hookTimeoutMs : 0);
  return claim.lastEventAtMs + allowedMs + 1;
}

/** A claim by the id of its issue. */
export function issueIdOf(claim: Claim): IssueId {
  return claim.issue.id;
}
