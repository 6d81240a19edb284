import { describe, expect, test } from 'vitest';
import { counted, grouped, secondsUntil, shortSession, span } from '../../src/dashboard/text/format.js';
import { rateLimitsLine } from '../../src/dashboard/text/rate-limits.js';
import { sparkline } from '../../src/dashboard/text/sparkline.js';
import { column, cut, plainLine, width, wrap } from '../../src/dashboard/text/text.js';

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

  test('come with their noun', () => {
    expect([0, 1, 2_000].map((count) => counted(count, 'run'))).toEqual(['0 runs', '1 run', '2,000 runs']);
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
    ['👩👩👩', 5, '👩👩…'],
    ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
    ['anything', 1, '…'],
    ['anything', 0, ''],
  ])('%s takes at most %i columns', (text, columns, expected) => {
    expect(cut(text, columns)).toBe(expected);
    expect(width(cut(text, columns))).toBeLessThanOrEqual(columns);
  });

  test.each([
    ['👩‍👩‍👧 and ❤️', '👩 and ❤'],
    ['🇩🇪 1️⃣', 'DE 1'],
    ['👍🏽', '👍'],
    ['e\u0301', 'é'],
    ['e\u0331\u0331\u0331\u0331\u0331', 'e\u0331\u0331'],
    ['\u0301a', 'a'],
    ['\u001b]0;a title\u001b\\ä \u001bPq no image\u001b\\b', 'ä b'],
    ['\ud83d!', '\ufffd!'],
    ['שלום\u202e', 'שלום'],
  ])('%j become %j, of which every terminal knows the width', (text, expected) => {
    expect(plainLine(text)).toBe(expected);
  });

  test.each([
    ['one two three', 7, ['one two', 'three']],
    ['onetwothree', 4, ['onet', 'woth', 'ree']],
    ['a 日本語テキスト b', 6, ['a', '日本語', 'テキス', 'ト b']],
    ['', 10, ['']],
  ])('%j in %i columns are %j', (text, columns, expected) => {
    expect(wrap(text, columns)).toEqual(expected);
  });

  test('fill a column whatever their width', () => {
    expect([column('ab', 4), column('7', 3, 'right'), column('日本語', 5)]).toEqual(['ab  ', '  7', '日本…']);
  });
});

describe('a sparkline', () => {
  test.each([
    [[0, 1, 2, 3, 4, 5, 6, 7], '▁▂▃▄▅▆▇█'],
    [[0, 1, 1_000_000], '▁▂█'],
    [[5], '█'],
    [[0, 0], null],
    [[], null],
  ])('of %j is %s', (values, expected) => {
    expect(sparkline(values)).toBe(expected);
  });
});
