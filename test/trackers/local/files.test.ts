import { linkSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Tracker } from '../../../src/ports/tracker.js';
import { issueFile, LocalBoardUnderTest, readIssue } from '../../helpers/local-board.js';

const { signal } = new AbortController();

async function aBoard(): Promise<{ board: LocalBoardUnderTest; tracker: Tracker }> {
  const board = new LocalBoardUnderTest();
  onTestFinished(() => board.close());
  return { board, tracker: await board.start() };
}

/** The state lists' answer. */
async function listed(tracker: Tracker, ...states: string[]): Promise<string[]> {
  const issues = await tracker.issuesByStates(states.length === 0 ? ['Todo'] : states, signal);
  return issues.map(({ identifier }) => identifier).sort();
}

describe('a file of the board', () => {
  test('says all that an issue can have', async () => {
    const { board, tracker } = await aBoard();
    board.write(
      'anything.md',
      [
        '---',
        'identifier: A-1',
        'title: "Say: hello"',
        'state: In Progress',
        'priority: High',
        'labels: Bug, Good First',
        'blocked_by: A-2, A-3',
        'created_at: 2026-01-31 10:00:00.5+02:00',
        'updated_at: 2026-02-01',
        'url: https://example.com/A-1',
        'branch_name: a-1',
        'assignee_id: ada',
        '---',
        '',
        'First line.',
        '',
        'Last line.',
        '',
      ].join('\n'),
    );
    board.write('A-2.md', issueFile({ state: 'Done' }));
    board.write('A-3.md', issueFile({ state: 'cancelled' }));

    expect(await readIssue(tracker, 'A-1')).toEqual({
      id: 'A-1',
      nativeRef: { file: 'anything.md' },
      identifier: 'A-1',
      title: 'Say: hello',
      description: 'First line.\n\nLast line.',
      priority: 2,
      state: 'In Progress',
      branchName: 'a-1',
      url: 'https://example.com/A-1',
      assigneeId: 'ada',
      labels: ['bug', 'good first'],
      blockedBy: [
        { id: 'A-2', identifier: 'A-2', state: 'Done' },
        { id: 'A-3', identifier: 'A-3', state: 'cancelled' },
      ],
      dispatchable: true,
      createdAt: '2026-01-31T08:00:00.500Z',
      updatedAt: '2026-02-01T00:00:00.000Z',
    });
    expect(board.problems).toEqual([]);
  });

  test('may say little: its name, first heading and the first state stand in, and never its age', async () => {
    const { board, tracker } = await aBoard();
    board.write('plain.md', 'Intro.\n\n# Say hello #\n\nPlease.');
    board.write('empty.md', issueFile({}));
    board.write('blank.md', '---\ntitle: ~\nstate:\nidentifier: null\n---\n');

    expect(await readIssue(tracker, 'plain')).toMatchObject({
      title: 'Say hello',
      state: 'Todo',
      createdAt: null,
    });
    expect(await readIssue(tracker, 'blank')).toMatchObject({ title: 'blank', state: 'Todo' });
  });

  test('keeps words that YAML would take for something else', async () => {
    const { board, tracker } = await aBoard();
    board.write('a.md', '---\nidentifier: 0012\ntitle: 1e3\nstate: No\nlabels: [yes, 1.0]\n---\n');

    expect(await readIssue(tracker, '0012')).toMatchObject({
      title: '1e3',
      state: 'No',
      labels: ['yes', '1.0'],
    });
  });

  test.each([
    ['Windows line ends', '\r\n', ''],
    ['a byte order mark', '\n', '\uFEFF'],
    ['both', '\r\n', '\uFEFF'],
  ])('may have %s', async (_name, end, mark) => {
    const { board, tracker } = await aBoard();
    board.write('a.md', `${mark}${['---', 'identifier: A-1', 'state: Todo', '---', 'One', 'Two'].join(end)}`);

    expect(await readIssue(tracker, 'A-1')).toMatchObject({ state: 'Todo', description: 'One\nTwo' });
  });

  test('counts the last of a repeated key', async () => {
    const { board, tracker } = await aBoard();
    board.write('a.md', '---\nstate: Todo\nstate: Done\n---\n');

    expect(await readIssue(tracker, 'a')).toMatchObject({ state: 'Done' });
  });

  test.each([
    ['1', 1],
    ['-3', -3],
    ['7', 7],
    ['URGENT', 1],
    ['medium', 3],
    ['low', 4],
    ['none', null],
  ])('has priority %s as %s', async (written, priority) => {
    const { board, tracker } = await aBoard();
    board.write('a.md', `---\npriority: ${written}\n---\n`);

    expect((await readIssue(tracker, 'a')).priority).toBe(priority);
    expect(board.problems).toEqual([]);
  });

  test('has its unusable optional fields ignored and reported once', async () => {
    const { board, tracker } = await aBoard();
    const fields = {
      priority: 'soon',
      created_at: '2026-02-30T00:00:00Z',
      url: ['x'],
      labels: ['ok', { a: 1 }],
    };
    board.write('a.md', issueFile(fields));

    await listed(tracker);
    const issue = await readIssue(tracker, 'a');

    expect(issue).toMatchObject({ priority: null, createdAt: null, url: null, labels: ['ok'] });
    expect(board.problems.map((problem) => problem.split(' ', 2).join(' '))).toEqual([
      'a.md: priority',
      'a.md: url',
      'a.md: labels',
      'a.md: created_at',
    ]);
  });

  test('evaluates nothing and follows no alias into the depths', async () => {
    const { board, tracker } = await aBoard();
    board.write('a.md', '---\ntitle: !!js/function "function () { throw 1 }"\nlabels: &l [x, *l]\n---\n');
    board.write('b.md', '---js\n({ title: process.exit(1) })\n---\n');

    expect(await readIssue(tracker, 'a')).toMatchObject({ title: 'function () { throw 1 }', labels: ['x'] });
    expect(await readIssue(tracker, 'b')).toMatchObject({ title: 'b' });
  });
});

