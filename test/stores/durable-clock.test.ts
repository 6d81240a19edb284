import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openDurableClock } from '../../src/stores/durable-clock.js';
import { VirtualClock } from '../helpers/virtual-clock.js';

/** A state directory in which processes start one after the other, each with a machine clock of its own. */
function aDirectory() {
  const directory = mkdtempSync(join(tmpdir(), 'symphony-clock-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const failures: string[] = [];
  return {
    directory,
    failures,
    start: (machine: VirtualClock) =>
      openDurableClock(directory, machine, (message) => failures.push(message)),
  };
}

test('goes on after a restart where the last process ended, with the time between', async () => {
  const { start, failures } = aDirectory();
  const first = new VirtualClock();
  const before = await start(first);
  await first.advance(500_000);
  const endedAtMs = before.clock.nowMs();
  await before.close();

  const second = new VirtualClock();
  await second.advance(first.nowMs() + 3_600_000);
  const after = await start(second);

  expect(after.clock.nowMs()).toBe(endedAtMs + 3_600_000);
  expect(failures).toEqual([]);
});

test.each([0, 1])(
  'counts no more than the time between, however short, %i of the ends orderly',
  async (orderly) => {
    const { start } = aDirectory();
    const first = new VirtualClock();
    const before = await start(first);
    await first.advance(12_000);
    const endedAtMs = before.clock.nowMs();
    if (orderly === 1) await before.close();

    const second = new VirtualClock();
    await second.advance(first.nowMs() + 3_000);
    const after = await start(second);

    expect(after.clock.nowMs()).toBe(endedAtMs + 3_000);
  },
);

test('never goes back: not after a kill, and not when the wall clock did', async () => {
  const { start } = aDirectory();
  const first = new VirtualClock();
  const killed = await start(first);
  await first.advance(59_999);

  // The machine's own clocks begin anew.
  const after = await start(new VirtualClock());

  expect(after.clock.nowMs()).toBeGreaterThanOrEqual(killed.clock.nowMs());
});

test('is written down every minute, and wakes by its own time', async () => {
  const { directory, start } = aDirectory();
  const machine = new VirtualClock();
  await (await start(new VirtualClock())).close();
  const { clock, close } = await start(machine);
  const woken: number[] = [];
  clock.wakeAt(clock.nowMs() + 1_000, () => woken.push(clock.nowMs()));
  const startedAtMs = clock.nowMs();

  await machine.advance(180_000);
  await close();

  expect(woken).toEqual([startedAtMs + 1_000]);
  expect(JSON.parse(readFileSync(join(directory, 'clock.json'), 'utf8'))).toMatchObject({
    atMs: startedAtMs + 180_000,
  });
  expect(readdirSync(directory)).toEqual(['clock.json']);
  expect(machine.pending).toBe(0);
});

test('a file that cannot be read is told and begins anew', async () => {
  const { directory, start, failures } = aDirectory();
  writeFileSync(join(directory, 'clock.json'), '{ "atMs": "soon"');

  const { clock } = await start(new VirtualClock());

  expect(clock.nowMs()).toBeGreaterThanOrEqual(0);
  expect(failures).toHaveLength(1);
});
