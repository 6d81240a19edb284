import { describe, expect, test } from 'vitest';
import { RateLimitReader } from '../../../src/agents/codex/rate-limits.js';
import { UsageReader } from '../../../src/agents/codex/usage.js';

const read = (params: object, method = 'thread/tokenUsage/updated') =>
  new UsageReader({ isResuming: false }).read(method, params as never, 'thread-1');

describe('usage of a session', () => {
  const expected = { inputTokens: 10, outputTokens: 4, totalTokens: 14 };

  test.each([
    ['the current shape', { tokenUsage: { total: { totalTokens: 14, inputTokens: 10, outputTokens: 4 } } }],
    [
      'wrapper events',
      {
        msg: {
          payload: { info: { total_token_usage: { input_tokens: 10, output_tokens: 4, total_tokens: 14 } } },
        },
      },
    ],
    [
      'older wrapper events',
      { msg: { info: { total_token_usage: { input_tokens: 10, output_tokens: 4, total_tokens: 14 } } } },
    ],
    ['other names', { tokenUsage: { total: { prompt_tokens: 10, completion_tokens: 4, total: 14 } } }],
    [
      'numbers as text',
      { tokenUsage: { total: { input_tokens: '10', output_tokens: '4', total_tokens: '14' } } },
    ],
    ['a missing total', { tokenUsage: { total: { inputTokens: 10, outputTokens: 4 } } }],
  ])('is read from %s', (_name, params) => {
    expect(read(params)).toEqual(expected);
  });

  test('is not read from deltas, from plain usage maps, or from negative numbers', () => {
    expect(read({ tokenUsage: { last: { totalTokens: 14 } } })).toBeNull();
    expect(read({ msg: { info: { last_token_usage: { total_tokens: 14 } } } })).toBeNull();
    expect(read({ usage: { total_tokens: 14 } }, 'item/completed')).toBeNull();
    expect(read({ tokenUsage: { total: { totalTokens: -3 } } })).toBeNull();
  });

  test('is read from the usage of turn/completed only when no totals are told', () => {
    const usage = { input_tokens: 10, output_tokens: 4, total_tokens: 14 };
    expect(read({ usage }, 'turn/completed')).toEqual(expected);

    const reader = new UsageReader({ isResuming: false });
    reader.read('thread/tokenUsage/updated', { tokenUsage: { total: { totalTokens: 90 } } }, 'thread-1');
    expect(reader.read('turn/completed', { usage }, 'thread-1')).toBeNull();
  });

  test('never shrinks when an older total is told again', () => {
    const reader = new UsageReader({ isResuming: false });
    reader.read('x', { tokenUsage: { total: { totalTokens: 90 } } }, 'thread-1');

    expect(reader.read('x', { tokenUsage: { total: { totalTokens: 14 } } }, 'thread-1')?.totalTokens).toBe(
      90,
    );
  });
});

