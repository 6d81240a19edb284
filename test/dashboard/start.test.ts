import { describe, expect, onTestFinished, test } from 'vitest';
import { type DashboardOptions, startDashboard } from '../../src/dashboard/start.js';
import { width } from '../../src/dashboard/text.js';
import { aBusySnapshot } from '../helpers/frames.js';
import { aRunningRow, aSnapshot, SAMPLE_AT_MS, TestSource } from '../helpers/snapshots.js';
import { TestTerminal } from '../helpers/terminal.js';

async function aDashboard(options: Partial<DashboardOptions> = {}) {
  const terminal = new TestTerminal();
  const source = new TestSource();
  const dashboard = await startDashboard({
    source,
    stdout: terminal,
    settings: { refreshMs: 100, renderIntervalMs: 16 },
    links: { dashboardUrl: null, project: null },
    now: () => SAMPLE_AT_MS,
    ...options,
  });
  onTestFinished(() => dashboard.stop());
  return { dashboard, terminal, source };
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
    const lines = (await terminal.showing('more')).split('\n');

    expect(lines.length).toBeLessThan(16);
    expect(Math.max(...lines.map(width))).toBeLessThan(60);
  });

  test('gives the terminal back and leaves nothing behind when stopped', async () => {
    const listenersBefore = ['exit', 'SIGCONT', 'SIGINT'].map((name) => process.listenerCount(name));
    const { dashboard, terminal, source } = await aDashboard();

    await dashboard.stop();
    const writtenThen = terminal.written;
    source.set(withRun('MT-1'));
    terminal.emit('resize');

    expect(terminal.written).toBe(writtenThen);
    expect(terminal.written.startsWith('\u001b[?1049h\u001b[?25l')).toBe(true);
    expect(terminal.written.endsWith('\u001b[?7h\u001b[?25h\u001b[?1049l')).toBe(true);
    expect([source.listeners, terminal.listenerCount('resize'), terminal.listenerCount('error')]).toEqual([
      0, 0, 0,
    ]);
    expect(['exit', 'SIGCONT', 'SIGINT'].map((name) => process.listenerCount(name))).toEqual(listenersBefore);
  });

  test('never clears the scroll-back, also when the window gets lower than the frame', async () => {
    const { terminal } = await aDashboard({ source: new TestSource(aBusySnapshot()) });

    terminal.rows = 10;
    terminal.emit('resize');
    await terminal.showing('terminal too low');

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

  test('does not fail with the snapshot it cannot show, nor with the terminal it loses', async () => {
    const { terminal, source } = await aDashboard();

    source.current = () => {
      throw new Error('no state');
    };
    source.set(withRun('MT-1'));
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

/** Sets a snapshot once the dashboard had the time to draw the one before. */
async function setLater(source: TestSource, snapshot: ReturnType<typeof aSnapshot>): Promise<void> {
  await ticks(2);
  source.set(snapshot);
}

/** Lets the dashboard come to so many of its own ticks, which it counts by the same kind of timer. */
async function ticks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick += 1) await new Promise((resolve) => setTimeout(resolve, 100));
}
