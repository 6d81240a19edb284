import { expect, test } from 'vitest';
import type { Effect } from '../../src/core/effects.js';
import type { Event } from '../../src/core/events.js';
import type { Fact } from '../../src/core/facts.js';
import { initialState } from '../../src/core/state.js';
import { issueFacts } from '../../src/domain/issue.js';
import { Engine } from '../../src/engine/engine.js';
import type { Store } from '../../src/ports/store.js';
import { anIssue, someSettings } from '../helpers/build.js';
import { memoryStore } from '../helpers/memory-store.js';
import { settled, VirtualClock } from '../helpers/virtual-clock.js';

function anEngine(given: { store?: Store<Fact>; onBug?: (error: unknown) => void } = {}) {
  const clock = new VirtualClock();
  const performed: Effect[] = [];
  const declined: Effect[] = [];
  const events: Event[] = [];
  const engine = new Engine({
    clock,
    store: given.store ?? memoryStore(),
    perform: (effect) => performed.push(effect),
    decline: (effect) => declined.push(effect),
    observe: (event) => events.push(event),
    onBug: given.onBug ?? ((error) => expect.unreachable(String(error))),
    initial: initialState(someSettings(), { atMs: clock.nowMs(), wallMs: clock.wallMs() }),
  });
  return { clock, engine, performed, declined, events };
}

const issue = issueFacts(anIssue());

/** Starts an engine and answers its first poll with one issue. */
function dispatchOne(parts: ReturnType<typeof anEngine>): void {
  parts.engine.post({ type: 'started' });
  parts.engine.post({ type: 'pollAnswered', request: 1, candidates: [issue], refreshed: [], budget: null });
}

test('performs the effects of a decision at once when the store commits at once', () => {
  const parts = anEngine();

  dispatchOne(parts);

  expect(parts.performed.map(({ type }) => type)).toEqual(['surveyWorkspaces', 'poll', 'startRun']);
});

test('stamps each event with both clocks and the version of its form', async () => {
  const { clock, engine, events } = anEngine();
  await clock.advance(5);

  engine.post({ type: 'refreshRequested' });

  expect(events).toEqual([{ type: 'refreshRequested', v: 1, atMs: 5, wallMs: clock.wallMs() }]);
});

test('takes events that arrive while it works in the order posted', () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  const engine: Engine = new Engine({
    clock,
    store: memoryStore(),
    perform: (effect) => {
      if (effect.type !== 'poll') return;
      engine.post({ type: 'problemReported', code: 'a', message: 'first' });
      engine.post({ type: 'problemReported', code: 'b', message: 'second' });
    },
    decline: () => {},
    observe: (event) => seen.push(event.type === 'problemReported' ? event.message : event.type),
    onBug: (error) => expect.unreachable(String(error)),
    initial: initialState(someSettings(), { atMs: 0, wallMs: clock.wallMs() }),
  });

  engine.post({ type: 'started' });

  expect(seen).toEqual(['started', 'first', 'second']);
});

test('sleeps on one timer until the core wants to be asked again', async () => {
  const parts = anEngine();
  parts.engine.post({ type: 'started' });
  parts.engine.post({ type: 'pollAnswered', request: 1, candidates: [], refreshed: [], budget: null });
  expect(parts.clock.pending).toBe(1);

  await parts.clock.advance(someSettings().pollIntervalMs);

  expect(parts.events.filter(({ type }) => type === 'woke')).toHaveLength(1);
  expect(parts.performed.filter(({ type }) => type === 'poll')).toHaveLength(2);
});

test('tells the core when the wall clock jumped, before the event that noticed it', () => {
  const { clock, engine, events } = anEngine();

  clock.jumpWall(3_600_000);
  engine.post({ type: 'refreshRequested' });

  expect(events.map(({ type }) => type)).toEqual(['clockJumped', 'refreshRequested']);
  expect(events[0]).toMatchObject({ byMs: 3_600_000 });
});

test('performs nothing before the facts behind it are committed, and then in order', async () => {
  const commits: (() => void)[] = [];
  const store = {
    ...memoryStore<Fact>(),
    append: () => new Promise<void>((resolve) => commits.push(resolve)),
  };
  const parts = anEngine({ store });
  dispatchOne(parts);
  parts.engine.post({
    type: 'runExited',
    issueId: issue.id,
    runId: 1,
    outcome: { kind: 'stopped', by: 'gone' },
  });
  await settled();
  expect(parts.performed).toEqual([]);
  // That it began.
  commits.shift()?.();
  await settled();
  expect(parts.performed.map(({ type }) => type)).toEqual(['surveyWorkspaces', 'poll']);

  for (const commit of commits) commit();
  await settled();

  expect(parts.performed.map(({ type }) => type)).toEqual(['surveyWorkspaces', 'poll', 'startRun']);
});

test('declines what could not be committed, and shuts down with the reason shown', async () => {
  const store = { ...memoryStore<Fact>(), append: () => Promise.reject(new Error('disk full')) };
  const parts = anEngine({ store });

  dispatchOne(parts);
  await settled();

  expect(parts.declined.map(({ type }) => type)).toContain('startRun');
  expect(parts.performed.map(({ type }) => type)).not.toContain('startRun');
  expect(parts.engine.state.mode).toBe('stopping');
  expect(parts.engine.state.problems.at(-1)).toMatchObject({ code: 'store_failed', message: 'disk full' });
});

test('an ended engine decides nothing more and leaves no timer', async () => {
  const { clock, engine, events } = anEngine();
  engine.post({ type: 'started' });

  await engine.end();
  engine.post({ type: 'refreshRequested' });

  expect(events).toHaveLength(1);
  expect(clock.pending).toBe(0);
});
