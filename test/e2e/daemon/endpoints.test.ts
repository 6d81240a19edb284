import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { DAEMON_TEST, Place, until } from '../../helpers/board-daemon.js';
import { type Answered, ask, StreamReader, tokenOf } from '../../helpers/daemon-calls.js';
import { aLinearScene, deliverWebhook } from '../../helpers/linear/linear-daemon.js';
import { leftOf } from '../../helpers/processes.js';
import { described, type Operation } from './described-api.js';
import { Scene } from './scene.js';

// Goal: every operation that a running daemon describes does through the built program what it is for, at each of its
// addresses, and answers as it is described.

/** What an operation is tried on. */
interface Trial {
  readonly context: TestContext;
  /** Shared by those that do not mind the issues of others. */
  readonly shared: Scene;
  /** An identifier that no other trial uses. */
  readonly issue: string;
  readonly operation: Operation;
}

/** `POST /api/v1/issues/A-1/stop`, for an operation about an issue. */
function at({ operation: { method, template }, issue }: Trial): string {
  return `${method} ${template.replace(/\{\w+\}/, issue)}`;
}

/** Tries an operation and checks its effect; returns its answer, which is held against its description. */
type Case = (trial: Trial) => Promise<Answered>;

const ISSUE_CASES: Readonly<Record<string, Case>> = {
  getIssue: async (trial) => {
    const { shared, issue } = trial;
    await shared.running(issue);
    const answered = await ask(shared.daemon, at(trial));
    const workspace = { path: `${shared.place.path}/workspaces/${issue}` };
    expect(answered.body).toMatchObject({ issue_identifier: issue, status: 'running', workspace });
    return answered;
  },
  explainIssue: async (trial) => {
    const { shared, issue } = trial;
    await shared.running(issue);
    const answered = await ask(shared.daemon, at(trial));
    expect(answered.body).toMatchObject({ issue_identifier: issue, standing: 'running' });
    return answered;
  },
  getTranscript: async (trial) => {
    const { shared, issue } = trial;
    await shared.running(issue);
    // Its file is made beside the session, and may be a moment behind.
    const answered = await until('its transcript', async () => {
      const seen = await ask(shared.daemon, `${at(trial)}?session=latest`);
      return seen.status === 200 && seen;
    });
    expect(answered.body).toMatchObject({ issue_identifier: issue, session: expect.any(String) });
    expect(answered.text).toContain(`Work on ${issue}.`);
    return answered;
  },
  getIssueEvents: async (trial) => {
    const { shared, issue } = trial;
    const other = await shared.running(`${issue}-other`);
    await shared.running(issue);
    const path = at(trial).slice('GET '.length);
    const stream = await StreamReader.of(shared.daemon, `${path}?limit=1000`);
    await stream.tells('run_started', issue);
    stream.breakOff();
    expect(JSON.stringify(stream.frames)).not.toContain(other);

    const answered = await ask(shared.daemon, `${at(trial)}?limit=1000`);
    expect(answered.body).toMatchObject({
      events: expect.arrayContaining([
        expect.objectContaining({ kind: 'run_started', issue_identifier: issue }),
      ]),
    });
    expect(answered.text).not.toContain(other);
    return answered;
  },
  answerIssue: async (trial) => {
    const { shared, issue } = trial;
    await shared.blocked(issue);
    const body = { decision: 'approve' };
    const answered = await ask(shared.daemon, at(trial), { token: tokenOf(shared.place), body });
    await shared.runsAgain(issue, '1');
    expect(shared.place.lines('prompts').filter((line) => line.includes('You asked: '))).not.toEqual([]);
    return answered;
  },
  stopIssue: async (trial) => {
    const { shared, issue } = trial;
    await shared.running(issue);
    const agents = shared.place.journal().flatMap((line) => {
      return new RegExp(`^start ${issue} (\\d+) `).exec(line)?.[1] ?? [];
    });
    const answered = await ask(shared.daemon, at(trial), { token: tokenOf(shared.place) });
    await shared.is(issue, 'parked');
    expect(agents).toHaveLength(1);
    expect(await leftOf(agents.map(Number))).toEqual([]);
    expect(shared.place.has(`workspaces/${issue}`)).toBe(true);
    expect(shared.place.stateOf(issue)).toBe('Todo');
    return answered;
  },
  retryIssue: async (trial) => {
    const { shared, issue } = trial;
    shared.place.order(issue, 'refuse');
    shared.place.issue(issue);
    await shared.is(issue, 'retrying');
    const answered = await ask(shared.daemon, at(trial), { token: tokenOf(shared.place) });
    await shared.runsAgain(issue, '1');
    return answered;
  },
  releaseIssue: async (trial) => {
    const { shared, issue } = trial;
    await shared.parked(issue);
    const answered = await ask(shared.daemon, at(trial), { token: tokenOf(shared.place) });
    await shared.runsAgain(issue, 'none');
    return answered;
  },
};

