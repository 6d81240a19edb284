import { describe, expect, test } from 'vitest';
import { ErrorResponse, IssueResponse } from '../../src/api/schema.js';
import {
  aBlockedRow,
  aParkedRow,
  aRetryingRow,
  aRunningRow,
  aSnapshot,
  TestSource,
} from '../helpers/snapshots.js';
import {
  anApi,
  anAttempt,
  anExplanation,
  anIssueHistory,
  someExplainer,
  someTranscripts,
  TestHistory,
} from './an-api.js';

const busy = aSnapshot({
  running: [aRunningRow()],
  retrying: [aRetryingRow()],
  blocked: [aBlockedRow()],
  parked: [aParkedRow()],
});

describe('GET /api/v1/<issue_identifier>', () => {
  const api = () => anApi({ source: new TestSource(busy) });
  const issue = async (path: string) => IssueResponse.parse((await api().inject(path)).json());

  test('shows a running issue in the shape of SPEC 13.7.2', async () => {
    expect(await issue('/api/v1/MT-649')).toEqual({
      issue_identifier: 'MT-649',
      issue_id: 'abc123',
      issue_url: 'https://tracker.example/issues/MT-649',
      title: 'Add a cache',
      state: 'In Progress',
      status: 'running',
      workspace: { path: '/var/symphony/MT-649', host: null },
      attempts: { restart_count: 0, current_retry_attempt: 0 },
      running: expect.objectContaining({
        session_id: 'thread-1-turn-1',
        turn_count: 7,
        state: 'In Progress',
      }),
      retry: null,
      blocked: null,
      parked: null,
      logs: { codex_session_logs: [] },
      recent_events: [{ at: '2026-02-24T20:14:59Z', event: 'turn_completed', message: 'turn completed' }],
      last_error: null,
      history: [],
      tokens_over_time: [],
      tracked: {},
    });
  });

  test('counts the restarts of a run that is a retry', async () => {
    const source = new TestSource(aSnapshot({ running: [aRunningRow({ attempt: 2 })] }));

    const { attempts } = (await anApi({ source }).inject('/api/v1/MT-649')).json();

    expect(attempts).toEqual({ restart_count: 1, current_retry_attempt: 2 });
  });

  test('shows a retrying issue with its error', async () => {
    expect(await issue('/api/v1/MT-650')).toMatchObject({
      status: 'retrying',
      attempts: { restart_count: 2, current_retry_attempt: 3 },
      running: null,
      retry: { attempt: 3, due_at: '2026-02-24T20:16:00Z' },
      last_error: 'no available orchestrator slots',
    });
  });

  test('shows a blocked issue with its question', async () => {
    expect(await issue('/api/v1/MT-651')).toMatchObject({
      status: 'blocked',
      workspace: { host: 'worker-1' },
      blocked: { question: { kind: 'commandApproval', choices: ['accept', 'decline'] } },
    });
  });

  test('shows a parked issue with its reason', async () => {
    expect(await issue('/api/v1/MT-652')).toMatchObject({
      status: 'parked',
      last_error: 'usage limit reached',
    });
  });

  test('shows the events and transcripts that the daemon keeps, the latest event last and the latest transcript first', async () => {
    const history = new TestHistory();
    for (let count = 1; count <= 60; count += 1) history.add({ message: `event ${count}` });
    history.add({ identifier: 'MT-650', message: 'of another issue' });
    const transcripts = someTranscripts({
      sessions: (identifier) => [
        { label: 'run-1', path: `/state/${identifier}/run-1.jsonl` },
        { label: 'run 2', path: `/state/${identifier}/run 2.jsonl` },
      ],
    });
    const answer = await anApi({ source: new TestSource(busy), history, transcripts }).inject(
      '/api/v1/MT-649',
    );

    const { logs, recent_events } = IssueResponse.parse(answer.json());
    expect(logs.codex_session_logs).toEqual([
      {
        label: 'latest',
        path: '/state/MT-649/run 2.jsonl',
        url: '/api/v1/issues/MT-649/transcript?session=run%202',
      },
      {
        label: 'run-1',
        path: '/state/MT-649/run-1.jsonl',
        url: '/api/v1/issues/MT-649/transcript?session=run-1',
      },
    ]);
    expect(recent_events).toHaveLength(50);
    expect(recent_events.at(-1)).toEqual({
      at: '2026-02-24T20:15:30Z',
      event: 'agent_notification',
      message: 'event 60',
    });
  });

  test.each([
    ['waiting', 'waiting'],
    ['ineligible', 'ineligible'],
    // The explanation is made after the snapshot, and may be ahead of it.
    ['running', 'waiting'],
  ] as const)('shows an issue of the board that is %s as %s', async (standing, status) => {
    const explainer = someExplainer({ explanations: [anExplanation({ standing })] });

    const answer = await anApi({ source: new TestSource(busy), explainer }).inject('/api/v1/MT-700');

    expect(IssueResponse.parse(answer.json())).toMatchObject({
      issue_id: 'mno345',
      issue_identifier: 'MT-700',
      title: 'Add a queue',
      state: 'Todo',
      status,
      workspace: { path: null, host: null },
      attempts: { restart_count: 0, current_retry_attempt: 0 },
      running: null,
      retry: null,
    });
  });

  test('shows what is remembered of an issue that has ended', async () => {
    const attempts = [
      anAttempt({ outcome: 'agentFailed', detail: 'overloaded' }),
      anAttempt({ runId: 8, attempt: 1, host: 'worker-1' }),
    ];
    const history = new TestHistory([anIssueHistory({ attempts })]);

    const issue = IssueResponse.parse((await anApi({ history }).inject('/api/v1/MT-1')).json());

    expect(issue).toMatchObject({
      status: 'ended',
      title: 'Over',
      state: 'Done',
      workspace: { path: '/var/symphony/MT-1', host: 'worker-1' },
      attempts: { restart_count: 0, current_retry_attempt: 1 },
      last_error: null,
      tokens_over_time: [{ at: '2026-02-24T20:10:30Z', total_tokens: 15 }],
    });
    expect(issue.history.map(({ run_id, outcome, detail }) => [run_id, outcome, detail])).toEqual([
      [7, 'agentFailed', 'overloaded'],
      [8, 'issueInactive', 'the issue is Done'],
    ]);
    expect(issue.history[0]).toEqual({
      run_id: 7,
      attempt: null,
      started_at: '2026-02-24T20:05:30Z',
      ended_at: '2026-02-24T20:10:30Z',
      outcome: 'agentFailed',
      detail: 'overloaded',
      phases: [{ phase: 'preparingWorkspace', at: '2026-02-24T20:05:30Z' }],
      worker_host: null,
      workspace_path: '/var/symphony/MT-1',
      session_id: 'thread-1-turn-3',
      turn_count: 3,
      tokens: { input_tokens: 10, output_tokens: 5, total_tokens: 15 },
    });
  });

  test('answers 404 issue_not_found for an unknown issue', async () => {
    const answer = await api().inject('/api/v1/MT-1');

    expect(answer.statusCode).toBe(404);
    expect(ErrorResponse.parse(answer.json()).error).toEqual({
      code: 'issue_not_found',
      message: 'No issue MT-1 is known: it is in none of the active states, and it was not worked on lately.',
    });
  });

  test('does not tell where an issue is not before the tracker was read', async () => {
    const { polling } = aSnapshot();
    const source = new TestSource(aSnapshot({ polling: { ...polling, lastSuccessAtMs: null } }));

    const answer = await anApi({ source }).inject('/api/v1/MT-1');

    expect(ErrorResponse.parse(answer.json()).error).toEqual({
      code: 'issue_not_found',
      message: 'No issue MT-1 is known: the tracker has not answered yet, and it was not worked on lately.',
    });
  });

  test.each(['state', 'refresh', 'issues'])(
    'reaches an issue called %s under /issues',
    async (identifier) => {
      const source = new TestSource(aSnapshot({ running: [aRunningRow({ identifier })] }));

      const answer = await anApi({ source }).inject(`/api/v1/issues/${identifier}`);

      expect(answer.json().issue_identifier).toBe(identifier);
    },
  );

  test.each(['team/a-1', 'MT 1', 'é#1', '100%', 'x'.repeat(500)])(
    'reaches the issue %j',
    async (identifier) => {
      const source = new TestSource(aSnapshot({ running: [aRunningRow({ identifier })] }));

      const answer = await anApi({ source }).inject(`/api/v1/${encodeURIComponent(identifier)}`);

      expect(answer.json().issue_identifier).toBe(identifier);
    },
  );
});
