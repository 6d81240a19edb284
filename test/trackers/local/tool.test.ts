import { chmodSync, mkdirSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Tracker } from '../../../src/ports/tracker.js';
import { callTool, issueFile, LocalBoardUnderTest, readIssue } from '../../helpers/local-board.js';

const { signal } = new AbortController();
const AT = '2026-01-01T00:00:00.000Z';

async function aBoard(): Promise<{ board: LocalBoardUnderTest; tracker: Tracker }> {
  const board = new LocalBoardUnderTest();
  onTestFinished(() => board.close());
  return { board, tracker: await board.start() };
}

describe('local_issue', () => {
  test('reads the issue of its session', async () => {
    const { board, tracker } = await aBoard();
    board.write('A-2.md', issueFile({ state: 'Done' }));
    board.write(
      'A-1.md',
      issueFile({ title: 'Say hello', priority: 2, labels: ['Bug'], blocked_by: ['A-2'] }, 'Please.'),
    );

    expect(tracker.tools.specs.map(({ name }) => name)).toEqual(['local_issue']);
    expect(await callTool(tracker, 'A-1', { action: 'get', state: null })).toEqual({
      success: true,
      output: {
        issue: {
          identifier: 'A-1',
          title: 'Say hello',
          state: 'Todo',
          priority: 2,
          labels: ['bug'],
          blocked_by: [{ id: 'A-2', identifier: 'A-2', state: 'Done' }],
          url: null,
          description: 'Please.',
        },
      },
    });
  });

  test('moves the issue to a state in its configured spelling and changes nothing else in the file', async () => {
    const { board, tracker } = await aBoard();
    const text =
      '\uFEFF---\r\n# keep me\r\ntitle:   "Say hello"   # and me\r\nstate: todo # or Done\r\nlabels: [a,b,   c]\r\n\r\nmine: {x: 1}\r\n---\r\nBody  \r\n\r\n---\r\nstate: Todo\r\n';
    board.write('A-1.md', text);

    const result = await callTool(tracker, 'A-1', { action: 'set_state', state: ' IN progress ' });

    expect(result).toMatchObject({ success: true, output: { issue: { state: 'In Progress' } } });
    expect(board.read('A-1.md')).toBe(text.replace('state: todo #', 'state: In Progress #'));
  });

  test.each([
    ['no front matter', 'Body\n', '---\nstate: Done\n---\n\nBody\n'],
    ['empty front matter', '---\n---\nBody', '---\nstate: Done\n---\nBody'],
    ['only a comment in front', '---\n# c\n---\n', '---\n# c\nstate: Done\n---\n'],
    ['no state', '---\ntitle: a\n---\n', '---\ntitle: a\nstate: Done\n---\n'],
    ['an empty state', '---\nstate:\ntitle: a\n---\n', '---\nstate: Done\ntitle: a\n---\n'],
    ['two states', '---\nstate: x\nstate: y\n---\n', '---\nstate: x\nstate: Done\n---\n'],
    ['a quoted state', "---\nstate: 'x'\n---\n", '---\nstate: Done\n---\n'],
    ['a state over two lines', '---\nstate: |\n  x\ntitle: a\n---\n', '---\nstate: Done\ntitle: a\n---\n'],
    ['braces', '---\n{ title: a, state: x }\n---\n', '---\n{ title: a, state: Done }\n---\n'],
    ['braces without state', '---\n{ title: a }\n---\n', '---\n{ title: a, state: Done }\n---\n'],
    ['an alias', '---\ntitle: &t x\nstate: *t\n---\n', '---\ntitle: &t x\nstate: Done\n---\n'],
  ])('moves an issue whose file has %s', async (_name, before, after) => {
    const { board, tracker } = await aBoard();
    board.write('A-1.md', before);

    const result = await callTool(tracker, 'A-1', { action: 'set_state', state: 'Done' });

    expect(result).toMatchObject({ success: true, output: { issue: { state: 'Done' } } });
    expect(board.read('A-1.md')).toBe(after);
  });

  test('leaves a state alone that other fields point at', async () => {
    const { board, tracker } = await aBoard();
    const text = '---\nstate: &s x\ntitle: *s\n---\n';
    board.write('A-1.md', text);

    const result = await callTool(tracker, 'A-1', { action: 'set_state', state: 'Done' });

    expect(result).toMatchObject({ success: false, output: { error: { code: 'state_not_editable' } } });
    expect(board.read('A-1.md')).toBe(text);
  });

  test('writes nothing when the issue is in that state already', async () => {
    const { board, tracker } = await aBoard();
    board.write('A-1.md', issueFile({ state: 'Done' }));
    const before = statSync(join(board.folder, 'A-1.md')).ino;

    await callTool(tracker, 'A-1', { action: 'set_state', state: 'Done' });

    expect(statSync(join(board.folder, 'A-1.md')).ino).toBe(before);
  });

  test('refuses a state that neither the workflow nor the board knows, and lists the known ones', async () => {
    const { board, tracker } = await aBoard();
    board.write('A-1.md', issueFile({ state: 'Todo' }));
    board.write('A-2.md', issueFile({ state: 'Human Review' }));

    const unknown = await callTool(tracker, 'A-1', { action: 'set_state', state: 'Finished' });
    const onBoard = await callTool(tracker, 'A-1', { action: 'set_state', state: 'human review' });

    const knownStates = ['Todo', 'In Progress', 'Done', 'Cancelled', 'Human Review'];
    expect(unknown).toMatchObject({
      success: false,
      output: { error: { code: 'unknown_state', knownStates } },
    });
    expect(onBoard).toMatchObject({ success: true, output: { issue: { state: 'Human Review' } } });
  });

  test('adds comments at the end under one heading, quoted', async () => {
    const { board, tracker } = await aBoard();
    board.write('A-1.md', '---\nstate: Todo\n---\nPlease.\n');

    await callTool(tracker, 'A-1', { action: 'comment', body: '---\nstate: Done\r\n---\n\n# Not a heading' });
    await callTool(tracker, 'A-1', { action: 'comment', body: 'Second.' });

    expect(board.read('A-1.md')).toBe(
      `---\nstate: Todo\n---\nPlease.\n\n## Comments\n\n**agent**, ${AT}:\n\n> ---\n> state: Done\n> ---\n>\n> # Not a heading\n\n**agent**, ${AT}:\n\n> Second.\n`,
    );
  });

  test.each([
    ['an almost empty file', '---\n---\n', `---\n---\n## Comments\n\n**agent**, ${AT}:\n\n> Hi\n`],
    ['nothing after the front matter', '---\n---', `---\n---\n## Comments\n\n**agent**, ${AT}:\n\n> Hi\n`],
    ['Windows line ends', 'a\r\n', `a\r\n\r\n## Comments\r\n\r\n**agent**, ${AT}:\r\n\r\n> Hi\r\n`],
    [
      'another section after the comments',
      '## Comments\n\n# Log\n',
      `## Comments\n\n# Log\n\n## Comments\n\n**agent**, ${AT}:\n\n> Hi\n`,
    ],
  ])('comments on an issue with %s', async (_name, before, after) => {
    const { board, tracker } = await aBoard();
    board.write('A-1.md', before);

    await callTool(tracker, 'A-1', { action: 'comment', body: 'Hi' });

    expect(board.read('A-1.md')).toBe(after);
    expect(await readIssue(tracker, 'A-1')).toMatchObject({ state: 'Todo' });
  });

  test('refuses comments that are empty or too long, and files that would grow too large', async () => {
    const { board, tracker } = await aBoard();
    board.write('A-1.md', issueFile({}));
    board.write('A-2.md', 'x'.repeat(1024 * 1024 - 10));
    const body = 'x'.repeat(64 * 1024);

    const results = await Promise.all([
      callTool(tracker, 'A-1', { action: 'comment', body: ' \n ' }),
      callTool(tracker, 'A-1', { action: 'comment', body: `${body}y` }),
      callTool(tracker, 'A-2', { action: 'comment', body }),
      callTool(tracker, 'A-1', { action: 'comment', body }),
    ]);

    expect(results).toMatchObject([
      { success: false, output: { error: { code: 'invalid_arguments' } } },
      { success: false, output: { error: { code: 'comment_too_long' } } },
      { success: false, output: { error: { code: 'issue_too_large' } } },
      { success: true },
    ]);
    expect(board.read('A-2.md')).toHaveLength(1024 * 1024 - 10);
  });

  test.each([
    [{ action: 'get', path: '../x.md' }],
    [{ action: 'get', identifier: 'A-2' }],
    [{ action: 'set_state' }],
    [{ action: 'comment', body: 7 }],
  ])('refuses the arguments %j', async (args) => {
    const { board, tracker } = await aBoard();
    board.write('A-1.md', issueFile({}));

    expect(await callTool(tracker, 'A-1', args)).toMatchObject({
      success: false,
      output: { error: { code: 'invalid_arguments' } },
    });
  });

  test('loses no write of calls that come at once, and leaves no other file behind', async () => {
    const { board, tracker } = await aBoard();
    board.write('A-1.md', issueFile({ state: 'Todo' }));
    board.write('A-2.md', issueFile({ state: 'Todo' }));
    const bodies = Array.from({ length: 20 }, (_, index) => `Comment ${index}.`);

    const results = await Promise.all([
      ...bodies.map((body) => callTool(tracker, 'A-1', { action: 'comment', body })),
      callTool(tracker, 'A-1', { action: 'set_state', state: 'Done' }),
      callTool(tracker, 'A-2', { action: 'set_state', state: 'Done' }),
    ]);

    expect(results.every(({ success }) => success)).toBe(true);
    const text = board.read('A-1.md');
    expect(bodies.filter((body) => !text.includes(`> ${body}\n`))).toEqual([]);
    expect(await readIssue(tracker, 'A-1')).toMatchObject({ state: 'Done' });
    expect(board.names()).toEqual(['A-1.md', 'A-2.md']);
  });

  test('keeps the mode of the file', async () => {
    const { board, tracker } = await aBoard();
    board.write('A-1.md', issueFile({}));
    chmodSync(join(board.folder, 'A-1.md'), 0o664);

    await callTool(tracker, 'A-1', { action: 'set_state', state: 'Done' });

    expect(statSync(join(board.folder, 'A-1.md')).mode & 0o777).toBe(0o664);
  });

  test('keeps what a person saved while the session ran', async () => {
    const { board, tracker } = await aBoard();
    board.write('A-1.md', issueFile({ title: 'Before' }));
    const issue = await readIssue(tracker, 'A-1');
    board.write('A-1.md', issueFile({ title: 'After' }, 'New words.'));

    await tracker.tools.execute(
      'local_issue',
      { action: 'set_state', state: 'Done' },
      { issue, session: 'a session' },
      signal,
    );

    expect(await readIssue(tracker, 'A-1')).toMatchObject({
      title: 'After',
      state: 'Done',
      description: 'New words.',
    });
  });

  test('writes to the file that holds the issue, whatever the identifier looks like', async () => {
    const { board, tracker } = await aBoard();
    mkdirSync(join(board.directory, 'elsewhere'));
    const identifiers = ['../elsewhere/a', '..', '/etc/passwd', 'a/b.md', '.hidden'];
    for (const [index, identifier] of identifiers.entries()) {
      board.write(`${index}.md`, issueFile({ identifier }));
    }

    for (const identifier of identifiers) {
      const result = await callTool(tracker, identifier, { action: 'set_state', state: 'Done' });
      expect(result).toMatchObject({ success: true });
    }

    expect(board.names()).toEqual(identifiers.map((_, index) => `${index}.md`));
    expect(await tracker.issuesByStates(['Done'], signal)).toHaveLength(identifiers.length);
  });

  test('never writes to a broken file', async () => {
    const { board, tracker } = await aBoard();
    board.write('A-1.md', issueFile({}));
    const issue = await readIssue(tracker, 'A-1');
    board.write('A-1.md', '---\n- broken\n---\n');

    const result = await tracker.tools.execute(
      'local_issue',
      { action: 'comment', body: 'Hi' },
      { issue, session: 'a session' },
      signal,
    );

    expect(result).toMatchObject({ success: false, output: { error: { code: 'tracker_response' } } });
    expect(board.read('A-1.md')).toBe('---\n- broken\n---\n');
  });

  test('tells an agent whose issue was taken off the board', async () => {
    const { board, tracker } = await aBoard();
    board.write('A-1.md', issueFile({}));
    const issue = await readIssue(tracker, 'A-1');
    unlinkSync(join(board.folder, 'A-1.md'));

    const result = await tracker.tools.execute(
      'local_issue',
      { action: 'get' },
      { issue, session: 'a session' },
      signal,
    );

    expect(result).toMatchObject({ success: false, output: { error: { code: 'issue_not_found' } } });
  });
});
