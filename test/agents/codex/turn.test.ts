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
