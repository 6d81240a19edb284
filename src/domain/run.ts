import type { ErrorCode } from './error.js';
import type { IssueFacts } from './issue.js';
import type { Question } from './session.js';

/** Identity of one run attempt within a daemon's life; grows by one with each dispatch. */
export type RunId = number;

/** SPEC's attempt number: null on the first run of a claim, 1 on the first retry or continuation (SPEC 4.1.5). */
export type Attempt = number | null;

/**
 * Where a run attempt is (SPEC 7.2; launching the agent includes its handshake). The end of a run is a RunOutcome,
 * not a phase.
 */
export const RUN_PHASES = [
  'preparingWorkspace',
  'buildingPrompt',
  'launchingAgent',
  'streamingTurn',
  'finishing',
] as const;
export type RunPhase = (typeof RUN_PHASES)[number];

/** Why the orchestrator stopped a run (SPEC 8.5); `shutdown` ends the daemon, `operator` is a person's order. */
export const STOP_CAUSES = [
  'terminal',
  'inactive',
  'unroutable',
  'gone',
  'stalled',
  'shutdown',
  'operator',
] as const;
export type StopCause = (typeof STOP_CAUSES)[number];

/** Normalized reasons of a failed agent session or turn (SPEC 10.6, 5.5), a union so that policy never reads texts. */
export const AGENT_FAILURES = [
  'codex_not_found',
  'invalid_workspace_cwd',
  'response_timeout',
  'response_error',
  'port_exit',
  'turn_failed',
  'turn_cancelled',
  'turn_timeout',
  'agent_auth_failed',
  'agent_rate_limited',
  'agent_overloaded',
  'agent_bad_request',
  'agent_stream_lost',
  'context_window_exceeded',
  'template_parse_error',
  'template_render_error',
  'issue_refresh_failed',
  'internal_error',
] as const satisfies readonly ErrorCode[];
export type AgentFailure = (typeof AGENT_FAILURES)[number];

/** Which step of preparing a workspace failed. */
export type WorkspaceStep = 'prepare' | 'afterCreate' | 'beforeRun';

/** How a run attempt ended. What follows (continue, back off, park, block, release) is a reading of this union. */
export type RunOutcome =
  /** All turns of the session were used and the issue is still active: continue soon. */
  | { readonly kind: 'turnsExhausted'; readonly issue: IssueFacts }
  /** The check after a turn found the issue no longer active and routable; null when it is gone. */
  | { readonly kind: 'issueInactive'; readonly issue: IssueFacts | null }
  | { readonly kind: 'agentFailed'; readonly reason: AgentFailure; readonly detail: string }
  | { readonly kind: 'timedOut'; readonly detail: string }
  | { readonly kind: 'inputRequired'; readonly question: Question }
  /** The account's limit is used up; `untilWallMs` is its reset, null when the agent did not say. */
  | { readonly kind: 'usageLimited'; readonly untilWallMs: number | null; readonly detail: string }
  | { readonly kind: 'workspaceFailed'; readonly step: WorkspaceStep; readonly detail: string }
  /** `began`: something was done on the host already, so that going on elsewhere is a new attempt (Appendix A.2). */
  | {
      readonly kind: 'hostUnreachable';
      readonly host: string;
      readonly began: boolean;
      readonly detail: string;
    }
  /** The orchestrator ended it, for a stall among other causes. */
  | { readonly kind: 'stopped'; readonly by: StopCause };
