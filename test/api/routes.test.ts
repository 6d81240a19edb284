import type { InjectOptions } from 'fastify';
import { describe, expect, test } from 'vitest';
import type { Operator } from '../../src/api/operator.js';
import { ErrorResponse } from '../../src/api/schema.js';
import { ROUTES } from '../../src/api/table.js';
import {
  aBlockedRow,
  aParkedRow,
  aProblem,
  aRetryingRow,
  aRunningRow,
  aSnapshot,
  SAMPLE_AT_MS,
  TestSource,
} from '../helpers/snapshots.js';
import {
  aBoardRow,
  anApi,
  anExplanation,
  anIssueHistory,
  someExplainer,
  someTranscripts,
  TestHistory,
} from './an-api.js';
import { Inbox } from './webhook-inbox.js';

// Goal: what is declared of a route is what it does, for all routes.

const TOKEN = 'the-token-of-the-operator';
const OPERATOR: Operator = { token: TOKEN, refusalOf: async () => null };

/** A daemon with something of everything. */
function aBusyApi() {
  const history = new TestHistory([anIssueHistory()]);
  history.add({ fields: { turn: 3, of: ['a', null], more: { deep: true } } });
  history.add({ issueId: null, identifier: null, kind: 'poll_failed', level: 'warn' });
  const failure = aProblem();
  return anApi({
    source: new TestSource(
      aSnapshot({
        running: [aRunningRow()],
        retrying: [aRetryingRow()],
        blocked: [aBlockedRow()],
        parked: [aParkedRow()],
        hold: { kind: 'paused', sinceWallMs: SAMPLE_AT_MS },
        polling: { ...aSnapshot().polling, failure },
        rateLimits: { primary: { usedPercent: 12 } },
        accountLimit: { untilMs: SAMPLE_AT_MS, reason: 'usage limit reached' },
        workflowProblem: aProblem({ code: 'workflow_parse_error' }),
        problems: [failure],
      }),
    ),
    explainer: someExplainer({ board: [aBoardRow()], explanations: [anExplanation()] }),
    history,
    transcripts: someTranscripts({
      sessions: () => [{ label: 'run-1', path: '/state/run-1.jsonl' }],
      read: async () => ({
        session: { label: 'run-1', path: '/state/run-1.jsonl' },
        lines: [
          { atMs: SAMPLE_AT_MS, direction: 'sent', message: { method: 'initialize', id: 1 } },
          { atMs: null, direction: null, message: 'no JSON' },
        ],
        next: 'run-1:512',
      }),
    }),
    webhook: new Inbox(),
    operator: OPERATOR,
  });
}

/** What each route is asked here besides its address. */
const ASKED: { readonly [name: string]: Pick<InjectOptions, 'payload' | 'query'> } = {
  getEvents: { query: { limit: '1', issue: 'MT-649' } },
  getTranscript: { query: { session: 'latest', after: 'run-1:0', limit: '2' } },
  answerIssue: { payload: { decision: 'approve' } },
  openSession: { payload: { token: TOKEN } },
  deliver: { payload: {} },
};

/** An issue that the route has something to say of. */
const SUBJECT: { readonly [name: string]: string } = { explainIssue: 'MT-700' };

function addressOf(path: string, name: string): string {
  return path.replace('{issue_identifier}', SUBJECT[name] ?? 'MT-649').replace('{kind}', 'linear');
}

const everyRoute = ROUTES.flatMap((route) => route.paths.map((path) => ({ ...route, path })));

describe.each(everyRoute)('$method $path', ({ name, method, path, access, response, statuses }) => {
  const url = addressOf(path, name);
  const headers = { authorization: `Bearer ${TOKEN}` };
  const asked = ASKED[name] ?? {};

  test('answers what it declares', async () => {
    const answer = await aBusyApi().inject({ method, url, headers, ...asked });

    expect(statuses).toContain(answer.statusCode);
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    const body: unknown = answer.json();
    expect(response.parse(body)).toEqual(body);
  });

  test('answers another method with 405 and the envelope', async () => {
    const answer = await aBusyApi().inject({ method: 'PATCH', url, headers });

    expect(answer.statusCode).toBe(405);
    expect(String(answer.headers.allow).split(', ')).toContain(method);
    expect(ErrorResponse.parse(answer.json()).error.code).toBe('method_not_allowed');
  });

  test('lets in on loopback whom it says it does', async () => {
    const answer = await aBusyApi().inject({ method, url, ...asked });

    expect(answer.statusCode === 401).toBe(access === 'operator');
  });

  test('lets in beyond loopback whom it says it does', async () => {
    const api = anApi({ host: '0.0.0.0', operator: OPERATOR, webhook: new Inbox() });

    const answer = await api.inject({ method, url, ...asked });

    expect(answer.statusCode === 401).toBe(['read', 'free', 'operator'].includes(access));
  });

  test('is not reached by a page under a name of its own', async () => {
    const answer = await aBusyApi().inject({
      method,
      url,
      ...asked,
      headers: { ...headers, host: 'evil.example' },
    });

    expect(answer.statusCode === 403).toBe(access !== 'webhook');
  });
});

test('a known address in other letters is none, so that nobody is let in by another door', async () => {
  const api = aBusyApi();

  for (const url of [
    '/api/v1/%73tate',
    '/api/v1/issues/MT-649/%65xplain',
    '/api/v1/MT-649/%73top',
    '//api/v1/state',
  ]) {
    for (const method of ['GET', 'POST'] as const) {
      const { statusCode } = await api.inject({ method, url });
      expect([404, 405]).toContain(statusCode);
    }
  }
});
