import type { JsonObject } from '../../domain/json.js';
import type { AgentEventName } from '../../domain/session.js';
import type { TurnResult } from '../../ports/agent.js';
import { turnQuestion } from './approvals.js';
import { plainText } from './plain-text.js';
import { TurnCompleted, type TurnError } from './protocol.js';

const DETAIL_LENGTH = 500;

/** The words for an account whose allowance is used up, without case and punctuation. */
const USAGE_LIMITS = new Set([
  'usagelimitexceeded',
  'usagelimitreached',
  'insufficientquota',
  'usagenotincluded',
]);

/** How a turn ended, and the report of it. */
export interface TurnEnd {
  readonly result: TurnResult;
  readonly event: AgentEventName;
  readonly message: string;
}

/** What else is known when a turn ends. */
export interface TurnContext {
  /** The last error the agent told of in this turn, for an end that does not repeat it. */
  readonly lastError: TurnError | null;
  readonly limitedUntilWallMs: () => number | null;
}

/**
 * The end of a turn as a notification tells it; null when it tells no end. `turn/completed` only says that a turn is
 * over: its status says how. A bare one, as simple stand-ins send it, is a success.
 */
export function turnEnd(method: string, params: JsonObject, context: TurnContext): TurnEnd | null {
  const hasParams = params['method'] !== method;
  switch (method) {
    case 'turn/completed':
      return endOfStatus(params, context);
    case 'turn/failed':
      return hasParams
        ? failedTurn(TurnCompleted.parse({ turn: params['turn'] ?? params }).turn?.error ?? null, context)
        : null;
    case 'turn/cancelled':
    case 'turn/canceled':
      return hasParams ? cancelledTurn() : null;
    default: {
      const question = turnQuestion(method, params);
      return question === null ? null : inputRequiredTurn(question);
    }
  }
}

function endOfStatus(params: JsonObject, context: TurnContext): TurnEnd | null {
  // Some versions put the members of the turn beside its ids.
  const isFlat = params['turn'] === undefined && typeof params['status'] === 'string';
  const { turn } = TurnCompleted.parse(isFlat ? { turn: params } : params);
  const status = turn?.status ?? (turn?.error == null ? 'completed' : 'failed');
  switch (status) {
    case 'completed':
      return { result: { kind: 'completed' }, event: 'turn_completed', message: 'turn completed' };
    case 'interrupted':
    case 'cancelled':
    case 'canceled':
      return cancelledTurn();
    case 'failed':
      return failedTurn(turn?.error ?? null, context);
    default: {
      const detail = `the turn ended with the unknown status ${plainText(status, 60)}`;
      return {
        result: { kind: 'failed', reason: 'turn_failed', detail },
        event: 'turn_failed',
        message: detail,
      };
    }
  }
}

/** A turn that waits for a person; it is the session's work to release what waits. */
export function inputRequiredTurn(question: TurnQuestion): TurnEnd {
  return {
    result: { kind: 'inputRequired', question },
    event: 'turn_input_required',
    message: question.text,
  };
}

type TurnQuestion = Extract<TurnResult, { kind: 'inputRequired' }>['question'];

function cancelledTurn(): TurnEnd {
  const detail = 'the turn was interrupted';
  return {
    result: { kind: 'failed', reason: 'turn_cancelled', detail },
    event: 'turn_cancelled',
    message: detail,
  };
}

function failedTurn(told: TurnError | null, { lastError, limitedUntilWallMs }: TurnContext): TurnEnd {
  const error = told ?? lastError;
  const word = errorWord(error);
  const detail = plainText(
    [
      error?.message ?? 'the agent gave no reason',
      word === null ? '' : `(${word})`,
      error?.additionalDetails ?? '',
    ]
      .join(' ')
      .trim(),
    DETAIL_LENGTH,
  );
  const isLimit = word !== null && USAGE_LIMITS.has(word.toLowerCase().replace(/[^a-z]/g, ''));
  const result: TurnResult = isLimit
    ? { kind: 'usageLimited', untilWallMs: limitedUntilWallMs(), detail }
    : { kind: 'failed', reason: 'turn_failed', detail };
  return { result, event: 'turn_failed', message: detail };
}

/** Codex names the kind of a failure by a word, or by an object whose only key is the word. */
function errorWord(error: TurnError | null): string | null {
  const info = error?.codexErrorInfo ?? null;
  if (typeof info === 'string') return info;
  if (typeof info !== 'object' || info === null || Array.isArray(info)) return null;
  return Object.keys(info)[0] ?? null;
}
