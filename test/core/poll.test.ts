import { describe, expect, test } from 'vitest';
import { someFacts, someSettings } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

// Goal: the tick asks little, in time, and an answer is used only for what it still fits (SPEC 8.1, C3, C4, C6).

const issue = someFacts();
const STATES = ['Todo', 'In Progress'];

describe('the cadence', () => {
  test('the first poll comes at once, the next one an interval after it began', () => {
    const core = new CoreDriver();

    expect(core.send({ type: 'started' })).toEqual([
      { type: 'surveyWorkspaces', host: 'local' },
      { type: 'poll', request: 1, states: STATES, ids: [] },
    ]);
    core.pass(400);
    core.answerPoll([]);

    expect(core.pass(29_599)).toEqual([]);
    expect(core.pass(1)).toEqual([{ type: 'poll', request: 2, states: STATES, ids: [] }]);
  });

  test('a poll that took longer than the interval is followed by a rest', () => {
    const core = new CoreDriver({ pollIntervalMs: 5_000 });
    core.send({ type: 'started' });
    core.pass(20_000);
    core.answerPoll([]);

    expect(core.pass(999)).toEqual([]);
    expect(core.pass(1)).toEqual([{ type: 'poll', request: 2, states: STATES, ids: [] }]);
  });

  test('a new interval rules from the reload on', () => {
    const core = new CoreDriver({ pollIntervalMs: 600_000 });
    core.begin();

    const reloaded = core.send({
      type: 'workflowReloaded',
      settings: someSettings({ pollIntervalMs: 10_000 }),
    });
    core.answerPoll([]);

    expect(reloaded).toEqual([{ type: 'poll', request: 2, states: STATES, ids: [] }]);
    expect(core.pass(10_000)).toEqual([{ type: 'poll', request: 3, states: STATES, ids: [] }]);
  });

  test('a burst of refreshes is one poll now and one afterwards', () => {
    const core = new CoreDriver();
    core.begin();

    const asked = [1, 2, 3].flatMap(() => core.send({ type: 'refreshRequested' }));
    core.answerPoll([]);

    expect(asked).toEqual([{ type: 'poll', request: 2, states: STATES, ids: [] }]);
    expect(core.pass(10_000)).toEqual([{ type: 'poll', request: 3, states: STATES, ids: [] }]);
  });

  test('a tracker that announces change after change is not asked at each of them', () => {
    const core = new CoreDriver();
    core.begin();

    const soon = core.send({ type: 'trackerChanged' });
    const later = core.pass(250);

    expect(soon).toEqual([]);
    expect(later).toEqual([{ type: 'poll', request: 2, states: STATES, ids: [] }]);
  });
});

describe('a failing tracker', () => {
  test('a failed poll stops nothing and dispatches nothing, and is tried again at the next tick', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 2 });
    core.begin(issue);
    core.pass(30_000);
    const { claims } = core.state;

    expect(core.failPoll()).toEqual([]);
    expect(core.state.claims).toBe(claims);
    expect(core.pass(30_000)).toEqual([{ type: 'poll', request: 3, states: STATES, ids: [issue.id] }]);
  });

  test('a throttled tracker is left alone until the time it named, whoever asks', () => {
    const core = new CoreDriver();
    core.begin();
    core.pass(30_000);
    core.failPoll(120_000);

    expect(core.send({ type: 'refreshRequested' })).toEqual([]);
    expect(core.pass(119_999)).toEqual([]);
    expect(core.pass(1)).toEqual([{ type: 'poll', request: 3, states: STATES, ids: [] }]);
  });

  test('a retry that comes due meanwhile waits for the same time', () => {
    const core = new CoreDriver();
    core.begin(issue);
    core.pass(25_000);
    core.exit(issue.id, { kind: 'agentFailed', reason: 'turn_failed', detail: 'no' });
    core.pass(5_000);
    core.failPoll(60_000);

    expect(core.pass(59_999)).toEqual([]);
    expect(core.pass(1)).toEqual([
      { type: 'refreshIssues', request: 3, ids: [issue.id] },
      { type: 'poll', request: 4, states: STATES, ids: [issue.id] },
    ]);
    expect(core.answerPoll([])).toEqual([
      { type: 'startRun', issue, runId: 2, host: 'local', attempt: 1, thread: null },
    ]);
  });
});

describe('candidates', () => {
  test('are not asked for while nothing could start', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    core.begin(issue);

    expect(core.pass(30_000)).toEqual([{ type: 'poll', request: 2, states: null, ids: [issue.id] }]);
  });

  test('are asked for all the same where the tracker answers both in one request', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1, combinedPoll: true });
    core.begin(issue);

    expect(core.pass(30_000)).toEqual([{ type: 'poll', request: 2, states: STATES, ids: [issue.id] }]);
  });

  test('are asked for as soon as a slot is free that nobody waits for', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    core.begin(issue);
    core.pass(30_000);
    core.answerPoll([]);
    core.pass(1_000);

    const effects = core.exit(issue.id, { kind: 'issueInactive', issue: null });

    expect(effects).toEqual([{ type: 'poll', request: 3, states: STATES, ids: [issue.id] }]);
  });

  test('are asked for when a run ends its issue, which may have set others free', () => {
    const core = new CoreDriver();
    const blocked = someFacts({ identifier: 'MT-2', dispatchable: false });
    core.begin(issue, blocked);
    core.pass(10_000);

    const effects = core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Backlog' } });
    const answered = core.answerPoll([{ ...blocked, dispatchable: true }]);

    expect(effects).toEqual([{ type: 'poll', request: 2, states: STATES, ids: [issue.id] }]);
    expect(answered).toEqual([
      {
        type: 'startRun',
        issue: { ...blocked, dispatchable: true },
        runId: 2,
        host: 'local',
        attempt: null,
        thread: null,
      },
    ]);
  });

  test('are asked for when the account has its allowance again', () => {
    const core = new CoreDriver();
    core.begin(issue);
    core.exit(issue.id, { kind: 'usageLimited', untilWallMs: core.wallMs + 40_000, detail: 'used up' });
    core.pass(30_000);
    core.answerPoll([], []);

    expect(core.pass(10_000)).toEqual([{ type: 'poll', request: 3, states: STATES, ids: [issue.id] }]);
  });
});

