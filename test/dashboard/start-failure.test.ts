import { expect, test, vi } from 'vitest';
import { startDashboard } from '../../src/dashboard/start.js';
import { SAMPLE_AT_MS, TestSource } from '../helpers/snapshots.js';
import { TestKeyboard, TestTerminal } from '../helpers/terminal.js';
import { TestStation } from '../helpers/test-station.js';

// Goal: a dashboard that cannot be drawn gives the terminal back before anybody says why.

test('gives the terminal back when the first frame cannot be drawn', async () => {
  const terminal = new TestTerminal();
  const write = terminal.write.bind(terminal);
  vi.spyOn(terminal, 'write').mockImplementation((text, done) => {
    if (text.includes('╭─')) throw new Error('cannot be drawn');
    return write(text, done);
  });

  const started = startDashboard({
    station: new TestStation(new TestSource()),
    stdin: new TestKeyboard(),
    stdout: terminal,
    settings: { refreshMs: 100, renderIntervalMs: 16 },
    links: { dashboardUrl: null, project: null },
    mode: 'daemon',
    now: () => SAMPLE_AT_MS,
    onQuit: () => {},
  });

  await expect(started).rejects.toThrow('cannot be drawn');
  expect(terminal.written.endsWith('\u001b[?1049l')).toBe(true);
});
