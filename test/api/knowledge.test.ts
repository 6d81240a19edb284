import { describe, expect, test } from 'vitest';
import { ErrorResponse } from '../../src/api/schema.js';
import { EventsResponse, TranscriptResponse } from '../../src/api/schema-history.js';
import { ExplainResponse, IssuesResponse } from '../../src/api/schema-issues.js';
import { type ErrorCode, SymphonyError } from '../../src/domain/error.js';
import type { Explanation } from '../../src/domain/explanation.js';
import type { TranscriptSource } from '../../src/domain/transcript.js';
import { aRunningRow, aSnapshot, SAMPLE_AT_MS, TestSource } from '../helpers/snapshots.js';
import { settled, VirtualClock } from '../helpers/virtual-clock.js';
import {
  aBoardRow,
  anApi,
  anAttempt,
  anExplanation,
  anIssueHistory,
  someExplainer,
  someTranscripts,
  TestHistory,
} from './an-api.js';

// Goal: why, and what has happened, as it is kept, in answers of bounded size.

const errorOf = (answer: { json(): unknown }) => ErrorResponse.parse(answer.json()).error;

describe('GET issues', () => {
  test('lists the board in its order, then what has ended', async () => {
    const board = [
      aBoardRow({ identifier: 'MT-1', standing: 'running', reason: 'being worked on' }),
      aBoardRow({ identifier: 'MT-2', priority: null, labels: [], url: null }),
    ];
    const history = new TestHistory([
      anIssueHistory({ identifier: 'MT-1' }),
      anIssueHistory({ identifier: 'MT-9', attempts: [anAttempt(), anAttempt({ outcome: 'timedOut' })] }),
      anIssueHistory({ identifier: 'MT-8', attempts: [] }),
    ]);
    const api = anApi({ explainer: someExplainer({ board }), history });

    const { issues, ended, generated_at } = IssuesResponse.parse((await api.inject('/api/v1/issues')).json());

    expect(generated_at).toBe('2026-02-24T20:15:30Z');
    expect(issues).toEqual([
      expect.objectContaining({ issue_identifier: 'MT-1', standing: 'running', reason: 'being worked on' }),
      {
        issue_id: 'mno345',
        issue_identifier: 'MT-2',
        issue_url: null,
        title: 'Add a queue',
        state: 'Todo',
        priority: null,
        labels: [],
        standing: 'waiting',
        reason: '10/10 slots used',
      },
    ]);
    expect(ended).toEqual([
      {
        issue_id: 'id-1',
        issue_identifier: 'MT-9',
        issue_url: null,
        title: 'Over',
        state: 'Done',
        attempts: 2,
        last_outcome: 'timedOut',
        last_event_at: '2026-02-24T20:10:30Z',
      },
      expect.objectContaining({ issue_identifier: 'MT-8', attempts: 0, last_outcome: null }),
    ]);
  });

  test('tells at most 200 of what has ended', async () => {
    const histories = Array.from({ length: 300 }, (_none, index) =>
      anIssueHistory({ identifier: `MT-${index}` }),
    );

    const answer = await anApi({ history: new TestHistory(histories) }).inject('/api/v1/issues');

    expect(IssuesResponse.parse(answer.json()).ended.map(({ issue_identifier }) => issue_identifier)).toEqual(
      Array.from({ length: 200 }, (_none, index) => `MT-${index}`),
    );
  });

  test('explains the board once for all who ask of the same snapshot', async () => {
    let explained = 0;
    const explainer = {
      ...someExplainer(),
      board: () => {
        explained += 1;
        return [aBoardRow()];
      },
    };
    const source = new TestSource();
    const api = anApi({ source, explainer });

    for (let count = 0; count < 5; count += 1) await api.inject('/api/v1/issues');
    expect(explained).toBe(1);

    source.set(aSnapshot());
    await api.inject('/api/v1/issues');
    expect(explained).toBe(2);
  });
});

