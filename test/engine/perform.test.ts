import { expect, test } from 'vitest';
import type { Effect } from '../../src/core/effects.js';
import type { EventBody } from '../../src/core/events.js';
import { SymphonyError } from '../../src/domain/error.js';
import { issueFacts } from '../../src/domain/issue.js';
import type { IssueReads } from '../../src/engine/issue-reads.js';
import { createPerform } from '../../src/engine/perform.js';
import type { Runs } from '../../src/engine/runs.js';
import type { WorkspaceKeeping } from '../../src/engine/workspace-keeping.js';
import { anIssue } from '../helpers/build.js';
import { settled } from '../helpers/virtual-clock.js';

// Goal: each request effect is answered by exactly one event, also when what it asks for fails (C4).

const issue = anIssue();
const facts = issueFacts(issue);
const throttled = new SymphonyError('tracker_rate_limited', 'wait', { retryAfterMs: 30_000 });

const budget = { limit: 2_500, remaining: 2_000, windowMs: 3_600_000, requestsPerPoll: 1 };

const POLL: Effect = { type: 'poll', request: 1, states: ['Todo'], ids: ['x'] };
const REFRESH: Effect = { type: 'refreshIssues', request: 2, ids: [issue.id] };
const SURVEY: Effect = { type: 'surveyWorkspaces', host: 'local' };
const LIST: Effect = { type: 'listTerminalIssues', states: ['Done'] };
const REMOVE: Effect = {
  type: 'removeWorkspace',
  request: 3,
  issueId: issue.id,
  identifier: 'MT-1',
  host: 'local',
  path: null,
};
const START: Effect = {
  type: 'startRun',
  issue: facts,
  runId: 7,
  host: 'local',
  attempt: null,
  thread: null,
};
const STOP: Effect = { type: 'stopRun', issueId: issue.id, runId: 7, cause: 'terminal' };

/** Performs on ports that answer, or that all fail with this. */
function aPerformance(failure: Error | null = null) {
  const told: EventBody[] = [];
  const done: string[] = [];
  const answer = async <T>(what: string, value: T): Promise<T> => {
    done.push(what);
    if (failure !== null) throw failure;
    return value;
  };
  const { perform, decline } = createPerform({
    post: (event) => told.push(event),
    reads: {
      poll: () => answer('poll', { byStates: [issue], byIds: [] }),
      budget: () => budget,
      byIds: () => answer('byIds', [issue]),
      byStates: () => answer('byStates', [issue]),
      keepOnly: (wanted: (id: string) => boolean) =>
        done.push(`keeps ${['claimed', issue.id, 'other'].filter(wanted)}`),
    } as unknown as IssueReads,
    runs: {
      start: () => done.push('start'),
      stop: (runId: number, cause: string) => done.push(`stop ${runId} ${cause}`),
    } as unknown as Runs,
    reach: () => answer('reach', undefined),
    keeping: {
      survey: () => answer('survey', []),
      remove: () => answer('remove', undefined),
      letGoUnused: () => {},
    } as unknown as WorkspaceKeeping,
    checkWorkflow: async () => {
      done.push('check workflow');
    },
    isClaimed: (issueId) => issueId === 'claimed',
  });
  return { perform, decline, told, done };
}

test.each([
  [POLL, { type: 'pollAnswered', request: 1, candidates: [facts], refreshed: [], budget }],
  [
    { ...POLL, states: null } as Effect,
    { type: 'pollAnswered', request: 1, candidates: null, refreshed: [], budget },
  ],
  [REFRESH, { type: 'issuesRefreshed', request: 2, issues: [facts] }],
  [SURVEY, { type: 'workspacesSurveyed', host: 'local', workspaces: [] }],
  [LIST, { type: 'terminalIssuesListed', issues: [{ id: issue.id, identifier: 'MT-1' }] }],
  [
    REMOVE,
    { type: 'workspaceRemoved', request: 3, issueId: issue.id, host: 'local', path: null, failure: null },
  ],
])('%o is answered with what was found', async (effect, event) => {
  const { perform, told } = aPerformance();

  perform(effect);
  await settled();

  expect(told).toEqual([event]);
});

const failure = { code: 'tracker_rate_limited', message: 'wait', retryAfterMs: 30_000 };

test.each([
  [POLL, { type: 'pollFailed', request: 1, failure }],
  [REFRESH, { type: 'issuesRefreshFailed', request: 2, failure }],
  [SURVEY, { type: 'surveyFailed', host: 'local', failure }],
  [LIST, { type: 'sweepFailed', failure }],
  [REMOVE, { type: 'workspaceRemoved', request: 3, issueId: issue.id, host: 'local', path: null, failure }],
])('%o that fails is answered with its failure', async (effect, event) => {
  const { perform, told } = aPerformance(throttled);

  perform(effect);
  await settled();

  expect(told).toEqual([event]);
});

test('what nobody foresaw is a failure like any other', async () => {
  const { perform, told } = aPerformance(new TypeError('x is undefined'));

  perform(POLL);
  await settled();

  expect(told).toMatchObject([
    { type: 'pollFailed', failure: { code: 'internal_error', message: 'x is undefined' } },
  ]);
});

test('a poll looks at the workflow file first, and forgets who is neither listed nor claimed after it', async () => {
  const { perform, done } = aPerformance();

  perform(POLL);
  await settled();

  expect(done).toEqual(['check workflow', 'poll', `keeps claimed,${issue.id}`]);
});

test('runs are started and stopped', () => {
  const { perform, done } = aPerformance();

  perform(START);
  perform(STOP);

  expect(done).toEqual(['start', 'stop 7 terminal']);
});

const uncommitted = expect.objectContaining({ code: 'store_failed' });

test.each([
  [POLL, { type: 'pollFailed', request: 1, failure: uncommitted }],
  [REFRESH, { type: 'issuesRefreshFailed', request: 2, failure: uncommitted }],
  [
    REMOVE,
    {
      type: 'workspaceRemoved',
      request: 3,
      issueId: issue.id,
      host: 'local',
      path: null,
      failure: uncommitted,
    },
  ],
  [
    START,
    {
      type: 'runExited',
      issueId: issue.id,
      runId: 7,
      outcome: expect.objectContaining({ kind: 'agentFailed', reason: 'internal_error' }),
    },
  ],
])('%o that could not be committed does nothing and is answered', async (effect, event) => {
  const { decline, told, done } = aPerformance();

  decline(effect);
  await settled();

  expect(told).toEqual([event]);
  expect(done).toEqual([]);
});

test('a stop that could not be committed stops all the same', () => {
  const { decline, told, done } = aPerformance();

  decline(STOP);

  expect(done).toEqual(['stop 7 terminal']);
  expect(told).toEqual([]);
});
