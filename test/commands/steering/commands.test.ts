import { describe, expect, test } from 'vitest';
import { explain } from '../../../src/commands/steering/explain.js';
import { issues } from '../../../src/commands/steering/issues.js';
import { logs } from '../../../src/commands/steering/logs.js';
import { answerIssue, orderDispatch, orderIssue, refresh } from '../../../src/commands/steering/orders.js';
import { show } from '../../../src/commands/steering/show.js';
import { status } from '../../../src/commands/steering/status.js';
import { width } from '../../../src/dashboard/text/text.js';
import type { Explanation } from '../../../src/domain/explanation.js';
import type { Commands } from '../../../src/domain/snapshot.js';
import { aBoardRow, anIssueHistory, someExplainer, TestHistory } from '../../api/an-api.js';
import {
  aBlockedRow,
  aRunningRow,
  aSnapshot,
  SAMPLE_AT_MS,
  someCommands,
  TestSource,
} from '../../helpers/snapshots.js';
import { aDaemonOnASocket, anOutput } from './a-daemon.js';

// Goal: from any terminal of the machine a person sees and orders what the daemon shows and takes, through its socket.

const NASTY = 'Delete \u001b[2J all\u0007\nof it 漢字';

/** A daemon that keeps what it was ordered. */
async function aDaemonThatObeys(commands: Partial<Commands> = {}) {
  const ordered: string[] = [];
  const taken = (order: string) => {
    ordered.push(order);
    return { kind: 'taken', message: `Taken: ${order}.` } as const;
  };
  const target = await aDaemonOnASocket({
    source: new TestSource(aSnapshot({ blocked: [aBlockedRow()], running: [aRunningRow()] })),
    explainer: someExplainer({ board: [aBoardRow()] }),
    commands: someCommands({
      order: (identifier, order) => taken(`${order} ${identifier}`),
      orderDispatch: taken,
      answer: (identifier, answer, expected) => {
        taken(`${identifier} ${JSON.stringify(answer)} to ${expected}`);
        return { kind: 'queued', message: `${identifier} is answered.` };
      },
      ...commands,
    }),
  });
  return { target, ordered };
}

const EXPLANATION: Explanation = {
  issueId: 'mno345',
  identifier: 'MT-700',
  title: NASTY,
  url: null,
  state: 'Todo',
  standing: 'waiting',
  headline: 'In Progress 2/2 slots used by MT-4, MT-9',
  rules: [
    { rule: 'active', verdict: 'passes', fact: 'Todo is an active state' },
    { rule: 'state_slot_free', verdict: 'holds', fact: 'In Progress 2/2 slots used by MT-4, MT-9' },
  ],
  generatedAtMs: SAMPLE_AT_MS,
  readAtMs: SAMPLE_AT_MS,
};

describe('orders', () => {
  test.each(['stop', 'retry', 'release'] as const)('%s an issue and say what happens now', async (order) => {
    const { target, ordered } = await aDaemonThatObeys();
    const output = anOutput();

    expect(await orderIssue({ ...target, ...output, name: 'MT-649', order })).toBe(0);

    expect(ordered).toEqual([`${order} MT-649`]);
    expect(output.written()).toBe(`Taken: ${order} MT-649.\n`);
  });

  test.each(['pause', 'resume', 'drain'] as const)('%s dispatch', async (order) => {
    const { target, ordered } = await aDaemonThatObeys();
    const output = anOutput();

    expect(await orderDispatch({ ...target, ...output, order })).toBe(0);

    expect([ordered, output.written()]).toEqual([[order], `Taken: ${order}.\n`]);
  });

  test('answer what is asked', async () => {
    const { target, ordered } = await aDaemonThatObeys();
    const output = anOutput();

    await answerIssue({
      ...target,
      ...output,
      name: 'MT-651',
      answer: { kind: 'text', text: 'Ja – "gut".' },
    });

    expect(ordered).toEqual(['MT-651 {"kind":"text","text":"Ja – \\"gut\\"."} to Run npm publish?']);
    expect(output.written()).toBe('MT-651 asks: Run npm publish? (accept, decline)\nMT-651 is answered.\n');
  });

  test('answer nothing where nothing is asked, nor what is asked only since it was read', async () => {
    const message = 'Nothing was answered: MT-651 asks something else now: Run rm?';
    const { target, ordered } = await aDaemonThatObeys({ answer: () => ({ kind: 'changed', message }) });
    const approve = { ...target, ...anOutput(), answer: { kind: 'approve' } } as const;

    await expect(answerIssue({ ...approve, name: 'MT-649' })).rejects.toMatchObject({ code: 'not_blocked' });
    await expect(answerIssue({ ...approve, name: 'MT-651' })).rejects.toMatchObject({
      code: 'question_changed',
      message,
    });
    expect(ordered).toEqual([]);
  });

  test('ask for a poll, unless the daemon takes none any more', async () => {
    const output = anOutput();
    const { target } = await aDaemonThatObeys();
    expect(await refresh({ ...target, ...output })).toBe(0);
    const { target: stopping } = await aDaemonThatObeys({
      refresh: () => ({ queued: false, coalesced: false }),
    });

    expect(output.written()).toBe('The tracker is asked now.\n');
    await expect(refresh({ ...stopping, ...output })).rejects.toMatchObject({ code: 'order_refused' });
  });

  test('that the daemon refuses say why', async () => {
    const { target } = await aDaemonThatObeys({
      order: () => ({ kind: 'refused', message: 'MT-649 is being worked on; stop it first.' }),
    });

    await expect(
      orderIssue({ ...target, ...anOutput(), name: 'MT-649', order: 'release' }),
    ).rejects.toMatchObject({ code: 'order_refused', message: expect.stringContaining('stop it first') });
  });
});

