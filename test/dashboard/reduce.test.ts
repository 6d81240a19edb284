import { describe, expect, test } from 'vitest';
import type { Key } from '../../src/dashboard/keys/key.js';
import { reduce } from '../../src/dashboard/keys/reduce.js';
import { respelled } from '../../src/dashboard/keys/reduce-go-to.js';
import type { Scene, Step } from '../../src/dashboard/keys/step.js';
import { START, type Ui } from '../../src/dashboard/keys/ui.js';
import type { Snapshot } from '../../src/domain/snapshot.js';
import { aBlockedRow, aRetryingRow, aRunningRow, aSnapshot } from '../helpers/snapshots.js';

const four = aSnapshot({
  blocked: [aBlockedRow({ identifier: 'MT-1', issueId: 'b' })],
  running: [
    aRunningRow({ identifier: 'MT-10', issueId: 'r10' }),
    aRunningRow({ identifier: 'MT-2', issueId: 'r2' }),
  ],
  retrying: [aRetryingRow({ identifier: 'MT-3', issueId: 'p' })],
});

const NAMES: { readonly [name: string]: Key } = {
  esc: { kind: 'escape' },
  enter: { kind: 'enter' },
  up: { kind: 'up' },
  down: { kind: 'down' },
  pgup: { kind: 'pageUp' },
  pgdn: { kind: 'pageDown' },
  home: { kind: 'home' },
  end: { kind: 'end' },
  backspace: { kind: 'backspace' },
};

/** Keys as they are written in a manual: `down enter s y`. */
function keysOf(text: string): Key[] {
  return text
    .split(' ')
    .filter((name) => name !== '')
    .map((name) => NAMES[name] ?? { kind: 'character', text: name });
}

function scene(snapshot: Snapshot, fields: Partial<Scene> = {}): Scene {
  return { snapshot, mode: 'daemon', page: 10, scrollMax: 100, ...fields };
}

/** What comes of some keys, one after the other. */
function press(text: string, from: Ui = START, at: Scene = scene(four)): Step {
  let step: Step = { ui: from, order: null, say: null };
  for (const key of keysOf(text)) step = reduce(step.ui, key, at);
  return step;
}

const selected = ({ ui }: Step): string | null =>
  ui.kind === 'list' || ui.kind === 'detail' ? (ui.cursor?.identifier ?? null) : null;

describe('selecting', () => {
  test.each([
    ['', null],
    ['down', 'MT-1'],
    ['j j', 'MT-2'],
    ['j j j', 'MT-10'],
    ['j j j j j j', 'MT-3'],
    ['j j k', 'MT-1'],
    ['up', 'MT-1'],
    ['end', 'MT-3'],
    ['G home', 'MT-1'],
    ['j pgdn', 'MT-3'],
    ['j pgdn pgup', 'MT-1'],
    ['j esc', null],
  ])('%s selects %s', (keys, expected) => {
    expect(selected(press(keys))).toBe(expected);
  });

  test('follows the issue when others come and go above it', () => {
    const before = press('j j j').ui;
    const after = aSnapshot({
      running: [
        aRunningRow({ identifier: 'MT-0', issueId: 'new' }),
        ...four.running.filter(({ issueId }) => issueId === 'r10'),
      ],
      retrying: [aRetryingRow({ identifier: 'MT-20', issueId: 'q' })],
    });

    expect(selected(press('j', before, scene(after)))).toBe('MT-20');
    expect(press('s', before, scene(after)).ui).toMatchObject({ about: { target: { identifier: 'MT-10' } } });
  });

  test('follows the issue when its identifier changes', () => {
    const before = press('j j').ui;
    const renamed = aSnapshot({ running: [aRunningRow({ identifier: 'OPS-1', issueId: 'r2' })] });

    expect(press('t', before, scene(renamed)).order).toEqual({
      kind: 'issue',
      target: { issueId: 'r2', identifier: 'OPS-1' },
      order: 'retry',
    });
  });

  test('follows a waiting issue to its run', () => {
    const waiting = aSnapshot({ waiting: { count: 1, identifiers: ['MT-7'] } });
    const before = press('j', START, scene(waiting)).ui;
    const running = aSnapshot({ running: [aRunningRow({ identifier: 'MT-7', issueId: 'r7' })] });

    expect(press('s', before, scene(running)).ui).toMatchObject({
      about: { target: { issueId: 'r7', identifier: 'MT-7' } },
    });
  });

  test('reaches issues that a rule keeps out, after those that wait, and opens them', () => {
    const kept = aSnapshot({
      waiting: { count: 1, identifiers: ['MT-7'] },
      ineligible: { count: 2, identifiers: ['MT-8', 'MT-9'] },
    });

    expect(press('j j enter', START, scene(kept)).ui).toMatchObject({
      kind: 'detail',
      cursor: { issueId: null, identifier: 'MT-8' },
    });
    expect(selected(press('end', START, scene(kept)))).toBe('MT-9');
  });

  test('is of nothing when the issue has left, so that no order goes to the one in its place', () => {
    const before = press('j j').ui;
    const without = { ...four, running: four.running.filter(({ issueId }) => issueId !== 'r2') };

    for (const key of ['s', 't', 'x', 'a', 'enter']) {
      const step = press(key, before, scene(without));
      expect([step.order, step.ui.kind, step.say]).toEqual([
        null,
        'list',
        expect.stringContaining('Select an issue'),
      ]);
    }
    expect(selected(press('j', before, scene(without)))).toBe('MT-10');
    expect(selected(press('k', before, scene(without)))).toBe('MT-1');
  });

  test('of an empty list selects nothing', () => {
    expect(selected(press('j k end', START, scene(aSnapshot())))).toBeNull();
  });
});

