import { describe, expect, test } from 'vitest';
import type { FoundWorkspace } from '../../src/core/events.js';
import { someFacts } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

// Goal: workspaces of finished issues go, also those that an earlier daemon left behind (SPEC 8.6, 14.3).

const issue = someFacts();
const STATES = ['Todo', 'In Progress'];
const workspace = { path: '/workspaces/MT-1', host: 'local' };
const marked: FoundWorkspace = { key: 'MT-1', ...workspace, issueId: issue.id, identifier: 'MT-1' };
const unmarked: FoundWorkspace = { ...marked, issueId: null, identifier: null };
const FAILURE = { code: 'tracker_status', message: '500', retryAfterMs: null } as const;

function surveyed(...workspaces: FoundWorkspace[]) {
  const core = new CoreDriver();
  core.send({ type: 'started' });
  core.answerPoll([]);
  core.pass(1_000);
  return { core, effects: core.send({ type: 'workspacesSurveyed', host: 'local', workspaces }) };
}

describe('a workspace found at the start', () => {
  test('is asked about by id where a mark tells whose it is, and removed if its issue is finished', () => {
    const { core, effects } = surveyed(marked);

    expect(effects).toEqual([{ type: 'poll', request: 2, states: STATES, ids: [issue.id] }]);
    expect(core.answerPoll([], [{ ...issue, state: 'Done' }])).toEqual([
      { type: 'removeWorkspace', request: 3, issueId: issue.id, identifier: 'MT-1', ...workspace },
    ]);
  });

  test.each([
    ['active', [{ ...issue, dispatchable: false }]],
    ['gone', []],
  ])('is kept if its issue is %s', (_what, refreshed) => {
    const { core } = surveyed(marked);

    expect(core.answerPoll([], refreshed)).toEqual([]);
    expect(core.state.kept.has(issue.id)).toBe(true);
  });

  test('is looked for in the list of finished issues where no mark tells whose it is', () => {
    const { core, effects } = surveyed(unmarked);
    const issues = [
      { id: issue.id, identifier: 'MT-1' },
      { id: '2', identifier: 'MT-2' },
    ];

    expect(effects).toEqual([
      { type: 'listTerminalIssues', states: ['Closed', 'Cancelled', 'Canceled', 'Duplicate', 'Done'] },
    ]);
    expect(core.send({ type: 'terminalIssuesListed', issues })).toEqual([
      { type: 'removeWorkspace', request: 2, issueId: issue.id, identifier: 'MT-1', ...workspace },
    ]);
  });

  test('is left alone when its issue was reopened and worked on before the list came', () => {
    const { core } = surveyed(unmarked);
    core.send({ type: 'refreshRequested' });
    core.answerPoll([issue]);
    core.send({ type: 'runAdvanced', issueId: issue.id, runId: 1, phase: 'buildingPrompt', workspace });
    core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Backlog' } });

    const effects = core.send({
      type: 'terminalIssuesListed',
      issues: [{ id: issue.id, identifier: 'MT-1' }],
    });

    expect(effects).toEqual([]);
  });

  test('belongs to the run that began before the survey answered', () => {
    const core = new CoreDriver();
    core.send({ type: 'started' });
    core.answerPoll([issue]);
    core.send({ type: 'workspacesSurveyed', host: 'local', workspaces: [marked] });
    core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Backlog' } });

    expect([...core.state.kept]).toEqual([[issue.id, { identifier: 'MT-1', isKnown: true, workspace }]]);
  });
});

describe('a sweep that fails', () => {
  test('is told as a warning, and the daemon goes on', () => {
    const core = new CoreDriver();
    core.send({ type: 'started' });

    expect(core.send({ type: 'sweepFailed', failure: FAILURE })).toEqual([]);
    expect(core.answerPoll([issue])).toEqual([
      { type: 'startRun', issue, runId: 1, host: 'local', attempt: null, thread: null },
    ]);
    expect(core.state.problems).toEqual([
      {
        atMs: core.wallMs,
        code: 'tracker_status',
        message: 'workspaces of finished issues were not swept: 500',
        identifier: null,
      },
    ]);
  });
});

test('many kept workspaces are asked about in turn, fifty with each poll', () => {
  const found = Array.from({ length: 60 }, (_, index) => ({
    ...marked,
    key: `k${index}`,
    issueId: `${index}`,
  }));
  const { core } = surveyed(...found);
  const asked = (): number => core.state.poll.flight?.ids.length ?? 0;
  const first = core.state.poll.flight?.ids;
  core.answerPoll([]);
  core.pass(30_000);

  expect(asked()).toBe(50);
  expect(new Set([...(first ?? []), ...(core.state.poll.flight?.ids ?? [])]).size).toBe(60);
});

test('an answer to an earlier removal does not end a later one', () => {
  const { core } = surveyed(marked);
  core.answerPoll([], [{ ...issue, state: 'Done' }]);
  const removed = {
    type: 'workspaceRemoved',
    request: 3,
    issueId: issue.id,
    host: 'local',
    path: null,
    failure: null,
  } as const;
  core.send(removed);
  core.pass(30_000);
  core.answerPoll([issue]);
  core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Done' } });
  const { state } = core;

  expect(state.removing.has(issue.id)).toBe(true);
  expect(core.send(removed)).toEqual([]);
  expect(core.state).toBe(state);
});
