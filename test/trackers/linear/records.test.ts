import { describe, expect, test } from 'vitest';
import { Issue } from '../../../src/domain/issue.js';
import { failureOf, LinearUnderTest } from '../../helpers/linear/linear-tracker.js';

// Goal: Linear's records become SPEC's issues (11.3); what cannot be one is told, and never taken for absence.

const CREATED = '2026-11-20T10:00:00.000Z';

/** A board with one issue whose record shows these fields. */
async function withRecord(fields: Readonly<Record<string, unknown>> = {}) {
  const linear = await LinearUnderTest.forTest();
  const { id } = linear.board.put({ title: 'Say hello', createdAt: CREATED });
  linear.board.corrupt(id, fields);
  return { linear, board: linear.board, id };
}

/** The issue that a record with these fields becomes. */
async function normalized(fields: Readonly<Record<string, unknown>>): Promise<Issue> {
  const { linear, id } = await withRecord(fields);
  return await linear.issue(id);
}

describe('a record', () => {
  test('becomes an issue with all its fields', async () => {
    const linear = await LinearUnderTest.forTest();
    const { board } = linear;
    const { id } = board.put({
      title: 'Grüße 👋',
      description: '# Why\n\nBecause.',
      priority: 2,
      state: 'In Progress',
      labels: ['Bug'],
      assigneeId: board.viewerId,
      createdAt: CREATED,
    });

    const issue = await linear.issue(id);

    expect(Issue.parse(issue)).toEqual(issue);
    expect(issue).toEqual({
      id,
      identifier: 'ENG-1',
      title: 'Grüße 👋',
      description: '# Why\n\nBecause.',
      priority: 2,
      state: 'In Progress',
      branchName: expect.stringMatching(/^symphony\/eng-1-/),
      url: expect.stringMatching(/^https:\/\/linear\.app\/.*\/issue\/ENG-1\//),
      assigneeId: board.viewerId,
      labels: ['bug'],
      blockedBy: [],
      dispatchable: true,
      createdAt: CREATED,
      updatedAt: expect.stringMatching(/Z$/),
      nativeRef: {
        state_id: board.stateId('ENG', 'In Progress'),
        state_type: 'started',
        team_id: board.teamId('ENG'),
        team_key: 'ENG',
        project_id: board.projectId(),
        project_slug_id: board.projectSlugId,
      },
    });
  });

  test.each([
    [0, null],
    [1, 1],
    [4, 4],
    [2.5, null],
    [1e300, null],
    ['high', null],
    [null, null],
  ])('with the priority %s has the priority %s', async (priority, expected) => {
    expect(await normalized({ priority })).toMatchObject({ priority: expected });
  });

  test.each([
    ['2026-11-20T10:00:00.123Z', '2026-11-20T10:00:00.123Z'],
    ['2026-11-20T12:00:00+02:00', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T10:00:00.123456Z', '2026-11-20T10:00:00.123Z'],
    ['yesterday', null],
    [null, null],
  ])('of %s is of %s in UTC', async (written, instant) => {
    expect(await normalized({ createdAt: written, updatedAt: written })).toMatchObject({
      createdAt: instant,
      updatedAt: instant,
    });
  });

  test.each([
    ['description', null],
    ['description', 7],
    ['url', 'javascript:alert(1)'],
    ['url', null],
    ['branchName', undefined],
    ['createdAt', 1_700_000_000],
  ])('with a %s of %s that is of no use has none', async (field, value) => {
    expect(await normalized({ [field]: value })).toMatchObject({ [field]: null, dispatchable: true });
  });

  test('has the usable of its labels, unescaped, and none where all are unusable', async () => {
    const nodes = [{ name: 'R&amp;D' }, null, { name: 7 }, { name: ' ' }, { name: 'Bug ' }, { name: 'bug' }];
    const pageInfo = { hasNextPage: false, endCursor: null };

    expect(await normalized({ labels: { nodes, pageInfo } })).toMatchObject({ labels: ['r&d', 'bug'] });
    expect(await normalized({ labels: null })).toMatchObject({ labels: [] });
  });

  test.each(['project', 'team', 'assignee'])(
    'without a %s that can be read is an issue all the same',
    async (field) => {
      expect(await normalized({ [field]: 'gone' })).toMatchObject({ dispatchable: field !== 'project' });
    },
  );
});

describe('a record that cannot be an issue', () => {
  const cases: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ['an empty title', { title: '' }],
    ['a blank title', { title: ' ' }],
    ['no identifier', { identifier: undefined }],
    ['no state', { state: null }],
    ['a state without a name', { state: { id: 'x', type: 'started', name: ' ' } }],
    ['blockers that cannot be read', { inverseRelations: null }],
    [
      'a list of blockers that is none',
      { inverseRelations: { nodes: 'none', pageInfo: { hasNextPage: false } } },
    ],
    ['blockers of which nobody knows whether they are all', { inverseRelations: { nodes: [] } }],
  ];

  test.each(cases)('because of %s is left out of lists and reported', async (_, fields) => {
    const { linear, board, id } = await withRecord(fields);
    const whole = board.put();

    expect(await linear.inStates(['Todo'])).toMatchObject([{ id: whole.id }]);
    expect(linear.problems).toEqual([
      expect.stringMatching(new RegExp(`^tracker_response: an issue of Linear's is left out: ${id}: `)),
    ]);
  });

  test.each(cases)(
    'because of %s fails a read by its id, which must not look like absence',
    async (_, fields) => {
      const { linear, board, id } = await withRecord(fields);
      const whole = board.put();

      for (const read of [() => linear.byIds([whole.id, id]), () => linear.poll([whole.id, id])]) {
        const error = await failureOf(read());
        expect(error.code).toBe('tracker_response');
        expect(error.message).toMatch(new RegExp(`^issue ${id} of Linear's cannot be read: `));
      }
      expect(await linear.byIds([whole.id])).toMatchObject([{ id: whole.id }]);
    },
  );

  test('is reported once while it lasts, whatever else is read meanwhile', async () => {
    const { linear, board, id } = await withRecord({ title: '' });
    const whole = board.put();

    await linear.poll();
    await linear.poll([whole.id]);
    await linear.byIds([whole.id]);
    await linear.inStates(['Done']);
    await linear.inStates(['In Progress']);
    await linear.poll();

    expect(linear.problems).toEqual([
      `tracker_response: an issue of Linear's is left out: ${id}: title is blank`,
    ]);
  });

  test('is reported again when it healed and broke, and when something else breaks', async () => {
    const { linear, board, id } = await withRecord({ title: '' });
    await linear.poll();

    board.heal(id);
    expect(await linear.poll()).toMatchObject({ byStates: [{ id }] });
    board.corrupt(id, { title: '' });
    await linear.poll();
    board.corrupt(id, { title: 'Fine', state: null });
    await linear.poll();
    await linear.poll();

    expect(linear.problems).toEqual([
      expect.stringContaining(`${id}: title is blank`),
      expect.stringContaining(`${id}: title is blank`),
      expect.stringContaining(`${id}: state `),
    ]);
  });

  test('nor be named is reported, and fails nothing', async () => {
    const { linear } = await withRecord({ id: 7 });

    expect(await linear.inStates(['Todo'])).toEqual([]);
    expect(linear.problems).toEqual([
      expect.stringContaining("an issue of Linear's is left out: no id: id "),
    ]);
  });
});
