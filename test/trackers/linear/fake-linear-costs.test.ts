import { LinearClient } from '@linear/sdk';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FakeLinear } from '../../helpers/linear/fake-linear.js';
import { sendRaw } from '../../helpers/linear/raw-request.js';

const START_MS = Date.UTC(2026, 10, 20);
const HOUR_MS = 3_600_000;

let nowMs: number;
let fake: FakeLinear;
let board: FakeLinear['board'];

beforeEach(async () => {
  nowMs = START_MS;
  fake = await FakeLinear.start({ now: () => nowMs });
  board = fake.board;
});
afterEach(() => fake.close());

async function ask(query: string) {
  const response = await sendRaw(fake, query);
  const { status, headers } = response;
  return { status, headers, body: JSON.parse(await response.text()) };
}

describe('the price of a query', () => {
  const relations = (first: number) =>
    `inverseRelations(first: ${first}) { nodes { type issue { id identifier state { name } } } }`;
  const fields = (first: number) => `id identifier title description priority state { name } branchName url
    assignee { id } labels { nodes { name } } ${relations(first)} createdAt updatedAt`;

  // Prices that were measured on the live API.
  test.each([
    ['a credential', '{ viewer { id } }', 2],
    [
      'a poll with 50 blockers',
      `{ issues(first: 50) { nodes { ${fields(50)} } pageInfo { hasNextPage endCursor } } }`,
      179,
    ],
    [
      'a larger page of it',
      `{ issues(first: 250) { nodes { ${fields(50)} } pageInfo { hasNextPage endCursor } } }`,
      179,
    ],
    [
      'a poll with 20 blockers',
      `{ issues { nodes { ${fields(20)} } pageInfo { hasNextPage endCursor } } }`,
      77,
    ],
    ['issues by id', `{ issues(filter: { id: { in: [] } }) { nodes { ${fields(50)} } } }`, 178],
    ['one issue', `{ issue(id: "ENG-1") { ${fields(50)} } }`, 177],
  ])('is what was measured for %s', async (_, query, points) => {
    board.put();

    const { headers } = await ask(query);

    expect(headers.get('x-complexity')).toBe(String(points));
  });

  test('has a limit', async () => {
    const { status, body } = await ask(
      `{ team(id: "${board.teamId('ENG')}") { issues(first: 100) { nodes { ${relations(50)} } } } }`,
    );

    expect(status).toBe(400);
    expect(body.errors[0]).toMatchObject({
      message: 'Query too complex',
      extensions: { code: 'INPUT_ERROR' },
    });
    expect(body.errors[0].extensions.userPresentableMessage).toContain('17101');
  });
});

test('the budget is a bucket that leaks back with the time, whatever the reset header says', async () => {
  await fake.close();
  fake = await FakeLinear.start({ now: () => nowMs, requestsPerHour: 2 });
  const request = async () => {
    const { status, headers } = await ask('{ viewer { id } }');
    return [status, headers.get('x-ratelimit-requests-remaining'), headers.get('x-ratelimit-requests-reset')];
  };
  const resetOf = () => String(nowMs + HOUR_MS);

  expect(await request()).toEqual([200, '1', resetOf()]);
  expect(await request()).toEqual([200, '0', resetOf()]);
  expect(await request()).toEqual([400, '0', resetOf()]);
  nowMs += HOUR_MS / 2;
  expect(await request()).toEqual([200, '0', resetOf()]);
  expect(await request()).toEqual([400, '0', resetOf()]);
});

test('the SDK works against it', async () => {
  const { id } = board.put({ labels: ['Bug'] });
  board.put();
  const client = new LinearClient({ apiKey: fake.apiKey, apiUrl: fake.url });

  const issues = await client.issues({ first: 1 });
  await issues.fetchNext();
  await client.updateIssue(id, { stateId: board.stateId('ENG', 'Done') });
  await client.createComment({ issueId: id, body: 'Done.' });
  const issue = await client.issue('ENG-1');
  const team = await issue.team;

  expect((await client.viewer).id).toBe(board.viewerId);
  expect(issues.nodes.map(({ identifier }) => identifier)).toEqual(['ENG-2', 'ENG-1']);
  expect((await issue.state)?.name).toBe('Done');
  expect((await issue.comments()).nodes[0]?.body).toBe('Done.');
  expect((await issue.labels()).nodes.map(({ name }) => name)).toEqual(['Bug']);
  expect((await team?.states())?.nodes).toHaveLength(7);
  expect((await issue.project)?.slugId).toBe(board.projectSlugId);
  await expect(client.issue('ENG-9')).rejects.toMatchObject({ type: 'InvalidInput' });
  fake.faults.next({ kind: 'throttled400' });
  await expect(client.viewer).rejects.toMatchObject({ type: 'Ratelimited' });
});
