import type { JsonValue } from './json.js';
import type { RateLimits, Usage } from './usage.js';

export const QUESTION_KINDS = [
  'commandApproval',
  'fileChangeApproval',
  'permission',
  'userInput',
  'elicitation',
] as const;

/** What an agent wants a person to decide; texts are untrusted and already shortened and stripped of control bytes. */
export interface Question {
  readonly kind: (typeof QUESTION_KINDS)[number];
  /** One readable line. */
  readonly text: string;
  /** Choices offered, empty when any text is an answer. */
  readonly choices: readonly string[];
  /** By what the agent's adapter knows exactly this request again, opaque to everybody else; left out when it cannot. */
  readonly subject?: JsonValue;
}

/** What a person decided about a question. */
export type Answer =
  /** Yes to an approval; counts once, for exactly what was asked. */
  | { readonly kind: 'approve' }
  | { readonly kind: 'decline' }
  /** Words for the agent, or one of the choices. */
  | { readonly kind: 'text'; readonly text: string };

/** A question with its answer, as the next session of the issue is told. */
export interface AnsweredQuestion {
  readonly question: Question;
  readonly answer: Answer;
}

/** A thread that a later session may go on with, and what a person has decided meanwhile. */
export interface ThreadRef {
  /** Blank when there is nothing to go on with but an answer. */
  readonly threadId: string;
  readonly answered: AnsweredQuestion | null;
}

/** SPEC 10.4's event names, as shown in `last_event`. */
export const AGENT_EVENTS = [
  'session_started',
  'startup_failed',
  'turn_completed',
  'turn_failed',
  'turn_cancelled',
  'turn_ended_with_error',
  'turn_input_required',
  'approval_auto_approved',
  'tool_call_completed',
  'tool_call_failed',
  'unsupported_tool_call',
  'notification',
  'other_message',
  'malformed',
] as const;
export type AgentEventName = (typeof AGENT_EVENTS)[number];

/**
 * One thing an agent session did, as the adapter tells it (SPEC 10.4).
 *
 * `usage` is the session's absolute running total, never a delta, and without what a thread that it goes on with had
 * used before; `message` is one humanised line of at most 140
 * characters without control bytes. Reports are folded beside the core, never sent through it one by one.
 */
export interface AgentReport {
  readonly event: AgentEventName;
  readonly message: string | null;
  readonly threadId?: string;
  readonly turnId?: string;
  /** The agent's own process, as the host numbers it. */
  readonly processId?: number;
  readonly usage?: Usage;
  readonly rateLimits?: RateLimits;
  /** Extra fields for the log line; never secrets. */
  readonly fields?: { readonly [name: string]: JsonValue };
}

/** The session id shown to people (SPEC 4.2). */
export function sessionId(threadId: string, turnId: string): string {
  return `${threadId}-${turnId}`;
}
