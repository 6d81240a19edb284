import { describe, expect, test } from 'vitest';
import type { Effect } from '../../src/core/effects.js';
import { isDrained, isIdle } from '../../src/core/idle.js';
import { snapshot } from '../../src/core/snapshot.js';
import { nextWakeAtMs } from '../../src/core/wake.js';
import { someFacts } from '../helpers/build.js';
import { CoreDriver, started } from '../helpers/core-driver.js';
import { id, issues, POOL, pool, reload, reRead, row, tries, UNREACHABLE } from './host-scene.js';

// Goal: a host that fails costs its own capacity and nothing else, and is back as soon as it answers (Appendix A.3).

/** How long a host is left alone after each of so many failures to answer. */
function gaps(core: CoreDriver, host: string, count: number): number[] {
  return Array.from({ length: count }, () => {
    const waitMs = nextWakeAtMs(core.state) - core.atMs;
    core.pass(waitMs);
    core.hostFails(host);
    return waitMs;
  });
}

describe('a host that fails before any work began', () => {
  test('costs neither attempt nor time: the issue starts elsewhere at once', () => {
    const core = pool(1);

    expect(core.loseHost(id(1), false)).toEqual([{ type: 'refreshIssues', request: 2, ids: [id(1)] }]);
    expect(started(reRead(core))).toEqual(['MT-1 on b']);
  });

  test('does not raise the number of a later attempt', () => {
    const core = pool(1);
    core.prepare(id(1));
    core.exit(id(1), { kind: 'timedOut', detail: 'silent' });
    core.pass(10_000);
    expect(started(reRead(core))).toEqual(['MT-1 on a as attempt 1']);
    core.pass(5_000);

    core.loseHost(id(1), false);

    expect(started(reRead(core))).toEqual(['MT-1 on b as attempt 1']);
  });

  test('is tried once by each issue: when every host fails, all wait, and nothing is asked meanwhile', () => {
    const core = pool(2);
    const effects = [...core.loseHost(id(1), false), ...reRead(core), ...core.loseHost(id(2), false)];

    expect(started(effects)).toEqual([]);
    expect(core.state.queue.waiting.map(({ identifier }) => identifier)).toEqual(['MT-1', 'MT-2']);
    expect(core.pass(9_999)).toEqual([]);
    expect(tries(core.pass(1))).toEqual(['a', 'b']);
  });

  test('and answers all the same is used ever more seldom, as long as no run is worked to its end there', () => {
    const core = pool(1, { hosts: ['a'] });
    const waits = Array.from({ length: 7 }, () => {
      core.loseHost(id(1), false);
      const waitMs = nextWakeAtMs(core.state) - core.atMs;
      core.pass(waitMs);
      core.hostAnswers('a');
      reRead(core);
      return waitMs;
    });

    expect(waits).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]);
    expect(core.claim(id(1))).toMatchObject({ kind: 'running', attempt: null });
  });
});

describe('a host that fails after work began', () => {
  test('costs an attempt: the issue waits as after any failure, and then starts elsewhere', () => {
    const core = pool(1);
    core.prepare(id(1));

    const effects = core.loseHost(id(1), true);

    expect(started(effects)).toEqual([]);
    expect(core.claim(id(1))).toMatchObject({
      kind: 'retryQueued',
      attempt: 1,
      dueAtMs: core.atMs + 10_000,
      error: 'host a unreachable: no route',
    });
    expect(tries(core.pass(10_000))).toEqual(['a']);
    expect(started(reRead(core))).toEqual(['MT-1 on b as attempt 1']);
  });

  test('fails once, however many runs it takes along', () => {
    const core = pool(3, { hosts: ['a'], maxConcurrentAgentsPerHost: 3 });
    for (const number of [1, 2, 3]) {
      core.loseHost(id(number), true);
      core.pass(1_000);
    }

    expect(row(core, 'a')?.down).toEqual({
      reason: 'no route',
      sinceMs: core.wallMs - 3_000,
      nextTryAtMs: core.wallMs + 7_000,
    });
  });

  test('is down also when its run was being stopped', () => {
    const core = pool(1);
    core.send({ type: 'issueOrdered', issueId: id(1), order: 'stop' });

    core.loseHost(id(1), true);

    expect(row(core, 'a')?.down).toMatchObject({ reason: 'no route' });
    expect(core.claim(id(1))).toMatchObject({ kind: 'parked', cause: 'operator' });
  });
});

