import { describe, expect, test } from 'vitest';
import type { Issue } from '../../../src/domain/issue.js';
import { LinearUnderTest } from '../../helpers/linear/linear-tracker.js';

// Goal: Linear is asked little, and what it says over many pages and requests is one complete answer.

const LOOK_UP = 'SymphonyOrientation';

/** Adds issues, the first of them the oldest, and tells their ids. */
function putAll({ board }: LinearUnderTest, count: number, state = 'Todo'): string[] {
  return Array.from({ length: count }, () => board.put({ state }).id);
}

/** As Linear lists them: the newest first. */
function newestFirst(ids: readonly string[]): string[] {
  return [...ids].reverse();
}

function idsOf(issues: readonly Issue[]): string[] {
  return issues.map(({ id }) => id);
}

describe('a poll', () => {
  test('is one request for candidates and issues at work together, after one look-up at the start', async () => {
    const linear = await LinearUnderTest.forTest();
    const todo = putAll(linear, 3);
    const atWork = putAll(linear, 2, 'In Progress');

    for (const _ of [1, 2, 3]) {
      const { byStates, byIds } = await linear.poll(atWork);
      expect(idsOf(byStates)).toEqual(newestFirst(todo));
      expect(idsOf(byIds).sort()).toEqual(atWork);
    }

    expect(linear.asked).toEqual([LOOK_UP, 'SymphonyPoll', 'SymphonyPoll', 'SymphonyPoll']);
  });

  test('refreshes 200 issues at work in the same one request', async () => {
    const linear = await LinearUnderTest.forTest();
    const atWork = putAll(linear, 200, 'In Progress');

    const { byIds } = await linear.poll(atWork);

    expect(idsOf(byIds).sort()).toEqual(atWork);
    expect(linear.asked).toEqual([LOOK_UP, 'SymphonyPoll']);
  });

  test('takes a second request for the 251st issue at work', async () => {
    const linear = await LinearUnderTest.forTest();
    const atWork = putAll(linear, 251, 'In Progress');

    const { byIds } = await linear.poll(atWork);

    expect(idsOf(byIds).sort()).toEqual(atWork);
    expect(linear.asked).toEqual([LOOK_UP, 'SymphonyPoll', 'SymphonyIssuesByIds']);
  });

  test('goes on to the second page of 300 candidates, in order', async () => {
    const linear = await LinearUnderTest.forTest();
    const todo = putAll(linear, 300);
    const [atWork = ''] = putAll(linear, 1, 'In Progress');

    const { byStates, byIds } = await linear.poll([atWork]);

    expect(idsOf(byStates)).toEqual(newestFirst(todo));
    expect(idsOf(byIds)).toEqual([atWork]);
    expect(linear.asked).toEqual([LOOK_UP, 'SymphonyPoll', 'SymphonyIssuesByStates']);
    expect(linear.linear.requests[2]?.variables).toMatchObject({ after: todo[50] });
  });

  test('without issues at work asks for candidates alone, and without states for issues alone', async () => {
    const linear = await LinearUnderTest.forTest();
    const [id = ''] = putAll(linear, 1);

    expect(idsOf((await linear.poll([], ['Todo'])).byStates)).toEqual([id]);
    expect(idsOf((await linear.poll([id], [])).byIds)).toEqual([id]);
    expect(linear.asked).toEqual([LOOK_UP, 'SymphonyIssuesByStates', 'SymphonyIssuesByIds']);
  });

  test('that wants nothing asks nothing, not even who we are', async () => {
    const linear = await LinearUnderTest.forTest();

    expect(await linear.poll([], [])).toEqual({ byStates: [], byIds: [] });
    expect(await linear.inStates([])).toEqual([]);
    expect(await linear.byIds([])).toEqual([]);
    expect(linear.asked).toEqual([]);
  });

  test('asks for an id once, and for nothing that cannot be an id', async () => {
    const linear = await LinearUnderTest.forTest();
    const [id = ''] = putAll(linear, 1);

    expect(idsOf(await linear.byIds([id, id, 'no id', '']))).toEqual([id]);
    expect(linear.linear.requests.at(-1)?.variables).toEqual({ claimed: { id: { in: [id] } } });
    expect(await linear.byIds(['no id'])).toEqual([]);
    expect(linear.asked).toEqual([LOOK_UP, 'SymphonyIssuesByIds']);
  });

  test('finds issues by what people call them', async () => {
    const linear = await LinearUnderTest.forTest();
    const { id } = linear.board.put({ identifier: 'ENG-12' });
    linear.board.put({ identifier: 'ENG-13' });
    linear.board.put({ identifier: 'OPS-12' });

    expect(idsOf(await linear.byIds(['eng-12', 'ENG-99']))).toEqual([id]);
  });

  test('tells an issue once that Linear gives twice', async () => {
    const linear = await LinearUnderTest.forTest();
    const todo = putAll(linear, 251);
    linear.linear.faults.next({ kind: 'doubledIssue' }, { when: isPoll, times: 2 });

    expect(idsOf(await linear.inStates(['Todo']))).toEqual(newestFirst(todo));
    linear.linear.faults.next({ kind: 'doubledIssue' }, { when: isPoll });
    expect(idsOf(await linear.byIds([todo[7] ?? '']))).toEqual([todo[7]]);
  });
});

describe('labels and blockers beyond a page', () => {
  /** An issue with 60 labels and 60 blockers that are done, which are listed newest first. */
  function crowded({ board }: LinearUnderTest) {
    const labels = Array.from({ length: 60 }, (_, index) => `label ${index}`);
    const blockers = labels.map(() => board.put({ state: 'Done' }).identifier);
    return { labels, blockers, issue: board.put({ labels, blockedBy: blockers }) };
  }

  test('are all there', async () => {
    const linear = await LinearUnderTest.forTest();
    const { labels, blockers, issue } = crowded(linear);

    const [found] = await linear.inStates(['Todo']);

    expect(found).toMatchObject({ id: issue.id, dispatchable: true });
    expect([...(found?.labels ?? [])].sort()).toEqual(labels.sort());
    expect(found?.blockedBy.map(({ identifier }) => identifier).sort()).toEqual(blockers.sort());
    expect(linear.asked.slice(2)).toEqual(['SymphonyLabels', 'SymphonyBlockers']);
  });

  test('count: one of the last blockers holds the issue back', async () => {
    const linear = await LinearUnderTest.forTest();
    const { blockers, issue } = crowded(linear);
    linear.board.setState(blockers[2] ?? '', 'In Progress');

    expect(await linear.issue(issue.id)).toMatchObject({ dispatchable: false });
    expect((await linear.issue(issue.id)).labels).toContain('label 2');
  });

  test('are walked over many pages', async () => {
    const linear = await LinearUnderTest.forTest();
    const blockers = Array.from({ length: 151 }, () => linear.board.put({ state: 'Done' }).identifier);
    const { id } = linear.board.put({ blockedBy: blockers });

    expect((await linear.issue(id)).blockedBy).toHaveLength(151);
    expect(linear.asked.slice(2)).toEqual(['SymphonyBlockers', 'SymphonyBlockers']);
  });
});

function isPoll({ rootFields }: { readonly rootFields: readonly string[] }): boolean {
  return rootFields.includes('issues');
}
