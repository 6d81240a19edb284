import { describe, expect, test } from 'vitest';
import { NO_REPORT } from '../../src/core/report.js';
import { snapshot } from '../../src/core/snapshot.js';
import type { RunOutcome } from '../../src/domain/run.js';
import { someFacts } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

// Goal: what follows a run is a reading of its outcome (SPEC 7.1, 8.4, 16.6).

const issue = someFacts();
const workspace = { path: `/workspaces/${issue.id}`, host: 'local' };
const FAILED: RunOutcome = { kind: 'agentFailed', reason: 'turn_failed', detail: 'it broke' };

function running(settings: ConstructorParameters<typeof CoreDriver>[0] = {}): CoreDriver {
  const core = new CoreDriver(settings);
  core.begin(issue);
  core.prepare(issue.id);
  core.pass(1_000);
  return core;
}

describe('an exit', () => {
  test('Normal worker exit schedules a short continuation retry (attempt 1)', () => {
    const core = running();

    const effects = core.exit(issue.id, { kind: 'turnsExhausted', issue });

    expect(effects).toEqual([]);
    expect(core.claim(issue.id)).toEqual({
      kind: 'retryQueued',
      issue,
      workspace,
      attempt: 1,
      dueAtMs: core.atMs + 1_000,
      error: null,
      thread: null,
      stage: 'scheduled',
    });
    expect(core.pass(1_000)).toEqual([{ type: 'refreshIssues', request: 2, ids: [issue.id] }]);
    expect(core.answerReRead(issue)).toEqual([
      { type: 'startRun', issue, runId: 2, host: 'local', attempt: 1, thread: null },
    ]);
  });

  test('Abnormal worker exit increments retries with 10s-based exponential backoff', () => {
    const core = running({ pollIntervalMs: 3_600_000 });
    const waits = [10_000, 20_000, 40_000, 80_000].map((delayMs, index) => {
      core.exit(issue.id, FAILED);
      const early = core.pass(delayMs - 1);
      const due = core.pass(1);
      core.answerReRead(issue);
      return { early, due: due.length, attempt: index + 1, started: core.claim(issue.id) };
    });

    expect(waits).toEqual(
      [1, 2, 3, 4].map((attempt) => ({
        early: [],
        due: 1,
        attempt,
        started: expect.objectContaining({ kind: 'running', attempt }),
      })),
    );
  });

  test('Retry backoff cap uses configured `agent.max_retry_backoff_ms`', () => {
    const core = running({ maxRetryBackoffMs: 4_000 });

    core.exit(issue.id, FAILED);

    expect(core.claim(issue.id)).toMatchObject({ attempt: 1, dueAtMs: core.atMs + 4_000 });
  });

  test('Retry queue entries include attempt, due time, identifier, and error', () => {
    const core = running();

    core.exit(issue.id, FAILED);

    expect(core.claim(issue.id)).toEqual({
      kind: 'retryQueued',
      issue,
      workspace,
      attempt: 1,
      dueAtMs: core.atMs + 10_000,
      error: 'turn_failed: it broke',
      thread: null,
      stage: 'scheduled',
    });
  });

  test('after a clean exit counts failures from the start again', () => {
    const core = running({ pollIntervalMs: 3_600_000 });
    core.exit(issue.id, { kind: 'turnsExhausted', issue });
    core.pass(1_000);
    core.answerReRead(issue);

    core.exit(issue.id, FAILED);

    expect(core.claim(issue.id)).toMatchObject({ attempt: 2, dueAtMs: core.atMs + 20_000 });
  });

  test.each([
    ['a turn that took too long', { kind: 'timedOut', detail: 'turn timed out' }, 'turn timed out'],
    ['a workspace', { kind: 'workspaceFailed', step: 'beforeRun', detail: 'exit 1' }, 'exit 1'],
    [
      'a host',
      { kind: 'hostUnreachable', host: 'local', began: true, detail: 'no route' },
      'host local unreachable: no route',
    ],
    ['a stop that nobody ordered', { kind: 'stopped', by: 'operator' }, 'stopped (operator)'],
  ] satisfies [string, RunOutcome, string][])('because of %s backs off', (_what, outcome, error) => {
    const core = running();

    expect(core.exit(issue.id, outcome)).toEqual([]);
    expect(core.claim(issue.id)).toMatchObject({ kind: 'retryQueued', attempt: 1, error });
  });

  test('that found the issue finished removes the workspace without asking again', () => {
    const core = running();

    expect(core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Done' } })[0]).toEqual({
      type: 'removeWorkspace',
      request: 2,
      issueId: issue.id,
      identifier: 'MT-1',
      ...workspace,
    });
    expect(core.state.claims.isEmpty()).toBe(true);
  });

  test('is counted once, also when it is told twice', () => {
    const core = running();
    core.exit(issue.id, FAILED);
    const { state } = core;

    const again = core.send({ type: 'runExited', issueId: issue.id, runId: 1, outcome: FAILED });

    expect(again).toEqual([]);
    expect(core.state).toBe(state);
    expect(state.totals.endedRunMs).toBe(1_000);
  });

  test('of an earlier run does not end the one that followed it', () => {
    const core = running();
    core.exit(issue.id, FAILED);
    core.pass(10_000);
    core.answerReRead(issue);

    core.send({ type: 'runExited', issueId: issue.id, runId: 1, outcome: FAILED });

    expect(core.claim(issue.id)).toMatchObject({ kind: 'running', runId: 2 });
  });
});

