import { describe, expect, test } from 'vitest';
import { NO_REPORT } from '../../src/core/report.js';
import { History, type HistoryLimits } from '../../src/observe/history.js';
import { Secrets } from '../../src/observe/redact.js';
import { someFacts } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

const MT1 = someFacts({ identifier: 'MT-1', state: 'In Progress', url: 'https://tracker/MT-1' });
const FAILED = { kind: 'agentFailed', reason: 'turn_failed', detail: 'it broke' } as const;

function aDaemon(limits: Partial<HistoryLimits> = {}, secrets = new Secrets()) {
  const core = new CoreDriver({ maxConcurrentAgents: 5_000 });
  const history = new History({ secrets, now: () => core.wallMs, onListenerFailed: () => {}, limits });
  core.observe = history.observe;
  /** The run has used this much more. */
  const used = (issueId: string, tokens: number, total: number): void => {
    const usage = { inputTokens: 0, outputTokens: tokens, totalTokens: tokens };
    const report = { ...NO_REPORT, threadId: 'thread-1', turnId: 'turn-2', turnCount: 2 };
    const delta = {
      report: { ...report, usage: { ...usage, totalTokens: total } },
      usage,
      rateLimits: null,
      lastEventAtMs: core.atMs,
    };
    core.send({ type: 'runReported', issueId, runId: core.runId(issueId), delta });
  };
  return { core, history, used };
}

describe('an attempt', () => {
  test('is remembered with its phases, host, session, tokens and outcome', () => {
    const { core, history, used } = aDaemon();
    core.begin(MT1);
    const startedAtMs = core.wallMs;

    core.pass(1_000);
    core.prepare(MT1.id);
    core.pass(1_000);
    core.send({
      type: 'runAdvanced',
      issueId: MT1.id,
      runId: core.runId(MT1.id),
      phase: 'streamingTurn',
      workspace: null,
    });
    used(MT1.id, 30, 30);
    core.exit(MT1.id, FAILED);

    expect(history.issue('MT-1')?.attempts).toEqual([
      {
        runId: 1,
        attempt: null,
        startedAtMs,
        endedAtMs: startedAtMs + 2_000,
        outcome: 'agentFailed',
        detail: 'turn_failed: it broke',
        phases: [
          { phase: 'preparingWorkspace', atMs: startedAtMs },
          { phase: 'buildingPrompt', atMs: startedAtMs + 1_000 },
          { phase: 'streamingTurn', atMs: startedAtMs + 2_000 },
        ],
        host: 'local',
        workspacePath: `/workspaces/${MT1.id}`,
        threadId: 'thread-1',
        sessionId: 'thread-1-turn-2',
        turnCount: 2,
        usage: { inputTokens: 0, outputTokens: 30, totalTokens: 30 },
      },
    ]);
  });

  test('lives on beside the next one, of which fifty are kept', () => {
    const { core, history } = aDaemon();
    core.begin(MT1);

    for (let attempt = 1; attempt <= 60; attempt += 1) {
      core.exit(MT1.id, FAILED);
      core.send({ type: 'issueOrdered', issueId: MT1.id, order: 'retry' });
      core.answerReRead(MT1);
    }

    const attempts = history.issue('MT-1')?.attempts ?? [];
    expect(attempts).toHaveLength(50);
    expect(attempts.at(-1)).toMatchObject({ attempt: 60, runId: 61, endedAtMs: null, outcome: null });
    expect(attempts.at(-2)).toMatchObject({ attempt: 59, outcome: 'agentFailed' });
  });

  test('hides secrets in what its outcome says', () => {
    const { core, history } = aDaemon({}, new Secrets(['hunter2-secret']));
    core.begin({ ...MT1, title: 'About hunter2-secret' });

    core.exit(MT1.id, { ...FAILED, detail: 'login with hunter2-secret failed' });

    expect(JSON.stringify(history.issues())).not.toContain('hunter2');
    expect(history.issue('MT-1')?.attempts[0]?.detail).toBe('turn_failed: login with [redacted] failed');
  });
});

