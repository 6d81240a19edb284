import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/domain/json.js';
import { type MemoryTracker, memoryTracker } from '../../src/trackers/memory/index.js';
import { type BoardIssue, trackerContract } from '../contracts/tracker.js';
import { callTool, readIssue } from '../helpers/local-board.js';
import { settled, VirtualClock } from '../helpers/virtual-clock.js';

const { signal } = new AbortController();

function aTracker(issues: readonly JsonObject[] = [], problems: string[] = []): MemoryTracker {
  return memoryTracker({
    issues,
    tracker: { activeStates: ['Todo', 'In Progress'], terminalStates: ['Done'] },
    clock: new VirtualClock(),
    reportProblem: ({ message }) => problems.push(message),
  });
}

function fields({ blockedBy, ...plain }: BoardIssue): JsonObject {
  return { ...plain, ...(blockedBy === undefined ? {} : { blocked_by: blockedBy }) };
}

trackerContract('memory', () => {
  const problems: string[] = [];
  const tracker = aTracker([], problems);
  return Promise.resolve({
    tracker,
    put(issue) {
      tracker.put(fields(issue));
      return Promise.resolve(issue.identifier);
    },
    breakIssue(id) {
      tracker.put({ identifier: id, title: ['no', 'text'] });
      return Promise.resolve();
    },
    remove(id) {
      tracker.remove(id);
      return Promise.resolve();
    },
    requests: () => tracker.requests,
    problems,
    close: () => tracker.close(),
  });
});

describe('a board in memory', () => {
  test('starts with the issues it is given, read like the front matter of a file', async () => {
    const tracker = aTracker([
      { identifier: 'M-1', title: 'One', priority: 'urgent', labels: 'A, b', description: 'Do it.' },
      { identifier: 2, created_at: '2026-02-03' },
    ]);

    expect(await readIssue(tracker, 'M-1')).toMatchObject({
      priority: 1,
      labels: ['a', 'b'],
      description: 'Do it.',
      state: 'Todo',
    });
    expect(await readIssue(tracker, '2')).toMatchObject({
      title: '2',
      createdAt: '2026-02-03T00:00:00.000Z',
    });
  });

  test('tells nobody which of two issues with one identifier is meant', async () => {
    const problems: string[] = [];
    const tracker = aTracker([{ identifier: 'M-1' }, { identifier: 'M-2' }, { identifier: 'M-1' }], problems);

    const issues = await tracker.issuesByStates(['Todo'], signal);

    expect(issues.map(({ identifier }) => identifier)).toEqual(['M-2']);
    expect(problems).toEqual(['issue 1 and issue 3 have the same identifier M-1; change all but one']);
    await expect(tracker.issuesByIds(['M-1'], signal)).rejects.toMatchObject({ code: 'tracker_response' });
  });

  test('calls back after a change, until the watch ends', async () => {
    const tracker = aTracker([{ identifier: 'M-1' }]);
    let calls = 0;
    const stop = tracker.watch(() => {
      calls += 1;
    });

    tracker.setState('M-1', 'Done');
    await settled();
    stop();
    tracker.setState('M-1', 'Todo');
    await settled();

    expect(calls).toBe(1);
  });

  test('lets the agent move its issue and comment on it', async () => {
    const tracker = aTracker([{ identifier: 'M-1', description: 'Do it.' }]);

    await callTool(tracker, 'M-1', { action: 'comment', body: 'Half done.' });
    const result = await callTool(tracker, 'M-1', { action: 'set_state', state: 'DONE' });

    expect(tracker.tools.specs.map(({ name }) => name)).toEqual(['memory_issue']);
    expect(result).toMatchObject({ success: true, output: { issue: { identifier: 'M-1', state: 'Done' } } });
    expect((await readIssue(tracker, 'M-1')).description).toBe(
      'Do it.\n\n## Comments\n\n**agent**, 2026-01-01T00:00:00.000Z:\n\n> Half done.',
    );
  });
});