describe('a host that is down', () => {
  test('130: reduces the capacity, and nothing waits for it that another host has room for', () => {
    const core = pool(3);
    core.loseHost(id(1), false);
    reRead(core);

    expect(core.pass(5_000)).toEqual([]);
    core.exit(id(2), { kind: 'issueInactive', issue: null });
    expect(started(reRead(core))).toEqual(['MT-1 on b']);
    core.pass(4_999);
    core.exit(id(1), { kind: 'issueInactive', issue: null });
    expect(started(reRead(core))).toEqual(['MT-3 on b']);
  });

  test('is tried after ten seconds, and then ever more seldom, but at least every five minutes', () => {
    const core = pool(1);
    core.loseHost(id(1), true);
    core.send({ type: 'dispatchOrdered', order: 'pause' });

    expect(gaps(core, 'a', 8)).toEqual([10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000]);
  });

  test('tells since when and why', () => {
    const core = pool(1);
    core.loseHost(id(1), true);
    const sinceMs = core.wallMs;
    core.pass(10_000);
    core.hostFails('a');

    expect(row(core, 'a')?.down).toEqual({
      reason: 'still no route',
      sinceMs,
      nextTryAtMs: core.wallMs + 20_000,
    });
    expect(core.state.problems.at(-1)).toMatchObject({
      code: 'host_unreachable',
      message: 'host a is not used for now: still no route',
    });
  });

  test('is not tried a second time while it is being tried', () => {
    const core = pool(1);
    core.loseHost(id(1), true);

    expect(tries(core.pass(10_000))).toEqual(['a']);
    expect(tries(core.pass(600_000))).toEqual([]);
  });

  test('is back when it answers, and its slots are filled at once', () => {
    const core = pool(2);
    core.loseHost(id(1), false);
    reRead(core);
    core.pass(10_000);

    expect(core.hostAnswers('a')).toMatchObject([{ type: 'refreshIssues', ids: [id(1)] }]);
    expect(started(reRead(core))).toEqual(['MT-1 on a']);
    expect(row(core, 'a')).toEqual({
      name: 'a',
      running: 1,
      capacity: 1,
      link: null,
      down: null,
      isDraining: false,
    });
  });

  test('asks for candidates when it is back and nobody is known to wait', () => {
    const core = pool(2, { pollIntervalMs: 30_000 });
    core.pass(25_000);
    core.answerPoll([]);
    core.loseHost(id(1), true);

    expect(core.pass(10_000)).toMatchObject([{ type: 'tryHost' }]);
    expect(core.hostAnswers('a')).toMatchObject([{ type: 'refreshIssues', ids: [id(1)] }]);
  });

  test('does not answer by an answer that comes late', () => {
    const core = pool(1);
    core.loseHost(id(1), true);
    core.pass(10_000);
    core.hostFails('a');
    const before = core.state;

    core.send({ type: 'hostAnswered', request: 2, host: 'a' });
    core.send({ type: 'hostFailed', request: 2, host: 'a', failure: UNREACHABLE });

    expect(core.state).toBe(before);
  });

  test('is tried at the same moment though the wall clock jumps', () => {
    const core = pool(1);
    core.loseHost(id(1), true);
    core.pass(4_000);
    core.jumpWall(6 * 3_600_000);

    expect(row(core, 'a')?.down).toMatchObject({ nextTryAtMs: core.wallMs + 6_000 });
    expect(tries(core.pass(5_999))).toEqual([]);
    expect(tries(core.pass(1))).toEqual(['a']);
  });

  test('is shown to be tried now, and not in the past', () => {
    const core = pool(1);
    core.loseHost(id(1), true);
    core.pass(12_000);

    expect(row(core, 'a')?.down).toMatchObject({ nextTryAtMs: core.wallMs });
  });
});

describe('failures of a host are forgotten', () => {
  test('once a run was worked to its end there', () => {
    const core = pool(1, { hosts: ['a'] });
    core.loseHost(id(1), false);
    gaps(core, 'a', 3);
    core.pass(80_000);
    core.hostAnswers('a');
    reRead(core);
    core.prepare(id(1));
    core.exit(id(1), { kind: 'turnsExhausted', issue: someFacts() });
    core.pass(5_000);
    reRead(core);

    core.loseHost(id(1), false);

    expect(nextWakeAtMs(core.state) - core.atMs).toBe(10_000);
  });

  test.each<[string, (core: CoreDriver) => unknown]>([
    ['a run was begun', (core) => core.prepare(id(1))],
    [
      'a run was stopped, which may have been silent because of it',
      (core) => {
        core.prepare(id(1));
        core.send({ type: 'issueOrdered', issueId: id(1), order: 'stop' });
        core.exit(id(1), { kind: 'stopped', by: 'operator' });
        core.send({ type: 'issueOrdered', issueId: id(1), order: 'retry' });
        reRead(core);
      },
    ],
  ])('not because %s', (_what, happen) => {
    const core = pool(1, { hosts: ['a'] });
    core.loseHost(id(1), false);
    core.pass(10_000);
    core.hostAnswers('a');
    reRead(core);
    happen(core);

    core.loseHost(id(1), true);

    expect(row(core, 'a')?.down).toMatchObject({ nextTryAtMs: core.wallMs + 20_000 });
  });
});

