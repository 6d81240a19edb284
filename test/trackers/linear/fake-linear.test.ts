import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeLinear } from '../../helpers/linear/fake-linear.js';
import { type RawRequest, sendRaw } from '../../helpers/linear/raw-request.js';

// The fake stands in for Linear in all tests of the adapter, so what it claims about Linear is pinned down here; its
// prices, its budget and its faults in the files beside this one.

const START_MS = Date.UTC(2026, 10, 20);

let nowMs: number;
let fake: FakeLinear;
let board: FakeLinear['board'];

beforeEach(async () => {
  nowMs = START_MS;
  fake = await FakeLinear.start({ now: () => nowMs });
  board = fake.board;
});
afterEach(() => fake.close());

async function ask(query: string, variables: RawRequest['variables'] = {}, authorization = fake.apiKey) {
  const response = await sendRaw(fake, query, { variables, authorization });
  const { status, headers } = response;
  return { status, headers, body: JSON.parse(await response.text()) };
}

/** The identifiers of the issues that a filter finds, newest first. */
async function found(filter: unknown, args = ''): Promise<string[]> {
  const query = `query ($filter: IssueFilter) { issues(filter: $filter ${args}) { nodes { identifier } } }`;
  const { body } = await ask(query, { filter });
  return body.data.issues.nodes.map(({ identifier }: { identifier: string }) => identifier);
}

async function page(args: string) {
  const { body } = await ask(`{ issues(${args}) { nodes { title } pageInfo { hasNextPage endCursor } } }`);
  const { nodes, pageInfo } = body.data.issues;
  return { titles: nodes.map(({ title }: { title: string }) => title).join(), ...pageInfo };
}

function putAll(...titles: string[]): string[] {
  return titles.map((title) => {
    nowMs += 1_000;
    return board.put({ title }).id;
  });
}

describe('the credential of a request', () => {
  test('is the bare key; without it the query is not even looked at', async () => {
    expect(await ask('{ viewer { id isMe } }')).toMatchObject({
      status: 200,
      body: { data: { viewer: { id: board.viewerId, isMe: true } } },
    });
    for (const wrong of ['', 'lin_api_other', 'Bearer lin_oauth_token']) {
      const { status, body } = await ask('{ nonsense', {}, wrong);
      expect([status, body.errors[0].extensions.type]).toEqual([401, 'authentication error']);
      expect(body.errors[0].extensions.code).toBe('AUTHENTICATION_ERROR');
    }
  });

  test('is refused as a bearer token, with the reason', async () => {
    const { status, body } = await ask('{ viewer { id } }', {}, `Bearer ${fake.apiKey}`);

    expect(status).toBe(400);
    expect(body.errors[0].message).toContain('Remove the Bearer prefix');
  });
});