describe('orders', () => {
  const target = { issueId: 'r2', identifier: 'MT-2' };

  test.each([
    ['r', { kind: 'refresh' }],
    ['p', { kind: 'dispatch', order: 'pause' }],
    ['d y', { kind: 'dispatch', order: 'drain' }],
    ['j j t', { kind: 'issue', target, order: 'retry' }],
    ['j j s y', { kind: 'issue', target, order: 'stop' }],
    ['j j x y', { kind: 'issue', target, order: 'release' }],
    ['j j enter s y', { kind: 'issue', target, order: 'stop' }],
    ['q d', { kind: 'quit', how: 'drain' }],
    ['q s', { kind: 'quit', how: 'now' }],
  ])('%s orders', (keys, expected) => {
    expect(press(keys).order).toEqual(expected);
  });

  test.each(['j j s n', 'j j s esc', 'j j x q', 'd n', 'q esc', 'j j s enter', 'j j s j', 'q y', 'j j a'])(
    '%s orders nothing',
    (keys) => {
      expect(press(keys).order).toBeNull();
    },
  );

  test.each(['s', 't', 'x', 'a', 'enter'])('%s without a selection says what is missing', (key) => {
    expect(press(key)).toEqual({
      ui: START,
      order: null,
      say: 'Select an issue first, with the arrow keys.',
    });
  });

  test.each(['paused', 'draining'] as const)('p resumes what is %s', (kind) => {
    const held = { ...four, hold: { kind, sinceWallMs: 0 } };

    expect(press('p', START, scene(held)).order).toEqual({ kind: 'dispatch', order: 'resume' });
  });

  test('u takes a limit of the account for over, unless there is none or a pause comes first', () => {
    const accountLimit = { untilMs: 0, reason: 'usage limit: used up' };
    const limited = { ...four, accountLimit };
    const held = { ...limited, hold: { kind: 'paused', sinceWallMs: 0 } } as const;

    expect(press('u', START, scene(limited)).order).toEqual({ kind: 'dispatch', order: 'resume' });
    expect(press('u')).toMatchObject({ order: null, say: 'No usage limit is in force.' });
    expect(press('u', START, scene(held))).toMatchObject({
      order: null,
      say: 'Resume dispatch first, with p.',
    });
  });

  test('q of an attached dashboard leaves without asking, and stops nothing', () => {
    expect(press('q', START, scene(four, { mode: 'attached' })).order).toEqual({
      kind: 'quit',
      how: 'detach',
    });
  });

  test('a question returns to where it was asked', () => {
    expect(press('j j s n').ui).toEqual(press('j j').ui);
    expect(press('j j enter x esc').ui).toEqual(press('j j enter').ui);
    expect(press('j j enter s y').ui).toEqual(press('j j enter').ui);
  });

  test('a paste orders nothing', () => {
    const from = press('j j').ui;

    expect(reduce(from, { kind: 'paste', text: 't' }, scene(four))).toEqual({
      ui: from,
      order: null,
      say: null,
    });
  });
});