describe('the survey', () => {
  const found = { key: 'MT-9', path: '/ws/MT-9', issueId: 'id of MT-9', identifier: 'MT-9' };

  function surveys(effects: readonly Effect[]): string[] {
    return effects.flatMap((effect) => (effect.type === 'surveyWorkspaces' ? [effect.host] : []));
  }

  test('is made of each host at the start', () => {
    const core = new CoreDriver(POOL);

    expect(surveys(core.send({ type: 'started' }))).toEqual(['a', 'b']);
  });

  test('that a host missed is made once it answers, and no other one', () => {
    const core = new CoreDriver(POOL);
    core.send({ type: 'started' });
    core.send({ type: 'workspacesSurveyed', host: 'b', workspaces: [] });
    core.send({ type: 'surveyFailed', host: 'a', failure: UNREACHABLE });
    core.pass(10_000);

    expect(surveys(core.hostAnswers('a'))).toEqual(['a']);
    core.send({ type: 'workspacesSurveyed', host: 'a', workspaces: [found] });
    core.answerPoll(issues);
    core.loseHost(id(1), true);
    core.pass(20_000);
    expect(surveys(core.hostAnswers('a'))).toEqual([]);
  });

  test('that failed on a host which answers is a warning, and the host is used', () => {
    const core = new CoreDriver(POOL);
    core.send({ type: 'started' });
    const failure = { code: 'workspace_unavailable', message: 'no such root', retryAfterMs: null } as const;
    core.send({ type: 'surveyFailed', host: 'a', failure });
    core.send({ type: 'workspacesSurveyed', host: 'b', workspaces: [] });

    expect(started(core.answerPoll(issues.slice(0, 1)))).toEqual(['MT-1 on a']);
    expect(core.state.problems).toMatchObject([
      { code: 'workspace_unavailable', message: 'workspaces on a were not surveyed: no such root' },
    ]);
  });

  test('of a host that is removed meanwhile is not repeated', () => {
    const core = new CoreDriver(POOL);
    core.send({ type: 'started' });
    core.send({ type: 'workspacesSurveyed', host: 'b', workspaces: [] });
    core.answerPoll([]);
    reload(core, { hosts: ['b'] });
    core.answerPoll([]);

    core.send({ type: 'surveyFailed', host: 'a', failure: UNREACHABLE });

    expect(core.state.survey.missed.isEmpty()).toBe(true);
    expect(isIdle(core.state)).toBe(true);
  });
});

describe('while hosts are down', () => {
  test('the daemon is idle if the board is empty', () => {
    const core = new CoreDriver({ ...POOL, pollIntervalMs: 30_000 });
    core.send({ type: 'started' });
    for (const host of ['a', 'b']) core.send({ type: 'surveyFailed', host, failure: UNREACHABLE });
    core.answerPoll([]);

    expect(isIdle(core.state)).toBe(true);
  });

  test('it is not while an issue waits that a host could still take', () => {
    const core = pool(1, { hosts: ['a'] });
    core.loseHost(id(1), false);

    core.pass(3_600_000);

    expect(isIdle(core.state)).toBe(false);
  });

  test('candidates are asked for all the same, so that people see what waits', () => {
    const core = pool(1, { hosts: ['a'], pollIntervalMs: 30_000 });
    core.loseHost(id(1), false);

    expect(core.pass(25_000)).toMatchObject([
      { type: 'tryHost' },
      { type: 'poll', states: ['Todo', 'In Progress'] },
    ]);
  });

  test('a shutdown ends at once, tries no host, and acts on none that answers', () => {
    const core = pool(2);
    core.loseHost(id(1), true);
    core.pass(10_000);
    core.send({ type: 'shutdownRequested' });

    expect(core.hostAnswers('a')).toEqual([]);
    core.loseHost(id(2), true);
    expect(isDrained(core.state)).toBe(true);
    expect(core.pass(600_000)).toEqual([]);
  });

  test('a due retry says that it waits for hosts that do not answer, and not for a slot', () => {
    const core = pool(1);
    core.loseHost(id(1), true);
    core.pass(10_000);
    const error = (): string | null | undefined => snapshot(core.state, core).retrying[0]?.error;
    reRead(core);
    core.loseHost(id(1), true);
    core.pass(30_000);

    expect(core.claim(id(1))).toMatchObject({ kind: 'retryQueued', stage: 'due' });
    expect(error()).toMatch(
      /^no worker host answers: a is down: no route, being tried now, b is down: no route, being tried now$/u,
    );
  });

  test('a due retry says that it waits for room beside a host that does not answer', () => {
    const core = pool(2);
    core.loseHost(id(1), true);
    core.pass(10_000);

    expect(snapshot(core.state, core).retrying[0]?.error).toMatch(
      /^no worker host has room: a is down: no route, being tried now, b 1\/1$/u,
    );
  });

  test('a drain ends the daemon once nothing lives', () => {
    const core = pool(2);
    core.loseHost(id(1), true);
    core.send({ type: 'dispatchOrdered', order: 'drain' });

    core.exit(id(2), { kind: 'issueInactive', issue: null });

    expect(core.state.mode).toBe('stopping');
  });
});

test('what a host says of its connections is shown', () => {
  const core = pool(1);

  core.send({ type: 'linkChanged', host: 'a', link: { connections: 1, sessions: 3 } });
  core.send({ type: 'linkChanged', host: 'nobody', link: { connections: 1, sessions: 3 } });

  expect(snapshot(core.state, core).hosts).toMatchObject([
    { name: 'a', running: 1, capacity: 1, link: { connections: 1, sessions: 3 } },
    { name: 'b', running: 0, capacity: 1, link: null },
  ]);
});
