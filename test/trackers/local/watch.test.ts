import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { callTool, issueFile, LocalBoardUnderTest } from '../../helpers/local-board.js';

/** A watched board on a clock that stands still until the test moves it. */
async function aWatch() {
  const board = new LocalBoardUnderTest();
  onTestFinished(() => board.close());
  const tracker = await board.start();
  let calls = 0;
  const stop = tracker.watch?.(() => {
    calls += 1;
  });
  if (stop === undefined) throw new Error('this tracker does not watch');
  return { board, tracker, stop, calls: () => calls };
}

/** Resolves when the file system has told the watch of something; only then is there a timer to move the clock for. */
async function noticed({ clock }: LocalBoardUnderTest): Promise<void> {
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when everything done until now was told, which the last of it proves. */
async function told(board: LocalBoardUnderTest, problems = board.problems.length): Promise<void> {
  renameSync(board.folder, `${board.folder}-elsewhere`);
  while (board.problems.length === problems) await new Promise((resolve) => setImmediate(resolve));
}

describe('watching the board', () => {
  test.each([
    ['added', (board: LocalBoardUnderTest) => board.write('A-2.md', issueFile({}))],
    ['edited in place', (board: LocalBoardUnderTest) => board.write('A-1.md', 'Edited.')],
    [
      'renamed',
      ({ folder }: LocalBoardUnderTest) => renameSync(join(folder, 'A-1.md'), join(folder, 'B.md')),
    ],
    [
      'removed',
      ({ folder }: LocalBoardUnderTest) => renameSync(join(folder, 'A-1.md'), join(folder, '../gone')),
    ],
  ])('calls once, soon after an issue was %s', async (_name, change) => {
    const { board, calls } = await aWatch();
    board.write('A-1.md', issueFile({ title: 'Say hello' }));
    await noticed(board);
    await board.clock.advance(100);
    const before = calls();

    change(board);
    await noticed(board);
    await board.clock.advance(99);
    const early = calls();
    await board.clock.advance(1);

    expect(before).toBe(1);
    expect(early).toBe(1);
    expect(calls()).toBe(2);
  });

  test('does not call when the agent moves its own issue, whose turn must not be cut short by that', async () => {
    const { board, tracker, calls } = await aWatch();
    board.write('A-1.md', issueFile({}));
    await noticed(board);
    await board.clock.advance(100);

    await callTool(tracker, 'A-1', { action: 'set_state', state: 'Done' });
    board.write('A-2.md', issueFile({}));
    await noticed(board);
    await board.clock.advance(100);
    board.write('A-1.md', 'A person comes after the agent.');
    await noticed(board);
    await board.clock.advance(100);

    expect(calls()).toBe(3);
  });

  test('makes one call of many changes', async () => {
    const { board, calls } = await aWatch();

    for (let number = 1; number <= 20; number += 1) board.write(`A-${number}.md`, issueFile({}));
    await noticed(board);
    await new Promise((resolve) => setImmediate(resolve));
    await board.clock.advance(100);

    expect(calls()).toBe(1);
  });

  test('is not moved by other files', async () => {
    const { board } = await aWatch();

    mkdirSync(join(board.folder, '.archive'));
    for (const name of ['.A-1.md.swp', 'notes.txt', 'README.md']) board.write(name, issueFile({}));
    await told(board);

    expect(board.clock.pending).toBe(0);
  });

  test('reports that it ended when the folder is moved away', async () => {
    const { board } = await aWatch();

    await told(board);

    expect(board.problems).toEqual([expect.stringContaining('is not watched')]);
  });

  test('reports a folder that cannot be watched instead of failing', async () => {
    const { board, tracker } = await aWatch();
    await told(board);

    const stop = tracker.watch?.(() => expect.fail('nothing is watched'));
    stop?.();

    expect(board.problems).toHaveLength(2);
  });

  test('is silent once it ended, also when it ends twice', async () => {
    const { board, tracker, stop, calls } = await aWatch();
    board.write('A-1.md', issueFile({}));
    await noticed(board);

    stop();
    stop();
    await tracker.close();
    await board.clock.advance(1_000);

    expect(calls()).toBe(0);
    expect(board.clock.pending).toBe(0);
  });
});