describe('a broken file', () => {
  test.each([
    ['has bad YAML', '---\ntitle: a\nlabels: [x\nstate: y\n---\n', /^a\.md: line \d+: /],
    ['has a title with a colon', '---\ntitle: fix: x\n---\n', /^a\.md: line 2: .* into quotes/],
    ['has front matter without an end', '---\ntitle: a\n', /^a\.md: line 1: the front matter has no closing/],
    ['has a list for front matter', '---\n- a\n---\n', /^a\.md: line 2: /],
    ['has a title that is no text', '---\ntitle: [a]\n---\n', /^a\.md: title must be text/],
    ['is empty', '\n', /^a\.md: the file is empty/],
    ['is not UTF-8', Buffer.from([0x23, 0x20, 0xff, 0xfe]), /^a\.md is not UTF-8/],
    ['is too large', 'x'.repeat(1024 * 1024 + 1), /^a\.md is larger than 1024 kB/],
  ])('that %s is reported once, with its name, and left out', async (_name, content, problem) => {
    const { board, tracker } = await aBoard();
    board.write('a.md', content);
    board.write('b.md', issueFile({}));

    expect(await listed(tracker)).toEqual(['b']);
    expect(await listed(tracker)).toEqual(['b']);

    expect(board.problems).toEqual([expect.stringMatching(problem)]);
    await expect(tracker.issuesByIds(['a'], signal)).rejects.toMatchObject({ code: 'tracker_response' });
  });

  test('is named with the line to mend, counted from the top of the file', async () => {
    const { board, tracker } = await aBoard();
    board.write('a.md', '---\ntitle: a\nstate: "open\n---\n');

    await listed(tracker);

    expect(board.problems[0]).toMatch(/^a\.md: line [34]: Missing closing "quote/);
  });

  test('is reported again when it is broken in another way, and not when it is whole', async () => {
    const { board, tracker } = await aBoard();
    for (const content of ['---\n- a\n---\n', '---\nstate: Todo\n---\n', '---\n- longer\n---\n']) {
      board.write('a.md', content);
      await listed(tracker);
    }

    expect(board.problems).toHaveLength(2);
  });

  test('keeps the issue that it held, so that its run is not taken for gone', async () => {
    const { board, tracker } = await aBoard();
    board.write('a.md', issueFile({ identifier: 'A-1' }));
    await listed(tracker);
    board.write('a.md', '---\n- no fields\n---\n');

    await expect(tracker.issuesByIds(['A-1'], signal)).rejects.toMatchObject({
      code: 'tracker_response',
      message: expect.stringContaining('a.md'),
    });
  });

  test('that an editor empties before it writes keeps the issue too', async () => {
    const { board, tracker } = await aBoard();
    board.write('a.md', issueFile({ identifier: 'A-1' }));
    await listed(tracker);
    board.write('a.md', Buffer.alloc(0));

    await expect(tracker.issuesByIds(['A-1'], signal)).rejects.toMatchObject({ code: 'tracker_response' });
  });

  test('that was broken before the daemon started still shows whose it is', async () => {
    const { board, tracker } = await aBoard();
    board.write('a.md', '---\nidentifier: "A-1" # ours\nlabels: [x\n---\n');

    await expect(tracker.issuesByIds(['A-1'], signal)).rejects.toMatchObject({ code: 'tracker_response' });
  });

  test('gives its issue up to another file that has it, or when it is removed', async () => {
    const { board, tracker } = await aBoard();
    board.write('a.md', issueFile({ identifier: 'A-1' }));
    board.write('b.md', issueFile({ identifier: 'B-1' }));
    await listed(tracker);
    board.write('a.md', '---\n- broken\n---\n');
    board.write('b.md', '---\n- broken\n---\n');
    board.write('copy.md', issueFile({ identifier: 'A-1' }));
    rmSync(join(board.folder, 'b.md'));

    const issues = await tracker.issuesByIds(['A-1', 'B-1'], signal);

    expect(issues.map(({ nativeRef }) => nativeRef)).toEqual([{ file: 'copy.md' }]);
  });
});

describe('people at the board', () => {
  test('may rename a file without changing its issue', async () => {
    const { board, tracker } = await aBoard();
    board.write('a.md', issueFile({ identifier: 'A-1', title: 'Same' }));
    const before = await readIssue(tracker, 'A-1');
    renameSync(join(board.folder, 'a.md'), join(board.folder, 'z.md'));

    expect(await readIssue(tracker, 'A-1')).toEqual({ ...before, nativeRef: { file: 'z.md' } });
  });

  test('may save in place with the same length and time', async () => {
    const { board, tracker } = await aBoard();
    const time = new Date();
    board.write('a.md', issueFile({ state: 'Todo' }));
    utimesSync(join(board.folder, 'a.md'), time, time);
    await listed(tracker);
    board.write('a.md', issueFile({ state: 'Done' }));
    utimesSync(join(board.folder, 'a.md'), time, time);

    expect(await listed(tracker, 'Done')).toEqual(['a']);
  });

  test('see only Markdown files of the folder itself as issues', async () => {
    const { board, tracker } = await aBoard();
    mkdirSync(join(board.folder, 'deep.md'));
    for (const name of ['A.MD', 'README.md', '.hidden.md', 'notes.txt', 'a.md~', 'deep.md/b.md'])
      board.write(name, issueFile({}));

    expect(await listed(tracker)).toEqual(['A']);
    expect(board.problems).toEqual([]);
  });

  test('cannot bring in a file from elsewhere by a link', async () => {
    const { board, tracker } = await aBoard();
    symlinkSync('/etc/passwd', join(board.folder, 'a.md'));

    expect(await listed(tracker)).toEqual([]);
    expect(board.problems).toEqual([expect.stringContaining('a.md is a link')]);
  });

  test('who give two files one identifier get neither, with both names, until one is mended', async () => {
    const { board, tracker } = await aBoard();
    board.write('a.md', issueFile({ identifier: 'A-1' }));
    linkSync(join(board.folder, 'a.md'), join(board.folder, 'b.md'));
    board.write('c.md', issueFile({ blocked_by: ['A-1'] }));

    expect(await listed(tracker)).toEqual(['c']);
    await expect(tracker.issuesByIds(['A-1'], signal)).rejects.toMatchObject({ code: 'tracker_response' });
    expect(board.problems).toContain('a.md and b.md have the same identifier A-1; change all but one');
    expect(await readIssue(tracker, 'c')).toMatchObject({ dispatchable: false });

    unlinkSync(join(board.folder, 'b.md'));
    expect(await listed(tracker)).toEqual(['A-1', 'c']);
  });

  test('who name a blocker that is not there hold the issue back and hear of it', async () => {
    const { board, tracker } = await aBoard();
    board.write('a.md', issueFile({ blocked_by: ['GONE-1'] }));

    expect(await readIssue(tracker, 'a')).toMatchObject({
      blockedBy: [{ id: null, identifier: 'GONE-1', state: null }],
      dispatchable: false,
      notDispatchableBecause: 'blocked by GONE-1 (not found)',
    });
    expect(board.problems).toEqual([expect.stringContaining('a.md is blocked by GONE-1')]);
  });

  test('who let issues wait for each other hear once of each circle, and of nothing that only waits for one', async () => {
    const { board, tracker } = await aBoard();
    board.write('a.md', issueFile({ blocked_by: ['b'] }));
    board.write('b.md', issueFile({ blocked_by: ['open', 'c'] }));
    board.write('c.md', issueFile({ blocked_by: ['b'] }));
    board.write('open.md', issueFile({}));
    board.write('self.md', issueFile({ blocked_by: ['self'] }));
    board.write('free.md', issueFile({ blocked_by: ['done'] }));
    board.write('done.md', issueFile({ state: 'Done', blocked_by: ['free', 'done'] }));

    await listed(tracker);
    await listed(tracker);

    expect(board.problems).toEqual([
      'b, c wait for each other, so none of them starts; take one out of a blocked_by',
      'self is blocked by itself, so it does not start; take it out of its blocked_by',
    ]);
  });

  test('who begin an issue of a circle have broken it', async () => {
    const { board, tracker } = await aBoard();
    board.write('a.md', issueFile({ blocked_by: ['b'] }));
    board.write('b.md', issueFile({ state: 'In Progress', blocked_by: ['a'] }));

    await listed(tracker);

    expect(board.problems).toEqual([]);
  });
});

test('an issue has no control characters in its name and no link that is not of the web', async () => {
  const { board, tracker } = await aBoard();
  board.write('a.md', '---\nidentifier: "A\\e[31m"\n---\n');
  board.write('b.md', issueFile({ url: 'javascript:alert(1)' }));

  expect(await listed(tracker)).toEqual(['b']);
  expect(await readIssue(tracker, 'b')).toMatchObject({ url: null });
  expect(board.problems).toEqual([
    expect.stringMatching(/^a\.md: identifier holds a control character/),
    expect.stringMatching(/^b\.md: url must begin with/),
  ]);
});

describe('people who save', () => {
  test('by emptying the file first do not make the issue gone, nor another one of it', async () => {
    const { board, tracker } = await aBoard();
    board.write('a.md', issueFile({ identifier: 'A-1', state: 'In Progress' }));
    await listed(tracker);
    board.write('a.md', '');

    await expect(tracker.issuesByIds(['A-1'], signal)).rejects.toMatchObject({ code: 'tracker_response' });
    expect(await listed(tracker)).toEqual([]);
  });

  test('by moving the file away first do not make the issue gone', async () => {
    const { board, tracker } = await aBoard();
    const path = join(board.folder, 'a.md');
    board.write('a.md', issueFile({ identifier: 'A-1' }));
    await listed(tracker);
    renameSync(path, `${path}~`);
    board.onceListed(() => renameSync(`${path}~`, path));

    expect(await readIssue(tracker, 'A-1')).toMatchObject({ identifier: 'A-1' });
    expect(board.problems).toEqual([]);
  });

  test('or remove a blocker stop no run of what it blocked, but keep what waits for it waiting', async () => {
    const { board, tracker } = await aBoard();
    board.write('a.md', issueFile({ identifier: 'A-1', state: 'Done' }));
    board.write('b.md', issueFile({ blocked_by: ['A-1'], state: 'In Progress' }));
    board.write('c.md', issueFile({ blocked_by: ['A-1'], state: 'Todo' }));
    await listed(tracker);
    board.write('a.md', '---\nidentifier: A-1\nstate: Do');
    const half = [await readIssue(tracker, 'b'), await readIssue(tracker, 'c')];
    rmSync(join(board.folder, 'a.md'));
    const gone = [await readIssue(tracker, 'b'), await readIssue(tracker, 'c')];

    expect([...half, ...gone].map(({ dispatchable }) => dispatchable)).toEqual([true, false, true, false]);
  });
});

describe('reading the board', () => {
  test('opens no file twice that did not change, of 2,000 files', async () => {
    const { board, tracker } = await aBoard();
    const longAgo = new Date('2026-01-01T00:00:00Z');
    for (let number = 1; number <= 2_000; number += 1) {
      board.write(`A-${number}.md`, issueFile({ title: `Issue ${number}` }));
      utimesSync(join(board.folder, `A-${number}.md`), longAgo, longAgo);
    }
    const query = { states: ['Todo'], ids: ['A-1'] };
    expect((await tracker.poll?.(query, signal))?.byStates).toHaveLength(2_000);
    board.operations.length = 0;
    board.write('A-7.md', issueFile({ title: 'Another title' }));

    const answer = await tracker.poll?.(query, signal);

    expect(answer?.byStates).toHaveLength(2_000);
    expect(board.operations.filter((operation) => operation.startsWith('read'))).toEqual(['read A-7.md']);
    expect(board.operations.filter((operation) => operation === 'list')).toHaveLength(1);
  });

  test('opens a file again whose last change is so young that another may have the same stamp', async () => {
    const { board, tracker } = await aBoard();
    board.write('a.md', issueFile({}));
    const soon = new Date(Date.now() + 3_600_000);
    utimesSync(join(board.folder, 'a.md'), soon, soon);

    await listed(tracker);
    await listed(tracker);

    expect(board.operations.filter((operation) => operation === 'read a.md')).toHaveLength(2);
  });

  test('rejects when it is aborted half-way', async () => {
    const { board, tracker } = await aBoard();
    board.write('a.md', issueFile({}));
    const controller = new AbortController();

    const reading = tracker.issuesByStates(['Todo'], controller.signal);
    controller.abort(new Error('stopped by the test'));

    await expect(reading).rejects.toThrow('stopped by the test');
  });

  test('fails when the folder is gone, instead of finding it empty', async () => {
    const { board, tracker } = await aBoard();
    rmSync(board.folder, { recursive: true });

    await expect(listed(tracker)).rejects.toMatchObject({
      code: 'tracker_request',
      message: expect.stringContaining('tracker.provider.path'),
    });
  });
});