describe('an open issue', () => {
  const open = press('j j enter').ui;

  test.each([
    ['', 'end'],
    ['up', 99],
    ['up down', 'end'],
    ['pgup', 91],
    ['home', 0],
    ['home up', 0],
    ['home down', 1],
    ['home pgdn', 9],
    ['home end', 'end'],
  ])('%s scrolls to %s', (keys, expected) => {
    expect(press(keys, open).ui).toMatchObject({ scroll: expected });
  });

  test('stays where it was scrolled to when more happens, and does not scroll past the end', () => {
    const scrolled = press('home down', open).ui;

    expect(press('down', scrolled, scene(four, { scrollMax: 200 })).ui).toMatchObject({ scroll: 2 });
    expect(press('up', scrolled, scene(four, { scrollMax: 0 })).ui).toMatchObject({ scroll: 'end' });
  });

  test('shows all rules on w, and fewer again', () => {
    expect(press('w', open).ui).toMatchObject({ showsRules: true });
    expect(press('w w', open).ui).toMatchObject({ showsRules: false });
  });

  test.each(['esc', 'q', 'backspace'])('%s goes back to the list, with the issue selected', (key) => {
    expect(selected(press(key, open))).toBe('MT-2');
    expect(press(key, open).ui.kind).toBe('list');
  });

  test('that left the list can still be ordered about: the daemon may know it', () => {
    expect(press('t', open, scene(aSnapshot())).order).toMatchObject({ target: { identifier: 'MT-2' } });
  });
});

describe('going to an issue', () => {
  const listed = aSnapshot({ waiting: { count: 3, identifiers: ['MT-7', 'ab-1', 'AB-1'] } });
  const opened = (keys: string, from: Ui = START, snapshot = listed) => press(keys, from, scene(snapshot)).ui;

  test.each([
    ['/ B - 7 enter', { issueId: null, identifier: 'B-7' }],
    ['/ m t - 7 enter', { issueId: null, identifier: 'MT-7', index: 0 }],
    ['/ A B - 1 enter', { identifier: 'AB-1', index: 2 }],
    ['/ A b - 1 enter', { identifier: 'Ab-1' }],
    ['/ M T - x backspace 7 enter', { identifier: 'MT-7', index: 0 }],
  ])('%s opens %o, listed or not', (keys, cursor) => {
    expect(opened(keys)).toMatchObject({ kind: 'detail', cursor, scroll: 'end' });
  });

  test('knows a claimed issue by its id, so that it stays the same issue when it is renamed', () => {
    const { order } = press('/ m t - 1 0 enter t', START, scene(four));

    expect(order).toMatchObject({ target: { issueId: 'r10', identifier: 'MT-10' } });
  });

  test.each(['/ esc', '/ s t esc', '/ enter'])('%s goes back to where it was', (keys) => {
    const from = press('j').ui;

    expect(press(keys, from)).toEqual({ ui: from, order: null, say: null });
  });

  test.each(['s', 'x', 'q', 'r', 'p', 'd', '?', '/'])('takes %s for a letter', (key) => {
    expect(press(`/ ${key}`)).toMatchObject({ ui: { kind: 'goTo', editor: { before: key } }, order: null });
  });

  test('takes a paste for words, and none that no tracker has for a name', () => {
    const asking = press('/').ui;
    const pasted = (text: string) => reduce(asking, { kind: 'paste', text }, scene(four)).ui;

    expect(pasted('MT-3\n')).toMatchObject({ editor: { before: 'MT-3 ' } });
    expect(pasted('MT'.repeat(1_000))).toEqual(asking);
  });

  test('leads back to the selection of the list when the issue is not in it', () => {
    const from = press('j j').ui;

    expect(press('/ B - 7 enter esc', from).ui).toEqual(from);
    expect(press('/ B - 7 enter / C - 1 enter esc', from).ui).toEqual(from);
    expect(selected(press('/ m t - 3 enter esc', from))).toBe('MT-3');
  });

  test('goes on under the real spelling once that is known', () => {
    const open = opened('/ b - 7 enter');

    expect(respelled(open, 'B-7')).toMatchObject({ kind: 'detail', cursor: { identifier: 'B-7' } });
    expect(respelled(START, 'B-7')).toEqual(START);
  });
});

describe('help', () => {
  test.each(['esc', 'q', '?', 'enter'])('%s goes back', (key) => {
    expect(press(`? ${key}`).ui).toEqual(START);
  });

  test('scrolls within what there is', () => {
    expect(press('? end').ui).toMatchObject({ scroll: 100 });
    expect(press('? down up up').ui).toMatchObject({ scroll: 0 });
  });
});
