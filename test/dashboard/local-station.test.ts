import { describe, expect, test } from 'vitest';
import { LocalStation, type LocalStationParts } from '../../src/dashboard/local-station.js';
import type { HistoryEvent } from '../../src/domain/history.js';
import type { Commands } from '../../src/domain/snapshot.js';
import { anEvent, anExplanation } from '../helpers/frames.js';
import { someCommands, TestSource } from '../helpers/snapshots.js';

class TestHistory {
  readonly listeners = new Set<(event: HistoryEvent) => void>();
  readonly asked: unknown[] = [];
  known: readonly HistoryEvent[] = [];

  events(query: unknown) {
    this.asked.push(query);
    return { events: this.known, hasGap: false, hasMore: false };
  }

  subscribe(listener: (event: HistoryEvent) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(event: HistoryEvent): void {
    for (const listener of this.listeners) listener(event);
  }
}

const UNKNOWN =
  'No issue MT-1 is known: nothing holds it, and the tracker did not list it in an active state.';

function aStation(commands: Partial<Commands> = {}, parts: Partial<LocalStationParts> = {}) {
  const history = new TestHistory();
  const station = new LocalStation({
    source: new TestSource(),
    commands: someCommands(commands),
    explainer: { lookUp: async (identifier) => (identifier === 'MT-651' ? anExplanation() : null) },
    history,
    ...parts,
  });
  return { station, history };
}

describe('a station of this process', () => {
  test('tells what happened to an issue, and then each new thing that happens to it', () => {
    const { station, history } = aStation();
    const told: string[][] = [];
    history.known = [anEvent(1), anEvent(2)];

    const unfollow = station.follow('MT-651', (events) => told.push(events.map(({ id }) => id)));
    history.tell(anEvent(3, { identifier: 'MT-9' }));
    history.tell(anEvent(4));
    unfollow();
    history.tell(anEvent(5));

    expect(told).toEqual([['1-1', '1-2'], ['1-4']]);
    expect(history.asked).toEqual([{ identifier: 'MT-651', limit: 200 }]);
    expect(history.listeners.size).toBe(0);
  });

  test('says of what was ordered that it may still be forgotten, as long as it may', async () => {
    const { station } = aStation({ committed: async () => false });

    const told = await Promise.all([
      station.order('MT-651', 'stop'),
      station.answer('MT-651', { kind: 'approve' }, 'May I?'),
      station.orderDispatch('pause'),
    ]);

    const warning = expect.stringContaining('The journal has not taken it yet');
    expect(told).toEqual([warning, warning, warning]);
  });

  test('tells what happens to all of the daemon', () => {
    const { station, history } = aStation();
    const told: string[] = [];

    station.follow(null, (events) => told.push(...events.map(({ id }) => id)));
    history.tell(anEvent(3, { identifier: 'MT-9' }));
    history.tell(anEvent(4, { identifier: null }));

    expect(told).toEqual(['1-3', '1-4']);
    expect(history.asked).toEqual([{ limit: 200 }]);
  });

  test('explains what is known', async () => {
    const { station } = aStation();

    expect(await station.explain('MT-651')).toEqual(anExplanation());
    expect(await station.explain('MT-1')).toBeNull();
  });

  test.each([
    ['asks the tracker', { queued: true, coalesced: false }, 'The tracker is asked now.'],
    ['knows that it is asked', { queued: true, coalesced: true }, 'The tracker is being asked already.'],
  ])('%s on refresh', async (_what, outcome, sentence) => {
    const { station } = aStation({ refresh: () => outcome });

    expect(await station.refresh()).toBe(sentence);
  });

  test('answers an order with the sentence of the daemon', async () => {
    const { station } = aStation({
      order: (name, order) => ({ kind: 'taken', message: `${order} ${name}` }),
    });

    expect(await station.order('MT-1', 'retry')).toBe('retry MT-1');
    expect(await station.orderDispatch('pause')).toBe('Taken.');
    expect(await station.answer('MT-1', { kind: 'approve' }, 'Run it?')).toContain('MT-1 is answered');
  });

  test.each([
    ['a refused order', { kind: 'refused', message: 'Busy.' }, 'order_refused', 'Busy.'],
    ['an unknown issue', { kind: 'unknown' }, 'issue_not_found', UNKNOWN],
  ] as const)('rejects %s, saying why', async (_what, outcome, code, message) => {
    const { station } = aStation({ order: () => outcome });

    await expect(station.order('MT-1', 'stop')).rejects.toMatchObject({ code, message });
  });

  test.each([
    [{ kind: 'notBlocked', message: 'MT-1 asks nothing.' }, 'not_blocked', 'MT-1 asks nothing.'],
    [{ kind: 'changed', message: 'MT-1 asks: Run rm?' }, 'question_changed', 'MT-1 asks: Run rm?'],
    [{ kind: 'unknown' }, 'issue_not_found', UNKNOWN],
  ] as const)('rejects an answer that ends as %j', async (outcome, code, message) => {
    const asked: unknown[] = [];
    const { station } = aStation({
      answer: (...order) => {
        asked.push(order);
        return outcome;
      },
    });

    const answering = station.answer('MT-1', { kind: 'decline' }, 'Run it?');

    await expect(answering).rejects.toMatchObject({ code, message });
    expect(asked).toEqual([['MT-1', { kind: 'decline' }, 'Run it?']]);
  });

  test('rejects a refresh while it stops', async () => {
    const { station } = aStation({ refresh: () => ({ queued: false, coalesced: false }) });

    await expect(station.refresh()).rejects.toMatchObject({ code: 'order_refused' });
  });
});