describe('GET <issue_identifier>/explain', () => {
  const explanation = anExplanation();

  test('says what every rule says, in the order in which they are asked', async () => {
    const api = anApi({ explainer: someExplainer({ explanations: [explanation] }) });

    const answer = ExplainResponse.parse((await api.inject('/api/v1/MT-700/explain')).json());

    expect(answer).toEqual({
      issue_id: 'mno345',
      issue_identifier: 'MT-700',
      issue_url: null,
      title: 'Add a queue',
      state: 'Todo',
      standing: 'waiting',
      headline: '2/2 slots used by MT-4, MT-9',
      rules: explanation.rules,
      generated_at: '2026-02-24T20:15:30Z',
      read_at: null,
    });
  });

  test.each<[ErrorCode, number]>([
    ['tracker_timeout', 504],
    ['tracker_request', 502],
    ['tracker_response', 502],
    ['tracker_rate_limited', 503],
  ])('of an issue that only the tracker knows fails with %s as %i', async (code, status) => {
    const failing = async () => {
      throw new SymphonyError(code, 'The tracker is unwell.', { retryAfterMs: 1_500 });
    };
    const api = anApi({ explainer: { ...someExplainer(), lookUp: failing } });

    const answer = await api.inject('/api/v1/MT-9/explain');

    expect([answer.statusCode, errorOf(answer)]).toEqual([
      status,
      { code, message: 'The tracker is unwell.' },
    ]);
    expect(answer.headers['retry-after']).toBe('2');
  });

  test('waits for no tracker: it says when to ask again, and then has what came meanwhile', async () => {
    const timer = new VirtualClock();
    let answer = (_explanation: Explanation): void => {};
    const asked = new Promise<Explanation>((resolve) => {
      answer = resolve;
    });
    const api = anApi({ explainer: { ...someExplainer(), lookUp: () => asked }, timer });

    const first = api.inject('/api/v1/MT-700/explain');
    while (timer.pending === 0) await settled();
    await timer.advance(100);
    const early = await first;
    expect([early.statusCode, errorOf(early).code, early.headers['retry-after']]).toEqual([
      503,
      'explanation_pending',
      '1',
    ]);

    answer(explanation);
    expect((await api.inject('/api/v1/MT-700/explain')).statusCode).toBe(200);
  });

  test('of an issue that the tracker does not know is refused, also when it is remembered', async () => {
    const api = anApi({ history: new TestHistory([anIssueHistory()]) });

    const answer = await api.inject('/api/v1/MT-1/explain');

    expect([answer.statusCode, errorOf(answer).code]).toEqual([404, 'issue_not_found']);
  });
});

describe('GET events', () => {
  function aTalkativeApi() {
    const history = new TestHistory();
    for (let count = 1; count <= 300; count += 1)
      history.add({ identifier: count % 2 === 0 ? 'MT-2' : 'MT-649' });
    return {
      history,
      api: anApi({ history, source: new TestSource(aSnapshot({ running: [aRunningRow()] })) }),
    };
  }

  async function page(url: string) {
    const { events, has_gap, has_more } = EventsResponse.parse(
      (await aTalkativeApi().api.inject(url)).json(),
    );
    return { ids: events.map(({ id }) => Number(id.replace('life-', ''))), has_gap, has_more };
  }

  test('shows the latest hundred', async () => {
    const { ids, has_gap } = await page('/api/v1/events');

    expect([ids.length, ids[0], ids.at(-1), has_gap]).toEqual([100, 201, 300, false]);
  });

  test('shows those after one, in pages', async () => {
    expect(await page('/api/v1/events?after=life-10&limit=2')).toEqual({
      ids: [11, 12],
      has_gap: false,
      has_more: true,
    });
    expect(await page('/api/v1/events?after=life-298&limit=2')).toEqual({
      ids: [299, 300],
      has_gap: false,
      has_more: false,
    });
  });

  test.each([
    '/api/v1/events?issue=MT-649&limit=2',
    '/api/v1/MT-649/events?limit=2',
    '/api/v1/issues/MT-649/events?limit=2',
  ])('shows those of an issue at %s', async (url) => {
    expect((await page(url)).ids).toEqual([297, 299]);
  });

  test('says that some are missing', async () => {
    expect((await page('/api/v1/events?after=earlier-1')).has_gap).toBe(true);
  });

  test.each([
    'limit=0',
    'limit=1001',
    'limit=1.5',
    'limit=many',
    'limit=1&limit=2',
    'after=a&after=b',
    `after=${'x'.repeat(201)}`,
  ])('refuses ?%s and says what is taken', async (query) => {
    const answer = await aTalkativeApi().api.inject(`/api/v1/events?${query}`);

    expect([answer.statusCode, errorOf(answer).code]).toEqual([400, 'request_failed']);
    expect(errorOf(answer).message).toMatch(/^The query is not understood: (limit|after) /u);
  });

  test('of an issue that nobody knows is refused', async () => {
    const answer = await aTalkativeApi().api.inject('/api/v1/MT-3/events');

    expect([answer.statusCode, errorOf(answer).code]).toEqual([404, 'issue_not_found']);
  });
});

