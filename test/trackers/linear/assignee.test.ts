import { describe, expect, test } from 'vitest';
import { failureOf, LinearUnderTest } from '../../helpers/linear/linear-tracker.js';
import { Front } from './front.js';

// Goal: with an assignee, only their issues are worked on, and whom the file means is found out once.

const USER = 'SymphonyUser';

interface User {
  readonly id: string;
  readonly name: string;
}

/** A tracker for an assignee, where Linear answers look-ups of users with these. */
async function setUp(assignee: string, users: readonly User[] = []) {
  const front = await Front.forTest((request, pass) =>
    request.body.includes(USER) ? { body: JSON.stringify({ data: { users: { nodes: users } } }) } : pass(),
  );
  const linear = await LinearUnderTest.forTest({ provider: { endpoint: front.url, assignee } });
  front.behind = linear.linear.url;
  /** The filters with which users were looked up. */
  const userFilters = () =>
    front.seen.filter(({ body }) => body.includes(USER)).map(({ body }) => JSON.parse(body).variables.user);
  return { linear, board: linear.board, userFilters };
}

/** Which of these issues are dispatchable. */
async function dispatchable(linear: LinearUnderTest): Promise<string[]> {
  const issues = await linear.inStates(['Todo']);
  return issues.filter((issue) => issue.dispatchable).map(({ identifier }) => identifier);
}

test('without an assignee, everybody works for us', async () => {
  const linear = await LinearUnderTest.forTest();
  linear.board.put({ identifier: 'ENG-1', assigneeId: linear.board.addUser('Ada').id });
  linear.board.put({ identifier: 'ENG-2' });

  expect(await dispatchable(linear)).toEqual(['ENG-2', 'ENG-1']);
});

test("an assignee whose variable is not set is worth a notice, since everybody's issues are worked on", async () => {
  const provider = { assignee: '$ME' };
  const { notices } = await LinearUnderTest.forTest({ provider });

  expect(notices).toEqual([
    "tracker.provider.assignee names ME, which is not set: everybody's issues are worked on",
  ]);
  expect((await LinearUnderTest.forTest({ provider, env: { ME: 'me' } })).notices).toEqual([]);
});

describe('an assignee', () => {
  test.each(['me', 'Me'])('"%s" is the user whose key it is', async (assignee) => {
    const { linear, board, userFilters } = await setUp(assignee);
    board.put({ identifier: 'ENG-1', assigneeId: board.viewerId });
    board.put({ identifier: 'ENG-2', assigneeId: board.addUser('Ada').id });
    board.put({ identifier: 'ENG-3' });

    expect(await dispatchable(linear)).toEqual(['ENG-1']);
    expect(userFilters()).toEqual([]);
  });

  test("can be a user's id, in any case", async () => {
    const { id } = (await LinearUnderTest.forTest()).board.addUser('Ada');
    // Every fake counts its ids alike.
    const { linear, board, userFilters } = await setUp(id.toUpperCase());
    board.put({ identifier: 'ENG-1', assigneeId: board.addUser('Ada').id });
    board.put({ identifier: 'ENG-2', assigneeId: board.viewerId });

    expect(await dispatchable(linear)).toEqual(['ENG-1']);
    expect(userFilters()).toEqual([]);
  });

  test.each([
    ['ada@example.com', { email: { eqIgnoreCase: 'ada@example.com' } }],
    [
      'ada lovelace',
      { or: [{ displayName: { eqIgnoreCase: 'ada lovelace' } }, { name: { eqIgnoreCase: 'ada lovelace' } }] },
    ],
  ])('%s is looked up once, and not with every poll', async (assignee, filter) => {
    const { id } = (await LinearUnderTest.forTest()).board.addUser('Ada Lovelace');
    const { linear, board, userFilters } = await setUp(assignee, [{ id, name: 'Ada Lovelace' }]);
    board.put({ identifier: 'ENG-1', assigneeId: board.addUser('Ada Lovelace').id });
    board.put({ identifier: 'ENG-2', assigneeId: board.viewerId });

    for (const _ of [1, 2, 3]) expect(await dispatchable(linear)).toEqual(['ENG-1']);
    expect(userFilters()).toEqual([filter]);
  });

  test.each<[string, string, readonly User[]]>([
    ['nobody', 'ada', []],
    [
      'several people',
      'ada',
      [
        { id: 'one', name: 'Ada' },
        { id: 'two', name: 'ada' },
      ],
    ],
  ])('who is %s to Linear is an error that says what to write', async (who, assignee, users) => {
    const { linear, board } = await setUp(assignee, users);
    board.put();

    expect(await failureOf(linear.inStates(['Todo']))).toMatchObject({
      code: 'invalid_tracker_config',
      message: `tracker.provider.assignee: Linear knows ${who} called "ada"; use "me", the user's e-mail address or id`,
    });
  });

  test('who gives an issue away loses it, and gets it back', async () => {
    const { linear, board } = await setUp('me');
    const { id, identifier } = board.put({ assigneeId: board.viewerId });
    expect(await linear.issue(id)).toMatchObject({ dispatchable: true, assigneeId: board.viewerId });

    board.put({ identifier, assigneeId: null });
    expect(await linear.issue(id)).toMatchObject({
      dispatchable: false,
      notDispatchableBecause: 'assigned to nobody',
      assigneeId: null,
    });
    board.put({ identifier, assigneeId: board.addUser('Grace').id });
    expect(await linear.issue(id)).toMatchObject({ notDispatchableBecause: 'assigned to someone else' });
    board.put({ identifier, assigneeId: board.viewerId });
    expect(await linear.issue(id)).toMatchObject({ dispatchable: true });
  });
});