describe('the name of an issue', () => {
  /** Knows these, and no spelling but theirs. */
  async function aDaemonWith(...identifiers: readonly string[]) {
    return await aDaemonThatObeys({
      order: (identifier) =>
        identifiers.includes(identifier) ? { kind: 'taken', message: identifier } : { kind: 'unknown' },
    });
  }

  async function ordered(name: string, ...identifiers: readonly string[]): Promise<string> {
    const { target } = await aDaemonWith('MT-700');
    const known = await aDaemonOnASocket({
      explainer: someExplainer({
        board: identifiers.map((identifier) => aBoardRow({ identifier, issueId: identifier })),
      }),
      commands: someCommands({
        order: (identifier) =>
          identifiers.includes(identifier)
            ? { kind: 'taken', message: `${identifier}!` }
            : { kind: 'unknown' },
      }),
    });
    const output = anOutput();
    await orderIssue({ ...(identifiers.length === 0 ? target : known), ...output, name, order: 'stop' });
    return output.written();
  }

  test('may be written in upper or lower case where one issue can be meant', async () => {
    expect(await ordered('mt-1', 'MT-1', 'MT-10')).toBe('MT-1!\n');
  });

  test('is taken exactly where it is exact, and not guessed where two can be meant', async () => {
    expect(await ordered('MT-1', 'mt-1', 'MT-1')).toBe('MT-1!\n');
    await expect(ordered('Mt-1', 'mt-1', 'MT-1')).rejects.toMatchObject({
      code: 'issue_not_found',
      message: 'Mt-1 could be mt-1 or MT-1; write it as the tracker does',
    });
  });

  test('that nobody knows gets the nearest one, or where to look', async () => {
    await expect(ordered('MT-12345', 'MT-12354')).rejects.toMatchObject({
      message: 'the daemon knows no issue MT-12345; did you mean MT-12354?',
    });
    // One that is on no list is no misspelling of its neighbours.
    await expect(ordered('MT-7', 'MT-1', 'MT-2')).rejects.toMatchObject({
      message: 'the daemon knows no issue MT-7; "symphony issues" lists those that it knows',
    });
    await expect(ordered('OTHER', 'MT-12354')).rejects.toMatchObject({
      message: 'the daemon knows no issue OTHER; "symphony issues" lists those that it knows',
    });
  });
});

describe('an issue that has ended', () => {
  test('is not offered in the place of itself', async () => {
    const target = await aDaemonOnASocket({
      explainer: someExplainer({ board: [aBoardRow({ identifier: 'MT-12345' })] }),
      history: new TestHistory([anIssueHistory({ identifier: 'MT-12354' })]),
      commands: someCommands({ order: () => ({ kind: 'unknown' }) }),
    });

    await expect(
      orderIssue({ ...target, ...anOutput(), name: 'MT-12354', order: 'stop' }),
    ).rejects.toMatchObject({
      code: 'issue_not_found',
      message: 'the daemon holds MT-12354 no longer; "symphony show MT-12354" tells what became of it',
    });
  });
});