describe('GET <issue_identifier>/transcript', () => {
  const session = { label: 'run-1', path: '/state/run-1.jsonl' };

  function aSpokenApi(read: TranscriptSource['read'], timer = new VirtualClock()) {
    return anApi({ transcripts: someTranscripts({ sessions: () => [session], read }), timer });
  }

  test('shows what was said, page by page', async () => {
    const asked: unknown[] = [];
    const api = aSpokenApi(async (...question) => {
      asked.push(question);
      const lines = [
        { atMs: SAMPLE_AT_MS, direction: 'sent' as const, message: { id: 1 } },
        { atMs: null, direction: null, message: 'no JSON' },
      ];
      return { session, lines, next: 'run-1:512' };
    });

    const answer = await api.inject('/api/v1/MT-1/transcript?session=run-1&after=run-1:0&limit=2');
    await api.inject('/api/v1/issues/MT-1/transcript');

    expect(TranscriptResponse.parse(answer.json())).toEqual({
      issue_identifier: 'MT-1',
      sessions: [session],
      session: 'run-1',
      lines: [
        { at: '2026-02-24T20:15:30.250Z', direction: 'sent', message: { id: 1 } },
        { at: null, direction: null, message: 'no JSON' },
      ],
      next: 'run-1:512',
    });
    expect(asked).toEqual([
      ['MT-1', { session: 'run-1', after: 'run-1:0', limit: 2 }],
      ['MT-1', { session: null, after: null, limit: 200 }],
    ]);
  });

  test('of an issue without a session is empty', async () => {
    const api = anApi({ source: new TestSource(aSnapshot({ running: [aRunningRow()] })) });

    expect(TranscriptResponse.parse((await api.inject('/api/v1/MT-649/transcript')).json())).toEqual({
      issue_identifier: 'MT-649',
      sessions: [],
      session: null,
      lines: [],
      next: null,
    });
  });

  test.each([
    ['an issue that nobody knows', '/api/v1/MT-1/transcript', 'issue_not_found'],
    ['a session that there is not', '/api/v1/MT-649/transcript?session=run-9', 'not_found'],
  ])('of %s is refused', async (_what, url, code) => {
    const api = anApi({ source: new TestSource(aSnapshot({ running: [aRunningRow()] })) });
    const answer = await api.inject(url);

    expect([answer.statusCode, errorOf(answer).code]).toEqual([404, code]);
  });

  test('from a disk that does not answer is given up, and holds up nothing else', async () => {
    const clock = new VirtualClock();
    const api = aSpokenApi(() => new Promise(() => {}), clock);
    const stuck = Array.from({ length: 8 }, () => api.inject('/api/v1/MT-1/transcript'));
    await expect.poll(() => clock.pending).toBe(8);

    const late = await api.inject('/api/v1/MT-1/transcript');
    const state = await api.inject('/api/v1/state');
    await clock.advance(5_000);

    expect([late.statusCode, state.statusCode]).toEqual([429, 200]);
    expect((await Promise.all(stuck)).map(({ statusCode }) => statusCode)).toEqual(Array(8).fill(503));
    // What hangs still hangs: more of it would only fill the memory.
    expect((await api.inject('/api/v1/MT-1/transcript')).statusCode).toBe(429);
  });

  test('that cannot be read is a failure without its text', async () => {
    const answer = await aSpokenApi(() => Promise.reject(new Error('EIO /state/secret'))).inject(
      '/api/v1/MT-1/transcript',
    );

    expect([answer.statusCode, errorOf(answer).code]).toEqual([500, 'internal_error']);
    expect(answer.body).not.toContain('EIO');
  });
});
