import { describe, expect, test } from 'vitest';
import type { AttemptResponse, EventResponse } from '../../src/web/app/daemon/wire.js';
import { attemptDuration, outcomeOf, phaseSpans } from '../../src/web/app/model/attempts.js';
import { atLeast, EventList } from '../../src/web/app/model/event-list.js';
import { ordersFor } from '../../src/web/app/model/issue-orders.js';
import { answersTo } from '../../src/web/app/model/question.js';
import { tokenChart } from '../../src/web/app/model/token-chart.js';
import { transcriptEntry } from '../../src/web/app/model/transcript-entry.js';
import { SAMPLE_AT_MS } from '../helpers/snapshots.js';

const iso = (minutes: number): string => new Date(SAMPLE_AT_MS - minutes * 60_000).toISOString();

describe('the answers to a question', () => {
  test('are yes and no for an approval, whatever words the agent has for them', () => {
    for (const question of [
      { kind: 'commandApproval', text: 'run x', choices: ['accept', 'decline'] },
      { kind: 'elicitation', text: 'may I?', choices: ['approve', 'decline'] },
    ]) {
      const { buttons, takesWords } = answersTo(question);

      expect(buttons.map(({ label, body }) => [label, body])).toEqual([
        ['Approve', { decision: 'approve' }],
        ['Decline', { decision: 'decline' }],
      ]);
      expect(takesWords).toBe(false);
    }
  });

  test('are the choices that the agent offers, each in its own words', () => {
    const { buttons } = answersTo({ kind: 'userInput', text: 'which?', choices: ['Left', 'Right'] });

    expect(buttons.map(({ body }) => body)).toEqual([{ text: 'Left' }, { text: 'Right' }]);
  });

  test('are words where nothing is offered; a tool’s question may be declined, too', () => {
    expect(answersTo({ kind: 'userInput', text: 'why?', choices: [] })).toEqual({
      buttons: [],
      takesWords: true,
    });
    expect(
      answersTo({ kind: 'elicitation', text: 'name?', choices: [] }).buttons.map(({ label }) => label),
    ).toEqual(['Decline']);
  });
});

describe('the orders of an issue', () => {
  test('are those that its standing leaves sense', () => {
    expect(ordersFor('running')).toEqual(['stop']);
    expect(ordersFor('blocked')).toEqual(['retry', 'stop', 'release']);
    expect(ordersFor('parked')).toEqual(['retry', 'release']);
    expect(ordersFor('stopping')).toEqual([]);
    expect(ordersFor('ended')).toEqual([]);
  });
});

describe('a run attempt', () => {
  const attempt: AttemptResponse = {
    run_id: 1,
    attempt: null,
    started_at: iso(10),
    ended_at: null,
    outcome: null,
    detail: null,
    phases: [
      { phase: 'preparingWorkspace', at: iso(10) },
      { phase: 'streamingTurn', at: iso(8) },
    ],
    worker_host: null,
    workspace_path: null,
    session_id: null,
    turn_count: 0,
    tokens: { input_tokens: 0, output_tokens: 0, total_tokens: 0 },
  };

  test('tells how long each phase took, the last one until now while it lives', () => {
    expect(phaseSpans(attempt, SAMPLE_AT_MS).map(({ name, duration }) => [name, duration])).toEqual([
      ['preparing workspace', '2m 0s'],
      ['working', '8m 0s'],
    ]);
    expect(attemptDuration(attempt, SAMPLE_AT_MS)).toBe('10m 0s');
  });

  test('stands still once it has ended', () => {
    const ended = { ...attempt, ended_at: iso(3), outcome: 'agentFailed' };

    expect(phaseSpans(ended, SAMPLE_AT_MS).at(-1)?.duration).toBe('5m 0s');
    expect(attemptDuration(ended, SAMPLE_AT_MS)).toBe('7m 0s');
    expect(outcomeOf(ended.outcome)).toEqual({ name: 'agent failed', tone: 'error' });
    expect(outcomeOf('somethingNew').name).toBe('something new');
  });
});