describe('the tokens of an issue', () => {
  test('grow over all its attempts', () => {
    const { core, history, used } = aDaemon();
    core.begin(MT1);
    const startedAtMs = core.wallMs;

    core.pass(10_000);
    used(MT1.id, 30, 30);
    core.exit(MT1.id, FAILED);
    core.pass(10_000);
    core.answerReRead(MT1);
    core.pass(5_000);
    used(MT1.id, 7, 7);

    expect(history.issue('MT-1')?.tokens).toEqual([
      { atMs: startedAtMs, totalTokens: 0 },
      { atMs: startedAtMs + 10_000, totalTokens: 30 },
      { atMs: startedAtMs + 25_000, totalTokens: 37 },
    ]);
  });

  test('are thinned out evenly, with the first and the latest as they were', () => {
    const { core, history, used } = aDaemon();
    core.begin(MT1);
    const startedAtMs = core.wallMs;

    for (let count = 1; count <= 20_000; count += 1) {
      core.pass(250);
      used(MT1.id, 1, count);
    }

    const tokens = history.issue('MT-1')?.tokens ?? [];
    expect(tokens.length).toBeLessThanOrEqual(120);
    expect(tokens.length).toBeGreaterThan(55);
    expect(tokens[0]).toEqual({ atMs: startedAtMs, totalTokens: 0 });
    expect(tokens.at(-1)).toEqual({ atMs: startedAtMs + 5_000_000, totalTokens: 20_000 });
    for (const { atMs, totalTokens } of tokens) expect(totalTokens).toBe((atMs - startedAtMs) / 250);
    const steps = tokens.slice(1, -1).map(({ atMs }, index) => atMs - (tokens[index]?.atMs ?? 0));
    expect(Math.max(...steps)).toBeLessThanOrEqual(2 * Math.min(...steps));
  });
});

describe('the issues that were worked on', () => {
  test('are listed with what is known of them, the most recent first', () => {
    const { core, history } = aDaemon();
    const other = someFacts({ identifier: 'MT-2' });
    core.begin(MT1, other);
    core.pass(1_000);

    core.exit(MT1.id, FAILED);

    expect(history.issues().map(({ identifier }) => identifier)).toEqual(['MT-1', 'MT-2']);
    expect(history.issue('MT-1')).toMatchObject({
      issueId: MT1.id,
      title: MT1.title,
      url: 'https://tracker/MT-1',
      state: 'In Progress',
      lastEventAtMs: core.wallMs,
    });
  });

  test('take on what the tracker shows later', () => {
    const { core, history } = aDaemon();
    core.begin(MT1);

    core.send({ type: 'refreshRequested' });
    core.answerPoll([], [{ ...MT1, identifier: 'NEW-1', title: 'Renamed' }]);

    expect(history.issue('NEW-1')).toMatchObject({ issueId: MT1.id, title: 'Renamed' });
    expect(history.issue('MT-1')).toBeNull();
  });

  test('are not those of which only a hook or a removal was told', () => {
    const { core, history } = aDaemon();
    const hook = { hook: 'before_remove', workspacePath: '/w', output: '', durationMs: 0 } as const;

    history.hookReported({
      ...hook,
      event: 'started',
      issue: { id: 'x', identifier: 'OLD-1' },
      status: null,
    });

    expect(core.state.claims.size).toBe(0);
    expect(history.issue('OLD-1')).toBeNull();
    expect(history.issues()).toEqual([]);
    expect(history.events({ identifier: 'OLD-1', limit: 10 }).events).toHaveLength(1);
  });

  test('are forgotten when there are too many: the longest without news, and none that is claimed', () => {
    const { core, history } = aDaemon({ issues: 10 });
    const issues = Array.from({ length: 15 }, (_, index) => someFacts({ identifier: `MT-${index + 1}` }));
    core.begin(...issues);
    expect(history.issues()).toHaveLength(15);
    const before = history.events({ limit: 1 }).events[0]?.id ?? '';

    for (const issue of issues.slice(0, 12).toReversed()) {
      core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Backlog' } });
    }

    const known = history.issues().map(({ identifier }) => identifier);
    expect(known.sort()).toEqual(
      ['MT-1', 'MT-13', 'MT-14', 'MT-15', 'MT-2', 'MT-3', 'MT-4', 'MT-5', 'MT-6', 'MT-7'].sort(),
    );
    expect(history.events({ identifier: 'MT-12', after: before, limit: 5 })).toEqual({
      events: [],
      hasGap: true,
      hasMore: false,
    });
  });

  test('share what may be kept of all events, however many there are', () => {
    const { core, history } = aDaemon({ eventsOfAll: 1_000, eventsPerIssue: 500 });
    const issues = Array.from({ length: 200 }, (_, index) => someFacts({ identifier: `MT-${index + 1}` }));
    core.begin(...issues.slice(0, 2));
    for (let second = 0; second < 30; second += 1) {
      core.pass(1_000);
      for (const issue of issues.slice(0, 2)) {
        const run = { issue, runId: core.runId(issue.id) };
        for (let count = 0; count < 20; count += 1) {
          history.agentReported(run, { event: 'notification', message: 'busy' });
        }
      }
    }
    const kept = (identifier: string): number => history.events({ identifier, limit: 1_000 }).events.length;
    expect(kept('MT-1')).toBe(500);

    core.send({ type: 'refreshRequested' });
    core.answerPoll(issues);

    expect(kept('MT-1')).toBe(5);
    expect(issues.reduce((sum, { identifier }) => sum + kept(identifier), 0)).toBeLessThanOrEqual(1_000);
  });
});
