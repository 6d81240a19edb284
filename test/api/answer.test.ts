import { describe, expect, test } from 'vitest';
import type { Caller } from '../../src/api/caller.js';
import type { Operator } from '../../src/api/operator.js';
import { AnswerResponse, ErrorResponse, IssueResponse } from '../../src/api/schema.js';
import type { ApiOptions } from '../../src/api/server.js';
import type { Answer } from '../../src/domain/session.js';
import type { AnswerOutcome } from '../../src/domain/snapshot.js';
import { aBlockedRow, aRunningRow, aSnapshot, someCommands, TestSource } from '../helpers/snapshots.js';
import { settled } from '../helpers/virtual-clock.js';
import { anApi as someApi } from './an-api.js';

// Goal: only a person decides, and decides exactly what was meant.

const TOKEN = 'the-token-of-the-operator';
const WITH_TOKEN = { authorization: `Bearer ${TOKEN}` };
const APPROVE = { decision: 'approve' };

/** An API whose daemon does as told, with what it was told and what it logged. */
function anApi({
  outcome = { kind: 'queued', message: 'MT-651 is answered.' } as AnswerOutcome,
  ...options
}: Partial<ApiOptions> & { outcome?: AnswerOutcome } = {}) {
  const given: (readonly [string, Answer, ...string[]])[] = [];
  const warnings: unknown[] = [];
  const operator: Operator = { token: TOKEN, refusalOf: async () => null };
  const api = someApi({
    source: new TestSource(aSnapshot({ blocked: [aBlockedRow()] })),
    commands: someCommands({
      answer: (identifier, answer, expected) => {
        given.push([identifier, answer, ...(expected === undefined ? [] : [expected])]);
        return outcome;
      },
    }),
    log: { warn: (message, fields) => warnings.push({ message, ...fields }), error: () => {} },
    operator,
    ...options,
  });
  const send = async (
    payload: string | object = APPROVE,
    headers: Record<string, string> = WITH_TOKEN,
    url = '/api/v1/MT-651/answer',
  ) => {
    const response = await api.inject({ method: 'POST', url, payload, headers });
    const error = response.statusCode < 400 ? null : ErrorResponse.parse(response.json()).error;
    return { status: response.statusCode, error, headers: response.headers, json: () => response.json() };
  };
  return { api, given, warnings, send };
}

