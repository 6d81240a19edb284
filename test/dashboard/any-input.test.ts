import { renderToString } from 'ink';
import { createElement } from 'react';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { frame } from '../../src/dashboard/frame/frame.js';
import type { FrameInput } from '../../src/dashboard/frame/frame-input.js';
import type { Key } from '../../src/dashboard/keys/key.js';
import { reduce } from '../../src/dashboard/keys/reduce.js';
import { type Order, START, type Target, type Ui } from '../../src/dashboard/keys/ui.js';
import { App } from '../../src/dashboard/terminal/app.js';
import { lineText } from '../../src/dashboard/text/line.js';
import { column, cut, harmless, plainLine, width, wrap } from '../../src/dashboard/text/text.js';
import type { Snapshot } from '../../src/domain/snapshot.js';
import { anyKey } from '../helpers/arbitrary-keys.js';
import { anySnapshot, anyText } from '../helpers/arbitrary-snapshots.js';
import { aFrameInput, anEvent, anExplanation, aWatched } from '../helpers/frames.js';
import fc from '../helpers/properties.js';
import { aSnapshot, SAMPLE_AT_MS } from '../helpers/snapshots.js';

// Goal: nothing that stands in a tracker, comes from an agent or is typed breaks the screen or gives a wrong order.
// Method: any texts in any snapshot, any keys; what holds is checked after every key.

/** A failure is told in time, even when its smallest form is not found yet. */
const PATIENCE = { interruptAfterTimeLimit: 60_000 };

const size = { columns: fc.integer({ min: 60, max: 220 }), rows: fc.integer({ min: 10, max: 60 }) };

/** What the issue under a cursor is called now, found without the code that is tested. */
function namesOf({ issueId, identifier }: Target, snapshot: Snapshot): readonly string[] {
  const { running, retrying, blocked, parked, waiting, ineligible } = snapshot;
  const claimed = [...running, ...retrying, ...blocked, ...parked];
  const same = claimed.filter(
    (row) => row.issueId === issueId || (issueId === null && row.identifier === identifier),
  );
  return [
    ...same.map((row) => row.identifier),
    ...[...waiting.identifiers, ...ineligible.identifiers].filter((name) => name === identifier),
  ];
}

/** The issue that an order about one may go to: the selected one of the list, or the open one. */
function allowed(ui: Ui, snapshot: Snapshot): readonly string[] {
  switch (ui.kind) {
    case 'list':
      return ui.cursor === null ? [] : namesOf(ui.cursor, snapshot);
    case 'detail':
      return [ui.cursor.identifier, ...namesOf(ui.cursor, snapshot)];
    case 'confirm':
      return 'target' in ui.about ? [ui.about.target.identifier] : [];
    case 'answer':
      return [ui.target.identifier];
    case 'help':
    case 'goTo':
      return [];
  }
}

/** No line too many, none too wide, nothing that steers a terminal, and what is asked is there to be read. */
function expectFitting(texts: readonly string[], { ui, columns, rows }: FrameInput): void {
  expect(texts.length).toBeLessThanOrEqual(rows);
  for (const text of texts) {
    expect(stringWidth(text)).toBeLessThanOrEqual(columns);
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
  }
  if (ui.kind === 'confirm') expect(texts.at(-1)).toMatch(/n no|esc stay/u);
  if (ui.kind === 'goTo') expect(texts.at(-2)).toMatch(/^ \/ Go to issue: .*▏/u);
  if (ui.kind === 'answer') expect(texts.join('\n')).toContain('Your answer');
}

/** Gives the keys one after the other, each at another state of the board; returns what went to the wrong issue. */
function misdirected(snapshots: readonly Snapshot[], steps: readonly (readonly [Key, number])[]): Order[] {
  let ui: Ui = START;
  return steps.flatMap(([key, number]) => {
    const snapshot = snapshots[number % snapshots.length] ?? aSnapshot();
    const before = ui;
    const { ui: after, order } = reduce(before, key, { snapshot, mode: 'daemon', page: 10, scrollMax: 20 });
    ui = after;
    if (order === null || !('target' in order)) return [];
    return allowed(before, snapshot).includes(order.target.identifier) ? [] : [order];
  });
}

describe('any snapshot and any keys', () => {
  test('make a frame that fits the screen, after every key', () => {
    fc.assert(
      fc.property(
        anySnapshot,
        fc.array(anyKey, { maxLength: 12 }),
        fc.record(size),
        fc.array(anyText, { maxLength: 6 }),
        (snapshot, keys, { columns, rows }, messages) => {
          const watched = aWatched({
            explained: { kind: 'known', explanation: anExplanation({ headline: messages[0] ?? '' }) },
            events: messages.map((message, number) => anEvent(number, { message })),
          });
          let ui: Ui = START;
          for (const key of [...keys, { kind: 'escape' } as const]) {
            const input = aFrameInput({ snapshot, ui, watched, columns, rows, nowMs: SAMPLE_AT_MS + 5_000 });
            const made = frame(input);
            expectFitting(made.lines.map(lineText), input);
            ui = reduce(ui, key, { snapshot, mode: 'daemon', ...made }).ui;
          }
        },
      ),
      { numRuns: 100, ...PATIENCE },
    );
  }, 120_000);

  test('order nothing about an issue that is neither selected nor open', () => {
    fc.assert(
      fc.property(
        fc.array(anySnapshot, { minLength: 1, maxLength: 4 }),
        fc.array(fc.tuple(anyKey, fc.nat(3)), { maxLength: 40 }),
        (snapshots, steps) => {
          expect(misdirected(snapshots, steps)).toEqual([]);
        },
      ),
      { numRuns: 200, ...PATIENCE },
    );
  }, 120_000);

  test('stand on the screen as they were made: Ink moves and cuts nothing', () => {
    fc.assert(
      fc.property(anySnapshot, fc.record(size), (snapshot, { columns, rows }) => {
        const { lines } = frame(aFrameInput({ snapshot, columns, rows }));

        const drawn = renderToString(createElement(App, { lines }), { columns });

        expect(drawn.split('\n').map((line) => line.trimEnd())).toEqual(
          lines.map((line) => lineText(line).trimEnd()),
        );
      }),
      { numRuns: 25, ...PATIENCE },
    );
  }, 120_000);
});

describe('any text', () => {
  test('fits where it is put', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 2, max: 60 }), (text, columns) => {
        const plain = plainLine(text);

        expect(stringWidth(plain)).toBeLessThanOrEqual(width(plain));
        expect(width(cut(plain, columns))).toBeLessThanOrEqual(columns);
        expect(width(column(plain, columns))).toBe(columns);
        for (const line of wrap(plain, columns)) expect(width(line)).toBeLessThanOrEqual(columns);
      }),
    );
  });

  test('loses nothing but blanks when it is wrapped', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 2, max: 40 }), (text, columns) => {
        const plain = plainLine(text);

        expect(wrap(plain, columns).join('').replaceAll(' ', '')).toBe(plain.replaceAll(' ', ''));
      }),
    );
  });

  test('stays as it is once it is harmless', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(plainLine(plainLine(text))).toBe(plainLine(text));
        expect(harmless(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      }),
    );
  });
});