const READ_CASES: Readonly<Record<string, Case>> = {
  getHealth: async ({ shared }) => {
    await shared.daemon.showing('a poll', ({ polling }) => polling.last_success_at !== null);
    const answered = await ask(shared.daemon, 'GET /api/v1/health');
    expect(answered).toMatchObject({ status: 200, body: { live: true, ready: true, reasons: [] } });
    return answered;
  },
  getState: async ({ shared, issue }) => {
    await shared.running(issue);
    const answered = await ask(shared.daemon, 'GET /api/v1/state');
    expect(answered.body).toMatchObject({
      running: expect.arrayContaining([expect.objectContaining({ issue_identifier: issue, turn_count: 1 })]),
    });
    return answered;
  },
  getIssues: async ({ shared, issue }) => {
    await shared.running(issue);
    const answered = await ask(shared.daemon, 'GET /api/v1/issues');
    expect(answered.body).toMatchObject({
      issues: expect.arrayContaining([
        expect.objectContaining({ issue_identifier: issue, standing: 'running' }),
      ]),
    });
    return answered;
  },
  getEvents: async ({ shared, issue }) => {
    const stream = await StreamReader.of(shared.daemon, '/api/v1/events');
    await shared.running(issue);
    const { data } = await stream.tells('run_started', issue);
    await stream.sees('a change', ({ event }) => event === 'changed');
    stream.breakOff();
    const answered = await ask(shared.daemon, `GET /api/v1/events?issue=${issue}`);
    expect(answered.body).toMatchObject({ events: expect.arrayContaining([data]) });
    return answered;
  },
  getOpenApi: async ({ shared }) => await ask(shared.daemon, 'GET /api/v1/openapi.json'),
};

