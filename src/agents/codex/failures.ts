import type { AgentFailure } from '../../domain/run.js';
import type { TurnResult } from '../../ports/agent.js';
import { plainText } from './plain-text.js';
import { objectOf, type TurnError } from './protocol.js';

const DETAIL_LENGTH = 500;

/** What else is known when a turn fails. */
export interface FailureContext {
  /** The last error the agent told of in this turn, for an end that does not repeat it. */
  readonly lastError: TurnError | null;
  /** The error of the model call that the agent was repeating when it gave up; null when it repeated none. */
  readonly lastRetry: TurnError | null;
  /** When the account can be used again, where the agent has said so. */
  readonly limitedUntilWallMs: () => number | null;
}

type Cause = AgentFailure | 'usage_limit';

/**
 * The words of `codexErrorInfo`, without case and punctuation, as Codex 0.118 to 0.169 have them. The type allows for
 * words to come: one that is not here is a failed turn like any other.
 */
const CAUSE_BY_WORD: Readonly<Record<string, Cause>> = {
  usagelimitexceeded: 'usage_limit',
  usagelimitreached: 'usage_limit',
  insufficientquota: 'usage_limit',
  usagenotincluded: 'usage_limit',
  ratelimitexceeded: 'agent_rate_limited',
  unauthorized: 'agent_auth_failed',
  contextwindowexceeded: 'context_window_exceeded',
  serveroverloaded: 'agent_overloaded',
  internalservererror: 'agent_overloaded',
  flexunavailable: 'agent_overloaded',
  policycapacityunavailable: 'agent_overloaded',
  badrequest: 'agent_bad_request',
  modelnotfound: 'agent_bad_request',
  cyberpolicy: 'agent_bad_request',
  misalignmentpolicyviolation: 'agent_bad_request',
  inferencehookdenied: 'agent_bad_request',
  sessionbudgetexceeded: 'agent_bad_request',
};

/** Words for a connection to the model that failed; what it failed of is told by the HTTP status, where there was one. */
const CONNECTION_WORDS = new Set([
  'httpconnectionfailed',
  'responsestreamconnectionfailed',
  'responsestreamdisconnected',
  'responsetoomanyfailedattempts',
]);

/** The result of a failed turn; `told` is the error that came with its end. */
export function failureOf(told: TurnError | null, context: FailureContext): TurnResult & { detail: string } {
  const error = told ?? context.lastError;
  const word = wordOf(error);
  const said = [
    error?.message ?? 'the agent gave no reason',
    word === null ? '' : `(${word})`,
    error?.additionalDetails ?? '',
  ];
  const detail = plainText(said.join(' ').trim(), DETAIL_LENGTH);
  const cause = causeOf(error, context);
  if (cause === 'usage_limit')
    return { kind: 'usageLimited', untilWallMs: context.limitedUntilWallMs(), detail };
  return { kind: 'failed', reason: cause, detail };
}

function causeOf(error: TurnError | null, { lastError, lastRetry }: FailureContext): Cause {
  const word = wordOf(error)
    ?.toLowerCase()
    .replace(/[^a-z]/g, '');
  if (word === undefined) return 'turn_failed';
  if (CONNECTION_WORDS.has(word)) return causeOfStatus(statusOf(error));
  if (word === 'other') return causeOfOther(lastError, lastRetry);
  return CAUSE_BY_WORD[word] ?? 'turn_failed';
}

/**
 * `other` is what the provider refused (400) and what was repeated in vain alike. The latter was announced by errors that
 * say so, and in 0.118 only those tell the status; the former by one that says that nothing will be repeated.
 */
function causeOfOther(lastError: TurnError | null, lastRetry: TurnError | null): Cause {
  if (lastRetry !== null) return causeOfStatus(statusOf(lastRetry));
  return lastError === null ? 'turn_failed' : 'agent_bad_request';
}

function causeOfStatus(status: number | null): Cause {
  switch (status) {
    case 401:
    case 403:
    case 407:
      return 'agent_auth_failed';
    case 402:
      return 'usage_limit';
    case 429:
      return 'agent_rate_limited';
    case null:
    case 408:
    case 425:
      return 'agent_stream_lost';
    default:
      if (status >= 500) return 'agent_overloaded';
      return status >= 400 ? 'agent_bad_request' : 'agent_stream_lost';
  }
}

/** Codex names the kind of a failure by a word, or by an object whose only key is the word. */
function wordOf(error: TurnError | null): string | null {
  const info = error?.codexErrorInfo ?? null;
  return typeof info === 'string' ? info : (Object.keys(objectOf(info))[0] ?? null);
}

function statusOf(error: TurnError | null): number | null {
  const [info] = Object.values(objectOf(error?.codexErrorInfo));
  const status = objectOf(info)['httpStatusCode'];
  return typeof status === 'number' && status > 0 ? status : null;
}