describe('views', () => {
  test('list the issues, each with what keeps it, and those that have ended', async () => {
    const target = await aDaemonOnASocket({
      explainer: someExplainer({ board: [aBoardRow({ title: NASTY })] }),
      history: new TestHistory([anIssueHistory()]),
    });
    const output = anOutput();

    expect(await issues({ ...target, ...output, json: false })).toBe(0);

    expect(output.written()).toBe(
      [
        'ID      STATE  STANDING  PRIORITY  TITLE                  REASON',
        'MT-700  Todo   waiting          2  Delete all of it 漢字  10/10 slots used',
        '',
        'Ended',
        'ID    STATE  ATTEMPTS  OUTCOME        LAST EVENT            TITLE',
        'MT-1  Done          1  issueInactive  2026-02-24T20:10:30Z  Over',
        '',
      ].join('\n'),
    );
  });

  test('say so when there are none', async () => {
    const output = anOutput();

    await issues({ ...(await aDaemonOnASocket()), ...output, json: false });

    expect(output.written()).toBe('The daemon knows no issues.\n');
  });

  test('explain an issue rule by rule', async () => {
    const target = await aDaemonOnASocket({ explainer: someExplainer({ explanations: [EXPLANATION] }) });
    const output = anOutput();

    await explain({ ...target, ...output, name: 'MT-700', json: false });

    expect(output.written()).toBe(
      [
        'MT-700: Delete all of it 漢字',
        'In Progress 2/2 slots used by MT-4, MT-9',
        '',
        'VERDICT  RULE             FACT',
        'ok       active           Todo is an active state',
        'holds    state_slot_free  In Progress 2/2 slots used by MT-4, MT-9',
        '',
      ].join('\n'),
    );
  });

  test('explain it to the last word on a narrow terminal', async () => {
    const target = await aDaemonOnASocket({ explainer: someExplainer({ explanations: [EXPLANATION] }) });
    const output = anOutput(50);

    await explain({ ...target, ...output, name: 'MT-700', json: false });

    expect(output.written()).toBe(
      [
        'MT-700: Delete all of it 漢字',
        'In Progress 2/2 slots used by MT-4, MT-9',
        '',
        'VERDICT  RULE             FACT',
        'ok       active           Todo is an active state',
        'holds    state_slot_free  In Progress 2/2 slots',
        '                          used by MT-4, MT-9',
        '',
      ].join('\n'),
    );
  });

  test('show all of one issue', async () => {
    const target = await aDaemonOnASocket({
      source: new TestSource(aSnapshot({ blocked: [aBlockedRow({ identifier: 'MT-1', title: NASTY })] })),
      history: new TestHistory([anIssueHistory()]),
    });
    const output = anOutput();

    await show({ ...target, ...output, name: 'mt-1', json: false });

    expect(output.written()).toContain('MT-1: Delete all of it 漢字\n');
    expect(output.written()).toMatch(/^State +In Progress \(blocked\)$/mu);
    expect(output.written()).toMatch(/^Workspace +\/var\/symphony\/MT-651 on worker-1$/mu);
    expect(output.written()).toMatch(
      /^Asks +Run npm publish\? \(accept, decline\), since 2026-02-24T20:13:30Z$/mu,
    );
    expect(output.written()).toMatch(
      /^first +2026-02-24T20:05:30Z +5m 0s +3 +15 +issueInactive +the issue is Done$/mu,
    );
  });

  test('fit the terminal', async () => {
    const target = await aDaemonOnASocket({ explainer: someExplainer({ explanations: [EXPLANATION] }) });
    const output = anOutput(40);

    await explain({ ...target, ...output, name: 'MT-700', json: false });

    for (const line of output.written().split('\n')) expect(width(line)).toBeLessThanOrEqual(40);
  });

  test('are the answers of the API with --json', async () => {
    const explainer = someExplainer({ explanations: [EXPLANATION], board: [aBoardRow()] });
    const source = new TestSource(aSnapshot({ running: [aRunningRow()] }));
    const target = await aDaemonOnASocket({ explainer, source });
    const read = async (
      command: (output: ReturnType<typeof anOutput>) => Promise<number>,
    ): Promise<unknown> => {
      const output = anOutput();
      await command(output);
      return JSON.parse(output.written());
    };

    expect(await read((output) => status({ ...target, ...output, json: true, watch: false }))).toMatchObject({
      counts: { running: 1 },
    });
    expect(await read((output) => issues({ ...target, ...output, json: true }))).toMatchObject({
      issues: [{ issue_identifier: 'MT-700' }],
    });
    expect(await read((output) => show({ ...target, ...output, name: 'MT-649', json: true }))).toMatchObject({
      status: 'running',
    });
    expect(
      await read((output) => explain({ ...target, ...output, name: 'MT-700', json: true })),
    ).toMatchObject({
      title: NASTY,
    });
  });
});

