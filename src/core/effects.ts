import type { IssueFacts, IssueId } from '../domain/issue.js';
import type { Attempt, RunId, StopCause } from '../domain/run.js';
import type { ThreadRef } from '../domain/session.js';
import type { RequestId } from './events.js';

/** What to do. Each request is answered by exactly one event within its bound; the engine sees to it (C4). */
export type Effect =
  /** Answered by `pollAnswered` or `pollFailed`. `states` null: candidates are not asked for. */
  | {
      readonly type: 'poll';
      readonly request: RequestId;
      readonly states: readonly string[] | null;
      readonly ids: readonly IssueId[];
    }
  /** Answered by `issuesRefreshed` or `issuesRefreshFailed`. */
  | { readonly type: 'refreshIssues'; readonly request: RequestId; readonly ids: readonly IssueId[] }
  /** Answered by `workspacesSurveyed` or `surveyFailed`. */
  | { readonly type: 'surveyWorkspaces'; readonly host: string }
  /** Answered by `hostAnswered` or `hostFailed`. */
  | { readonly type: 'tryHost'; readonly request: RequestId; readonly host: string }
  /** Answered by `terminalIssuesListed` or `sweepFailed`. */
  | { readonly type: 'listTerminalIssues'; readonly states: readonly string[] }
  /** Answered by `runExited`, after any number of `runAdvanced` and `runReported`. */
  | {
      readonly type: 'startRun';
      readonly issue: IssueFacts;
      readonly runId: RunId;
      readonly host: string;
      readonly attempt: Attempt;
      /** The thread to go on with. */
      readonly thread: ThreadRef | null;
    }
  /** Hastens the `runExited` of a run, which the engine bounds. */
  | { readonly type: 'stopRun'; readonly issueId: IssueId; readonly runId: RunId; readonly cause: StopCause }
  /** Answered by `workspaceRemoved`. Without a recorded path the workspace is looked for by its key. */
  | {
      readonly type: 'removeWorkspace';
      readonly request: RequestId;
      readonly issueId: IssueId;
      readonly identifier: string;
      readonly host: string;
      readonly path: string | null;
    };