describe('a due retry', () => {
  function due(): CoreDriver {
    const core = running({ pollIntervalMs: 3_600_000 });
    core.exit(issue.id, FAILED);
    core.pass(10_000);
    return core;
  }

  test('is let go when its issue is gone', () => {
    const core = due();

    core.answerReRead();

    expect(core.state.claims.isEmpty()).toBe(true);
  });

  test('is let go, and its workspace removed, when its issue is finished', () => {
    const core = due();

    expect(core.answerReRead({ ...issue, state: 'Done' })[0]?.type).toBe('removeWorkspace');
    expect(core.state.claims.isEmpty()).toBe(true);
  });

  test('backs off once more when it cannot be checked', () => {
    const core = due();

    expect(core.failReRead()).toEqual([]);
    expect(core.claim(issue.id)).toMatchObject({
      attempt: 2,
      dueAtMs: core.atMs + 20_000,
      error: 'retry refresh failed: the tracker answered 500',
    });
  });

  test('Slot exhaustion requeues retries with explicit error reason', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    const urgent = someFacts({ identifier: 'MT-2', priority: 1 });
    core.begin(issue);
    core.exit(issue.id, FAILED);
    core.send({ type: 'refreshRequested' });
    core.answerPoll([urgent]);

    core.pass(10_000);

    expect(snapshot(core.state, core).retrying).toMatchObject([
      { identifier: 'MT-1', attempt: 1, error: 'no available orchestrator slots' },
    ]);
    expect(core.exit(urgent.id, { kind: 'issueInactive', issue: null })).toEqual([
      { type: 'refreshIssues', request: 3, ids: [issue.id] },
    ]);
    expect(core.answerReRead(issue)).toEqual([
      { type: 'startRun', issue, runId: 3, host: 'local', attempt: 1, thread: null },
    ]);
  });
});

