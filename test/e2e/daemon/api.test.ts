import { get, request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { IssueResponse, RefreshResponse, StateResponse } from '../../../src/api/schema.js';
import { agentCommand, DAEMON_TEST, type DaemonProcess, Place, until } from '../../helpers/board-daemon.js';
import { Operator } from '../../helpers/daemon-calls.js';

// Goal: the HTTP API of a daemon at work, as SPEC 13.7 writes it and as others already read it.

/** The fields of the samples of SPEC 13.7.2. */
const SAMPLE = {
  state: ['generated_at', 'counts', 'running', 'retrying', 'codex_totals', 'rate_limits'],
  running: [
    'issue_id',
    'issue_identifier',
    'issue_url',
    'state',
    'session_id',
    'turn_count',
    'last_event',
    'last_message',
    'started_at',
    'last_event_at',
    'tokens',
  ],
  retrying: ['issue_id', 'issue_identifier', 'issue_url', 'attempt', 'due_at', 'error'],
  tokens: ['input_tokens', 'output_tokens', 'total_tokens'],
  issue: [
    'issue_identifier',
    'issue_id',
    'status',
    'workspace',
    'attempts',
    'running',
    'retry',
    'logs',
    'recent_events',
    'last_error',
    'tracked',
  ],
};

const JSON_ORDER = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };

/** A daemon with A-1 in a turn and A-2 waiting for its retry, for which the ten seconds may pass: dispatch is paused then. */
async function aBusyDaemon(context: ConstructorParameters<typeof Place>[0]) {
  const place = new Place(context, { agent: { max_retry_backoff_ms: 300_000 } });
  place.issue('A-1', { url: 'https://tracker.example/A-1' });
  const daemon = await place.daemon();
  await daemon.running('A-1');
  place.order('A-2', 'crash');
  place.issue('A-2');
  const state = await daemon.showing(
    'a run and a retry',
    ({ counts, running }) => counts.retrying === 1 && running[0]?.tokens.total_tokens === 12,
  );
  await new Operator(place, daemon).order('pause');
  return { place, daemon, state };
}

/** `fetch` chooses some headers itself. */
function statusWith(daemon: DaemonProcess, method: string, path: string, headers: Record<string, string>) {
  return new Promise<number | undefined>((resolve, reject) => {
    request(`${daemon.url}${path}`, { method, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    })
      .on('error', reject)
      .end();
  });
}

async function answer(daemon: DaemonProcess, path: string, init?: RequestInit) {
  const response = await fetch(`${daemon.url}${path}`, init);
  return { status: response.status, body: (await response.json()) as unknown };
}

