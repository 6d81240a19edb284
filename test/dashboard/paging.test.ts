import { describe, expect, test } from 'vitest';
import { frame } from '../../src/dashboard/frame/frame.js';
import type { Key } from '../../src/dashboard/keys/key.js';
import { reduce } from '../../src/dashboard/keys/reduce.js';
import { START, type Ui } from '../../src/dashboard/keys/ui.js';
import { lineText } from '../../src/dashboard/text/line.js';
import type { Snapshot } from '../../src/domain/snapshot.js';
import { aFrameInput } from '../helpers/frames.js';
import { aBlockedRow, aRunningRow, aSnapshot } from '../helpers/snapshots.js';

// Goal: a page is what is seen, however many issues stand in a line.

const NAMES = Array.from({ length: 400 }, (_, n) => `W-${1_000 + n}`);
const waiting = aSnapshot({ waiting: { count: 400, identifiers: NAMES } });
const mixed = aSnapshot({
  blocked: [aBlockedRow({ identifier: 'MT-1', issueId: 'b1' })],
  running: Array.from({ length: 30 }, (_, n) =>
    aRunningRow({ identifier: `R-${100 + n}`, issueId: `r${n}` }),
  ),
  waiting: { count: 400, identifiers: NAMES },
});

type Move = Extract<Key['kind'], 'down' | 'right' | 'end' | 'pageUp' | 'pageDown'>;

/** What is looked at after some keys, each pressed on the screen that the one before left. */
function press(snapshot: Snapshot, keys: readonly Move[], rows = 24) {
  let ui: Ui = START;
  const shown = () => frame(aFrameInput({ snapshot, ui, columns: 80, rows }));
  for (const kind of keys) {
    ui = reduce(ui, { kind }, { snapshot, mode: 'daemon', ...shown() }).ui;
  }
  const { lines, page } = shown();
  const selected = ui.kind === 'list' ? (ui.cursor?.identifier ?? null) : null;
  return {
    selected,
    page,
    names:
      lines
        .map(lineText)
        .join('\n')
        .match(/[WR]-\d+/gu) ?? [],
  };
}

describe('a page of issues that wait', () => {
  test('is as many lines as are seen, in the same column', () => {
    const before = press(waiting, ['down', 'right', 'right']);
    const after = press(waiting, ['down', 'right', 'right', 'pageDown']);
    const perLine = 9;

    expect(before.selected).toBe('W-1002');
    expect(after.selected).toBe(`W-${1_002 + (before.page - 1) * perLine}`);
  });

  test('leads there and back again', () => {
    expect(press(waiting, ['down', 'right', 'pageDown', 'pageDown', 'pageUp', 'pageUp']).selected).toBe(
      'W-1001',
    );
  });

  test('after page leads to the last issue, and passes none by unseen', () => {
    const pages = Math.ceil(NAMES.length / 9);
    const seen = new Set<string>();
    for (let count = 0; count <= pages; count += 1) {
      const keys = ['down', ...Array.from({ length: count }, () => 'pageDown' as const)] as const;
      for (const name of press(waiting, keys).names) seen.add(name);
    }

    expect(NAMES.filter((name) => !seen.has(name))).toEqual([]);
    expect(press(waiting, ['end', 'pageDown']).selected).toBe('W-1399');
    expect(press(waiting, ['down', 'pageUp']).selected).toBe('W-1000');
  });
});

describe('a page of a list with several kinds of issues', () => {
  test('goes from rows to names and back, to the beginning and to the end', () => {
    const down = (count: number) =>
      press(mixed, ['down', ...Array.from({ length: count }, () => 'pageDown' as const)]);

    expect(down(1).selected).toMatch(/^R-/u);
    expect(down(20).selected).toBe('W-1399');
    expect(press(mixed, ['end', ...Array.from({ length: 20 }, () => 'pageUp' as const)]).selected).toBe(
      'MT-1',
    );
  });

  test('moves on a screen on which hardly one issue fits', () => {
    const low = (count: number) =>
      press(mixed, ['down', ...Array.from({ length: count }, () => 'pageDown' as const)], 8).selected;

    expect(new Set([low(0), low(1), low(2), low(3)]).size).toBe(4);
  });
});
