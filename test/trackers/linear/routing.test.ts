import { describe, expect, test } from 'vitest';
import { LinearUnderTest } from '../../helpers/linear/linear-tracker.js';

// Goal: an issue is dispatchable exactly when it belongs here, is ours, and nothing holds it back.

async function setUp(setup: Parameters<typeof LinearUnderTest.forTest>[0] = {}) {
  const linear = await LinearUnderTest.forTest(setup);
  const isDispatchable = async (id: string) => (await linear.issue(id)).dispatchable;
  return { linear, board: linear.board, isDispatchable };
}

describe('a blocker', () => {
  test('holds an issue in Todo until it has ended', async () => {
    const { linear, board, isDispatchable } = await setUp();
    const blocker = board.put({ state: 'In Progress' });
    const { id } = board.put({ blockedBy: [blocker.id] });

    expect(await linear.issue(id)).toMatchObject({
      dispatchable: false,
      blockedBy: [{ id: blocker.id, identifier: blocker.identifier, state: 'In Progress' }],
    });
    board.setState(blocker.id, 'Done');
    expect(await isDispatchable(id)).toBe(true);
    board.setState(blocker.id, 'Todo');
    expect(await isDispatchable(id)).toBe(false);
  });

  test.each(['completed', 'canceled', 'duplicate'] as const)(
    'has ended in a state of the type %s, also where the file does not call it terminal',
    async (type) => {
      const { board, isDispatchable } = await setUp({ terminalStates: ['Done'] });
      board.addState('ENG', { name: 'Shelved', type });
      const blocker = board.put({ state: 'Shelved' });
      const { id } = board.put({ blockedBy: [blocker.id] });

      expect(await isDispatchable(id)).toBe(true);
    },
  );

  test('has ended in a state that the file calls terminal, whatever its type', async () => {
    const { board, isDispatchable } = await setUp({ terminalStates: ['merged'] });
    board.addState('ENG', { name: 'Merged ', type: 'started' });
    const blocker = board.put({ state: 'Merged ' });
    const { id } = board.put({ blockedBy: [blocker.id] });

    expect(await isDispatchable(id)).toBe(true);
  });

  test.each(['Backlog', 'Triage', 'Ready'])(
    'holds an issue in %s, which nobody has started',
    async (state) => {
      const { board, isDispatchable } = await setUp();
      board.addState('ENG', { name: 'Triage', type: 'triage' });
      board.addState('ENG', { name: 'Ready', type: 'unstarted' });
      const blocker = board.put();
      const { id } = board.put({ state, blockedBy: [blocker.id] });

      expect(await isDispatchable(id)).toBe(false);
    },
  );

  test('holds nothing that has started', async () => {
    const { linear, board } = await setUp();
    const blocker = board.put();
    const { id } = board.put({ state: 'In Progress', blockedBy: [blocker.id] });

    expect(await linear.issue(id)).toMatchObject({ dispatchable: true, blockedBy: [{ id: blocker.id }] });
  });

  test('is the issue at the other end of "blocks": what an issue blocks does not hold it', async () => {
    const { linear, board } = await setUp();
    const blocking = board.put();
    board.put({ blockedBy: [blocking.id] });

    expect(await linear.issue(blocking.id)).toMatchObject({ dispatchable: true, blockedBy: [] });
  });

  test.each(['related', 'duplicate', 'similar'])('is no issue that is only %s', async (type) => {
    const { linear, board } = await setUp();
    const { id } = board.put();
    const issue = { id: board.put().id, identifier: 'ENG-2', state: { name: 'Todo', type: 'unstarted' } };
    board.corrupt(id, { inverseRelations: relations({ type, issue }) });

    expect(await linear.issue(id)).toMatchObject({ dispatchable: true, blockedBy: [] });
  });

  test.each([
    [
      'whose state',
      { id: 'hidden', identifier: 'SEC-1', state: null },
      { id: 'hidden', identifier: 'SEC-1', state: null },
      'blocked by SEC-1 (state unknown)',
    ],
    ['which', null, { id: null, identifier: null, state: null }, 'blocked by an issue that cannot be seen'],
  ])('%s the key may not see counts as open', async (_, issue, told, notDispatchableBecause) => {
    const { linear, board } = await setUp();
    const { id } = board.put();
    board.corrupt(id, { inverseRelations: relations({ type: 'blocks', issue }) });

    expect(await linear.issue(id)).toMatchObject({
      dispatchable: false,
      notDispatchableBecause,
      blockedBy: [told],
    });
  });

  test('is named in one short line, whatever the names of states hold', async () => {
    const { linear, board } = await setUp();
    const stateName = `In ${'review'.repeat(40)}`.slice(0, 59);
    const blocker = board.put();
    const { id } = board.put({ blockedBy: [blocker.id] });
    board.corrupt(id, {
      inverseRelations: relations({
        type: 'blocks',
        issue: {
          id: blocker.id,
          identifier: blocker.identifier,
          state: { name: `In\u001b[31m\r\n\u202e ${'review'.repeat(40)}`, type: 'started' },
        },
      }),
    });

    expect(await linear.issue(id)).toMatchObject({
      notDispatchableBecause: `blocked by ENG-1 (${stateName}…)`,
    });
  });
});

