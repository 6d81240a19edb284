import { describe, expect, test } from 'vitest';
import { stateResponse } from '../../src/api/state.js';
import type { HostRow, Snapshot } from '../../src/domain/snapshot.js';
import { attentionOf, holdNotice } from '../../src/web/app/model/attention.js';
import { lastMessage, phaseOf, usesHosts } from '../../src/web/app/model/rows.js';
import { trackerHealth } from '../../src/web/app/model/tracker-health.js';
import { conditionOf, loadOf } from '../../src/web/app/model/workers.js';
import { aDownHost, aHostRow } from '../helpers/host-rows.js';
import {
  aBlockedRow,
  aParkedRow,
  aProblem,
  aRunningRow,
  aSnapshot,
  SAMPLE_AT_MS,
} from '../helpers/snapshots.js';

const state = (fields: Partial<Snapshot> = {}) => stateResponse(aSnapshot(fields));

describe('a worker', () => {
  const [ready, down, tried, leaving] = state({
    hosts: [
      aHostRow('a', { running: 1_200, capacity: null }),
      aDownHost('b', 'b: nothing\nlistens'),
      aDownHost('c', 'c: lost', { inMs: 0 }),
      aHostRow('d', { running: 1, isDraining: true }),
    ],
  }).hosts;

  test('is shown with its load and with what a person should know of it', () => {
    const shown = [ready, down, tried, leaving].map(
      (row) => row && [loadOf(row), ...Object.values(conditionOf(row, SAMPLE_AT_MS))],
    );

    expect(shown).toEqual([
      ['1,200', 'ready', 'quiet'],
      ['0 / 4', 'down for 1m 30s, next try in 30s: b: nothing listens', 'error'],
      ['0 / 4', 'down for 1m 30s, being tried now: c: lost', 'error'],
      ['1 / 4', 'gets nothing new', 'quiet'],
    ]);
  });

  test('that is down wants a person once no other one can take its work', () => {
    const titles = (...hosts: readonly HostRow[]): readonly string[] =>
      attentionOf(state({ hosts }), SAMPLE_AT_MS).notices.map(({ title, text }) => `${title}: ${text}`);
    const lost = aDownHost('a', 'a: lost');

    expect(titles(lost, aHostRow('b'))).toEqual([]);
    expect(titles(lost, aHostRow('b', { isDraining: true }))).toEqual([
      'No worker answers; nothing new starts until one does: a: lost (since 20:14:00 UTC)',
    ]);
  });
});

describe('what needs attention', () => {
  test('is nothing while a daemon does its work', () => {
    expect(attentionOf(state({ running: [aRunningRow()] }), SAMPLE_AT_MS)).toEqual({
      notices: [],
      blocked: [],
      parked: [],
      waitingForPerson: 0,
    });
  });

  test('begins with what keeps everything from starting, with its reason and time', () => {
    const { notices } = attentionOf(
      state({
        workflowProblem: aProblem({ message: 'line 14: polling is not a map' }),
        polling: { ...aSnapshot().polling, failure: aProblem() },
        accountLimit: { untilMs: SAMPLE_AT_MS + 90_000, reason: 'weekly limit' },
      }),
      SAMPLE_AT_MS,
    );

    expect(notices.map(({ key, tone, text }) => [key, tone, text])).toEqual([
      ['workflow', 'error', 'line 14: polling is not a map (since 20:15:12 UTC)'],
      ['tracker', 'error', 'Linear answered 503. (since 20:15:12 UTC)'],
      ['account', 'warning', 'weekly limit'],
    ]);
    expect(notices[2]?.title).toContain('in 1m 30s');
  });

  test('counts only what a person has to take up: questions, and what goes on by itself never', () => {
    const byPerson = aParkedRow({ issueId: 'p', cause: 'operator', untilMs: null });
    const { parked, waitingForPerson } = attentionOf(
      state({ blocked: [aBlockedRow()], parked: [aParkedRow(), byPerson] }),
      SAMPLE_AT_MS,
    );

    expect(parked.map(({ issue_id }) => issue_id)).toEqual(['p', 'jkl012']);
    expect(waitingForPerson).toBe(2);
  });

  test('says who or what holds dispatch, and what a drain waits for', () => {
    const sinceWallMs = SAMPLE_AT_MS - 60_000;

    expect(holdNotice(state(), SAMPLE_AT_MS)).toBeNull();
    expect(holdNotice(state({ hold: { kind: 'paused', sinceWallMs } }), SAMPLE_AT_MS)?.text).toBe(
      'Nothing new starts, since 20:14:30 UTC. What runs goes on.',
    );
    expect(
      holdNotice(state({ hold: { kind: 'draining', sinceWallMs }, running: [aRunningRow()] }), SAMPLE_AT_MS)
        ?.text,
    ).toContain('once its last run has ended');
    expect(holdNotice(state({ mode: 'stopping' }), SAMPLE_AT_MS)?.title).toBe('The daemon is stopping');
  });
});