describe('a query', () => {
  test.each([
    ['a filter that Linear has not', '{ issues(filter: { identifier: { eq: "ENG-1" } }) { nodes { id } } }'],
    ['a field that Linear has not', '{ issue(id: "ENG-1") { links } }'],
    [
      'a wrong variable type',
      'query ($ids: [String!]!) { issues(filter: { id: { in: $ids } }) { nodes { id } } }',
    ],
    ['no GraphQL', '{ issues'],
  ])('with %s is refused by validation', async (_, query) => {
    const { status, body } = await ask(query, { ids: [] });

    expect(status).toBe(400);
    expect(body.errors[0].extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  test('that needs what the fake has not is a failure that says so, also on an empty board', async () => {
    const filter = await ask('{ issues(filter: { state: { position: { gt: 1 } } }) { nodes { id } } }');
    const input = await ask(
      'mutation ($id: String!) { issueUpdate(id: $id, input: { cycleId: "x" }) { success } }',
      {
        id: board.put().id,
      },
    );
    const field = await ask('{ cycles { nodes { id } } }');

    expect([filter.status, input.status, field.status]).toEqual([500, 500, 500]);
    expect(filter.body.errors[0].message).toContain('the filter IssueFilter.state.position');
    expect(input.body.errors[0].message).toContain('the input cycleId');
    expect(field.body.errors[0].message).toContain('Query.cycles');
  });

  test('is remembered with its fields, its variables and what became of it', async () => {
    await ask('query Poll($first: Int) { some: issues(first: $first) { nodes { id } } viewer { id } }', {
      first: 2,
    });
    await ask('{ viewer { id } }', {}, 'wrong');

    expect(fake.requests).toMatchObject([
      { operationName: 'Poll', rootFields: ['issues', 'viewer'], variables: { first: 2 }, status: 200 },
      { operationName: null, rootFields: ['viewer'], status: 401, authorization: 'wrong', atMs: START_MS },
    ]);
    fake.forgetRequests();
    expect(fake.requests).toEqual([]);
  });
});

describe('issues', () => {
  test('come newest first, in pages that continue after a cursor', async () => {
    putAll('one', 'two', 'three', 'four', 'five');

    const first = await page('first: 2');
    const second = await page(`first: 2, after: "${first.endCursor}"`);
    const third = await page(`first: 2, after: "${second.endCursor}"`);

    expect([first.titles, second.titles, third.titles]).toEqual(['five,four', 'three,two', 'one']);
    expect([first.hasNextPage, second.hasNextPage, third.hasNextPage]).toEqual([true, true, false]);
    expect(await page(`last: 2`)).toMatchObject({ titles: 'two,one' });
    expect(await page(`last: 1, before: "${second.endCursor}"`)).toMatchObject({ titles: 'three' });
    expect(await page('first: 250')).toMatchObject({ hasNextPage: false });
  });

  test('keep the place of a cursor whose issue left the filter, and take another order from it when asked', async () => {
    const [one, , three] = putAll('one', 'two', 'three');
    nowMs += 1_000;
    board.setState(three ?? '', 'Done');
    const todo = 'filter: { state: { name: { eq: "Todo" } } }';

    expect(await page(`${todo}, after: "${three}"`)).toMatchObject({ titles: 'two,one' });
    expect(await page('orderBy: updatedAt, first: 1')).toMatchObject({ titles: 'three' });
    board.setState(one ?? '', 'Done');
    expect(await page('orderBy: updatedAt, first: 1')).toMatchObject({ titles: 'one' });
    expect(await page(`orderBy: updatedAt, after: "${one}"`)).toMatchObject({ titles: 'three,two' });
  });

  test.each([0, 251, -1])('are not given %i at a time', async (first) => {
    const { status, body } = await ask(`{ issues(first: ${first}) { nodes { id } } }`);

    expect(status).toBe(200);
    expect(body).toMatchObject({ data: null, errors: [{ extensions: { code: 'INVALID_INPUT' } }] });
    expect(body.errors[0].message).toMatch(/^Argument Validation Error/);
  });

  test('hold 50 of each nested connection unless asked for more, and say that there are more', async () => {
    const labels = Array.from({ length: 51 }, (_, number) => `label ${number}`);
    const blockers = Array.from({ length: 3 }, () => board.put().id);
    const { id } = board.put({ labels, blockedBy: blockers, parent: blockers[0] ?? null });
    const { body } = await ask(
      `query ($id: String!) { issue(id: $id) {
        labels { nodes { name } pageInfo { hasNextPage endCursor } }
        inverseRelations(first: 2) { nodes { type issue { identifier state { name } } } pageInfo { hasNextPage } }
        relations { nodes { id } }
        parent { children { nodes { id } } }
      } }`,
      { id },
    );

    const { issue } = body.data;
    expect([issue.labels.nodes.length, issue.labels.pageInfo.hasNextPage]).toEqual([50, true]);
    expect(issue.inverseRelations.pageInfo.hasNextPage).toBe(true);
    expect(issue.inverseRelations.nodes[0]).toEqual({
      type: 'blocks',
      issue: { identifier: 'ENG-3', state: { name: 'Todo' } },
    });
    expect(issue.relations.nodes).toEqual([]);
    expect(issue.parent.children.nodes).toEqual([{ id }]);
    const rest = await ask(
      `query ($id: String!, $after: String) { issue(id: $id) { labels(after: $after) { nodes { name } } } }`,
      { id, after: issue.labels.pageInfo.endCursor },
    );
    expect(rest.body.data.issue.labels.nodes).toEqual([{ name: 'label 0' }]);
  });

  test('are found by filters as Linear reads them', async () => {
    const ada = board.addUser('Ada').id;
    board.addTeam('OPS');
    const other = board.addProject('Other');
    const one = board.put({ labels: ['Bug', 'ui'], assigneeId: board.viewerId });
    board.put({ state: 'In Progress', assigneeId: ada, labels: ['ui'] });
    board.put({ state: 'Done', projectSlugId: null, blockedBy: ['ENG-1'] });
    nowMs += 600_000;
    board.put({ identifier: 'OPS-7', projectSlugId: other.slugId });
    const cases: [unknown, string[]][] = [
      [{ id: { in: [one.id, 'no such id'] } }, ['ENG-1']],
      [{ id: { eq: one.id } }, ['ENG-1']],
      [{ state: { name: { in: ['Todo', 'done'] } } }, ['OPS-7', 'ENG-1']],
      [{ state: { name: { eq: 'todo' } } }, []],
      [{ state: { name: { eqIgnoreCase: 'DONE' } } }, ['ENG-3']],
      [{ state: { type: { in: ['started', 'completed'] } } }, ['ENG-3', 'ENG-2']],
      [{ project: { slugId: { eq: board.projectSlugId } } }, ['ENG-2', 'ENG-1']],
      [{ project: { slugId: { in: [other.slugId] } } }, ['OPS-7']],
      [{ project: { slugId: { eq: board.projectSlug } } }, []],
      [{ project: { null: true } }, ['ENG-3']],
      [{ team: { key: { in: ['OPS'] } }, number: { in: [7, 1] } }, ['OPS-7']],
      [{ assignee: { isMe: { eq: true } } }, ['ENG-1']],
      [{ assignee: { id: { eq: ada } } }, ['ENG-2']],
      [{ assignee: { null: true } }, ['OPS-7', 'ENG-3']],
      [{ labels: { name: { eq: 'ui' } } }, ['ENG-2', 'ENG-1']],
      [{ labels: { some: { name: { eq: 'Bug' } } } }, ['ENG-1']],
      [{ labels: { name: { eq: 'bug' } } }, []],
      [{ updatedAt: { gt: '-PT2M' } }, ['OPS-7']],
      [{ updatedAt: { lte: new Date(START_MS).toISOString() } }, ['ENG-3', 'ENG-2', 'ENG-1']],
      [{ hasBlockedByRelations: { eq: true } }, ['ENG-3']],
      [
        { or: [{ number: { eq: 2 } }, { and: [{ number: { gt: 2 } }, { project: { null: true } }] }] },
        ['ENG-3', 'ENG-2'],
      ],
    ];

    for (const [filter, identifiers] of cases) {
      expect([filter, await found(filter)]).toEqual([filter, identifiers]);
    }
  });

  test('are left out when archived or trashed unless asked for, and gone when deleted for good', async () => {
    const [kept, archived, trashed, deleted] = putAll('kept', 'archived', 'trashed', 'deleted');
    board.archive(archived ?? '');
    board.trash(trashed ?? '');
    board.delete(deleted ?? '');

    expect(await found({})).toEqual(['ENG-1']);
    expect(await found({ id: { in: [kept, archived, trashed, deleted] } }, 'includeArchived: true')).toEqual([
      'ENG-3',
      'ENG-2',
      'ENG-1',
    ]);
    const query = 'query ($id: String!) { issue(id: $id) { trashed archivedAt } }';
    const archivedAt = new Date(nowMs).toISOString();
    expect((await ask(query, { id: archived })).body.data.issue).toEqual({ trashed: null, archivedAt });
    expect((await ask(query, { id: trashed })).body.data.issue).toEqual({ trashed: true, archivedAt });
    expect((await ask(query, { id: deleted })).body.data).toBeNull();
  });

  test('are found alone by id and by every identifier they had', async () => {
    const { id } = board.put({ identifier: 'ENG-7', state: 'In Review' });
    board.addTeam('OPS', ['Todo', { name: 'Doing', type: 'started' }]);
    expect(board.moveToTeam(id, 'OPS')).toEqual({ id, identifier: 'OPS-1' });
    const query =
      'query ($id: String!) { issue(id: $id) { id identifier previousIdentifiers state { name } } }';

    for (const asked of [id, 'OPS-1', 'ENG-7']) {
      expect((await ask(query, { id: asked })).body.data.issue).toEqual({
        id,
        identifier: 'OPS-1',
        previousIdentifiers: ['ENG-7'],
        state: { name: 'Doing' },
      });
    }
    const missing = await ask(query, { id: 'ENG-99' });
    expect(missing).toMatchObject({
      status: 200,
      body: { data: null, errors: [{ path: ['issue'], extensions: { type: 'invalid input' } }] },
    });
    expect(missing.body.errors[0].message).toMatch(/^Entity not found/);
  });

  test('can be made malformed beyond what the schema allows', async () => {
    const { id } = board.put();
    board.put({ blockedBy: [id] });
    board.corrupt(id, { state: null, title: '', priority: undefined });
    const query =
      '{ issues { nodes { name: title state { name } inverseRelations { nodes { issue { state { name } } } } } } }';

    const { status, body } = await ask(query);

    expect(status).toBe(200);
    expect(body.errors).toBeUndefined();
    expect(body.data.issues.nodes[1]).toMatchObject({ name: '', state: null });
    expect(body.data.issues.nodes[0].inverseRelations.nodes).toEqual([{ issue: { state: null } }]);
    board.heal(id);
    expect((await ask(query)).body.data.issues.nodes[1]).toMatchObject({
      name: 'ENG-1',
      state: { name: 'Todo' },
    });
  });
});

test('a project is found by its slug and tells its teams with their states', async () => {
  board.addTeam('OPS', ['Todo']);
  board.joinProject('OPS');
  const { body } = await ask(
    `query ($slug: String!) { projects(first: 1, filter: { slugId: { eq: $slug } }) { nodes { id name
      teams(first: 20) { nodes { key states(first: 100) { nodes { name type position } } } } } } }`,
    { slug: board.projectSlugId },
  );

  const [project] = body.data.projects.nodes;
  expect(board.projectSlug).toMatch(/^payments-[0-9a-f]{12}$/);
  expect(project).toMatchObject({
    id: board.projectId(),
    name: 'Payments',
    teams: { nodes: [{ key: 'OPS' }, {}] },
  });
  expect(project.teams.nodes[0].states.nodes).toEqual([{ name: 'Todo', type: 'unstarted', position: 0 }]);
  const { body: states } = await ask(
    '{ workflowStates(filter: { team: { key: { eq: "ENG" } }, type: { eq: "started" } }) { nodes { name } } }',
  );
  expect(states.data.workflowStates.nodes).toEqual([{ name: 'In Review' }, { name: 'In Progress' }]);
});

describe('mutations', () => {
  const UPDATE =
    'mutation ($id: String!, $input: IssueUpdateInput!) { issueUpdate(id: $id, input: $input) { success } }';

  test('change an issue, all of an input or nothing', async () => {
    const { id } = board.put({ labels: ['old'] });
    nowMs += 1_000;
    const input = {
      stateId: board.stateId('ENG', 'In Progress'),
      addedLabelIds: [board.labelId('new')],
      priority: 1,
    };

    expect((await ask(UPDATE, { id: 'ENG-1', input })).body.data.issueUpdate.success).toBe(true);
    const after = board.issue(id);
    expect(after).toMatchObject({ state: 'In Progress', labels: ['old', 'new'], priority: 1 });
    expect(Date.parse(after.updatedAt)).toBe(nowMs);

    board.addTeam('OPS');
    for (const [stateId, message] of [
      [board.stateId('OPS', 'Done'), 'Discrepancy between issue team and state'],
      ['Done', 'stateId must be a UUID'],
    ]) {
      const { status, body } = await ask(UPDATE, { id, input: { title: 'Changed', stateId } });
      expect([status, body.errors[0].extensions.type]).toEqual([200, 'invalid input']);
      expect(body.errors[0].message).toContain(message);
    }
    expect(board.issue(id)).toEqual(after);
  });

  test('write comments, and refuse an id that was used before', async () => {
    board.put({ identifier: 'ENG-1' });
    const query =
      'mutation ($input: CommentCreateInput!) { commentCreate(input: $input) { comment { id } } }';
    const input = { id: crypto.randomUUID(), issueId: 'ENG-1', body: 'Hello' };

    expect((await ask(query, { input })).body.data.commentCreate.comment.id).toBe(input.id);
    expect((await ask(query, { input })).body.errors[0].message).toContain('already exists');
    expect(board.comments('ENG-1')).toMatchObject([{ id: input.id, body: 'Hello', userId: board.viewerId }]);

    const { id } = input;
    await ask('mutation ($id: String!) { commentUpdate(id: $id, input: { body: "Bye" }) { success } }', {
      id,
    });
    expect(board.comments('ENG-1')).toMatchObject([{ body: 'Bye', edited: true }]);
    await ask('mutation ($id: String!) { commentDelete(id: $id) { success } }', { id });
    expect(board.comments('ENG-1')).toEqual([]);
  });

  test('attach an address once, relate, archive and create', async () => {
    board.put({ identifier: 'ENG-1' });
    board.put({ identifier: 'ENG-2' });
    const done = async (mutation: string) =>
      expect((await ask(`mutation { ${mutation} }`)).body.errors).toBeUndefined();
    const url = 'https://example.com/pull/1';

    await done(`attachmentLinkURL(issueId: "ENG-1", url: "${url}") { success }`);
    await done(`attachmentCreate(input: { issueId: "ENG-1", url: "${url}", title: "PR 1" }) { success }`);
    await done(
      'issueRelationCreate(input: { issueId: "ENG-2", relatedIssueId: "ENG-1", type: blocks }) { success }',
    );
    await done(`issueCreate(input: { teamId: "${board.teamId('ENG')}", title: "More" }) { issue { id } }`);
    await done('issueArchive(id: "ENG-2") { success }');
    await done('issueDelete(id: "ENG-3") { success }');

    expect(board.issue('ENG-1')).toMatchObject({
      attachments: [{ title: 'PR 1', url }],
      blockedBy: ['ENG-2'],
    });
    expect(board.issue('ENG-2')).toMatchObject({ trashed: false, archivedAt: new Date(nowMs).toISOString() });
    expect(board.issue('ENG-3')).toMatchObject({ title: 'More', state: 'Backlog', trashed: true });
  });
});
