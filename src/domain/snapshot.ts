import type { IssueId } from './issue.js';
import type { DispatchOrder, Hold, IssueOrder, OrderOutcome } from './order.js';
import type { RequestBudget } from './request-budget.js';
import type { Attempt, RunPhase, StopCause } from './run.js';
import type { AgentEventName, Answer, Question } from './session.js';
import type { RateLimits, Usage } from './usage.js';

/** All that observers may know: a plain value, cheap to keep, never needed for correctness (SPEC 13.3). Times are wall milliseconds. */
export interface Snapshot {
  readonly generatedAtMs: number;
  readonly startedAtMs: number;
  readonly mode: 'running' | 'stopping';
  /** Set while a person lets nothing new begin. */
  readonly hold: Hold | null;
  readonly maxConcurrentAgents: number;
  readonly trackerKind: string;
  readonly running: readonly RunningRow[];
  readonly retrying: readonly RetryingRow[];
  readonly blocked: readonly BlockedRow[];
  readonly parked: readonly ParkedRow[];
  /** SSH workers; empty when work runs on the daemon's own machine. */
  readonly hosts: readonly HostRow[];
  /** Issues of the last poll that may start and that no one works on. */
  readonly waiting: NamedIssues;
  /** Issues of the last poll in active states that a rule keeps out. */
  readonly ineligible: NamedIssues;
  readonly totals: Usage & { readonly secondsRunning: number };
  readonly throughput: Throughput;
  readonly rateLimits: RateLimits | null;
  readonly polling: PollingStatus;
  /** Set while the workflow file on disk is invalid: nothing new is dispatched (SPEC 6.3). */
  readonly workflowProblem: Problem | null;
  /** Set while a limit of the agent's account holds all dispatch. */
  readonly accountLimit: { readonly untilMs: number; readonly reason: string } | null;
  /** The newest last, at most twenty. */
  readonly problems: readonly Problem[];
}

/** Issues of which a snapshot holds no more than their names. */
export interface NamedIssues {
  readonly count: number;
  /** Of the first of them, in dispatch order. */
  readonly identifiers: readonly string[];
}

/** The connections to a host. */
export interface HostLink {
  readonly connections: number;
  /** Commands under way over them. */
  readonly sessions: number;
}

/** A machine that runs agents. */
export interface HostRow {
  /** As configured. */
  readonly name: string;
  readonly running: number;
  /** Null for no limit of its own. */
  readonly capacity: number | null;
  /** Null while nothing has been asked of it. */
  readonly link: HostLink | null;
  /** Set while it is not used because it did not answer. */
  readonly down: { readonly reason: string; readonly sinceMs: number; readonly nextTryAtMs: number } | null;
  /** It left the settings, and what runs there goes on to its end. */
  readonly isDraining: boolean;
}

/** Tokens over time, of all runs together. */
export interface Throughput {
  /** Over the last five seconds. */
  readonly tokensPerSecond: number;
  /** Tokens per second in each of the latest stretches of `sampleMs`, the oldest first; the last one is not over yet. */
  readonly samples: readonly number[];
  readonly sampleMs: number;
}

export interface PollingStatus {
  readonly checking: boolean;
  /** In force; longer than configured while the tracker's allowance runs low. */
  readonly intervalMs: number;
  readonly configuredIntervalMs: number;
  /** Set while the tracker is asked nothing because it throttled us. */
  readonly pausedUntilMs: number | null;
  /** What is left of the tracker's allowance; null while unknown, or where nothing is counted. */
  readonly budget: RequestBudget | null;
  readonly nextPollAtMs: number | null;
  readonly lastSuccessAtMs: number | null;
  /** The failure of the last poll, null once a poll succeeded. */
  readonly failure: Problem | null;
}

/** Something an operator should see, with its time. */
export interface Problem {
  readonly atMs: number;
  readonly code: string;
  readonly message: string;
  readonly identifier: string | null;
}

interface IssueRow {
  readonly issueId: IssueId;
  readonly identifier: string;
  readonly title: string;
  readonly url: string | null;
  readonly state: string;
  readonly workspacePath: string | null;
  readonly host: string | null;
}

/** What a session last did, folded from its reports. */
export interface SessionStatus {
  readonly sessionId: string | null;
  readonly threadId: string | null;
  readonly processId: number | null;
  readonly turnCount: number;
  readonly lastEvent: AgentEventName | null;
  readonly lastMessage: string | null;
  readonly lastEventAtMs: number | null;
  readonly usage: Usage;
}

export interface RunningRow extends IssueRow, SessionStatus {
  readonly attempt: Attempt;
  readonly phase: RunPhase;
  /** Set while the run is being stopped. */
  readonly stopping: StopCause | null;
  readonly startedAtMs: number;
  readonly retries: number;
}

export interface RetryingRow extends IssueRow {
  readonly attempt: number;
  readonly dueAtMs: number;
  readonly error: string | null;
}

export interface BlockedRow extends IssueRow, SessionStatus {
  readonly question: Question;
  readonly error: string;
  readonly blockedAtMs: number;
}

export interface ParkedRow extends IssueRow {
  /** Who set it aside: a limit of the agent's account, or a person. */
  readonly cause: 'usageLimit' | 'operator';
  readonly reason: string;
  readonly untilMs: number | null;
  readonly attempt: Attempt;
}

/** Where observers get snapshots. */
export interface SnapshotSource {
  /** The latest snapshot; constant time, whatever hook, tracker or host is stuck. */
  current(): Snapshot;
  /** Calls back after a change, at most ten times a second; returns the end of the subscription. */
  subscribe(listener: (snapshot: Snapshot) => void): () => void;
}

/** What observers may order; each call becomes an event of the core. */
export interface Commands {
  /** Asks for a poll now (SPEC 13.7.2); `coalesced` when one is already under way or due. */
  refresh(): { readonly queued: boolean; readonly coalesced: boolean };
  /** Answers what a blocked issue asks, as long as that is `expected`: the text of the question that a person read. */
  answer(identifier: string, answer: Answer, expected?: string): AnswerOutcome;
  /** Stops, retries or releases an issue. */
  order(identifier: string, order: IssueOrder): OrderOutcome;
  /** Pauses, resumes or drains dispatch. */
  orderDispatch(order: DispatchOrder): OrderOutcome;
  /** Resolves once all that was ordered until now is in the journal; with false where that takes longer than a second. */
  committed(): Promise<boolean>;
}

/**
 * What became of an answer: the issue goes on (`message` says when), asks nothing, asks something else than was answered,
 * asks what this is no answer to, or is not known.
 */
export type AnswerOutcome =
  | { readonly kind: 'queued'; readonly message: string }
  | { readonly kind: 'notBlocked' | 'changed' | 'unfit'; readonly message: string }
  | { readonly kind: 'unknown' };