describe.concurrent('the API of a daemon at work', DAEMON_TEST, () => {
  test('shows the state with the field names of the specification', async (context) => {
    const { state } = await aBusyDaemon(context);

    expect(StateResponse.parse(state)).toEqual(state);
    expect(Object.keys(state)).toEqual(expect.arrayContaining(SAMPLE.state));
    const [running] = state.running;
    const [retrying] = state.retrying;
    expect(Object.keys(running ?? {})).toEqual(expect.arrayContaining(SAMPLE.running));
    expect(Object.keys(retrying ?? {})).toEqual(expect.arrayContaining(SAMPLE.retrying));
    expect(Object.keys(running?.tokens ?? {})).toEqual(SAMPLE.tokens);
    expect(Object.keys(state.codex_totals)).toEqual([...SAMPLE.tokens, 'seconds_running']);
    expect(state.counts).toEqual({ running: 1, retrying: 1, blocked: 0, parked: 0 });
    expect(running).toMatchObject({
      issue_id: 'A-1',
      issue_identifier: 'A-1',
      issue_url: 'https://tracker.example/A-1',
      state: 'Todo',
      session_id: expect.stringMatching(/^thread-\d+-turn-1$/),
      turn_count: 1,
      tokens: { input_tokens: 10, output_tokens: 2, total_tokens: 12 },
    });
    expect(retrying).toMatchObject({ issue_id: 'A-2', attempt: 1 });
    expect(state.codex_totals).toMatchObject({ input_tokens: 20, output_tokens: 4, total_tokens: 24 });
  });

  test('shows one issue with the field names of the specification', async (context) => {
    const { daemon, place } = await aBusyDaemon(context);

    const running = IssueResponse.parse((await answer(daemon, '/api/v1/A-1')).body);
    const retrying = IssueResponse.parse((await answer(daemon, '/api/v1/A-2')).body);

    expect(Object.keys(running)).toEqual(expect.arrayContaining(SAMPLE.issue));
    expect(running).toMatchObject({
      status: 'running',
      workspace: { path: `${place.path}/workspaces/A-1` },
      attempts: { restart_count: 0, current_retry_attempt: 0 },
      running: { state: 'Todo', turn_count: 1, tokens: { total_tokens: 12 } },
      retry: null,
      last_error: null,
    });
    expect(running.recent_events).not.toEqual([]);
    expect(retrying).toMatchObject({
      status: 'retrying',
      running: null,
      retry: { attempt: 1, error: expect.stringContaining('port_exit') },
      last_error: expect.stringContaining('port_exit'),
    });
  });

  test('counts the seconds of a run while it lasts, and keeps them when it has ended', async (context) => {
    const { daemon, place, state } = await aBusyDaemon(context);
    const before = state.codex_totals.seconds_running;

    const during = await daemon.showing(
      'more seconds',
      ({ codex_totals }) => codex_totals.seconds_running >= before + 1,
    );
    place.issue('A-1', { state: 'Backlog' });
    const after = await daemon.showing('no run', ({ counts }) => counts.running === 0);

    expect(after.codex_totals.seconds_running).toBeGreaterThanOrEqual(during.codex_totals.seconds_running);
    expect(after.codex_totals.total_tokens).toBe(24);
  });

  test('polls when it is told to, however often that is', async (context) => {
    const place = new Place(context, { polling: { interval_ms: 3_600_000 } });
    const daemon = await place.daemon();
    const first = await daemon.showing('a poll', ({ polling }) => polling.last_success_at !== null);

    const orders = await Promise.all(
      Array.from({ length: 20 }, () => answer(daemon, '/api/v1/refresh', { method: 'POST' })),
    );

    expect(new Set(orders.map(({ status }) => status))).toEqual(new Set([202]));
    expect(RefreshResponse.parse(orders[0]?.body)).toMatchObject({
      queued: true,
      operations: ['poll', 'reconcile'],
    });
    // The time of a poll is shown in whole seconds, so it may take a few.
    await until('a later poll', async () => {
      await answer(daemon, '/api/v1/refresh', JSON_ORDER);
      return (await daemon.state()).polling.last_success_at !== first.polling.last_success_at;
    });
  });

  test('tells an unknown issue, an unknown path and a wrong method apart, in one envelope', async (context) => {
    const daemon = await new Place(context).daemon();
    const failure = (code: string) => ({ error: { code, message: expect.any(String) } });

    expect(await answer(daemon, '/api/v1/NO-1')).toEqual({ status: 404, body: failure('issue_not_found') });
    expect(await answer(daemon, '/api/v2/state')).toEqual({ status: 404, body: failure('not_found') });
    expect(await answer(daemon, '/api/v1/refresh')).toEqual({
      status: 405,
      body: failure('method_not_allowed'),
    });
    expect(await answer(daemon, '/api/v1/state', { method: 'DELETE' })).toEqual({
      status: 405,
      body: failure('method_not_allowed'),
    });
    expect(await answer(daemon, '/', { method: 'POST' })).toEqual({
      status: 405,
      body: failure('method_not_allowed'),
    });
  });

  test('refuses the pages of others, and lets a local one in', async (context) => {
    const daemon = await new Place(context).daemon();
    const { port } = new URL(daemon.url);
    const refresh = (headers: Record<string, string>) =>
      statusWith(daemon, 'POST', '/api/v1/refresh', headers);

    expect(await statusWith(daemon, 'GET', '/api/v1/state', { host: `evil.example:${port}` })).toBe(403);
    expect(await statusWith(daemon, 'GET', '/', { host: 'evil.example' })).toBe(403);
    expect(await refresh({ origin: 'https://evil.example' })).toBe(403);
    expect(await refresh({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await refresh({ origin: daemon.url })).toBe(202);
    expect(await statusWith(daemon, 'GET', '/api/v1/state', { host: `localhost:${port}` })).toBe(200);
  });

  test('answers while a hook hangs and the board is being edited', async (context) => {
    const place = new Place(context, { hooks: { before_run: 'sleep 1000' } });
    place.issue('A-1');
    const daemon = await place.daemon();
    await daemon.showing('the hook', ({ running }) => running[0]?.phase === 'preparingWorkspace');

    const { status, headers } = await fetch(`${daemon.url}/`);

    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/html');
  });
});

describe.concurrent('a daemon does not start', DAEMON_TEST, () => {
  test('when its port is taken, and touches nothing', async (context) => {
    const other = await new Place(context).daemon();
    const { port } = new URL(other.url);
    const place = new Place(context, { codex: { command: agentCommand('done') } });
    place.issue('A-1');

    const daemon = place.run('--port', port);

    expect((await daemon.exited).code).toBe(1);
    expect(daemon.stderr).toContain(port);
    expect(place.journal()).toEqual([]);
    expect(place.has('workspaces')).toBe(false);
    expect(place.stateOf('A-1')).toBe('Todo');
  });

  test('beside another one with the same state directory, which goes on', async (context) => {
    const place = new Place(context);
    place.issue('A-1');
    const first = await place.daemon();
    await first.running('A-1');

    const second = place.run('--port', '0');

    expect((await second.exited).code).toBe(1);
    expect(second.stderr).toContain(`process ${first.pid}`);
    expect(second.stdout).toBe('');
    await first.running('A-1');
    expect(place.attempts()).toEqual([null]);
  });

  test('on a port of the workflow file unless the command line names another', async (context) => {
    const other = await new Place(context).daemon();
    const { port } = new URL(other.url);
    const place = new Place(context, { server: { port: Number(port) } });

    expect((await place.run().exited).code).toBe(1);

    const daemon = await place.daemon();
    expect(new URL(daemon.url).port).not.toBe(port);
    await new Promise<void>((resolve, reject) => {
      get(`${daemon.url}/`, (response) => response.resume().on('end', resolve)).on('error', reject);
    });
  });
});