describe('the list of events', () => {
  const event = (id: string, level: EventResponse['level'] = 'info'): EventResponse => ({
    id,
    at: iso(1),
    issue_id: null,
    issue_identifier: null,
    kind: 'run_started',
    level,
    message: id,
    fields: {},
  });

  test('has each event once, and knows where to go on', () => {
    const list = new EventList();

    expect(list.add([event('1'), event('2')])).toBe(2);
    expect(list.add([event('2'), event('3')])).toBe(1);
    expect(list.rows.map(({ key }) => key)).toHaveLength(3);
    expect(list.lastId).toBe('3');
  });

  test('is bounded, and forgets the oldest', () => {
    const list = new EventList();
    for (let id = 0; id < 1_200; id += 1) list.add([event(String(id))]);

    expect(list.rows).toHaveLength(500);
    expect(list.rows[0]).toMatchObject({ event: { id: '700' } });
  });

  test('says where events are missing, and takes ids of another life of the daemon as new', () => {
    const list = new EventList();
    list.add([event('1')]);
    list.addGap();
    list.addGap();
    list.add([event('1')]);

    expect(list.rows.map(({ kind }) => kind)).toEqual(['event', 'gap', 'event']);
    expect(new Set(list.rows.map(({ key }) => key)).size).toBe(3);
  });

  test('shows what is at least as pressing as asked for, and never hides a gap', () => {
    const list = new EventList();
    list.add([event('1', 'debug'), event('2', 'warn')]);
    list.addGap();
    list.add([event('3', 'error')]);

    expect(atLeast(list.rows, 'warn').map(({ kind }) => kind)).toEqual(['event', 'gap', 'event']);
    expect(atLeast(list.rows, 'error')).toHaveLength(2);
    expect(atLeast(list.rows, 'debug')).toHaveLength(4);
  });
});

describe('the picture of tokens over time', () => {
  test('is left out where there is no line to draw', () => {
    expect(tokenChart([], SAMPLE_AT_MS)).toBeNull();
    expect(tokenChart([{ at: iso(1), total_tokens: 5 }], SAMPLE_AT_MS)).toBeNull();
    const atOnce = [0, 5, 9].map((total_tokens) => ({ at: iso(1), total_tokens }));
    expect(tokenChart(atOnce, SAMPLE_AT_MS)).toBeNull();
  });

  test('goes from the first to the last point within its frame, under a plain number', () => {
    const chart = tokenChart(
      [
        { at: iso(60), total_tokens: 0 },
        { at: iso(30), total_tokens: 545_000 },
        { at: iso(0), total_tokens: 545_000 },
      ],
      SAMPLE_AT_MS,
    );

    expect(chart?.rows.map(({ label }) => label)).toEqual(['0', '300k', '600k']);
    expect(chart?.label).toBe('Tokens used over 1h 0m: from 0 to 545,000');
    expect(chart?.line).toMatch(/^M44 126L\d+ [\d.]+L372 [\d.]+$/u);
  });
});

describe('a line of a transcript', () => {
  const line = (message: Parameters<typeof transcriptEntry>[0]['message']) =>
    transcriptEntry({ at: null, direction: 'received', message });

  test('is told by its method, its item and its most telling words', () => {
    expect(
      line({ method: 'item/completed', params: { item: { id: 'i', type: 'agentMessage', text: 'Done.' } } }),
    ).toMatchObject({
      speaker: 'agent',
      what: 'item/completed agentMessage',
      text: 'Done.',
      isMinor: false,
    });
    expect(line({ id: 7, method: 'x/requestApproval', params: { command: ['npm', 'test'] } }).text).toBe(
      'npm test',
    );
    expect(line({ id: 1, error: { code: -1, message: 'no such thread' } })).toMatchObject({
      what: 'error',
      text: 'no such thread',
    });
    expect(line({ id: 1, result: null })).toMatchObject({ what: 'answer', text: '' });
  });

  test('knows pieces of something that is told whole later', () => {
    expect(line({ method: 'item/agentMessage/delta', params: { delta: 'I w' } })).toMatchObject({
      isMinor: true,
      text: 'I w',
    });
  });

  test('is of little account when it is a notice without words', () => {
    expect(line({ method: 'thread/tokenUsage/updated', params: { tokenUsage: { total: 5 } } }).isMinor).toBe(
      true,
    );
    expect(line({ id: 3, method: 'thread/start', params: {} }).isMinor).toBe(false);
  });

  test('may be no message at all', () => {
    expect(line('garbage \u001b[31m')).toMatchObject({ what: 'text', text: 'garbage' });
    expect(line([1, [2, { deep: { deeper: { deepest: {} } } }]])).toMatchObject({ what: 'text', text: '' });
  });
});
