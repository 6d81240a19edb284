import { expect, test } from 'vitest';
import { initialState, type State } from '../../src/core/state.js';
import type { RetryingRow } from '../../src/domain/snapshot.js';
import { Snapshots } from '../../src/engine/snapshots.js';
import { someFacts, someSettings } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';
import { VirtualClock } from '../helpers/virtual-clock.js';

// Goal: many observers and a busy core cost no more than few and an idle one.

function someSnapshots() {
  const clock = new VirtualClock();
  let state: State = initialState(someSettings(), { atMs: clock.nowMs(), wallMs: clock.wallMs() });
  const snapshots = new Snapshots(clock, () => state);
  const change = (maxConcurrentAgents: number): void => {
    state = { ...state, settings: someSettings({ maxConcurrentAgents }) };
    snapshots.changed();
  };
  return { clock, snapshots, change };
}

test('the same snapshot is given as long as nothing changed and it is fresh', async () => {
  const { clock, snapshots } = someSnapshots();
  const first = snapshots.current();

  await clock.advance(999);
  expect(snapshots.current()).toBe(first);
  await clock.advance(1);

  const later = snapshots.current();
  expect(later).not.toBe(first);
  expect(later.generatedAtMs).toBe(first.generatedAtMs + 1_000);
});

test('a change shows at once or within a twentieth of a second, however often the state changes', async () => {
  const { clock, snapshots, change } = someSnapshots();
  await clock.advance(50);
  change(3);
  const changed = snapshots.current();
  expect(changed.maxConcurrentAgents).toBe(3);

  change(4);
  expect(snapshots.current()).toBe(changed);
  await clock.advance(50);

  expect(snapshots.current().maxConcurrentAgents).toBe(4);
});

test('who subscribed hears of many changes once, soon, and no more after leaving', async () => {
  const { clock, snapshots, change } = someSnapshots();
  const heard: number[] = [];
  const leave = snapshots.subscribe(({ maxConcurrentAgents }) => heard.push(maxConcurrentAgents));

  for (const limit of [1, 2, 3]) change(limit);
  expect(heard).toEqual([]);
  await clock.advance(100);
  expect(heard).toEqual([3]);

  change(4);
  await clock.advance(100);
  leave();
  change(5);
  await clock.advance(1_000);

  expect(heard).toEqual([3, 4]);
});

test('without subscribers a change starts no timer, and the end leaves none', () => {
  const { clock, snapshots, change } = someSnapshots();
  change(1);
  expect(clock.pending).toBe(0);

  snapshots.subscribe(() => {});
  change(2);
  snapshots.end();

  expect(clock.pending).toBe(0);
});

test('due times do not follow the wobble of two clocks, but a wall clock that was set', async () => {
  const core = new CoreDriver();
  const issue = someFacts();
  core.begin(issue);
  core.exit(issue.id, { kind: 'agentFailed', reason: 'turn_failed', detail: 'no' });
  const clock = new VirtualClock(core.atMs, core.wallMs);
  const snapshots = new Snapshots(clock, () => core.state);
  const told: (RetryingRow | undefined)[] = [];
  for (const wobbleMs of [1, -1, 1, -1, 60_000, -60_000]) {
    clock.jumpWall(wobbleMs);
    await clock.advance(1_000);
    const { retrying, generatedAtMs } = snapshots.current();
    told.push(retrying[0]);
    expect(generatedAtMs - clock.wallMs()).toBeOneOf([0, 1]);
  }

  const [first, second, third, fourth, set, setBack] = told;
  expect([second, third, fourth].every((row) => row === first)).toBe(true);
  expect(set?.dueAtMs).toBe((first?.dueAtMs ?? 0) - 1 + 60_000);
  expect(setBack?.dueAtMs).toBe((first?.dueAtMs ?? 0) - 1);
});