const DAEMON_CASES: Readonly<Record<string, Case>> = {
  requestRefresh: async ({ context }) => {
    const place = new Place(context, { polling: { interval_ms: 3_600_000 } });
    const daemon = await place.daemon();
    await daemon.showing('a poll', ({ polling }) => polling.last_success_at !== null && !polling.checking);
    place.issue('A-1');
    const answered = await ask(daemon, 'POST /api/v1/refresh');
    await daemon.running('A-1');
    return answered;
  },
  pause: async ({ context }) => {
    const { place, daemon, operator } = await Scene.begin(context);
    const answered = await operator.order('pause');
    await daemon.showing('a pause', ({ hold }) => hold?.kind === 'paused');
    place.issue('A-1');
    await daemon.showing('A-1 waiting', ({ waiting }) => waiting.issue_identifiers.includes('A-1'));
    expect(await ask(daemon, 'GET /api/v1/health')).toMatchObject({
      status: 503,
      body: { ready: false, reasons: [{ code: 'dispatch_paused' }] },
    });
    return answered;
  },
  resume: async ({ context }) => {
    const { place, daemon, operator } = await Scene.begin(context);
    await operator.order('pause');
    place.issue('A-1');
    await daemon.showing('A-1 waiting', ({ waiting }) => waiting.count === 1);
    const answered = await operator.order('resume');
    await daemon.running('A-1');
    expect((await daemon.state()).hold).toBeNull();
    return answered;
  },
  drain: async ({ context }) => {
    const scene = await Scene.begin(context);
    await scene.running('A-1');
    const answered = await scene.operator.order('drain');
    await scene.daemon.showing('a drain', ({ hold }) => hold?.kind === 'draining');
    scene.place.order('A-1', 'done');
    expect(await scene.daemon.exited).toEqual({ code: 0, signal: null });
    return answered;
  },
  openSession: async ({ shared: { place, daemon } }) => {
    const answered = await ask(daemon, 'POST /api/v1/session', { body: { token: tokenOf(place) } });
    const [cookie = ''] = answered.headers['set-cookie'] ?? [];
    expect(cookie).toMatch(/; HttpOnly; SameSite=Strict$/);
    const headers = { cookie: cookie.split(';')[0] ?? '', origin: daemon.url };
    expect((await ask(daemon, 'POST /api/v1/resume', { headers })).status).toBe(202);
    return answered;
  },
  closeSession: async ({ shared: { daemon } }) => {
    const answered = await ask(daemon, 'DELETE /api/v1/session', { headers: { origin: daemon.url } });
    expect(answered.headers['set-cookie']?.[0]).toMatch(/^symphony_session_\w+=;.*Max-Age=0/);
    return answered;
  },
  deliver: async ({ context }) => {
    const secret = 'lin_wh_0123456789abcdef';
    const { board, place } = await aLinearScene(context, {
      provider: { webhook_secret: '$HOOK_SECRET' },
      env: (apiKey) => ({ LINEAR_API_KEY: apiKey, HOOK_SECRET: secret }),
      sections: { polling: { interval_ms: 3_600_000 } },
    });
    const daemon = await place.daemon();
    await daemon.showing('a poll', ({ polling }) => polling.last_success_at !== null && !polling.checking);
    const { id } = board.put({ identifier: 'ENG-1' });
    const response = await deliverWebhook(daemon, { secret, issueId: id, action: 'create' });
    await daemon.running('ENG-1');
    const text = await response.text();
    return { status: response.status, headers: {}, text, body: JSON.parse(text) as unknown };
  },
};

const CASES = { ...ISSUE_CASES, ...READ_CASES, ...DAEMON_CASES };

const ends: (() => Promise<void> | void)[] = [];
let shared: Scene;
let operations: readonly Operation[];

beforeAll(async () => {
  shared = await Scene.begin({ onTestFinished: (end) => ends.push(end) });
  operations = await described(shared.daemon);
}, DAEMON_TEST.timeout);
afterAll(async () => {
  for (const end of ends.reverse()) await end();
}, DAEMON_TEST.timeout);

/** The operations of this name, each with an issue of its own. */
function trialsOf(name: string, context: TestContext): Trial[] {
  return operations
    .filter((operation) => operation.name === name)
    .map((operation, index) => ({ context, shared, operation, issue: `${name}-${index + 1}` }));
}

describe.concurrent('an operation of openapi.json', DAEMON_TEST, () => {
  test('has a case here, whichever it is', () => {
    expect(Object.keys(CASES).sort()).toEqual([...new Set(operations.map(({ name }) => name))].sort());
  });

  for (const [name, tries] of Object.entries(CASES)) {
    test(`${name} has its effect, and answers as it is described`, async (context) => {
      const trials = trialsOf(name, context);
      expect(trials).not.toEqual([]);
      for (const trial of trials) {
        const { status, body } = await tries(trial);
        const schema = trial.operation.schemas.get(status);
        expect({ status, hasSchema: schema !== undefined }).toEqual({ status, hasSchema: status < 300 });
        expect(schema?.safeParse(body).error?.issues).toBeUndefined();
      }
    });
  }

  test('about an issue that nobody knows is answered 404 at every address', async () => {
    const aboutAnIssue = operations.filter(({ template }) => template.includes('{issue_identifier}'));
    expect(aboutAnIssue.length).toBeGreaterThan(10);
    for (const { method, template, schemas } of aboutAnIssue) {
      const path = template.replace(/\{\w+\}/, 'NO-1');
      const order = { token: tokenOf(shared.place), body: { decision: 'approve' } };
      const answered = await ask(shared.daemon, `${method} ${path}`, method === 'POST' ? order : {});
      expect({ path, ...answered }).toMatchObject({
        status: 404,
        body: { error: { code: 'issue_not_found' } },
      });
      expect(schemas.get(404)?.safeParse(answered.body).error?.issues).toBeUndefined();
    }
  });
});
