import { describe, expect, test } from 'vitest';
import { someFacts } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

// Goal: what should not run is stopped, and a workspace goes only after its run has (SPEC 8.5, C5).

const issue = someFacts();
const STATES = ['Todo', 'In Progress'];
const workspace = { path: `/workspaces/${issue.id}`, host: 'local' };
const QUESTION = { kind: 'userInput', text: 'Which one?', choices: [] } as const;

function running(): CoreDriver {
  const core = new CoreDriver();
  core.begin(issue);
  core.prepare(issue.id);
  core.pass(1_000);
  return core;
}

/** The next poll tells this about the issue. */
function polled(core: CoreDriver, word: Partial<typeof issue> | 'gone') {
  core.pass(30_000);
  const effects = core.answerPoll([], word === 'gone' ? [] : [{ ...issue, ...word }]);
  core.pass(1_000);
  return effects;
}

describe('a running issue', () => {
  test('Active-state issue refresh updates running entry state', () => {
    const core = running();

    expect(polled(core, { state: 'In Progress' })).toEqual([]);
    expect(core.claim(issue.id).issue.state).toBe('In Progress');
    expect(core.facts).toEqual([{ type: 'claimed', issueId: issue.id, claim: core.claim(issue.id) }]);
  });

  test('Non-active state stops running agent without workspace cleanup', () => {
    const core = running();

    expect(polled(core, { state: 'Human Review' })).toEqual([
      { type: 'stopRun', issueId: issue.id, runId: 1, cause: 'inactive' },
    ]);
    expect(core.exit(issue.id, { kind: 'stopped', by: 'inactive' })).toEqual([
      { type: 'poll', request: 3, states: STATES, ids: [issue.id] },
    ]);
    expect(core.state.claims.isEmpty()).toBe(true);
  });

  test('Terminal state stops running agent and cleans workspace', () => {
    const core = running();

    expect(polled(core, { state: 'Done' })).toEqual([
      { type: 'stopRun', issueId: issue.id, runId: 1, cause: 'terminal' },
    ]);
    expect(core.exit(issue.id, { kind: 'stopped', by: 'terminal' })).toEqual([
      { type: 'removeWorkspace', request: 3, issueId: issue.id, identifier: 'MT-1', ...workspace },
      { type: 'poll', request: 4, states: STATES, ids: [issue.id] },
    ]);
    expect(core.state.claims.isEmpty()).toBe(true);
  });

  test('is stopped without cleanup when it is no longer routed to us', () => {
    expect(polled(running(), { dispatchable: false })).toEqual([
      { type: 'stopRun', issueId: issue.id, runId: 1, cause: 'unroutable' },
    ]);
  });

  test('is stopped without cleanup when the tracker no longer shows it', () => {
    const core = running();

    expect(polled(core, 'gone')).toEqual([{ type: 'stopRun', issueId: issue.id, runId: 1, cause: 'gone' }]);
    expect(core.exit(issue.id, { kind: 'stopped', by: 'gone' })).toEqual([
      { type: 'poll', request: 3, states: STATES, ids: [issue.id] },
    ]);
  });

  test('that is finished and unroutable counts as finished', () => {
    expect(polled(running(), { state: 'Done', dispatchable: false })).toEqual([
      { type: 'stopRun', issueId: issue.id, runId: 1, cause: 'terminal' },
    ]);
  });

  test('is stopped once, however often it is told', () => {
    const core = running();
    polled(core, { state: 'Done' });

    expect(polled(core, { state: 'Done' })).toEqual([]);
  });
});

describe('a run being stopped', () => {
  test('keeps its slot until it has exited', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    const next = someFacts({ identifier: 'MT-2' });
    core.begin(issue, next);

    const stopped = polled(core, { state: 'Backlog' });

    expect(stopped).toEqual([{ type: 'stopRun', issueId: issue.id, runId: 1, cause: 'inactive' }]);
    expect(core.exit(issue.id, { kind: 'stopped', by: 'inactive' })).toEqual([
      { type: 'refreshIssues', request: 3, ids: [next.id] },
    ]);
  });

  test('loses its workspace when its issue turns out finished meanwhile', () => {
    const core = running();
    polled(core, { state: 'Human Review' });
    polled(core, { state: 'Done' });

    expect(core.exit(issue.id, { kind: 'stopped', by: 'inactive' })[0]).toEqual({
      type: 'removeWorkspace',
      request: 4,
      issueId: issue.id,
      identifier: 'MT-1',
      ...workspace,
    });
  });

  test('keeps its workspace when its issue was reopened before it exited', () => {
    const core = running();
    polled(core, { state: 'Done' });
    polled(core, { state: 'In Progress' });

    expect(core.exit(issue.id, { kind: 'stopped', by: 'terminal' })).toEqual([
      { type: 'poll', request: 4, states: STATES, ids: [issue.id] },
    ]);
  });

  test('tells with its own last look that the issue is finished', () => {
    const core = running();
    polled(core, { state: 'Human Review' });

    const effects = core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Done' } });

    expect(effects[0]?.type).toBe('removeWorkspace');
  });
});

