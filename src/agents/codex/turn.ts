import type { JsonObject } from '../../domain/json.js';
import type { AgentEventName } from '../../domain/session.js';
import type { TurnResult } from '../../ports/agent.js';
import { type FailureContext, failureOf } from './failures.js';
import { plainText } from './plain-text.js';
import { TurnCompleted, type TurnError } from './protocol.js';
import { turnQuestion } from './questions.js';
import type { Failure } from './rpc.js';

/** How a turn ended, and the report of it. */
export interface TurnEnd {
  readonly result: TurnResult;
  readonly event: AgentEventName;
  readonly message: string;
}

/**
 * The end of a turn as a notification tells it; null when it tells no end. `turn/completed` only says that a turn is
 * over: its status says how. A bare one, as simple stand-ins send it, is a success.
 */
export function turnEnd(method: string, params: JsonObject, context: FailureContext): TurnEnd | null {
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

function endOfStatus(params: JsonObject, context: FailureContext): TurnEnd | null {
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

function failedTurn(told: TurnError | null, context: FailureContext): TurnEnd {
  const result = failureOf(told, context);
  return { result, event: 'turn_failed', message: result.detail };
}

/** A turn that could not go on, as the process or the protocol failed. */
export function brokenTurn(failure: Failure): TurnEnd {
  return { result: { kind: 'failed', ...failure }, event: 'turn_ended_with_error', message: failure.detail };
}

/** A turn of which nothing was heard for too long. */
export function silentTurn(detail: string): TurnEnd {
  return { result: { kind: 'timedOut', detail }, event: 'turn_ended_with_error', message: detail };
}

/** A turn that we stopped. */
export function stoppedTurn(): TurnEnd {
  const detail = 'the turn was stopped';
  return {
    result: { kind: 'failed', reason: 'turn_cancelled', detail },
    event: 'turn_cancelled',
    message: detail,
  };
}
