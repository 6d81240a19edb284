import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type DashboardOptions, startDashboard } from '../../src/dashboard/start.js';
import { SymphonyError } from '../../src/domain/error.js';
import { aBusySnapshot, anEvent, anExplanation } from '../helpers/frames.js';
import { SAMPLE_AT_MS, TestSource } from '../helpers/snapshots.js';
import { TestKeyboard, TestTerminal } from '../helpers/terminal.js';
import { TestStation } from '../helpers/test-station.js';

const DOWN = '\u001b[B';
const ESCAPE = '\u001b';

async function aDesk(options: Partial<DashboardOptions> = {}) {
  const terminal = new TestTerminal();
  const keyboard = new TestKeyboard();
  const station = new TestStation(new TestSource(aBusySnapshot()));
  station.explanation = anExplanation();
  const onQuit = vi.fn();
  const dashboard = await startDashboard({
    station,
    stdin: keyboard,
    stdout: terminal,
    settings: { refreshMs: 100, renderIntervalMs: 16 },
    links: { dashboardUrl: null, project: null },
    mode: 'daemon',
    now: () => SAMPLE_AT_MS,
    onQuit,
    ...options,
  });
  onTestFinished(() => dashboard.stop());
  return { terminal, keyboard, station, onQuit };
}

describe('an order', () => {
  test('goes to the station, and what comes of it is shown', async () => {
    const { terminal, keyboard, station } = await aDesk();

    keyboard.type(DOWN, DOWN, DOWN, DOWN, 't');

    await terminal.showing('✓ MT-9 goes on as soon as there is a slot.');
    expect(station.orders).toEqual([['order', 'MT-9', 'retry']]);
  });

  test('that is refused says why', async () => {
    const { terminal, keyboard, station } = await aDesk();
    station.refusal = new SymphonyError('order_refused', 'MT-9 is being worked on.');

    keyboard.type('r');

    expect(await terminal.showing('✗ MT-9 is being worked on.')).toContain('SYMPHONY');
  });

  test('that ends a run is asked about first', async () => {
    const { terminal, keyboard, station } = await aDesk();

    keyboard.type(DOWN, DOWN, DOWN, DOWN, 's');
    await terminal.showing('Stop the run of MT-9?');
    expect(station.orders).toEqual([]);
    keyboard.type('y');
    await terminal.showing('✓');

    expect(station.orders).toEqual([['order', 'MT-9', 'stop']]);
  });

  test('is never both asked about and given in one read, as by a paste into a terminal that does not mark it', async () => {
    const { terminal, keyboard, station, onQuit } = await aDesk();

    keyboard.type(DOWN, DOWN, DOWN, DOWN, 'sy');
    await terminal.showing('Stop the run of MT-9?');
    keyboard.type(ESCAPE);
    await terminal.showing('enter open');
    keyboard.type('qn');
    await terminal.showing('Quit Symphony?');

    expect(station.orders).toEqual([]);
    expect(onQuit).not.toHaveBeenCalled();
  });

  test('does not come of the rest of what was written as an answer', async () => {
    const { terminal, keyboard, station } = await aDesk();

    keyboard.type(DOWN, 'a');
    await terminal.showing('Your answer');
    keyboard.type('3', '\r');
    await terminal.showing('▏');
    keyboard.type('no\rtrp');
    await terminal.showing('✓');

    const asked = 'Run npm publish?';
    expect(station.orders).toEqual([['answer', 'MT-651', { kind: 'text', text: 'no' }, asked]]);
  });

  test('to pause goes to all of the daemon', async () => {
    const { terminal, keyboard, station } = await aDesk();

    keyboard.type('p');
    await terminal.showing('✓ Nothing new begins.');

    expect(station.orders).toEqual([['orderDispatch', 'pause']]);
  });
});

describe('quitting', () => {
  test.each([
    ['d', 'drain'],
    ['s', 'now'],
  ])('with %s means %s', async (key, kind) => {
    const { terminal, keyboard, onQuit } = await aDesk();

    keyboard.type('q');
    await terminal.showing('Quit Symphony?');
    keyboard.type(key);

    expect(onQuit.mock.calls).toEqual([[kind]]);
  });

  test('an attached dashboard leaves', async () => {
    const { keyboard, onQuit, station } = await aDesk({ mode: 'attached' });

    keyboard.type('q');

    expect(onQuit.mock.calls).toEqual([['detach']]);
    expect(station.orders).toEqual([]);
  });

  test('by ctrl-c is a SIGINT to this process, and nothing else', async () => {
    const { keyboard, onQuit } = await aDesk();
    const interrupted = new Promise<void>((resolve) => process.once('SIGINT', () => resolve()));

    keyboard.type('\u0003');
    await interrupted;

    expect(onQuit).not.toHaveBeenCalled();
  });
});