describe('the health of the tracker', () => {
  const polling = { ...aSnapshot().polling };

  test('tells the last answer, the next poll and what is left of its allowance', () => {
    const budget = { limit: 5_000, remaining: 4_212, windowMs: 3_600_000, requestsPerPoll: 2 };

    expect(trackerHealth(state({ polling: { ...polling, budget } }), SAMPLE_AT_MS)).toEqual({
      tone: 'good',
      word: 'Answering',
      details: ['answered 18s ago', 'next poll in 12s', '4,212 of 5,000 requests left'],
    });
  });

  test('does not call a tracker fine that fails, throttles or has never answered', () => {
    const failing = trackerHealth(state({ polling: { ...polling, failure: aProblem() } }), SAMPLE_AT_MS);
    const throttled = trackerHealth(
      state({ polling: { ...polling, pausedUntilMs: SAMPLE_AT_MS + 60_000 } }),
      SAMPLE_AT_MS,
    );
    const silent = trackerHealth(state({ polling: { ...polling, lastSuccessAtMs: null } }), SAMPLE_AT_MS);

    expect([failing.tone, throttled.tone, silent.tone]).toEqual(['error', 'warning', 'quiet']);
    expect(throttled.details).toContain('asked again in 1m 0s');
  });

  test('says when polls are spaced to spare the allowance', () => {
    const { details } = trackerHealth(state({ polling: { ...polling, intervalMs: 120_000 } }), SAMPLE_AT_MS);

    expect(details).toContain('every 2m 0s, to spare its allowance');
  });
});

describe('a running row', () => {
  const row = (fields: Parameters<typeof aRunningRow>[0]) => {
    const [first] = state({ running: [aRunningRow(fields)] }).running;
    if (first === undefined) throw new Error('one row goes in');
    return first;
  };

  test('says its phase in words, and why it is being stopped', () => {
    expect(phaseOf(row({ phase: 'streamingTurn' }))).toBe('working');
    expect(phaseOf(row({ stopping: 'stalled' }))).toBe('stopping: stalled');
  });

  test('says what its agent last did, by name when there were no words', () => {
    expect(lastMessage(row({ lastMessage: null }), SAMPLE_AT_MS)).toEqual({
      text: 'turn completed',
      age: '31s ago',
    });
    expect(
      lastMessage(row({ lastMessage: null, lastEvent: null, lastEventAtMs: null }), SAMPLE_AT_MS),
    ).toEqual({
      text: 'nothing yet',
      age: null,
    });
  });

  test('has a column for its host only where hosts are used', () => {
    expect(usesHosts(state({ running: [aRunningRow(), aRunningRow({ issueId: 'b', host: 'local' })] }))).toBe(
      false,
    );
    expect(
      usesHosts(state({ running: [aRunningRow(), aRunningRow({ issueId: 'b', host: 'worker-1' })] })),
    ).toBe(true);
  });
});