describe('an answer', () => {
  test('that comes late, or twice, changes nothing', () => {
    const core = new CoreDriver();
    core.begin(issue);
    core.pass(30_000);
    core.failPoll();
    const { state } = core;

    const late = core.send({ type: 'pollAnswered', request: 2, candidates: [], refreshed: [], budget: null });

    expect(late).toEqual([]);
    expect(core.state).toBe(state);
    expect(
      core.send({
        type: 'pollFailed',
        request: 2,
        failure: { code: 'tracker_timeout', message: '', retryAfterMs: null },
      }),
    ).toEqual([]);
    expect(core.state).toBe(state);
  });

  test('says nothing about a run that began after the question', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    const next = someFacts({ identifier: 'MT-2' });
    core.begin(issue, next);
    core.pass(30_000);
    core.exit(issue.id, { kind: 'agentFailed', reason: 'port_exit', detail: 'gone' });
    core.answerReRead(next);

    expect(core.answerPoll([], [])).toEqual([]);
    expect(core.claim(issue.id).kind).toBe('retryQueued');
    expect(core.claim(next.id).kind).toBe('running');
  });

  test('still holds for a run that only went on to another phase', () => {
    const core = new CoreDriver();
    core.begin(issue);
    core.pass(30_000);
    core.prepare(issue.id);

    const effects = core.answerPoll([], [{ ...issue, state: 'Done' }]);

    expect(effects).toEqual([{ type: 'stopRun', issueId: issue.id, runId: 1, cause: 'terminal' }]);
  });

  test('that shows an issue as it was before its claim was dropped has it read again first', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 2 });
    core.begin(issue);
    core.pass(30_000);
    core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Backlog' } });

    expect(core.answerPoll([issue], [issue])).toEqual([
      { type: 'refreshIssues', request: 3, ids: [issue.id] },
    ]);
  });

  test('to a question with old settings starts nothing unread', () => {
    const core = new CoreDriver();
    core.send({ type: 'started' });
    core.send({ type: 'workflowReloaded', settings: someSettings({ activeStates: ['Todo', 'Rework'] }) });

    const effects = core.answerPoll([issue, someFacts({ identifier: 'MT-2', state: 'In Progress' })]);

    expect(effects).toEqual([{ type: 'refreshIssues', request: 2, ids: [issue.id] }]);
    expect(core.pass(250)).toEqual([{ type: 'poll', request: 3, states: ['Todo', 'Rework'], ids: [] }]);
  });

  test('whose two reads disagree on an issue has it read again first', () => {
    const core = new CoreDriver();
    core.begin(issue);
    core.exit(issue.id, { kind: 'agentFailed', reason: 'turn_failed', detail: 'no' });
    core.send({ type: 'refreshRequested' });

    const effects = core.answerPoll([issue], []);

    expect(effects).toEqual([{ type: 'refreshIssues', request: 3, ids: [issue.id] }]);
  });

  test('whose two reads differ on an issue without a claim starts it as the read by id shows it', () => {
    const core = new CoreDriver();
    core.begin(issue);
    core.prepare(issue.id);
    core.pass(1_000);
    core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Backlog' } });
    const moved = { ...issue, state: 'In Progress' };

    const effects = core.answerPoll([issue], [moved]);

    expect(effects).toEqual([
      { type: 'startRun', issue: moved, runId: 2, host: 'local', attempt: null, thread: null },
    ]);
  });

  test('to a re-read that was overtaken is ignored', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    const next = someFacts({ identifier: 'MT-2' });
    core.begin(issue, next);
    core.exit(issue.id, { kind: 'issueInactive', issue: null });
    core.answerReRead(next);
    const { state } = core;

    expect(core.send({ type: 'issuesRefreshed', request: 2, issues: [next] })).toEqual([]);
    expect(core.state).toBe(state);
  });
});

test('Reconciliation with no running issues is a no-op', () => {
  const core = new CoreDriver();
  core.begin();
  core.pass(30_000);

  expect(core.answerPoll([], [])).toEqual([]);
  expect(core.facts).toEqual([]);
  expect(core.state.claims.isEmpty()).toBe(true);
});

test('what polls bring no news of leaves no trace in the journal', () => {
  const core = new CoreDriver();
  core.begin(issue);
  core.pass(30_000);

  core.answerPoll([], [{ ...issue }]);

  expect(core.facts).toEqual([]);
});
