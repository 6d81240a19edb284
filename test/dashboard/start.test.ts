import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { type DashboardOptions, startDashboard } from '../../src/dashboard/start.js';
import { width } from '../../src/dashboard/text/text.js';
import { aBusySnapshot } from '../helpers/frames.js';
import { aProblem, aRunningRow, aSnapshot, SAMPLE_AT_MS, TestSource } from '../helpers/snapshots.js';
import { TestKeyboard, TestTerminal } from '../helpers/terminal.js';
import { TestStation } from '../helpers/test-station.js';

const SIGNALS = ['exit', 'SIGCONT', 'SIGTSTP', 'SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function aDashboard(options: Partial<DashboardOptions> & { readonly source?: TestSource } = {}) {
  const { source = new TestSource(), ...rest } = options;
  const terminal = new TestTerminal();
  const keyboard = new TestKeyboard();
  const dashboard = await startDashboard({
    station: new TestStation(source),
    stdin: keyboard,
    stdout: terminal,
    settings: { refreshMs: 100, renderIntervalMs: 16 },
    links: { dashboardUrl: null, project: null },
    mode: 'daemon',
    now: () => SAMPLE_AT_MS,
    onQuit: () => {},
    ...rest,
  });
  onTestFinished(() => dashboard.stop());
  return { dashboard, terminal, source, keyboard };
}

const withRun = (identifier: string) => aSnapshot({ running: [aRunningRow({ identifier })] });