describe('an issue that is not in the list', () => {
  const backlog = anExplanation({
    identifier: 'B-7',
    title: 'Later',
    state: 'Backlog',
    headline: 'not active',
  });

  test('is asked for on /, and opened as it is really called', async () => {
    const { terminal, keyboard, station } = await aDesk();
    const explain = vi.spyOn(station, 'explain');
    station.explanation = backlog;

    keyboard.type('/');
    await terminal.showing('Go to issue: ▏');
    keyboard.type('b-7', '\r');
    const shown = await terminal.showing('╭─ B-7  Later');
    station.tell(anEvent(1, { message: 'it was moved' }));
    await terminal.showing('it was moved');
    // The tracker is asked again after some time, by a clock of its own.
    const asked = [...explain.mock.calls];
    keyboard.type(ESCAPE);

    expect(shown).toContain('│ not active');
    expect(asked).toEqual([['b-7']]);
    expect(await terminal.showing('↑↓ select')).not.toContain('B-7');
    expect(station.followed).toEqual([]);
  });

  test('shows what the tracker fails with', async () => {
    const { terminal, keyboard, station } = await aDesk();
    station.explain = () => Promise.reject(new SymphonyError('tracker_status', 'Linear answered 503.'));

    keyboard.type('/B-7', '\r');

    expect(await terminal.showing('is not known: Linear answered 503.')).toContain('╭─ B-7');
  });

  test('is opened by what was typed ahead, of which nothing becomes an order', async () => {
    const { terminal, keyboard, station } = await aDesk();
    station.explanation = backlog;

    keyboard.type('/b-7\rrtp');
    await terminal.showing('╭─ B-7  Later');

    expect(station.orders).toEqual([]);
  });
});

describe('an open issue', () => {
  test('shows why it stands where it stands and what happens, live', async () => {
    const { terminal, keyboard, station } = await aDesk();
    station.events = [anEvent(1, { message: 'run started' })];

    keyboard.type(DOWN, '\r');
    await terminal.showing('In Progress 2/2 slots used by MT-9, MT-10');
    station.tell(anEvent(2, { message: 'command started: make' }));

    expect(await terminal.showing('command started: make')).toContain('run started');
    expect(station.followed).toEqual(['MT-651']);
  });

  test('tells an event once, also when the station tells its latest again', async () => {
    const { terminal, keyboard, station } = await aDesk();
    station.events = [anEvent(1, { message: 'run started' })];

    keyboard.type(DOWN, '\r');
    await terminal.showing('run started');
    station.tell(anEvent(1, { message: 'run started' }), anEvent(2, { message: 'turn completed' }));
    const shown = await terminal.showing('turn completed');

    expect(shown.split('run started')).toHaveLength(2);
  });

  test('is followed as long as it is open, under questions and help too', async () => {
    const { terminal, keyboard, station } = await aDesk();

    keyboard.type(DOWN, '\r', 'x');
    await terminal.showing('Release MT-651?');
    const asked = station.followed;
    keyboard.type('n', '?');
    await terminal.showing('keys and signs');
    const helped = station.followed;
    keyboard.type('q', 'q');
    await terminal.showing('SYMPHONY');

    expect([asked, helped, station.followed]).toEqual([['MT-651'], ['MT-651'], []]);
  });

  test('says so when the daemon does not tell why', async () => {
    const { terminal, keyboard, station } = await aDesk();
    station.explain = () => Promise.reject(new SymphonyError('daemon_unreachable', 'The daemon is gone.'));

    keyboard.type(DOWN, '\r');

    expect(await terminal.showing('is not known: The daemon is gone.')).toContain('MT-651');
  });

  test('says so when neither the daemon nor the tracker knows it', async () => {
    const { terminal, keyboard, station } = await aDesk();
    station.explanation = null;

    keyboard.type('/b-8', '\r');

    expect(await terminal.showing('The tracker knows no issue b-8.')).toContain('not known');
  });

  test('asks why again when something changed, but not all the time', async () => {
    const { terminal, keyboard, station } = await aDesk();
    const explain = vi.spyOn(station, 'explain');

    keyboard.type(DOWN, '\r');
    await terminal.showing('Why');
    const before = explain.mock.calls.length;
    for (let change = 0; change < 20; change += 1) station.source.set(aBusySnapshot());
    const after = explain.mock.calls.length;
    station.explanation = anExplanation({ headline: 'it goes on' });

    // A second may have gone by until then.
    expect(before).toBeGreaterThan(0);
    expect(after - before).toBeLessThanOrEqual(1);
    expect(await terminal.showing('it goes on')).toContain('MT-651');
  });
});
