import type { Issue, IssueId } from '../domain/issue.js';
import type { JsonValue } from '../domain/json.js';
import type { RequestBudget } from '../domain/request-budget.js';
import type { WebhookDelivery } from '../domain/webhook.js';

/**
 * The tracker boundary: two reads (SPEC 11.1) and the agent's provider-native tools (SPEC 10.5).
 *
 * Reads fail as a whole with a SymphonyError of SPEC 11.4's categories; an error is never absence. Each honours its
 * signal by rejecting.
 */
export interface Tracker {
  readonly kind: string;
  /** Names what it reads where its ids mean something only there, such as the folder of a board; left out where they are unique. */
  readonly scope?: string;
  /** Issues of the scope in these states, dispatchable or not; malformed records are left out and reported. Empty list: no request. */
  issuesByStates(states: readonly string[], signal: AbortSignal): Promise<readonly Issue[]>;
  /**
   * Snapshots of these ids; those no longer visible are left out, a malformed one fails the call. What people call an issue,
   * its identifier, finds it as well, also in another scope where the provider knows it. Empty list: no request.
   */
  issuesByIds(ids: readonly IssueId[], signal: AbortSignal): Promise<readonly Issue[]>;
  /** Both reads in one request, equal to them; left out where the provider has no such request. */
  poll?(query: PollQuery, signal: AbortSignal): Promise<PollAnswer>;
  /** Calls back soon after the tracker's content changed; left out where the provider only answers. Returns the end of the watch. */
  watch?(onChange: () => void): () => void;
  /** What is left of the provider's allowance as of its last answer, null while unknown; left out where nothing is counted. */
  budget?(): RequestBudget | null;
  /** Reads what the provider pushes; left out where the configuration does not ask for it. */
  readonly webhook?: TrackerWebhook;
  readonly tools: TrackerTools;
  /** Ends watches and connections. */
  close(): Promise<void>;
}

export interface PollQuery {
  readonly states: readonly string[];
  readonly ids: readonly IssueId[];
}

export interface PollAnswer {
  readonly byStates: readonly Issue[];
  readonly byIds: readonly Issue[];
}

/** The receiving end of a provider's deliveries; polling stays the truth. */
export interface TrackerWebhook {
  /**
   * The issues a delivery is about; none when it is not about issues or came before.
   * @throws SymphonyError `webhook_refused` when it is not proven to come from the provider
   */
  read(delivery: WebhookDelivery): Promise<readonly IssueId[]>;
}

/** A tool as advertised to an agent session. */
export interface ToolSpec {
  /** Matches `^[a-zA-Z0-9_-]+$`. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema of the arguments. */
  readonly inputSchema: { readonly [key: string]: JsonValue };
}

/** What a tool call came to; failures are told to the agent, they never end its session. */
export interface ToolResult {
  readonly success: boolean;
  readonly output: JsonValue;
}

/** Who calls a tool. */
export interface ToolContext {
  /** The session's own issue. */
  readonly issue: Issue;
  /** Names the session within the daemon's life; quotas are counted by it. */
  readonly session: string;
}

/** The tracker's agent tools, executed in the daemon with its credential (SPEC 10.5). */
export interface TrackerTools {
  readonly specs: readonly ToolSpec[];
  /** Environment names that no child may inherit. */
  readonly secretEnvironmentNames: readonly string[];
  /** Never rejects for anything the agent did. */
  execute(name: string, args: JsonValue, context: ToolContext, signal: AbortSignal): Promise<ToolResult>;
}

/** Where adapters report what they had to leave out or repair; becomes a log line and a snapshot problem. */
export type ReportProblem = (problem: { readonly code: string; readonly message: string }) => void;
