import type { InjectOptions } from 'fastify';
import { describe, expect, test } from 'vitest';
import { ErrorResponse, RefreshResponse, StateResponse } from '../../src/api/schema.js';
import {
  aBlockedRow,
  aParkedRow,
  aProblem,
  aRetryingRow,
  aRunningRow,
  aSnapshot,
  SAMPLE_AT_MS,
  someCommands,
  TestSource,
} from '../helpers/snapshots.js';
import { anApi } from './an-api.js';

const busy = aSnapshot({
  running: [aRunningRow()],
  retrying: [aRetryingRow()],
  blocked: [aBlockedRow()],
  parked: [aParkedRow()],
  waiting: { count: 14, identifiers: ['MT-700', 'MT-701'] },
  ineligible: { count: 3, identifiers: ['MT-800'] },
  totals: { inputTokens: 5_000, outputTokens: 2_400, totalTokens: 7_400, secondsRunning: 1_834.21 },
});

describe('GET /api/v1/state', () => {
  test('has the fields of SPEC 13.7.2 and its own', async () => {
    const api = anApi({ source: new TestSource(busy) });

    const answer = await api.inject('/api/v1/state');

    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    const state = StateResponse.parse(answer.json());
    expect(state).toMatchObject({
      generated_at: '2026-02-24T20:15:30Z',
      counts: { running: 1, retrying: 1, blocked: 1, parked: 1 },
      codex_totals: {
        input_tokens: 5_000,
        output_tokens: 2_400,
        total_tokens: 7_400,
        seconds_running: 1_834.2,
      },
      rate_limits: null,
      waiting: { count: 14, issue_identifiers: ['MT-700', 'MT-701'] },
      ineligible: { count: 3, issue_identifiers: ['MT-800'] },
    });
    expect(state.running).toEqual([
      {
        issue_id: 'abc123',
        issue_identifier: 'MT-649',
        issue_url: 'https://tracker.example/issues/MT-649',
        title: 'Add a cache',
        state: 'In Progress',
        worker_host: null,
        workspace_path: '/var/symphony/MT-649',
        session_id: 'thread-1-turn-1',
        turn_count: 7,
        last_event: 'turn_completed',
        last_message: 'turn completed',
        started_at: '2026-02-24T20:10:12Z',
        last_event_at: '2026-02-24T20:14:59Z',
        tokens: { input_tokens: 1_200, output_tokens: 800, total_tokens: 2_000 },
        attempt: null,
        phase: 'streamingTurn',
        stopping: null,
        process_id: 4242,
      },
    ]);
    expect(state.retrying[0]).toMatchObject({
      issue_identifier: 'MT-650',
      attempt: 3,
      due_at: '2026-02-24T20:16:00Z',
      error: 'no available orchestrator slots',
    });
    expect(state.blocked[0]).toMatchObject({
      question: { text: 'Run npm publish?' },
      blocked_at: '2026-02-24T20:13:30Z',
      worker_host: 'worker-1',
    });
    expect(state.parked[0]).toMatchObject({ reason: 'usage limit reached', until: '2026-02-24T22:15:30Z' });
  });

  test('keeps the rate limits as the agent words them', async () => {
    const rateLimits = { limitId: 'codex', primary: { usedPercent: 12 } };
    const api = anApi({ source: new TestSource(aSnapshot({ rateLimits })) });

    expect(StateResponse.parse((await api.inject('/api/v1/state')).json()).rate_limits).toEqual(rateLimits);
  });

  test('tells when the tracker and the workflow file fail', async () => {
    const failure = aProblem();
    const polling = { ...aSnapshot().polling, failure };
    const workflowProblem = aProblem({ code: 'workflow_parse_error', message: 'line 3: bad YAML' });
    const api = anApi({
      source: new TestSource(aSnapshot({ polling, workflowProblem, problems: [failure] })),
    });

    const state = StateResponse.parse((await api.inject('/api/v1/state')).json());

    const shown = {
      at: '2026-02-24T20:15:12Z',
      code: 'tracker_status',
      message: 'Linear answered 503.',
      issue_identifier: null,
    };
    expect(state.polling).toEqual({
      checking: false,
      poll_interval_ms: 30_000,
      configured_interval_ms: 30_000,
      paused_until: null,
      requests: null,
      next_poll_in_ms: 12_000,
      last_success_at: '2026-02-24T20:15:12Z',
      error: shown,
    });
    expect(state.workflow_error?.message).toBe('line 3: bad YAML');
    expect(state.problems).toEqual([shown]);
  });

  test('shows that the tracker throttles, until when, and what is left of its allowance', async () => {
    const polling = {
      ...aSnapshot().polling,
      intervalMs: 72_000,
      pausedUntilMs: SAMPLE_AT_MS + 45_000,
      budget: { limit: 2_500, remaining: 3, windowMs: 3_600_000, requestsPerPoll: 1 },
    };
    const api = anApi({ source: new TestSource(aSnapshot({ polling })) });

    const state = StateResponse.parse((await api.inject('/api/v1/state')).json());

    expect(state.polling).toMatchObject({
      poll_interval_ms: 72_000,
      configured_interval_ms: 30_000,
      paused_until: '2026-02-24T20:16:15Z',
      requests: { limit: 2_500, remaining: 3 },
    });
  });

  test('shows a new snapshot at once, and makes the answer once per snapshot', async () => {
    const source = new TestSource(aSnapshot());
    const api = anApi({ source });
    let made = 0;
    // The getter counts how often the rows are read to make an answer.
    const counted = Object.defineProperty({ ...busy }, 'problems', {
      get: () => {
        made += 1;
        return [];
      },
    });

    await api.inject('/api/v1/state');
    source.set(counted);
    const counts = [];
    for (let reader = 0; reader < 3; reader += 1)
      counts.push((await api.inject('/api/v1/state')).json().counts);

    expect(counts.map((count) => count.running)).toEqual([1, 1, 1]);
    expect(made).toBe(1);
  });

  test('says that there is no snapshot when there is none', async () => {
    const source = new TestSource();
    source.current = () => {
      throw new Error('stuck');
    };

    const answer = await anApi({ source }).inject('/api/v1/state');

    expect(answer.statusCode).toBe(503);
    expect(ErrorResponse.parse(answer.json()).error.code).toBe('snapshot_unavailable');
  });
});