describe('usage of a session that goes on with a thread', () => {
  const UPDATE = 'thread/tokenUsage/updated';
  const totals = (total: number, last: number | null = null, threadId = 'thread-1') => ({
    threadId,
    tokenUsage: { total: { totalTokens: total }, ...(last === null ? {} : { last: { totalTokens: last } }) },
  });
  const item = (type: string) => ({ threadId: 'thread-1', item: { type, id: 'i' } });

  function aReader() {
    const reader = new UsageReader({ isResuming: true });
    return {
      reader,
      told: (params: object, method = UPDATE) =>
        reader.read(method, params as never, 'thread-1')?.totalTokens ?? null,
    };
  }

  test('begins with nothing, however much its thread has used', () => {
    const { told } = aReader();

    expect([told(totals(1_000, 70)), told(totals(1_000, 70)), told(totals(1_120, 120))]).toEqual([0, 0, 120]);
  });

  test('is right when the old total comes only after the prompt', () => {
    const { told } = aReader();
    told(item('userMessage'), 'item/started');

    expect([told(totals(1_000, 70)), told(totals(1_120, 120))]).toEqual([0, 120]);
  });

  test('counts the first model call when the old total is never told', () => {
    const { told } = aReader();
    told(item('agentMessage'), 'item/started');

    expect([told(totals(1_120, 120)), told(totals(1_200, 80))]).toEqual([120, 200]);
  });

  test('counts a new thread whole, which it begins when the old one cannot go on', () => {
    const { reader, told } = aReader();
    reader.beginsAnew('thread-1');

    expect(told(totals(120))).toBe(120);
  });

  test('counts sub-agents that begin in it, and not what those from before had used', () => {
    const { told } = aReader();
    told(totals(1_000, 70));
    told(totals(500, 50, 'old-sub-agent'));
    told(item('agentMessage'), 'item/completed');

    expect(told(totals(540, 40, 'old-sub-agent'))).toBe(40);
    expect(told(totals(30, 30, 'new-sub-agent'))).toBe(70);
    expect(told(totals(1_005, 5))).toBe(75);
  });

  test('takes the plain usage of a turn as what it is', () => {
    const { told } = aReader();

    expect(told({ usage: { total_tokens: 14 } }, 'turn/completed')).toBe(14);
  });
});

describe('rate limits of an account', () => {
  const nowWallMs = Date.UTC(2026, 10, 21);
  const nowS = nowWallMs / 1_000;

  test('are laid over what was known; nulls take nothing away', () => {
    const reader = new RateLimitReader();
    reader.read('account/rateLimits/updated', {
      rateLimits: { limitId: 'codex', primary: { usedPercent: 40, resetsAt: 7 }, planType: 'pro' },
    });

    const limits = reader.read('account/rateLimits/updated', {
      rateLimits: {
        limitId: 'codex',
        primary: { usedPercent: 41, resetsAt: null },
        secondary: null,
        planType: null,
      },
    });

    expect(limits).toEqual({
      limitId: 'codex',
      primary: { usedPercent: 41, resetsAt: 7 },
      secondary: null,
      planType: 'pro',
    });
  });

  test('are found in snake case and in wrapper events', () => {
    const rate_limits = { limit_id: 'codex', primary: { used_percent: 12 }, secondary: null };

    expect(new RateLimitReader().read('codex/event/token_count', { msg: { rate_limits } })).toEqual(
      rate_limits,
    );
  });

  test('of different kinds do not mix', () => {
    const reader = new RateLimitReader();
    reader.read('x', { rateLimits: { limitId: 'a', primary: { usedPercent: 1 } } });

    expect(reader.read('x', { rateLimits: { limitId: 'b', credits: null } })).toEqual({
      limitId: 'b',
      credits: null,
    });
  });

  test('are not looked for in what the agent works on', () => {
    expect(new RateLimitReader().read('item/completed', { item: { limitId: 'a', primary: {} } })).toBeNull();
  });

  test.each([
    ['seconds', { usedPercent: 100, resetsAt: nowS + 60 }, nowWallMs + 60_000],
    ['milliseconds', { used_percent: 100, resets_at: nowWallMs + 60_000 }, nowWallMs + 60_000],
    [
      'a date',
      { usedPercent: 100, resetsAt: new Date(nowWallMs + 60_000).toISOString() },
      nowWallMs + 60_000,
    ],
    ['a time that has passed', { usedPercent: 100, resetsAt: nowS - 60 }, null],
    ['no time', { usedPercent: 100, resetsAt: null }, null],
    ['a window that is not used up', { usedPercent: 99, resetsAt: nowS + 60 }, null],
  ])('tell when an exhausted window opens again: %s', (_name, primary, until) => {
    const reader = new RateLimitReader();
    reader.read('x', { rateLimits: { limitId: 'codex', primary } });

    expect(reader.exhaustedUntilWallMs(nowWallMs)).toBe(until);
  });
});