describe('an issue that is', () => {
  test('archived is still told, so that its run can be stopped, and not dispatchable', async () => {
    const { linear, board } = await setUp();
    const { id } = board.put({ state: 'In Progress' });

    board.archive(id);

    expect(await linear.poll([id], ['In Progress'])).toMatchObject({
      byStates: [],
      byIds: [{ id, state: 'In Progress', dispatchable: false, notDispatchableBecause: 'archived' }],
    });
  });

  test('in the trash is gone', async () => {
    const { linear, board } = await setUp();
    const { id } = board.put();

    board.trash(id);

    expect(await linear.poll([id])).toEqual({ byStates: [], byIds: [] });
  });

  test('deleted is gone, without harm to the others', async () => {
    const { linear, board } = await setUp();
    const [gone, kept] = [board.put(), board.put()];

    board.delete(gone.id);

    expect(await linear.poll([gone.id, kept.id])).toMatchObject({
      byStates: [{ id: kept.id }],
      byIds: [{ id: kept.id }],
    });
  });

  test.each(['another project', 'no project'])(
    'moved to %s is still told, and not dispatchable for that',
    async (where) => {
      const { linear, board } = await setUp();
      const { id } = board.put({ state: 'In Progress' });
      const slugId = where === 'no project' ? null : board.addProject('Elsewhere').slugId;

      board.moveToProject(id, slugId);

      expect(await linear.poll([id], ['In Progress'])).toMatchObject({
        byStates: [],
        byIds: [{ id, dispatchable: false, notDispatchableBecause: `in ${where}` }],
      });
      board.moveToProject(id, board.projectSlugId);
      expect(await linear.poll([id], ['In Progress'])).toMatchObject({
        byStates: [{ id, dispatchable: true }],
      });
    },
  );

  test('moved to another team keeps its id and has another identifier', async () => {
    const { linear, board } = await setUp();
    board.addTeam('OPS');
    board.joinProject('OPS');
    const { id } = board.put();
    await linear.poll([id]);

    const { identifier } = board.moveToTeam(id, 'OPS');

    expect(identifier).toBe('OPS-1');
    expect(await linear.poll([id])).toMatchObject({
      byStates: [{ id, identifier, dispatchable: true, nativeRef: { team_key: 'OPS' } }],
      byIds: [{ id, identifier }],
    });
  });
});

/** The inverse relations of an issue as Linear would answer them. */
function relations(...nodes: readonly unknown[]) {
  return { nodes, pageInfo: { hasNextPage: false, endCursor: null } };
}
