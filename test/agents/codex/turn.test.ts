import { describe, expect, test } from 'vitest';
import { turnEnd } from '../../../src/agents/codex/turn.js';

const context = { lastError: null, lastRetry: null, limitedUntilWallMs: () => 7 };
const endOf = (method: string, params: object, lastError: typeof context.lastError | object = null) =>
  turnEnd(method, params as never, { ...context, lastError: lastError as never })?.result ?? null;

describe('how a turn ended', () => {
  const completed = { kind: 'completed' };
  const cancelled = { kind: 'failed', reason: 'turn_cancelled', detail: 'the turn was interrupted' };
  const failed = (detail: string) => ({ kind: 'failed', reason: 'turn_failed', detail });

  test.each([
    ['bare', { method: 'turn/completed' }, completed],
    ['with a status', { turn: { id: 't', status: 'completed', error: null } }, completed],
    ['with an error but no status', { turn: { error: { message: 'no' } } }, failed('no')],
    ['interrupted', { turn: { status: 'interrupted' } }, cancelled],
    ['flat', { threadId: 't', status: 'failed', error: { message: 'no' } }, failed('no')],
    ['failed without a reason', { turn: { status: 'failed' } }, failed('the agent gave no reason')],
    [
      'with a status of the future',
      { turn: { status: 'evaporated' } },
      failed('the turn ended with the unknown status evaporated'),
    ],
  ])('is read from turn/completed: %s', (_name, params, expected) => {
    expect(endOf('turn/completed', params)).toEqual(expected);
  });

  test('takes the reason of a failure from the last error when it gives none itself', () => {
    const lastError = { message: 'broken pipe', codexErrorInfo: 'other', additionalDetails: 'twice' };

    expect(endOf('turn/completed', { turn: { status: 'failed' } }, lastError)).toMatchObject({
      detail: 'broken pipe (other) twice',
    });
  });

  const failure = (codexErrorInfo: unknown) => ({
    turn: { status: 'failed', error: { message: 'no', codexErrorInfo } },
  });

  test.each([
    ['rateLimitExceeded', 'agent_rate_limited'],
    ['unauthorized', 'agent_auth_failed'],
    ['contextWindowExceeded', 'context_window_exceeded'],
    ['context_window_exceeded', 'context_window_exceeded'],
    ['serverOverloaded', 'agent_overloaded'],
    ['internalServerError', 'agent_overloaded'],
    ['flexUnavailable', 'agent_overloaded'],
    ['badRequest', 'agent_bad_request'],
    ['modelNotFound', 'agent_bad_request'],
    ['cyberPolicy', 'agent_bad_request'],
    ['sessionBudgetExceeded', 'agent_bad_request'],
    ['sandboxError', 'turn_failed'],
    ['threadRollbackFailed', 'turn_failed'],
    ['somethingOfTheFuture', 'turn_failed'],
    [{ somethingOfTheFuture: { httpStatusCode: 401 } }, 'turn_failed'],
    [{ activeTurnNotSteerable: { turnKind: 'review' } }, 'turn_failed'],
    [null, 'turn_failed'],
    [42, 'turn_failed'],
    [['usageLimitExceeded'], 'turn_failed'],
  ])('has the kind that its error names: %j', (codexErrorInfo, reason) => {
    expect(endOf('turn/completed', failure(codexErrorInfo))).toMatchObject({ kind: 'failed', reason });
  });

  test.each([
    [401, 'agent_auth_failed'],
    [403, 'agent_auth_failed'],
    [407, 'agent_auth_failed'],
    [400, 'agent_bad_request'],
    [404, 'agent_bad_request'],
    [422, 'agent_bad_request'],
    [408, 'agent_stream_lost'],
    [429, 'agent_rate_limited'],
    [500, 'agent_overloaded'],
    [503, 'agent_overloaded'],
    [null, 'agent_stream_lost'],
    ['502', 'agent_stream_lost'],
  ])('has the kind of the HTTP status that a connection failed with: %j', (httpStatusCode, reason) => {
    const words = [
      'httpConnectionFailed',
      'responseStreamConnectionFailed',
      'responseStreamDisconnected',
      'responseTooManyFailedAttempts',
    ];

    const reasons = words.map((word) => endOf('turn/completed', failure({ [word]: { httpStatusCode } })));

    expect(reasons).toEqual(words.map((word) => ({ kind: 'failed', reason, detail: `no (${word})` })));
  });

  test('is a usage limit when payment is required', () => {
    const info = { httpConnectionFailed: { httpStatusCode: 402 } };

    expect(endOf('turn/completed', failure(info))).toMatchObject({ kind: 'usageLimited' });
  });

  describe('by an error that is called other', () => {
    const other = { message: 'no', codexErrorInfo: 'other', additionalDetails: null };
    const retry = (httpStatusCode: number | null) => ({
      message: 'Reconnecting... 5/5',
      codexErrorInfo: { responseStreamDisconnected: { httpStatusCode } },
      additionalDetails: null,
    });
    const reasonOf = (errors: { lastError: unknown; lastRetry: unknown }) =>
      turnEnd('turn/completed', failure('other') as never, { ...context, ...(errors as typeof context) })
        ?.result;

    test('is a bad request when the agent said that it repeats nothing', () => {
      expect(reasonOf({ lastError: other, lastRetry: null })).toMatchObject({ reason: 'agent_bad_request' });
    });

    test('is what was repeated in vain otherwise, with its status', () => {
      expect(reasonOf({ lastError: other, lastRetry: retry(null) })).toMatchObject({
        reason: 'agent_stream_lost',
      });
      expect(reasonOf({ lastError: other, lastRetry: retry(401) })).toMatchObject({
        reason: 'agent_auth_failed',
      });
    });

    test('is a failure like any other when nothing was said before', () => {
      expect(reasonOf({ lastError: null, lastRetry: null })).toMatchObject({ reason: 'turn_failed' });
    });
  });

  test.each(['usageLimitExceeded', 'usage_limit_exceeded', { usageLimitExceeded: {} }, 'insufficient_quota'])(
    'is a usage limit for %j',
    (codexErrorInfo) => {
      const params = { turn: { status: 'failed', error: { message: 'limit', codexErrorInfo } } };

      expect(endOf('turn/completed', params)).toMatchObject({ kind: 'usageLimited', untilWallMs: 7 });
    },
  );

  test('is not a usage limit for the words of a message', () => {
    const error = { message: 'usageLimitExceeded insufficient_quota', codexErrorInfo: 'other' };

    expect(endOf('turn/completed', { turn: { status: 'failed', error } })).toMatchObject({ kind: 'failed' });
  });

  test('is read from turn/failed and turn/cancelled, unless they carry nothing', () => {
    expect(endOf('turn/failed', { error: { message: 'no' } })).toEqual(failed('no'));
    expect(endOf('turn/cancelled', { threadId: 't' })).toEqual(cancelled);
    expect(endOf('turn/failed', { method: 'turn/failed' })).toBeNull();
    expect(endOf('turn/cancelled', { method: 'turn/cancelled' })).toBeNull();
  });

  test.each([
    ['turn/input_required', {}],
    ['turn/approval_required', { message: 'May I?' }],
    ['turn/updated', { needsInput: true }],
    ['turn/updated', { type: 'input_required' }],
  ])('waits for a person after %s %j', (method, params) => {
    expect(endOf(method, params)).toMatchObject({ kind: 'inputRequired' });
  });

  test.each(['turn/started', 'turn/plan/updated', 'item/completed', 'input_required'])(
    'is not told by %s',
    (method) => {
      expect(endOf(method, { requiresInput: false })).toBeNull();
    },
  );
});
