import { describe, expect, test } from 'vitest';
import { grouped, rateLimitsLine, secondsUntil, shortSession, span } from '../../src/dashboard/format.js';
import { column, cut, plainLine, width } from '../../src/dashboard/text.js';

describe('numbers and spans', () => {
  test('group thousands', () => {
    expect([0, 999, 1_000, 1_234_567].map(grouped)).toEqual(['0', '999', '1,000', '1,234,567']);
  });

  test('read as people say them', () => {
    expect([-5, 5_999, 785_000, 7_440_000, 266_400_000].map(span)).toEqual([
      '0s',
      '5s',
      '13m 5s',
      '2h 4m',
      '3d 2h',
    ]);
  });

  test('round a wait up, so that 0 means now', () => {
    expect([secondsUntil(1_001, 0), secondsUntil(1_000, 0), secondsUntil(0, 5)]).toEqual([2, 1, 0]);
  });

  test('shorten a session id to what tells it apart', () => {
    expect([null, 'short-id', '019a1b2c-3d4e-5f60-turn-9'].map(shortSession)).toEqual([
      '-',
      'short-id',
      '019a...turn-9',
    ]);
  });
});

describe('rate limits', () => {
  test.each([
    [
      'camel case',
      { limitId: 'codex', primary: { usedPercent: 12, resetsAt: 160 }, credits: { unlimited: true } },
    ],
    [
      'snake case',
      { limit_id: 'codex', primary: { used_percent: 12, resets_at: 160 }, credits: { unlimited: true } },
    ],
    [
      'a wrapper',
      {
        rateLimits: {
          limitId: 'codex',
          primary: { usedPercent: '12', resetsInSeconds: 60 },
          credits: { unlimited: true },
        },
      },
    ],
  ])('are read in %s', (_spelling, limits) => {
    expect(rateLimitsLine(limits, 100_000)).toBe(
      'codex | primary 12% used, resets in 1m 0s | credits unlimited',
    );
  });

  test.each([
    [{ primary: { remaining: 900, limit: 1_000, reset_in_seconds: 30 } }, 'primary 900/1,000, resets in 30s'],
    [{ primary: { remaining: 900 }, secondary: { limit: 50 } }, 'primary remaining 900 | secondary limit 50'],
    [{ credits: { hasCredits: true, balance: '17.5' } }, 'credits 17.50'],
    [{ credits: { has_credits: true } }, 'credits available'],
    [{ credits: { has_credits: false } }, 'credits none'],
    [{ limitName: 'codex', primary: null }, 'codex'],
    [{ odd: { shape: true } }, 'unavailable'],
    [null, 'unavailable'],
  ])('of %j read %s', (limits, line) => {
    expect(rateLimitsLine(limits, 0)).toBe(line);
  });
});

describe('texts from outside', () => {
  test('lose escape sequences, control bytes and line breaks', () => {
    expect(
      plainLine('\u001b[31mred\u001b[0m\u0007 \u009b2Ja\r\n\tb\u202ec \u001b]8;;http://x\u0007link'),
    ).toBe('red a bc link');
  });

  test.each([
    ['plain text', 5, 'plai…'],
    ['日本語テキスト', 6, '日本…'],
    ['日本語', 6, '日本語'],
    ['👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧', 5, '👩‍👩‍👧👩‍👩‍👧…'],
    ['anything', 1, '…'],
    ['anything', 0, ''],
  ])('%s takes at most %i columns', (text, columns, expected) => {
    expect(cut(text, columns)).toBe(expected);
    expect(width(cut(text, columns))).toBeLessThanOrEqual(columns);
  });

  test('fill a column whatever their width', () => {
    expect([column('ab', 4), column('7', 3, 'right'), column('日本語', 5)]).toEqual(['ab  ', '  7', '日本…']);
  });
});