describe('a workspace', () => {
  test('being removed holds back its issue, which starts once it is gone', () => {
    const core = running();
    core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Done' } });

    expect(core.answerPoll([issue], [issue])).toEqual([]);
    const removed = core.send({
      type: 'workspaceRemoved',
      request: 2,
      issueId: issue.id,
      host: 'local',
      path: null,
      failure: null,
    });

    expect(removed).toEqual([{ type: 'refreshIssues', request: 4, ids: [issue.id] }]);
    expect(core.answerReRead(issue)).toEqual([
      { type: 'startRun', issue, runId: 2, host: 'local', attempt: null, thread: null },
    ]);
  });

  test('is removed once its issue is finished, also when no claim is left', () => {
    const core = running();
    core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Backlog' } });

    expect(core.answerPoll([], [{ ...issue, state: 'Done' }])).toEqual([
      { type: 'removeWorkspace', request: 3, issueId: issue.id, identifier: 'MT-1', ...workspace },
    ]);
  });

  test('that is found finished is not worked in, though its issue still waits in an older list', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    const urgent = someFacts({ identifier: 'MT-2', priority: 1 });
    core.begin(issue);
    core.prepare(issue.id);
    core.pass(1_000);
    core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Backlog' } });
    core.answerPoll([issue, urgent], [issue]);
    core.pass(30_000);
    core.exit(urgent.id, { kind: 'issueInactive', issue: null });

    const effects = core.answerPoll([], [{ ...issue, state: 'Done' }]);

    expect(effects.map(({ type }) => type)).not.toContain('startRun');
    expect(effects[0]).toEqual({
      type: 'removeWorkspace',
      request: 5,
      issueId: issue.id,
      identifier: 'MT-1',
      ...workspace,
    });
  });

  test('that cannot be removed is told once and not tried again', () => {
    const core = running();
    core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Done' } });
    const failure = { code: 'workspace_unavailable', message: 'busy', retryAfterMs: null } as const;

    core.send({
      type: 'workspaceRemoved',
      request: 2,
      issueId: issue.id,
      host: 'local',
      path: null,
      failure,
    });

    expect(core.state.problems).toEqual([
      { atMs: core.wallMs, code: 'workspace_unavailable', message: 'busy', identifier: 'MT-1' },
    ]);
    expect(core.answerPoll([], [{ ...issue, state: 'Done' }])).toEqual([]);
  });
});

describe('a blocked issue', () => {
  function blocked(): CoreDriver {
    const core = running();
    core.exit(issue.id, { kind: 'inputRequired', question: QUESTION });
    return core;
  }

  test('holds no slot and is not dispatched again', () => {
    const core = blocked();

    expect(core.state.slots.held).toBe(0);
    expect(polled(core, {})).toEqual([]);
    expect(core.claim(issue.id).kind).toBe('blocked');
  });

  test('is not freed by a move that the agent itself made before it asked', () => {
    const core = blocked();

    polled(core, { state: 'In Progress' });

    expect(core.claim(issue.id).kind).toBe('blocked');
  });

  test('is read at once, so that a person who moves it soon is not taken for its agent', () => {
    const next = { ...issue, id: 'next', identifier: 'MT-2' };
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    core.begin(issue, next);
    core.prepare(issue.id);
    core.pass(1_000);

    const effects = core.exit(issue.id, { kind: 'inputRequired', question: QUESTION });

    expect(effects).toContainEqual(
      expect.objectContaining({ type: 'poll', ids: expect.arrayContaining([issue.id]) }),
    );
    core.answerPoll([next], [issue]);
    core.pass(1_000);
    core.send({ type: 'trackerChanged' });
    core.answerPoll([], [{ ...issue, state: 'In Progress' }, next]);
    expect(core.state.claims.has(issue.id)).toBe(false);
  });

  test('is freed and dispatched when a person moves it', () => {
    const core = blocked();
    polled(core, { state: 'In Progress' });
    core.pass(30_000);
    const moved = { ...issue, state: 'Todo' };

    expect(core.answerPoll([moved], [moved])).toEqual([
      { type: 'startRun', issue: moved, runId: 2, host: 'local', attempt: null, thread: null },
    ]);
  });

  test('is let go when it is finished, and its workspace removed', () => {
    const core = blocked();

    expect(polled(core, { state: 'Done' })[0]).toEqual({
      type: 'removeWorkspace',
      request: 3,
      issueId: issue.id,
      identifier: 'MT-1',
      ...workspace,
    });
    expect(core.state.claims.isEmpty()).toBe(true);
  });
});
