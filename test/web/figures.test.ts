import { describe, expect, test } from 'vitest';
import { contactNotice, isFresh, retryWaitMs } from '../../src/web/app/model/freshness.js';
import { limitsOf } from '../../src/web/app/model/rate-limits.js';
import { sparkline } from '../../src/web/app/model/sparkline.js';
import { SAMPLE_AT_MS } from '../helpers/snapshots.js';

describe('the age of what is shown', () => {
  const answeredAtMs = SAMPLE_AT_MS;

  test('is not worth a word while the daemon answers', () => {
    const contact = { kind: 'answering', answeredAtMs } as const;

    expect(contactNotice(contact, SAMPLE_AT_MS + 12_000)).toBeNull();
    expect(isFresh(contact, SAMPLE_AT_MS + 12_000)).toBe(true);
  });

  test('is told when nothing has been heard for longer than it should have been, although nothing failed', () => {
    const contact = { kind: 'answering', answeredAtMs } as const;

    expect(isFresh(contact, SAMPLE_AT_MS + 3_600_000)).toBe(false);
    expect(contactNotice(contact, SAMPLE_AT_MS + 3_600_000)?.text).toBe(
      'What is shown is 1h 0m old. Trying again.',
    );
  });

  test('is told as soon as the daemon does not answer, with the reason', () => {
    const reason = 'The daemon does not answer';

    expect(contactNotice({ kind: 'lost', answeredAtMs, reason }, SAMPLE_AT_MS + 2_000)).toEqual({
      title: reason,
      text: 'What is shown is 2s old. Trying again.',
    });
    expect(contactNotice({ kind: 'lost', answeredAtMs: null, reason }, SAMPLE_AT_MS)?.text).toBe(
      'Nothing is known yet. Trying again.',
    );
  });

  test('gives way to the question for the token', () => {
    expect(contactNotice({ kind: 'locked', answeredAtMs: null }, SAMPLE_AT_MS)?.title).toBe(
      'Signing in is needed',
    );
  });
});

describe('trying again', () => {
  test('waits longer each time up to a limit, and not the same for everybody', () => {
    expect([1, 2, 3, 4, 5, 50].map((failures) => retryWaitMs(failures, 0.5))).toEqual([
      1_000, 2_000, 4_000, 8_000, 15_000, 15_000,
    ]);
    expect([retryWaitMs(1, 0), retryWaitMs(1, 1)]).toEqual([750, 1_250]);
  });
});

describe('the limits of an account', () => {
  const resets = SAMPLE_AT_MS / 1_000 + 7_440;

  test('are read in the words of old and new agents', () => {
    for (const payload of [
      { primary: { used_percent: 42.4, window_minutes: 300, resets_at: resets } },
      { rateLimits: { primary: { usedPercent: 42.4, windowDurationMins: 300, resetsAt: resets } } },
    ]) {
      expect(limitsOf(payload, SAMPLE_AT_MS)).toEqual([
        { name: '5 hours', usedPercent: 42.4, text: '42% used, resets in 2h 4m' },
      ]);
    }
  });

  test('may be amounts, and credits', () => {
    expect(
      limitsOf(
        { primary: { remaining: 12_000, limit: 20_000 }, credits: { has_credits: true, balance: '7.5' } },
        0,
      ),
    ).toEqual([
      { name: 'primary', usedPercent: null, text: '12,000 of 20,000 left' },
      { name: 'credits', usedPercent: null, text: '7.50' },
    ]);
  });

  test('are left out where nothing is understood', () => {
    expect(limitsOf(null, 0)).toEqual([]);
    expect(limitsOf({ primary: 'soon', secondary: {}, more: [1] }, 0)).toEqual([]);
  });
});

describe('the sparkline', () => {
  test('says in words what it draws', () => {
    const { bars, label } = sparkline({ tokens_per_second: 50, samples: [0, 100, 50], sample_ms: 25_000 });

    expect(label).toBe('Tokens per second over the last 1m 15s: now 50, at most 100');
    expect(bars.map(({ height }) => height)).toEqual([1, 28, 14]);
  });

  test('draws nothing wild of nothing', () => {
    expect(sparkline({ tokens_per_second: 0, samples: [], sample_ms: 25_000 }).bars).toEqual([]);
  });
});
