import { describe, expect, test } from 'vitest';
import { NO_REPORT } from '../../src/core/report.js';
import { nextWakeAtMs } from '../../src/core/wake.js';
import { NO_USAGE } from '../../src/domain/usage.js';
import { someFacts, someSettings } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

// Goal: everything that is due is done when it is due, on the right clock (SPEC 8.5, C7, C8).

const issue = someFacts();
const HOUR_MS = 3_600_000;
const QUIET = { pollIntervalMs: 100 * HOUR_MS };

function running(settings: ConstructorParameters<typeof CoreDriver>[0] = {}): CoreDriver {
  const core = new CoreDriver({ ...QUIET, ...settings });
  core.begin(issue);
  core.send({ type: 'runAdvanced', issueId: issue.id, runId: 1, phase: 'streamingTurn', workspace: null });
  return core;
}

describe('a stall', () => {
  test.each([
    [
      'asked a question',
      { kind: 'inputRequired', question: { kind: 'userInput', text: 'Which?', choices: [] } },
      'blocked',
    ],
    ['used up its account', { kind: 'usageLimited', untilWallMs: null, detail: 'used up' }, 'parked'],
  ] as const)('a stalled session that turns out to have %s is not started over', (_what, outcome, kind) => {
    const core = new CoreDriver({ stallTimeoutMs: 60_000, pollIntervalMs: 600_000 });
    core.begin(issue);
    core.pass(60_001);

    core.exit(issue.id, outcome);

    expect(core.claim(issue.id).kind).toBe(kind);
  });

  test('Stall detection kills stalled sessions and schedules retry', () => {
    const core = running({ stallTimeoutMs: 60_000 });

    expect(core.pass(60_000)).toEqual([]);
    expect(core.pass(1)).toEqual([{ type: 'stopRun', issueId: issue.id, runId: 1, cause: 'stalled' }]);
    expect(core.exit(issue.id, { kind: 'stopped', by: 'stalled' })).toEqual([]);
    expect(core.claim(issue.id)).toMatchObject({
      kind: 'retryQueued',
      attempt: 1,
      dueAtMs: core.atMs + 10_000,
      error: 'stalled for 60001ms without codex activity',
    });
  });

  test('is counted from the last sign of life; its deadline is moved when it comes, not before', () => {
    const core = running({ stallTimeoutMs: 60_000 });
    core.pass(50_000);
    const deadlines = core.state.deadlines;
    const delta = { report: NO_REPORT, usage: NO_USAGE, rateLimits: null, lastEventAtMs: core.atMs };
    core.send({ type: 'runReported', issueId: issue.id, runId: 1, delta });

    expect(core.state.deadlines).toBe(deadlines);
    expect(core.pass(60_000)).toEqual([]);
    expect(core.pass(1)).toEqual([{ type: 'stopRun', issueId: issue.id, runId: 1, cause: 'stalled' }]);
  });

  test('is not looked for when the timeout is 0', () => {
    expect(running({ stallTimeoutMs: 0 }).pass(24 * HOUR_MS)).toEqual([]);
  });

  test('is not suspected while hooks may still run', () => {
    const core = new CoreDriver({ ...QUIET, stallTimeoutMs: 10_000, hookTimeoutMs: 60_000 });
    core.begin(issue);

    expect(core.pass(70_000)).toEqual([]);
    expect(core.pass(1)).toEqual([{ type: 'stopRun', issueId: issue.id, runId: 1, cause: 'stalled' }]);
  });

  test('is found by the timeout of a reload, also for runs that live already', () => {
    const core = running({ stallTimeoutMs: 10 * HOUR_MS });
    core.pass(120_000);
    core.send({ type: 'workflowReloaded', settings: someSettings({ ...QUIET, stallTimeoutMs: 60_000 }) });
    core.answerPoll([]);

    expect(core.pass(0)).toEqual([{ type: 'stopRun', issueId: issue.id, runId: 1, cause: 'stalled' }]);
  });
});

describe('waking', () => {
  test('never asks to be woken again for what was just done', () => {
    const core = running({ stallTimeoutMs: 60_000 });

    core.pass(60_001);

    expect(nextWakeAtMs(core.state)).toBeGreaterThan(core.atMs);
  });

  test('without anything due does nothing', () => {
    const core = running();
    const { state } = core;

    expect(core.send({ type: 'woke' })).toEqual([]);
    expect(core.state.claims).toBe(state.claims);
  });

  test('has no time before the start and after the shutdown', () => {
    const core = new CoreDriver();
    expect(nextWakeAtMs(core.state)).toBe(Number.POSITIVE_INFINITY);

    core.begin(issue);
    core.send({ type: 'shutdownRequested' });

    expect(nextWakeAtMs(core.state)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a clock that jumps', () => {
  function limited(untilMs: number | null): CoreDriver {
    const core = running();
    const untilWallMs = untilMs === null ? null : core.wallMs + untilMs;
    core.exit(issue.id, { kind: 'usageLimited', untilWallMs, detail: 'used up' });
    return core;
  }

  test('forward ends the wait for a reset that is past by then', () => {
    const core = limited(2 * HOUR_MS);

    core.jumpWall(3 * HOUR_MS);

    expect(core.pass(0)).toEqual([{ type: 'refreshIssues', request: 2, ids: [issue.id] }]);
  });

  test('back prolongs the wait for a reset that someone named', () => {
    const core = limited(2 * HOUR_MS);

    core.jumpWall(-HOUR_MS);

    expect(core.pass(3 * HOUR_MS - 1)).toEqual([]);
    expect(core.pass(1)).toEqual([{ type: 'refreshIssues', request: 2, ids: [issue.id] }]);
  });

  test.each([-6 * HOUR_MS, 6 * HOUR_MS])('by %i ms does not move a wait that we chose', (byMs) => {
    const core = limited(null);

    core.jumpWall(byMs);

    expect(core.pass(299_999)).toEqual([]);
    expect(core.pass(1)).toEqual([{ type: 'refreshIssues', request: 2, ids: [issue.id] }]);
  });

  test('moves no retry, no stall and no poll', () => {
    const core = running({ stallTimeoutMs: 60_000 });
    const wakeMs = nextWakeAtMs(core.state);

    core.jumpWall(-HOUR_MS);

    expect(nextWakeAtMs(core.state)).toBe(wakeMs);
    expect(core.facts).toEqual([]);
  });
});