describe('logs', () => {
  async function aDaemonWithEvents() {
    const history = new TestHistory();
    for (const message of ['one', NASTY, 'three']) history.add({ message });
    history.add({ identifier: 'MT-1', message: 'of another issue' });
    const source = new TestSource(aSnapshot({ running: [aRunningRow()] }));
    const explainer = someExplainer({ board: [aBoardRow({ identifier: 'MT-649' })] });
    return { history, target: await aDaemonOnASocket({ history, source, explainer }) };
  }

  test('print the latest events of the issue, the oldest first', async () => {
    const { target } = await aDaemonWithEvents();
    const output = anOutput();

    await logs({ ...target, ...output, name: 'mt-649', follow: false, json: false, lines: 2 });

    expect(output.written()).toBe(
      [
        '2026-02-24T20:15:30Z  info   agent_notification  Delete all of it 漢字',
        '2026-02-24T20:15:30Z  info   agent_notification  three',
        '',
      ].join('\n'),
    );
  });

  test('print one event a line as JSON', async () => {
    const { target } = await aDaemonWithEvents();
    const output = anOutput();

    await logs({ ...target, ...output, name: 'MT-649', follow: false, json: true, lines: 100 });

    const lines = output.written().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).message)).toEqual(['one', NASTY, 'three']);
  });

  test('go on with what happens, until nobody reads any more', async () => {
    const { target, history } = await aDaemonWithEvents();
    const output = anOutput();
    const ended = logs({ ...target, ...output, name: 'MT-649', follow: true, json: false, lines: 1 });
    await output.shows('three');

    history.add({ identifier: 'MT-1', message: 'not of this issue' });
    history.add({ message: 'four' });
    await output.shows('four');
    output.stdout.emit('error', new Error('EPIPE'));

    expect(await ended).toBe(0);
    expect(
      output
        .written()
        .trimEnd()
        .split('\n')
        .map((line) => line.split('  ').at(-1)),
    ).toEqual(['three', 'four']);
  });

  test('of an issue that nothing has happened to are empty, and of one that is not known an error', async () => {
    const source = new TestSource(aSnapshot({ running: [aRunningRow()] }));
    const target = await aDaemonOnASocket({ source });
    const output = anOutput();

    expect(await logs({ ...target, ...output, name: 'MT-649', follow: false, json: false, lines: 1 })).toBe(
      0,
    );

    expect(output.written()).toBe('');
    await expect(
      logs({ ...target, ...output, name: 'MT-2', follow: false, json: false, lines: 1 }),
    ).rejects.toMatchObject({ code: 'issue_not_found' });
  });
});

describe('a watched status', () => {
  test('is printed again with every change, and not without one', async () => {
    const source = new TestSource();
    const target = await aDaemonOnASocket({ source });
    const output = anOutput();
    const ended = status({ ...target, ...output, json: true, watch: true });
    await output.shows('\n');

    source.set(aSnapshot({ running: [aRunningRow()] }));
    await output.shows('MT-649');
    output.stdout.emit('error', new Error('EPIPE'));
    await ended;

    const states = output
      .written()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).counts.running);
    expect(states).toEqual([0, 1]);
  });

  test('on a terminal is drawn over what was there, and fits it', async () => {
    const rows = Array.from({ length: 30 }, (_, at) => aRunningRow({ identifier: `MT-${at}` }));
    const source = new TestSource(aSnapshot({ running: rows }));
    const output = anOutput(60);
    const ended = status({ ...(await aDaemonOnASocket({ source })), ...output, json: false, watch: true });
    await output.shows('more lines');

    output.stdout.emit('error', new Error('EPIPE'));
    await ended;

    const [, frame = ''] = output.written().split('\u001b[H');
    expect(frame.split('\r\n').length).toBeLessThanOrEqual(20);
    expect(frame).toContain('… 21 more lines\u001b[K');
  });
});
