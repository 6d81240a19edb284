import type { IssueId } from './issue.js';
import type { JsonValue } from './json.js';
import type { Attempt, RunId, RunOutcome, RunPhase } from './run.js';
import type { Usage } from './usage.js';

/** One thing that happened, as people read it; secrets are gone from it already. Times are wall milliseconds. */
export interface HistoryEvent {
  /** Grows within a daemon's life; one of another life is known as such. */
  readonly id: string;
  readonly atMs: number;
  readonly issueId: IssueId | null;
  readonly identifier: string | null;
  /** A stable name such as `run_started`, `agent_notification` or `hook_failed`. */
  readonly kind: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  /** One readable line. */
  readonly message: string;
  readonly fields: { readonly [name: string]: JsonValue };
}

/** One run attempt, also after its end. */
export interface AttemptRecord {
  readonly runId: RunId;
  readonly attempt: Attempt;
  readonly startedAtMs: number;
  /** Null while it lives. */
  readonly endedAtMs: number | null;
  readonly outcome: RunOutcome['kind'] | null;
  /** What the outcome says in words. */
  readonly detail: string | null;
  readonly phases: readonly { readonly phase: RunPhase; readonly atMs: number }[];
  readonly host: string | null;
  readonly workspacePath: string | null;
  readonly threadId: string | null;
  readonly sessionId: string | null;
  readonly turnCount: number;
  readonly usage: Usage;
}

/** What is remembered of an issue that was worked on; bounded, and kept after its claim is gone. */
export interface IssueHistory {
  readonly issueId: IssueId;
  readonly identifier: string;
  readonly title: string;
  readonly url: string | null;
  /** As last known. */
  readonly state: string;
  /** The oldest first. */
  readonly attempts: readonly AttemptRecord[];
  /** What all its attempts have used, over time; bounded by thinning out the oldest. */
  readonly tokens: readonly { readonly atMs: number; readonly totalTokens: number }[];
  readonly lastEventAtMs: number;
}

/** A stretch of events, the oldest first. */
export interface EventPage {
  readonly events: readonly HistoryEvent[];
  /** Events between what was asked for and the first of these are no longer known. */
  readonly hasGap: boolean;
  /** More are known than were asked for. */
  readonly hasMore: boolean;
}

/** What to show of the events. */
export interface EventQuery {
  /** Only of this issue; left out: of the whole daemon. */
  readonly identifier?: string;
  /** Only later ones than this id; left out: the latest. */
  readonly after?: string;
  readonly limit: number;
}

/** Where observers get what has happened; answered from memory. */
export interface HistorySource {
  events(query: EventQuery): EventPage;
  /** Null for an issue that has not been worked on, or so long ago that it is forgotten. */
  issue(identifier: string): IssueHistory | null;
  /** The most recently worked on first. */
  issues(): readonly IssueHistory[];
  /** Calls back with each event; must not throw. Returns the end of the subscription. */
  subscribe(listener: (event: HistoryEvent) => void): () => void;
}
