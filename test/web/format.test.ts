import { describe, expect, test } from 'vitest';
import {
  ago,
  attemptName,
  clockTime,
  compact,
  counted,
  grouped,
  inWords,
  span,
  until,
} from '../../src/web/app/model/format.js';

const NOW_MS = Date.UTC(2026, 1, 24, 20, 15, 30);
const at = (ms: number): string => new Date(NOW_MS + ms).toISOString();

describe('numbers and times on the page', () => {
  test('are grouped and shortened so that they can be compared at a glance', () => {
    expect([0, 999, 1_000, 8_925_241].map(grouped)).toEqual(['0', '999', '1,000', '8,925,241']);
    expect([0, 999, 1_000, 1_240, 34_400, 999_499, 999_600, 5_600_000].map(compact)).toEqual([
      '0',
      '999',
      '1k',
      '1.2k',
      '34k',
      '999k',
      '1M',
      '5.6M',
    ]);
    expect([counted(1, 'turn'), counted(0, 'turn'), counted(1_200, 'row')]).toEqual([
      '1 turn',
      '0 turns',
      '1,200 rows',
    ]);
  });

  test('are spans with two units, and never negative', () => {
    expect([-5_000, 59_999, 60_000, 785_000, 7_440_000, 270_000_000].map(span)).toEqual([
      '0s',
      '59s',
      '1m 0s',
      '13m 5s',
      '2h 4m',
      '3d 3h',
    ]);
  });

  test('tell seconds of the past only within its last minute', () => {
    expect([ago(at(-18_000), NOW_MS), ago(at(-671_000), NOW_MS), ago(at(-7_440_000), NOW_MS)]).toEqual([
      '18s ago',
      '11m ago',
      '2h 4m ago',
    ]);
  });

  test('count down to "now" and not beyond', () => {
    expect([
      until(at(1), NOW_MS),
      until(at(74_000), NOW_MS),
      until(at(0), NOW_MS),
      until(at(-9), NOW_MS),
    ]).toEqual(['in 1s', 'in 1m 14s', 'now', 'now']);
  });

  test('have a date once the time of day alone would mislead', () => {
    expect(clockTime('2026-02-24T19:43:30Z', NOW_MS)).toBe('19:43:30');
    expect(clockTime('2026-02-22T19:43:30Z', NOW_MS)).toBe('2026-02-22 19:43:30');
  });

  test('turn names of the protocol into words', () => {
    expect(['preparingWorkspace', 'agent_turn_completed', 'item/started'].map(inWords)).toEqual([
      'preparing workspace',
      'agent turn completed',
      'item started',
    ]);
    expect([attemptName(null), attemptName(2)]).toEqual(['first run', 'attempt 2']);
  });
});