describe('POST /api/v1/refresh', () => {
  const refresh = (options: InjectOptions = {}) =>
    anApi().inject({ method: 'POST', url: '/api/v1/refresh', ...options });

  test('queues a poll and answers 202', async () => {
    let asked = 0;
    const commands = someCommands({
      refresh: () => {
        asked += 1;
        return { queued: true, coalesced: true };
      },
    });

    const answer = await anApi({ commands }).inject({ method: 'POST', url: '/api/v1/refresh' });

    expect([answer.statusCode, asked]).toEqual([202, 1]);
    expect(RefreshResponse.parse(answer.json())).toEqual({
      queued: true,
      coalesced: true,
      requested_at: '2026-02-24T20:15:30Z',
      operations: ['poll', 'reconcile'],
    });
  });

  test.each([
    ['empty', {}],
    ['empty JSON', { headers: { 'content-type': 'application/json' } }],
    ['JSON', { headers: { 'content-type': 'application/json; charset=utf-8' }, payload: '{}' }],
    ['JSON as a script calls it', { headers: { 'content-type': 'text/plain;charset=UTF-8' }, payload: '{}' }],
    ['empty, as a script calls it', { headers: { 'content-type': 'text/plain;charset=UTF-8' }, payload: '' }],
    [
      'JSON as no script calls it',
      { headers: { 'content-type': 'application/problem+json' }, payload: '{}' },
    ],
    ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: 'a=1' }],
  ])('takes a body that is %s', async (_kind, options) => {
    expect((await refresh(options)).statusCode).toBe(202);
  });

  test.each([
    ['malformed JSON', 400, { headers: { 'content-type': 'application/json' }, payload: '{' }],
    ['JSON that is called text', 415, { headers: { 'content-type': 'text/plain' }, payload: '{"a":1}' }],
    ['JSON that is called nothing', 415, { headers: { 'content-type': '' }, payload: '{}' }],
    ['a body of an unsupported type', 415, { headers: { 'content-type': 'text/xml' }, payload: '<a/>' }],
    [
      'a body of more than 64 kB',
      413,
      { headers: { 'content-type': 'application/json' }, payload: `"${'x'.repeat(65_536)}"` },
    ],
  ])('refuses %s with the envelope', async (_kind, status, options) => {
    const answer = await refresh(options);

    expect(answer.statusCode).toBe(status);
    expect(ErrorResponse.parse(answer.json()).error.code).toBe('request_failed');
  });
});

