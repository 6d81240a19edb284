import type { ErrorCode } from '../domain/error.js';
import type { IssueFacts, IssueId } from '../domain/issue.js';
import type { DispatchOrder, IssueOrder } from '../domain/order.js';
import type { RequestBudget } from '../domain/request-budget.js';
import type { RunId, RunOutcome, RunPhase } from '../domain/run.js';
import type { Answer } from '../domain/session.js';
import type { HostLink } from '../domain/snapshot.js';
import type { Fact } from './facts.js';
import type { ReportDelta } from './report.js';
import type { CoreSettings } from './settings.js';

/** The form of events; raised when a stored event could no longer be read as what it was. */
export const EVENT_VERSION = 1;

/** Names a request effect; its answer carries it, so a late answer is known as late (C6). */
export type RequestId = number;

/** Something outside that failed, as an event tells it. */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly retryAfterMs: number | null;
}

/** A workspace found on disk at start; ids are null where no mark tells whose it is. */
export interface FoundWorkspace {
  readonly key: string;
  readonly path: string;
  readonly issueId: IssueId | null;
  readonly identifier: string | null;
}

/** What happened. Plain JSON: issue fields but no descriptions. */
export type EventBody =
  | { readonly type: 'started' }
  /** Before it starts: what the daemons before it kept in the journal, the oldest first. */
  | { readonly type: 'recovered'; readonly facts: readonly Fact[] }
  /** The engine's one timer fired. */
  | { readonly type: 'woke' }
  /** The wall clock moved against the monotonic one. */
  | { readonly type: 'clockJumped'; readonly byMs: number }
  | { readonly type: 'refreshRequested' }
  /** The tracker said that its content changed. */
  | { readonly type: 'trackerChanged' }
  /** The tracker named issues that changed; a hint, and possibly a false one. */
  | { readonly type: 'issuesChanged'; readonly issueIds: readonly IssueId[] }
  /** Waiting issues were read along with something else; those asked for and not shown are gone. */
  | {
      readonly type: 'issuesSeen';
      readonly askedAtMs: number;
      readonly ids: readonly IssueId[];
      readonly issues: readonly IssueFacts[];
    }
  | { readonly type: 'workflowReloaded'; readonly settings: CoreSettings }
  | { readonly type: 'workflowBroke'; readonly failure: Failure }
  | {
      readonly type: 'pollAnswered';
      readonly request: RequestId;
      /** Null when candidates were not asked for. */
      readonly candidates: readonly IssueFacts[] | null;
      readonly refreshed: readonly IssueFacts[];
      /** What the tracker says is left of its allowance; null when it counts nothing. */
      readonly budget: RequestBudget | null;
    }
  | { readonly type: 'pollFailed'; readonly request: RequestId; readonly failure: Failure }
  | { readonly type: 'issuesRefreshed'; readonly request: RequestId; readonly issues: readonly IssueFacts[] }
  | { readonly type: 'issuesRefreshFailed'; readonly request: RequestId; readonly failure: Failure }
  | {
      readonly type: 'workspacesSurveyed';
      readonly host: string;
      readonly workspaces: readonly FoundWorkspace[];
    }
  | { readonly type: 'surveyFailed'; readonly host: string; readonly failure: Failure }
  | { readonly type: 'hostAnswered'; readonly request: RequestId; readonly host: string }
  | {
      readonly type: 'hostFailed';
      readonly request: RequestId;
      readonly host: string;
      readonly failure: Failure;
    }
  /** Connections to a host came or went. */
  | { readonly type: 'linkChanged'; readonly host: string; readonly link: HostLink }
  | {
      readonly type: 'terminalIssuesListed';
      readonly issues: readonly Pick<IssueFacts, 'id' | 'identifier'>[];
    }
  | { readonly type: 'sweepFailed'; readonly failure: Failure }
  | {
      readonly type: 'workspaceRemoved';
      readonly request: RequestId;
      readonly issueId: IssueId;
      readonly host: string;
      readonly path: string | null;
      readonly failure: Failure | null;
    }
  | {
      readonly type: 'runAdvanced';
      readonly issueId: IssueId;
      readonly runId: RunId;
      readonly phase: RunPhase;
      /** Set once the workspace is prepared. */
      readonly workspace: { readonly path: string; readonly host: string } | null;
    }
  | {
      readonly type: 'runReported';
      readonly issueId: IssueId;
      readonly runId: RunId;
      readonly delta: ReportDelta;
    }
  | {
      readonly type: 'runExited';
      readonly issueId: IssueId;
      readonly runId: RunId;
      readonly outcome: RunOutcome;
    }
  /** A person answered what a blocked issue asks. */
  | {
      readonly type: 'questionAnswered';
      readonly issueId: IssueId;
      readonly answer: Answer;
      /** The text of the question that the person read; left out when nobody says. */
      readonly expected?: string;
    }
  /** A person's orders. */
  | { readonly type: 'issueOrdered'; readonly issueId: IssueId; readonly order: IssueOrder }
  | { readonly type: 'dispatchOrdered'; readonly order: DispatchOrder }
  | { readonly type: 'storeFailed'; readonly failure: Failure }
  | { readonly type: 'problemReported'; readonly code: string; readonly message: string }
  | { readonly type: 'shutdownRequested' };

/** An event with its two times (C8): `atMs` never decreases, also across restarts; `wallMs` may jump. */
export type Event = EventBody & {
  readonly v: typeof EVENT_VERSION;
  readonly atMs: number;
  readonly wallMs: number;
};

/** One kind of event. */
export type EventOf<T extends EventBody['type']> = Extract<Event, { type: T }>;