describe('the terminal dashboard', () => {
  test('is driven from snapshots: shows the first at once and each later one', async () => {
    const { terminal, source } = await aDashboard();
    const first = terminal.frames[0];

    source.set(withRun('MT-1'));

    expect(first).toContain('No active agents');
    expect(await terminal.showing('MT-1')).toContain('Agents       1/10');
  });

  test('draws the last of many changes once, and nothing when nothing changed', async () => {
    const { terminal, source } = await aDashboard();

    for (let change = 0; change <= 50; change += 1) source.set(withRun(`MT-${change}`));
    await terminal.showing('MT-50');
    source.set(withRun('MT-50'));
    source.set(withRun('MT-50'));
    await Promise.all([terminal.showing('MT-51'), setLater(source, withRun('MT-51'))]);

    expect(terminal.frames).toHaveLength(3);
  });

  test('draws at most ten times a second, however fast the daemon and the keys are', async () => {
    const { terminal, source, keyboard } = await aDashboard({ source: new TestSource(aBusySnapshot()) });
    const startedAtMs = performance.now();

    // On a busy machine it takes longer to draw so many.
    const isOver = (): boolean => performance.now() - startedAtMs >= 1_000 && terminal.frames.length > 3;
    for (let change = 0; !isOver(); change += 1) {
      source.set(withRun(`MT-${change}`));
      keyboard.type('\u001b[B');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const seconds = (performance.now() - startedAtMs) / 1_000;

    expect(terminal.frames.length).toBeLessThanOrEqual(1 + Math.ceil(seconds * 10));
  });

  test('writes nothing at all while nothing changes', async () => {
    const { terminal, source } = await aDashboard({ source: new TestSource(aBusySnapshot()) });
    const { written } = terminal;

    for (let change = 0; change < 5; change += 1) {
      source.set(aBusySnapshot());
      await ticks(1);
    }

    expect(terminal.written).toBe(written);
  });

  test('writes only the lines that changed', async () => {
    const { terminal, source } = await aDashboard({ source: new TestSource(aBusySnapshot()) });
    const before = terminal.written.length;
    const busy = aBusySnapshot();

    source.set({ ...busy, totals: { ...busy.totals, totalTokens: 5_000_001 } });
    await terminal.showing('5,000,001');

    expect(terminal.written.slice(before)).not.toContain('MT-9');
    expect(terminal.frames.at(-1)).toContain('MT-9');
  });

  test('lets the ages go on without a change', async () => {
    let nowMs = SAMPLE_AT_MS;
    const source = new TestSource(withRun('MT-1'));
    const { terminal } = await aDashboard({ source, now: () => nowMs });

    nowMs += 60_000;

    expect(terminal.frames[0]).toContain('5m 18s / 7');
    expect(await terminal.showing('6m 18s / 7')).toContain('MT-1');
  });

  test('follows the size of the window', async () => {
    const { terminal } = await aDashboard({ source: new TestSource(aBusySnapshot()) });

    terminal.columns = 60;
    terminal.rows = 16;
    terminal.emit('resize');
    const lines = (await terminal.showing('? 1  ● 5')).split('\n');

    expect(lines.length).toBeLessThanOrEqual(16);
    expect(Math.max(...lines.map(width))).toBeLessThanOrEqual(60);
  });

  test('says clearly when the window is too small, and takes no keys then', async () => {
    const station = new TestStation(new TestSource(aBusySnapshot()));
    const { terminal, keyboard } = await aDashboard({ station });

    terminal.columns = 40;
    terminal.emit('resize');
    await terminal.showing('Symphony needs 60×10');
    keyboard.type('r', 'p');
    await ticks(1);

    expect(station.orders).toEqual([]);
  });

  test('gives the terminal back and leaves nothing behind when stopped', async () => {
    const listenersBefore = SIGNALS.map((name) => process.listenerCount(name));
    const { dashboard, terminal, source, keyboard } = await aDashboard();
    const during = [keyboard.isRaw, keyboard.isReading];

    await dashboard.stop();
    const writtenThen = terminal.written;
    source.set(withRun('MT-1'));
    terminal.emit('resize');
    keyboard.type('r');

    expect(terminal.written).toBe(writtenThen);
    expect(terminal.written.startsWith('\u001b[?1049h\u001b[?25l')).toBe(true);
    expect(terminal.written.endsWith('\u001b[?2004l\u001b[?7h\u001b[?25h\u001b[?1049l')).toBe(true);
    expect([source.listeners, terminal.listenerCount('resize'), terminal.listenerCount('error')]).toEqual([
      0, 0, 0,
    ]);
    expect([during, keyboard.isRaw, keyboard.isReading]).toEqual([[true, true], false, false]);
    expect(['data', 'end', 'error'].map((name) => keyboard.listenerCount(name))).toEqual([0, 0, 0]);
    expect(SIGNALS.map((name) => process.listenerCount(name))).toEqual(listenersBefore);
  });

  test('shows without keys when standard input is no terminal', async () => {
    const keyboard = Object.assign(new TestKeyboard(), { isTTY: false });
    const { terminal } = await aDashboard({ stdin: keyboard, source: new TestSource(withRun('MT-1')) });

    expect(await terminal.showing('MT-1')).not.toContain('/ go to  ?');
    expect([keyboard.isRaw, keyboard.isReading, keyboard.listenerCount('data')]).toEqual([false, false, 0]);
  });

  test('never clears the scroll-back, also when the window gets lower than the frame', async () => {
    const { terminal } = await aDashboard({ source: new TestSource(aBusySnapshot()) });

    terminal.rows = 5;
    terminal.emit('resize');
    await terminal.showing('Symphony needs');

    expect(terminal.written).not.toContain('\u001b[3J');
  });

  test('skips frames while the terminal is behind', async () => {
    const { terminal, source } = await aDashboard();

    terminal.writableNeedDrain = true;
    source.set(withRun('MT-1'));
    await Promise.all([setLater(source, withRun('MT-2')), ticks(5)]);
    const behind = terminal.frames.length;
    terminal.writableNeedDrain = false;

    expect(await terminal.showing('MT-2')).not.toContain('MT-1');
    expect([behind, terminal.frames.length]).toEqual([1, 2]);
  });

  test('shows what it knows, and since when, while the daemon does not answer', async () => {
    const { terminal, source } = await aDashboard({ source: new TestSource(withRun('MT-1')) });

    source.current = () => {
      throw new Error('no answer');
    };

    expect(await terminal.showing('0s old: no answer')).toContain('MT-1');
  });

  test('attached to a daemon that went away, shows what is known and since when', async () => {
    const problem = aProblem({ code: 'daemon_unreachable', message: 'No daemon answers.' });
    const source = new TestSource({ ...withRun('MT-1'), problems: [problem] });
    const { terminal } = await aDashboard({ source, mode: 'attached', now: () => SAMPLE_AT_MS + 61_000 });

    expect(await terminal.showing('! What is shown is 1m 1s old: No daemon answers.')).toContain('MT-1');
  });

  test('does not fail with a snapshot it never got, nor with the terminal it loses', async () => {
    const source = new TestSource();
    source.current = () => {
      throw new Error('no state');
    };
    const { terminal } = await aDashboard({ source });

    await terminal.showing('SYMPHONY cannot be shown: no state');
    terminal.emit('error', new Error('EIO'));
    const written = terminal.written;
    source.set(withRun('MT-2'));
    await ticks(3);

    expect(terminal.written).toBe(written);
  });

  test('keeps no record of its renders, and no environment variable for agents to inherit', async () => {
    const environment = process.env['NODE_ENV'];
    const { terminal, source } = await aDashboard();

    source.set(withRun('MT-1'));
    await terminal.showing('MT-1');

    expect(performance.getEntriesByType('measure')).toEqual([]);
    expect(process.env['NODE_ENV']).toBe(environment);
  });
});

describe('a keyboard that is lost', () => {
  test('gives the terminal back, for somebody else has it now', async () => {
    const { terminal, keyboard, source } = await aDashboard();

    keyboard.emit('error', new Error('EIO'));
    const { written } = terminal;
    source.set(withRun('MT-1'));
    await ticks(2);

    expect(written.endsWith('\u001b[?1049l')).toBe(true);
    expect(terminal.written).toBe(written);
  });

  test('ends a dashboard that is only attached', async () => {
    const onQuit = vi.fn();
    const { keyboard } = await aDashboard({ mode: 'attached', onQuit });

    keyboard.emit('end');

    expect(onQuit.mock.calls).toEqual([['detach']]);
  });
});

/** Sets a snapshot once the dashboard had the time to draw the one before. */
async function setLater(source: TestSource, snapshot: ReturnType<typeof aSnapshot>): Promise<void> {
  await ticks(2);
  source.set(snapshot);
}

/** Lets the dashboard come to so many of its own ticks, which it counts by the same kind of timer. */
async function ticks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick += 1) await new Promise((resolve) => setTimeout(resolve, 100));
}