describe('every route', () => {
  test.each([
    ['DELETE', '/api/v1/state', 'GET, HEAD'],
    ['POST', '/api/v1/state', 'GET, HEAD'],
    ['PUT', '/api/v1/MT-649', 'GET, HEAD'],
    ['OPTIONS', '/api/v1/issues/MT-649', 'GET, HEAD'],
    ['GET', '/api/v1/refresh', 'POST'],
    ['HEAD', '/api/v1/refresh', 'POST'],
  ] as const)('answers 405 to %s %s and says what is allowed', async (method, url, allow) => {
    const answer = await anApi().inject({
      method,
      url,
      ...(method === 'POST' ? { payload: 'not read' } : {}),
    });

    expect([answer.statusCode, answer.headers.allow]).toEqual([405, allow]);
    if (method !== 'HEAD') expect(ErrorResponse.parse(answer.json()).error.code).toBe('method_not_allowed');
  });

  test.each([
    '/nothing',
    '/api',
    '/api/v1',
    '/api/v1/',
    '/api/v2/state',
    '/api/v1/a/b',
    '/api/v1/issues/a/b',
  ])('answers 404 not_found to %s', async (url) => {
    const answer = await anApi().inject(url);

    expect(answer.statusCode).toBe(404);
    expect(ErrorResponse.parse(answer.json()).error.code).toBe('not_found');
  });

  test('answers 404 to an unknown path whatever the method and the body', async () => {
    const answer = await anApi().inject({ method: 'POST', url: '/nothing', payload: '<a/>' });

    expect(answer.statusCode).toBe(404);
  });

  test.each(['/api/v1/%zz', '/%', `/api/v1/${'x'.repeat(2_000)}`])(
    'answers a malformed address with the envelope (%#)',
    async (url) => {
      const answer = await anApi().inject(url);

      expect(answer.statusCode).toBeGreaterThanOrEqual(400);
      expect(answer.statusCode).toBeLessThan(500);
      expect(['request_failed', 'not_found']).toContain(ErrorResponse.parse(answer.json()).error.code);
    },
  );

  test('answers HEAD like GET, without the body', async () => {
    const api = anApi({ source: new TestSource(busy) });

    const get = await api.inject('/api/v1/state');
    const head = await api.inject({ method: 'HEAD', url: '/api/v1/state' });

    expect([head.statusCode, head.body, head.headers['content-length']]).toEqual([
      200,
      '',
      String(get.rawPayload.length),
    ]);
  });

  test('forbids storing, guessing types and being shown in another page', async () => {
    const { headers } = await anApi().inject('/api/v1/state');

    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
  });

  test('hides the text of a bug from the caller and logs it', async () => {
    const logged: unknown[] = [];
    const api = anApi({
      commands: someCommands({
        refresh: () => {
          throw new TypeError('secret internals');
        },
      }),
      log: { warn: () => {}, error: (message, fields) => logged.push(message, fields?.['error']) },
    });

    const answer = await api.inject({ method: 'POST', url: '/api/v1/refresh' });

    expect(answer.statusCode).toBe(500);
    expect(ErrorResponse.parse(answer.json()).error.code).toBe('internal_error');
    expect(answer.body).not.toContain('internals');
    expect(logged).toEqual(['http request failed', expect.any(TypeError)]);
  });
});
