import { readdirSync } from 'node:fs';
import { renderToString } from 'ink';
import { createElement } from 'react';
import { describe, expect, test } from 'vitest';
import { App } from '../../src/dashboard/app.js';
import { type FrameInput, frame } from '../../src/dashboard/frame.js';
import { lineText } from '../../src/dashboard/line.js';
import { width } from '../../src/dashboard/text.js';
import { aBusySnapshot, aFrameInput } from '../helpers/frames.js';
import { aProblem, aRetryingRow, aRunningRow, aSnapshot, SAMPLE_AT_MS } from '../helpers/snapshots.js';

const failing = aSnapshot({
  polling: { ...aSnapshot().polling, failure: aProblem(), lastSuccessAtMs: SAMPLE_AT_MS - 300_000 },
  problems: [aProblem()],
});
const badWorkflow = aSnapshot({
  workflowProblem: aProblem({
    code: 'invalid_workflow_config',
    message: 'polling.interval_ms (line 4) must be positive',
  }),
  polling: { ...aSnapshot().polling, checking: true },
});

const FRAMES: { readonly [name: string]: FrameInput } = {
  empty: aFrameInput(),
  busy: aFrameInput({ snapshot: aBusySnapshot(), tokensPerSecond: 1_234 }),
  '60-columns': aFrameInput({ snapshot: aBusySnapshot(), columns: 60 }),
  '200-columns': aFrameInput({ snapshot: aBusySnapshot(), columns: 200 }),
  '24-rows': aFrameInput({ snapshot: aBusySnapshot(), rows: 24, columns: 80 }),
  'tracker-failure': aFrameInput({ snapshot: failing }),
  'workflow-problem': aFrameInput({ snapshot: badWorkflow, links: { dashboardUrl: null, project: null } }),
};

describe('the frame', () => {
  test.each(Object.keys(FRAMES))('%s is the one on file', async (name) => {
    const input = FRAMES[name] ?? aFrameInput();

    const drawn = renderToString(createElement(App, { lines: frame(input) }), { columns: input.columns });

    const ruler = `${'-'.repeat(input.columns)}\n`;
    await expect(`${drawn}\n${ruler}`).toMatchFileSnapshot(`../../fixtures/frames/${name}.txt`);
  });

  test('on file is one of these', () => {
    const files = readdirSync(new URL('../../fixtures/frames/', import.meta.url));

    expect(files.sort()).toEqual(
      Object.keys(FRAMES)
        .map((name) => `${name}.txt`)
        .sort(),
    );
  });

  test.each([60, 79, 80, 100, 120, 200])('is never wider than the screen at %i columns', (columns) => {
    const lines = frame(aFrameInput({ snapshot: aBusySnapshot(), columns })).map(lineText);

    expect(Math.max(...lines.map(width))).toBeLessThanOrEqual(columns);
  });

  test.each([4, 8, 10, 15, 20, 24, 30, 50])('leaves the last line free at %i rows', (rows) => {
    const lines = frame(aFrameInput({ snapshot: aBusySnapshot(), rows }));

    expect(lines.length).toBeLessThan(rows);
  });

  test('counts the rows that do not fit, and shows some of every list', () => {
    const running = Array.from({ length: 50 }, (_, n) =>
      aRunningRow({ identifier: `MT-${n}`, issueId: `i${n}` }),
    );
    const retrying = [aRetryingRow()];

    const lines = frame(aFrameInput({ snapshot: aSnapshot({ running, retrying }), rows: 30 })).map(lineText);

    const shown = lines.filter((line) => line.includes('●')).length;
    expect(lines).toContainEqual(`│   … and ${50 - shown} more`);
    expect(shown).toBeGreaterThan(5);
    expect(lines).toContainEqual(expect.stringContaining('↻ MT-650'));
  });

  test('shows a retry error with line breaks and commas as one row', () => {
    const retrying = [aRetryingRow({ error: 'exit 1, signal: none,\n  stack, deep\r\n' })];

    const lines = frame(aFrameInput({ snapshot: aSnapshot({ retrying }) })).map(lineText);

    expect(lines.filter((line) => line.includes('MT-650'))).toEqual([
      '│ ↻ MT-650 attempt=3 in 27s error=exit 1, signal: none, stack, deep',
    ]);
  });

  test('lets the runtime of live runs go on between snapshots', () => {
    const snapshot = aSnapshot({
      running: [aRunningRow(), aRunningRow()],
      totals: { inputTokens: 0, outputTokens: 0, totalTokens: 0, secondsRunning: 50 },
    });

    const lines = frame(aFrameInput({ snapshot, nowMs: SAMPLE_AT_MS + 3_000 })).map(lineText);

    expect(lines).toContainEqual('│ Runtime      56s');
  });

  test('colours events by what they mean', () => {
    const running = [
      aRunningRow(),
      aRunningRow({ lastEvent: 'turn_failed', lastMessage: 'turn failed: boom' }),
    ];

    const tones = frame(aFrameInput({ snapshot: aSnapshot({ running }) }))
      .flat()
      .filter(({ text }) => text.startsWith('turn '))
      .map(({ tone }) => tone);

    expect(tones).toEqual(['good', 'bad']);
  });
});