describe('an answer of the operator', () => {
  test.each<[string, object, Answer]>([
    ['an approval', { decision: 'approve' }, { kind: 'approve' }],
    ['a refusal', { decision: 'decline' }, { kind: 'decline' }],
    [
      'words',
      { text: 'Use port 8080.\n\tNot 80. Ünïcode 🙂' },
      { kind: 'text', text: 'Use port 8080.\n\tNot 80. Ünïcode 🙂' },
    ],
    ['as many words as are taken', { text: 'é'.repeat(10_000) }, { kind: 'text', text: 'é'.repeat(10_000) }],
  ])('that is %s reaches its issue', async (_what, body, answer) => {
    const { send, given } = anApi();

    const { status, json } = await send(body);

    expect(status).toBe(202);
    expect(AnswerResponse.parse(json())).toEqual({
      queued: true,
      issue_identifier: 'MT-651',
      message: 'MT-651 is answered.',
    });
    expect(given).toEqual([['MT-651', answer]]);
  });

  test('that says which question was read is for that one', async () => {
    const { send, given } = anApi();

    expect((await send({ ...APPROVE, question: 'Run npm publish?' })).status).toBe(202);
    expect(await send({ question: 'Run npm publish?' })).toMatchObject({ status: 400 });
    expect(await send({ ...APPROVE, question: 7 })).toMatchObject({
      status: 400,
      error: { message: expect.stringContaining('question is not a string') },
    });

    expect(given).toEqual([['MT-651', { kind: 'approve' }, 'Run npm publish?']]);
  });

  test.each([
    ['/api/v1/issues/MT-651/answer', 'MT-651'],
    ['/api/v1/team%2Fa-1/answer', 'team/a-1'],
    ['/api/v1/issues/answer/answer', 'answer'],
    ['/api/v1/issues/issues/answer', 'issues'],
    ['/api/v1/issues/webhooks/answer', 'webhooks'],
    ['/api/v1/refresh/answer', 'refresh'],
  ])('at %s is for the issue %s', async (url, identifier) => {
    const { send, given } = anApi();

    expect((await send(APPROVE, WITH_TOKEN, url)).status).toBe(202);
    expect(given).toEqual([[identifier, { kind: 'approve' }]]);
  });

  test('that is not called JSON reaches nobody', async () => {
    const { send, given } = anApi();

    const { status, error } = await send(JSON.stringify(APPROVE), {
      ...WITH_TOKEN,
      'content-type': 'text/plain;charset=UTF-8',
    });

    expect([status, error?.code]).toEqual([415, 'request_failed']);
    expect(given).toEqual([]);
  });

  test.each<[AnswerOutcome, number, string]>([
    [{ kind: 'notBlocked', message: 'MT-651 asks nothing.' }, 409, 'not_blocked'],
    [{ kind: 'changed', message: 'MT-651 asks: Run rm?' }, 409, 'question_changed'],
    [{ kind: 'unfit', message: 'MT-651 asks for a choice.' }, 409, 'order_refused'],
    [{ kind: 'unknown' }, 404, 'issue_not_found'],
  ])('that finds its issue as %j is told so', async (outcome, status, code) => {
    const { send } = anApi({ outcome });

    expect(await send()).toMatchObject({
      status,
      error: { code, message: expect.stringContaining('MT-651') },
    });
  });

  test.each<[string, string | object, string]>([
    ['no decision at all', {}, 'neither or both'],
    ['two decisions', { decision: 'approve', text: 'yes' }, 'neither or both'],
    ['another decision', { decision: 'yes' }, 'decision is not "approve" or "decline"'],
    ['another word for the text', { answer: 'yes' }, 'answer'],
    ['a number', { text: 8080 }, 'text is not a string'],
    ['no words', { text: ' \n' }, 'text is empty'],
    ['too many words', { text: 'x'.repeat(10_001) }, 'more than 10000 characters'],
    ['an escape sequence', { text: '\u001b[2J' }, 'control characters'],
    ['a NUL', { text: 'a\0b' }, 'control characters'],
    ['a control character of the second block', { text: 'a\u009bb' }, 'control characters'],
    ['a list', '["approve"]', 'expected object'],
    ['nothing', 'null', 'neither or both'],
  ])('that is %s is refused with the reason and what is taken', async (_what, body, reason) => {
    const { send, given } = anApi();

    const { status, error } = await send(body, { ...WITH_TOKEN, 'content-type': 'application/json' });

    expect([status, error?.code]).toEqual([400, 'request_failed']);
    expect(error?.message).toContain(reason);
    expect(error?.message).toContain('{"decision": "approve"}');
    expect(given).toEqual([]);
  });

  test.each([
    ['malformed', 400, '{', 'application/json'],
    [
      'a form, as curl sends it unless told otherwise',
      400,
      '{"decision":"approve"}',
      'application/x-www-form-urlencoded',
    ],
    ['larger than any answer', 413, `{"text":"${'x'.repeat(70_000)}"}`, 'application/json'],
  ])('with a body that is %s is refused', async (_what, status, body, type) => {
    const { send, given } = anApi();

    expect(await send(body, { ...WITH_TOKEN, 'content-type': type })).toMatchObject({
      status,
      error: { code: 'request_failed' },
    });
    expect(given).toEqual([]);
  });
});

