import { describe, expect, test } from 'vitest';
import { ErrorResponse } from '../../src/api/schema.js';
import { HealthResponse } from '../../src/api/schema-issues.js';
import type { Snapshot } from '../../src/domain/snapshot.js';
import { aDownHost, aHostRow } from '../helpers/host-rows.js';
import { aProblem, aSnapshot, SAMPLE_AT_MS, someCommands, TestSource } from '../helpers/snapshots.js';
import { anApi } from './an-api.js';

// Goal: whoever watches the daemon learns that it would begin nothing new, and why.

async function health(snapshot: Snapshot, { check = '', now = SAMPLE_AT_MS } = {}) {
  const api = anApi({ source: new TestSource(snapshot), now: () => now });
  const answer = await api.inject(`/api/v1/health${check === '' ? '' : `?check=${check}`}`);
  const { ready, reasons } = HealthResponse.parse(answer.json());
  return { status: answer.statusCode, ready, reasons };
}

const { polling } = aSnapshot();

describe('GET health', () => {
  test('is good while work would begin', async () => {
    expect(await health(aSnapshot())).toEqual({ status: 200, ready: true, reasons: [] });
  });

  test.each<[string, Partial<Snapshot>, string, string]>([
    ['the daemon is stopping', { mode: 'stopping' }, 'daemon_stopping', 'The daemon is stopping.'],
    [
      'dispatch is paused',
      { hold: { kind: 'paused', sinceWallMs: SAMPLE_AT_MS } },
      'dispatch_paused',
      'Dispatch is paused since 2026-02-24T20:15:30Z.',
    ],
    [
      'the daemon is draining',
      { hold: { kind: 'draining', sinceWallMs: SAMPLE_AT_MS } },
      'dispatch_draining',
      'Dispatch is draining since 2026-02-24T20:15:30Z.',
    ],
    [
      'the workflow file is broken',
      { workflowProblem: aProblem({ code: 'workflow_parse_error', message: 'line 3: bad YAML' }) },
      'workflow_parse_error',
      'line 3: bad YAML',
    ],
    [
      'the account is at a limit',
      { accountLimit: { untilMs: SAMPLE_AT_MS + 60_000, reason: 'usage limit reached' } },
      'account_limited',
      'usage limit reached, until 2026-02-24T20:16:30Z.',
    ],
    [
      'no worker answers',
      {
        hosts: [aDownHost('a', 'a: refused'), aDownHost('b', 'b: lost'), aHostRow('c', { isDraining: true })],
      },
      'host_unreachable',
      'No worker answers: a: refused.',
    ],
    [
      'the last poll failed',
      { polling: { ...polling, failure: aProblem() } },
      'tracker_status',
      'Linear answered 503.',
    ],
    [
      'nothing was polled yet',
      { startedAtMs: SAMPLE_AT_MS - 1_000, polling: { ...polling, lastSuccessAtMs: null } },
      'not_polled_yet',
      'The tracker has not been read yet.',
    ],
    [
      'a poll is long overdue',
      { polling: { ...polling, lastSuccessAtMs: SAMPLE_AT_MS - 150_001 } },
      'poll_overdue',
      'The tracker has not been read since 2026-02-24T20:13:00Z.',
    ],
    [
      'the first poll never comes back',
      { polling: { ...polling, lastSuccessAtMs: null } },
      'poll_overdue',
      'The tracker has not been read since the start.',
    ],
  ])('is bad while %s, with the reason', async (_when, fields, code, message) => {
    expect(await health(aSnapshot(fields))).toEqual({
      status: 503,
      ready: false,
      reasons: [{ code, message }],
    });
  });

  test('is good as long as one worker answers', async () => {
    const hosts = [aDownHost('a', 'a: refused'), aHostRow('b')];

    expect((await health(aSnapshot({ hosts }))).status).toBe(200);
  });

  test('tells all the reasons that there are', async () => {
    const snapshot = aSnapshot({
      hold: { kind: 'paused', sinceWallMs: SAMPLE_AT_MS },
      polling: { ...polling, failure: aProblem() },
    });

    expect((await health(snapshot)).reasons.map(({ code }) => code)).toEqual([
      'dispatch_paused',
      'tracker_status',
    ]);
  });

  test.each([
    ['a poll that is a little late', { ...polling, lastSuccessAtMs: SAMPLE_AT_MS - 150_000 }],
    ['long intervals', { ...polling, intervalMs: 600_000, lastSuccessAtMs: SAMPLE_AT_MS - 700_000 }],
    [
      'a tracker that asked for patience',
      { ...polling, pausedUntilMs: SAMPLE_AT_MS + 60_000, lastSuccessAtMs: SAMPLE_AT_MS - 900_000 },
    ],
  ])('is good with %s', async (_what, status) => {
    expect((await health(aSnapshot({ polling: status }))).status).toBe(200);
  });

  test('tells that the process lives, whatever else there is', async () => {
    expect(await health(aSnapshot({ mode: 'stopping' }), { check: 'live' })).toMatchObject({
      status: 200,
      ready: false,
    });
  });

  test('tells that the journal takes nothing, and whether the process lives without waiting for it', async () => {
    let asked = 0;
    const committed = async () => {
      asked += 1;
      return false;
    };
    const api = anApi({ source: new TestSource(aSnapshot()), commands: someCommands({ committed }) });

    const ready = await api.inject('/api/v1/health');
    expect(asked).toBe(1);
    const live = await api.inject('/api/v1/health?check=live');

    expect([ready.statusCode, live.statusCode]).toEqual([503, 200]);
    expect(HealthResponse.parse(ready.json()).reasons).toContainEqual({
      code: 'store_failed',
      message: expect.stringContaining('The journal takes nothing'),
    });
    expect(asked).toBe(1);
  });

  test('tells of a snapshot that is not there', async () => {
    const source = new TestSource();
    source.current = () => {
      throw new Error('stuck');
    };
    const api = anApi({ source });

    const ready = await api.inject('/api/v1/health');
    const live = await api.inject('/api/v1/health?check=live');

    expect([ready.statusCode, live.statusCode]).toEqual([503, 200]);
    expect(HealthResponse.parse(ready.json()).reasons.map(({ code }) => code)).toEqual([
      'snapshot_unavailable',
    ]);
  });

  test('does not take another question', async () => {
    const answer = await anApi().inject('/api/v1/health?check=all');

    expect(answer.statusCode).toBe(400);
    expect(ErrorResponse.parse(answer.json()).error.message).toContain('check is not "live" or "ready"');
  });
});
