import { describe, expect, test } from 'vitest';
import { isDrained } from '../../src/core/idle.js';
import { someFacts, someSettings } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

// Goal: the start, a workflow file that breaks and mends, and the end (SPEC 6.2, 6.3, 16.1).

const issue = someFacts();
const other = someFacts({ identifier: 'MT-2' });
const STATES = ['Todo', 'In Progress'];
const BROKEN = { code: 'workflow_parse_error', message: 'line 3', retryAfterMs: null } as const;

describe('a workflow file that is invalid', () => {
  test('stops new dispatch, and nothing else', () => {
    const core = new CoreDriver();
    core.begin(issue);
    core.send({ type: 'workflowBroke', failure: BROKEN });
    core.pass(30_000);

    expect(core.answerPoll([other], [{ ...issue, state: 'Done' }])).toEqual([
      { type: 'stopRun', issueId: issue.id, runId: 1, cause: 'terminal' },
    ]);
  });

  test('lets dispatch resume once it is mended', () => {
    const core = new CoreDriver();
    core.begin();
    core.send({ type: 'workflowBroke', failure: BROKEN });

    expect(core.send({ type: 'workflowReloaded', settings: someSettings() })).toEqual([
      { type: 'poll', request: 2, states: STATES, ids: [] },
    ]);
    expect(core.answerPoll([issue])).toEqual([
      { type: 'startRun', issue, runId: 1, host: 'local', attempt: null, thread: null },
    ]);
    expect(core.state.workflowProblem).toBeNull();
  });
});

test('a reload that raises the limit lets the next ones start', () => {
  const core = new CoreDriver({ maxConcurrentAgents: 1 });
  core.begin(issue, other);

  core.send({ type: 'workflowReloaded', settings: someSettings({ maxConcurrentAgents: 2 }) });

  expect(core.answerPoll([other])).toEqual([
    { type: 'startRun', issue: other, runId: 2, host: 'local', attempt: null, thread: null },
  ]);
});

test('a reload that makes a state inactive stops its runs with the next poll', () => {
  const core = new CoreDriver();
  core.begin(issue);

  core.send({ type: 'workflowReloaded', settings: someSettings({ activeStates: ['In Progress'] }) });

  expect(core.answerPoll([])).toEqual([{ type: 'stopRun', issueId: issue.id, runId: 1, cause: 'inactive' }]);
});

describe('the shutdown', () => {
  test('stops every run, starts nothing more, and is over once the last one has exited', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    core.begin(issue, other);

    expect(core.send({ type: 'shutdownRequested' })).toEqual([
      { type: 'stopRun', issueId: issue.id, runId: 1, cause: 'shutdown' },
    ]);
    expect(isDrained(core.state)).toBe(false);
    expect(core.exit(issue.id, { kind: 'stopped', by: 'shutdown' })).toEqual([]);
    expect(isDrained(core.state)).toBe(true);
  });

  test('asked for twice is done once', () => {
    const core = new CoreDriver();
    core.begin(issue);
    core.send({ type: 'shutdownRequested' });

    expect(core.send({ type: 'shutdownRequested' })).toEqual([]);
  });

  test('waits for a workspace that is being removed', () => {
    const core = new CoreDriver();
    core.begin(issue);
    core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Done' } });
    core.send({ type: 'shutdownRequested' });

    expect(isDrained(core.state)).toBe(false);
    core.send({
      type: 'workspaceRemoved',
      request: 2,
      issueId: issue.id,
      host: 'local',
      path: null,
      failure: null,
    });
    expect(isDrained(core.state)).toBe(true);
  });

  test('takes answers that come afterwards, and acts on none of them', () => {
    const core = new CoreDriver();
    core.send({ type: 'started' });
    core.send({ type: 'shutdownRequested' });
    const found = { key: 'MT-9', path: '/workspaces/MT-9', host: 'local', issueId: null, identifier: null };

    expect(core.answerPoll([issue])).toEqual([]);
    expect(core.send({ type: 'workspacesSurveyed', host: 'local', workspaces: [found] })).toEqual([]);
    expect(core.send({ type: 'terminalIssuesListed', issues: [{ id: '9', identifier: 'MT-9' }] })).toEqual(
      [],
    );
    expect(core.send({ type: 'refreshRequested' })).toEqual([]);
    expect(core.send({ type: 'woke' })).toEqual([]);
  });

  test('follows when the journal cannot be written', () => {
    const core = new CoreDriver();
    core.begin(issue);
    const failure = { code: 'store_failed', message: 'no space left', retryAfterMs: null } as const;

    expect(core.send({ type: 'storeFailed', failure })).toEqual([
      { type: 'stopRun', issueId: issue.id, runId: 1, cause: 'shutdown' },
    ]);
    expect(core.state.problems).toEqual([
      { atMs: core.wallMs, code: 'store_failed', message: 'no space left', identifier: null },
    ]);
  });
});
