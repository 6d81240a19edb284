import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { callTool, issueFile, LocalBoardUnderTest, readIssue } from '../../helpers/local-board.js';

const { signal } = new AbortController();
const DEMO_SEED = new URL('../../../fixtures/demo/board', import.meta.url).pathname;

function aSeededBoard(seeds: Readonly<Record<string, string>>): LocalBoardUnderTest {
  const board = new LocalBoardUnderTest();
  onTestFinished(() => board.close());
  mkdirSync(join(board.directory, 'seed'));
  for (const [name, text] of Object.entries(seeds)) writeFileSync(join(board.directory, 'seed', name), text);
  return board;
}

const seeds = {
  'one.md': issueFile({ identifier: 'S-1' }, 'Seeded.'),
  'two.md': issueFile({ identifier: 'S-2', blocked_by: ['S-1'] }),
};

test('lays the seed on a board that lacks it, and says so', async () => {
  const board = aSeededBoard(seeds);

  const tracker = await board.start({ seed: 'seed' });

  expect(await tracker.issuesByStates(['Todo'], signal)).toHaveLength(2);
  expect(board.read('one.md')).toBe(seeds['one.md']);
  expect(board.notices).toEqual(['laid on the board: S-1, S-2']);
});

test('lays nothing twice: unfinished issues stay as they are, wherever people moved them', async () => {
  const board = aSeededBoard(seeds);
  const first = await board.start({ seed: 'seed' });
  await callTool(first, 'S-1', { action: 'set_state', state: 'Done' });
  renameSync(join(board.folder, 'two.md'), join(board.folder, 'renamed.md'));

  const second = await board.start({ seed: 'seed' });

  expect(board.names()).toEqual(['one.md', 'renamed.md']);
  expect(await readIssue(second, 'S-1')).toMatchObject({ state: 'Done' });
  expect(board.notices).toHaveLength(1);
});

test('lays a seeded issue anew that somebody removed', async () => {
  const board = aSeededBoard(seeds);
  await board.start({ seed: 'seed' });
  renameSync(join(board.folder, 'one.md'), join(board.directory, 'one.md'));

  await board.start({ seed: 'seed' });

  expect(board.names()).toEqual(['one.md', 'two.md']);
  expect(board.notices.at(-1)).toBe('laid on the board: S-1');
});

test('sets finished seeds aside and lays them anew, each time, without touching other files', async () => {
  const board = aSeededBoard(seeds);
  let tracker = await board.start({ seed: 'seed' });
  board.write('mine.md', issueFile({ state: 'Done' }));
  for (const round of ['1', '2']) {
    await callTool(tracker, 'S-1', { action: 'comment', body: `Round ${round}.` });
    for (const id of ['S-1', 'S-2']) await callTool(tracker, id, { action: 'set_state', state: 'Done' });

    tracker = await board.start({ seed: 'seed' });

    expect(await readIssue(tracker, 'S-1')).toMatchObject({ state: 'Todo', description: 'Seeded.' });
    expect(readFileSync(join(board.folder, '.archive', round, 'one.md'), 'utf8')).toContain(
      `Round ${round}.`,
    );
  }

  expect(board.names()).toEqual(['.archive', 'mine.md', 'one.md', 'two.md']);
  expect(readdirSync(join(board.folder, '.archive'))).toEqual(['1', '2']);
  expect(board.notices.filter((notice) => notice.includes('.archive'))).toHaveLength(2);
});

test('lays one of two seeds with the same identifier, and none that is broken, and says why', async () => {
  const board = aSeededBoard({ 'a.md': seeds['one.md'], 'b.md': seeds['one.md'], 'c.md': '---\n- c\n---\n' });

  await board.start({ seed: 'seed' });

  expect(board.names()).toEqual(['a.md']);
  expect(board.problems).toEqual([
    'the seed b.md has the identifier S-1 of a.md; it is not laid',
    expect.stringMatching(/^the seed c\.md: .*; it is not laid$/),
  ]);
});

test('keeps off a file that somebody broke', async () => {
  const board = aSeededBoard({ 'one.md': seeds['one.md'] });
  await board.start({ seed: 'seed' });
  board.write('one.md', '---\nidentifier: S-1\nlabels: [\n---\n');

  await board.start({ seed: 'seed' });

  expect(board.names()).toEqual(['one.md']);
  expect(board.read('one.md')).toContain('labels: [\n');
});

test('takes another file name when a person has used it for another issue', async () => {
  const board = aSeededBoard({ 'one.md': seeds['one.md'] });
  mkdirSync(board.folder);
  board.write('one.md', issueFile({ identifier: 'MINE' }));

  const tracker = await board.start({ seed: 'seed' });

  expect(board.names()).toEqual(['one-2.md', 'one.md']);
  expect(await readIssue(tracker, 'MINE')).toMatchObject({ nativeRef: { file: 'one.md' } });
});

test('fails to start with a seed that is not there, naming the key', async () => {
  const board = aSeededBoard({});

  await expect(board.start({ seed: 'nowhere' })).rejects.toMatchObject({
    code: 'invalid_tracker_config',
    message: expect.stringContaining('tracker.provider.seed'),
  });
});

test('has six issues for the demonstration that read without a problem', async () => {
  const board = aSeededBoard({});

  const tracker = await board.start({ seed: DEMO_SEED });
  const issues = await tracker.issuesByStates(['Todo'], signal);

  expect(issues.map(({ identifier }) => identifier)).toEqual(
    [1, 2, 3, 4, 5, 6].map((number) => `SYM-${number}`),
  );
  expect(issues.map(({ priority }) => priority)).toEqual([3, 1, 2, 2, 4, null]);
  expect(issues.filter(({ dispatchable }) => !dispatchable).map(({ identifier }) => identifier)).toEqual([
    'SYM-3',
  ]);
  expect(issues.filter(({ labels }) => labels.includes('flaky'))).toHaveLength(1);
  expect(issues.every(({ createdAt }) => createdAt !== null)).toBe(true);
  expect(board.problems).toEqual([]);
});

test('lays nothing anew for a reload or a preview, except where there was no board', async () => {
  const board = aSeededBoard(seeds);
  const tracker = await board.start({ seed: 'seed' }, false);
  for (const id of ['S-1', 'S-2']) await callTool(tracker, id, { action: 'set_state', state: 'Done' });

  const reloaded = await board.start({ seed: 'seed' }, false);

  expect(await reloaded.issuesByStates(['Todo'], signal)).toEqual([]);
  expect(board.notices).toEqual(['laid on the board: S-1, S-2']);
});