describe('an answer of somebody else', () => {
  test.each<[string, Record<string, string>]>([
    ['no token', {}],
    ['a wrong token', { authorization: `Bearer ${TOKEN.replace('the', 'THE')}` }],
    ['the beginning of the token', { authorization: `Bearer ${TOKEN.slice(0, -1)}` }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['the token as a password', { authorization: `Basic ${btoa(`:${TOKEN}`)}` }],
    ['the bare token', { authorization: TOKEN }],
  ])('with %s is refused, and told what is wanted', async (_what, headers) => {
    const { send, given } = anApi();

    const answer = await send(APPROVE, headers);

    expect(answer).toMatchObject({ status: 401, error: { code: 'operator_required' } });
    expect(answer.headers['www-authenticate']).toBe('Bearer');
    expect(JSON.stringify(answer.error)).not.toContain(TOKEN);
    expect(given).toEqual([]);
  });

  test('is refused before its body or its issue is looked at', async () => {
    const { send } = anApi({ outcome: { kind: 'unknown' } });

    expect((await send('{', { 'content-type': 'application/json' })).status).toBe(401);
  });

  test('is refused where there is no operator', async () => {
    const api = someApi();

    const headers = { authorization: 'Bearer undefined' };
    const { statusCode } = await api.inject({
      method: 'POST',
      url: '/api/v1/MT-651/answer',
      headers,
      payload: APPROVE,
    });

    expect(statusCode).toBe(401);
  });

  test('who is an agent with the token is refused and reported with the reason', async () => {
    const operator: Operator = { token: TOKEN, refusalOf: async () => 'Process 4711 is an agent.' };
    const { send, given, warnings } = anApi({ operator });

    const { status, error } = await send();

    expect([status, error?.code]).toEqual([403, 'forbidden_process']);
    expect(error?.message).toBe('This is for people only. Process 4711 is an agent.');
    expect(warnings).toEqual([
      { message: 'order of an agent refused', status: 403, reason: 'Process 4711 is an agent.', unlogged: 0 },
    ]);
    expect(given).toEqual([]);
  });

  test('who has no token costs no look at the processes', async () => {
    const looks: Caller[] = [];
    const refusalOf = async (caller: Caller): Promise<null> => {
      looks.push(caller);
      return null;
    };
    const { send, api } = anApi({ operator: { token: TOKEN, refusalOf } });

    await send(APPROVE, {});
    await send(APPROVE, { authorization: 'Bearer wrong' });
    await api.inject('/api/v1/state');
    await api.inject({ method: 'POST', url: '/api/v1/refresh' });

    expect(looks).toEqual([]);
  });

  test('in a crowd waits while the processes of others are looked for, and is taken then', async () => {
    let look = (): void => {};
    const looked = new Promise<null>((resolve) => {
      look = () => resolve(null);
    });
    let looks = 0;
    const refusalOf = (): Promise<null> => {
      looks += 1;
      return looked;
    };
    const { send } = anApi({ operator: { token: TOKEN, refusalOf } });

    const crowd = Array.from({ length: 9 }, () => send());
    while (looks < 4) await settled();
    await settled();
    expect(looks).toBe(4);
    look();

    expect((await Promise.all(crowd)).map(({ status }) => status)).toEqual(Array(9).fill(202));
    expect(looks).toBe(9);
  });

  test('is a web page: it is refused like every order of one', async () => {
    const { send, given } = anApi();

    const answer = await send(APPROVE, { ...WITH_TOKEN, origin: 'https://evil.example' });

    expect(answer).toMatchObject({ status: 403, error: { code: 'forbidden_origin' } });
    expect(given).toEqual([]);
  });
});

test('is given by POST alone, and no issue called "answer" is in the way', async () => {
  const source = new TestSource(aSnapshot({ running: [aRunningRow({ identifier: 'answer' })] }));
  const { api } = anApi({ source });

  const got = await api.inject('/api/v1/MT-651/answer');
  const read = await api.inject('/api/v1/issues/answer');
  const posted = await api.inject({
    method: 'POST',
    url: '/api/v1/issues/answer',
    headers: WITH_TOKEN,
    payload: APPROVE,
  });
  const webhook = await api.inject({
    method: 'POST',
    url: '/api/v1/webhooks/answer',
    headers: WITH_TOKEN,
    payload: APPROVE,
  });

  expect([got.statusCode, got.headers.allow]).toEqual([405, 'POST']);
  expect(IssueResponse.parse(read.json()).issue_identifier).toBe('answer');
  expect([posted.statusCode, posted.headers.allow]).toEqual([405, 'GET, HEAD']);
  expect(webhook.statusCode).toBe(404);
});