describe('a usage limit', () => {
  const limited = (untilWallMs: number | null): RunOutcome => ({
    kind: 'usageLimited',
    untilWallMs,
    detail: 'weekly limit',
  });

  test('parks the issue until the reset, and holds all others back', () => {
    const core = running();
    const untilWallMs = core.wallMs + 3_600_000;

    core.exit(issue.id, limited(untilWallMs));
    core.send({ type: 'refreshRequested' });
    const held = core.answerPoll([someFacts({ identifier: 'MT-2' })]);

    expect(core.claim(issue.id)).toEqual({
      kind: 'parked',
      cause: 'usageLimit',
      issue,
      workspace,
      attempt: 1,
      reason: 'usage limit: weekly limit',
      until: { wallMs: untilWallMs, atMs: core.atMs + 3_600_000, follows: 'wallClock' },
      thread: null,
    });
    expect(held).toEqual([]);
  });

  test.each([
    ['unknown', null, 300_000],
    ['past', -5_000, 300_000],
    ['a moment away', 1, 10_000],
    ['years away', 3 * 365 * 86_400_000, 8 * 86_400_000],
  ])(
    'whose reset is %s waits no shorter than a failure would and no longer than limits last',
    (_when, resetMs, waitMs) => {
      const core = running();

      core.exit(issue.id, limited(resetMs === null ? null : core.wallMs + resetMs));

      expect(core.claim(issue.id)).toMatchObject({
        until: { wallMs: core.wallMs + waitMs, atMs: core.atMs + waitMs, follows: 'duration' },
      });
    },
  );

  test('that comes again and again waits longer and longer', () => {
    const core = running();
    core.exit(issue.id, limited(core.wallMs + 1));
    core.pass(10_000);
    core.answerReRead(issue);

    core.exit(issue.id, limited(core.wallMs + 1));

    expect(core.claim(issue.id)).toMatchObject({ attempt: 2, until: { atMs: core.atMs + 20_000 } });
  });
});

describe('telemetry', () => {
  const usage = { inputTokens: 30, outputTokens: 5, totalTokens: 35 };
  const delta = (lastEventAtMs: number) => ({
    report: { ...NO_REPORT, turnCount: 1, usage },
    usage,
    rateLimits: { primary: { usedPercent: 4 } },
    lastEventAtMs,
  });

  test('is added to the totals, of live runs only', () => {
    const core = running();
    const report = { type: 'runReported', issueId: issue.id, runId: 1, delta: delta(core.atMs) } as const;

    core.send(report);
    core.exit(issue.id, FAILED);
    core.send(report);

    expect(core.state.totals).toEqual({ usage, endedRunMs: 1_000 });
    expect(core.state.rateLimits).toEqual({ primary: { usedPercent: 4 } });
  });

  test('costs the same however many issues are claimed: nothing else is touched', () => {
    const issues = Array.from({ length: 2_000 }, (_, index) => someFacts({ identifier: `MT-${index + 1}` }));
    const core = new CoreDriver({ maxConcurrentAgents: 2_000 });
    core.begin(...issues);
    const before = core.state;

    const issueId = 'id of MT-1000';
    core.send({ type: 'runReported', issueId, runId: core.runId(issueId), delta: delta(core.atMs) });

    const after = core.state;
    const changed = issues.filter(({ id }) => after.claims.get(id) !== before.claims.get(id));
    expect(changed.map(({ id }) => id)).toEqual([issueId]);
    expect(after.deadlines).toBe(before.deadlines);
    expect(after.slots).toBe(before.slots);
    expect(after.queue).toBe(before.queue);
    expect(core.facts.filter(({ type }) => type !== 'totalled')).toEqual([]);
  });

  test('of what agents use reaches the journal once a second, so that a crash forgets no more', () => {
    const core = new CoreDriver();
    core.begin(issue);
    const told: number[] = [];
    const report = () => {
      core.send({ type: 'runReported', issueId: issue.id, runId: 1, delta: delta(core.atMs) });
      for (const fact of core.facts) if (fact.type === 'totalled') told.push(fact.usage.totalTokens);
    };

    for (let tenth = 0; tenth <= 20; tenth += 1) {
      report();
      core.pass(100);
    }

    const each = delta(0).usage.totalTokens;
    expect(told).toEqual([each, 11 * each, 21 * each]);
  });
});
