import type { RunPhase, StopCause } from '../domain/run.js';
import type { AgentEventName, Question } from '../domain/session.js';

/** The words of one kind, each once; the compiler sees that none is missing. */
type Words<T extends string> = Readonly<Record<T, true>>;

const PHASES: Words<RunPhase> = {
  preparingWorkspace: true,
  buildingPrompt: true,
  launchingAgent: true,
  streamingTurn: true,
  finishing: true,
};

const STOP_CAUSES: Words<StopCause> = {
  terminal: true,
  inactive: true,
  unroutable: true,
  gone: true,
  stalled: true,
  shutdown: true,
  operator: true,
};

const AGENT_EVENTS: Words<AgentEventName> = {
  session_started: true,
  startup_failed: true,
  turn_completed: true,
  turn_failed: true,
  turn_cancelled: true,
  turn_ended_with_error: true,
  turn_input_required: true,
  approval_auto_approved: true,
  tool_call_completed: true,
  tool_call_failed: true,
  unsupported_tool_call: true,
  notification: true,
  other_message: true,
  malformed: true,
};

const QUESTION_KINDS: Words<Question['kind']> = {
  commandApproval: true,
  fileChangeApproval: true,
  permission: true,
  userInput: true,
  elicitation: true,
};

// A daemon of a later version may have words that this one does not know; each becomes the least that it can mean.

/** Where a run attempt is. */
export function phaseOf(word: string): RunPhase {
  return isOneOf(PHASES, word) ? word : 'streamingTurn';
}

/** Why a run is being stopped. */
export function stopCauseOf(word: string): StopCause {
  return isOneOf(STOP_CAUSES, word) ? word : 'operator';
}

/** What an agent last did. */
export function agentEventOf(word: string): AgentEventName {
  return isOneOf(AGENT_EVENTS, word) ? word : 'other_message';
}

/** What kind of decision an agent asks for. */
export function questionKindOf(word: string): Question['kind'] {
  return isOneOf(QUESTION_KINDS, word) ? word : 'userInput';
}

function isOneOf<T extends string>(words: Words<T>, word: string): word is T {
  return Object.hasOwn(words, word);
}
