import { describe, expect, test } from 'vitest';
import { failure, OWN, ToolUnderTest, uuid } from './recording-linear.js';

const STATE =
  'mutation($id: String!, $stateId: String!) { issueUpdate(id: $id, input: { stateId: $stateId }) { success } }';
const COMMENT = 'mutation($input: CommentCreateInput!) { commentCreate(input: $input) { comment { id } } }';

function toState(id: string) {
  return { query: STATE, variables: { id, stateId: 's' } };
}

describe('a mutation in scoped access', () => {
  test.each([
    ['by its id', OWN.id],
    ['by its id in capitals', OWN.id.toUpperCase()],
    ['by its identifier', 'ENG-1'],
    ['by its identifier in small letters', 'eng-1'],
  ])("changes the session's own issue %s without asking where it is", async (_name, id) => {
    const tool = new ToolUnderTest('scoped');

    expect(await tool.call(toState(id))).toMatchObject({ success: true });
    expect([tool.linear.sent.length, tool.linear.lookUps.length]).toEqual([1, 0]);
  });

  test.each([
    ['by its id', uuid('issue', 2)],
    ['by its identifier', 'ENG-2'],
  ])('changes another issue of the project %s, which is looked up once', async (_name, id) => {
    const tool = new ToolUnderTest('scoped');

    expect(await tool.call(toState(id))).toMatchObject({ success: true });
    expect(await tool.call(toState(id))).toMatchObject({ success: true });
    expect(await tool.call(toState(uuid('issue', 2)))).toMatchObject({ success: true });
    expect(tool.linear.lookUps).toHaveLength(1);
    expect(tool.linear.sent).toHaveLength(3);
  });

  test('is looked up again by another session', async () => {
    const tool = new ToolUnderTest('scoped');

    await tool.call(toState('ENG-2'), { session: 'one' });
    await tool.call(toState('ENG-2'), { session: 'two' });

    expect(tool.linear.lookUps).toHaveLength(2);
  });

  test.each([
    ['in another project', 'ENG-8'],
    ['in another project, by id', uuid('issue', 8)],
    ['in no project', 'ENG-9'],
    ['that does not exist', 'ENG-404'],
  ])('is refused for an issue %s', async (_name, id) => {
    const tool = new ToolUnderTest('scoped');

    expect(await tool.call(toState(id))).toMatchObject(
      failure('tool_access_refused', `issue ${id}`, 'tracker.provider.tool_access scoped', 'belong'),
    );
    expect([tool.linear.sent.length, tool.linear.lookUps.length]).toEqual([0, 1]);
  });

  test.each(['', 'payments', 'ENG-1/..', ' ENG-1', 'https://linear.app/acme/issue/ENG-1'])(
    'is refused for %j, which is no id, and asks nothing',
    async (id) => {
      const tool = new ToolUnderTest('scoped');

      expect(await tool.call(toState(id))).toMatchObject(failure('tool_access_refused', 'UUID', 'ENG-12'));
      expect(tool.requests).toBe(0);
    },
  );

  test('sends nothing when one of several is not of the project, and asks for all of them at once', async () => {
    const tool = new ToolUnderTest('scoped');
    const many = (other: string) => `mutation {
      one: issueUpdate(id: "ENG-1", input: { stateId: "s" }) { success }
      two: issueAddLabel(id: "ENG-2", labelId: "l") { success }
      three: commentUpdate(id: "${uuid('comment', 3)}", input: { body: "b" }) { success }
      four: attachmentUpdate(id: "${uuid('attachment', 2)}", input: { title: "t" }) { success }
      five: issueRelationUpdate(id: "${uuid('relation', 23)}", input: { type: "blocks" }) { success }
      six: issueRemoveLabel(id: "${other}", labelId: "l") { success }
    }`;

    expect(await tool.call(many('ENG-8'))).toMatchObject(failure('tool_access_refused', 'ENG-8'));
    expect([tool.linear.sent.length, tool.linear.lookUps.length]).toEqual([0, 1]);
    expect(await tool.call(many(uuid('issue', 3)))).toMatchObject({ success: true });
    expect([tool.linear.sent.length, tool.linear.lookUps.length]).toEqual([1, 2]);
  });

  test('is not sent when one that is not allowed comes with it', async () => {
    const tool = new ToolUnderTest('scoped');
    const query = `mutation { issueAddLabel(id: "ENG-1", labelId: "l") { success } issueArchive(id: "ENG-1") { success } }`;

    expect(await tool.call(query)).toMatchObject(failure('tool_access_refused', 'issueArchive'));
    expect(tool.requests).toBe(0);
  });

  test.each([
    [
      'a comment on the own issue',
      COMMENT,
      { input: { issueId: 'ENG-1', body: 'Done', id: uuid('comment', 77) } },
    ],
    ['a comment in a thread', COMMENT, { input: { parentId: uuid('comment', 2), body: 'Yes' } }],
    [
      'a relation within the project',
      'mutation($a: String!) { issueRelationCreate(input: { issueId: $a, relatedIssueId: "ENG-3", type: blocks }) { success } }',
      { a: 'ENG-2' },
    ],
    [
      'labels, people and state at once',
      'mutation($i: IssueUpdateInput!) { issueUpdate(id: "ENG-1", input: $i) { issue { state { name } } } }',
      {
        i: { stateId: 's', addedLabelIds: ['a'], removedLabelIds: ['b'], assigneeId: null, delegateId: 'u' },
      },
    ],
    [
      'an attachment',
      'mutation($i: AttachmentCreateInput!) { attachmentCreate(input: $i) { attachment { id } } }',
      { i: { issueId: 'ENG-2', title: 'PR', url: 'https://code.example/1', metadata: { a: 1 } } },
    ],
    [
      'a pull request',
      'mutation { attachmentLinkGitHubPR(issueId: "ENG-1", url: "https://code.example/1", linkKind: links) { success } }',
      {},
    ],
    [
      'a link',
      'mutation { attachmentLinkURL(issueId: "ENG-1", url: "https://code.example/1", title: "x") { success } }',
      {},
    ],
  ])('adds %s', async (_name, query, variables) => {
    const tool = new ToolUnderTest('scoped');

    expect(await tool.call({ query, variables })).toMatchObject({ success: true });
    expect(tool.linear.sent).toMatchObject([{ variables }]);
  });

  test.each([
    ['the thread is on an issue elsewhere', COMMENT, { input: { parentId: uuid('comment', 8) } }, 'comment'],
    [
      'the thread is elsewhere',
      COMMENT,
      { input: { issueId: 'ENG-1', parentId: uuid('comment', 8) } },
      'comment',
    ],
    ['the comment goes to a project', COMMENT, { input: { projectId: 'p', body: 'b' } }, 'input.projectId'],
    [
      'the comment also goes to a project',
      COMMENT,
      { input: { issueId: 'ENG-1', projectId: 'p' } },
      'projectId',
    ],
    ['the comment goes nowhere', COMMENT, { input: { body: 'b' } }, 'input.issueId or input.parentId'],
    ['the target is null', COMMENT, { input: { issueId: null, body: 'b' } }, 'without a target'],
    ['the input is missing', COMMENT, {}, 'without a target'],
    ['the input is null', COMMENT, { input: null }, 'without a target'],
    ['the input is a list', COMMENT, { input: [{ issueId: 'ENG-1' }] }, 'an object'],
    ['the target is a list', COMMENT, { input: { issueId: ['ENG-1'] } }, 'a string'],
    ['the target is a number', 'mutation { issueAddLabel(id: 1, labelId: "l") { success } }', {}, 'a string'],
    [
      'the text of the issue changes',
      'mutation { issueUpdate(id: "ENG-1", input: { title: "x" }) { success } }',
      {},
      'input.title',
    ],
    [
      'the issue leaves the project, by a variable',
      'mutation($p: String) { issueUpdate(id: "ENG-1", input: { stateId: "s", projectId: $p }) { success } }',
      { p: 'p' },
      'input.projectId',
    ],
    [
      'the issue leaves the project, by a default',
      'mutation($i: IssueUpdateInput! = { projectId: "p" }) { issueUpdate(id: "ENG-1", input: $i) { success } }',
      {},
      'input.projectId',
    ],
    [
      'the relation is with an issue elsewhere',
      'mutation { issueRelationCreate(input: { issueId: "ENG-1", relatedIssueId: "ENG-8", type: blocks }) { success } }',
      {},
      'issue ENG-8',
    ],
    [
      'the relation has an end elsewhere',
      `mutation { issueRelationUpdate(id: "${uuid('relation', 28)}", input: { type: "blocks" }) { success } }`,
      {},
      'relation',
    ],
    [
      'the relation gets an end elsewhere',
      `mutation { issueRelationUpdate(id: "${uuid('relation', 23)}", input: { relatedIssueId: "ENG-8" }) { success } }`,
      {},
      'issue ENG-8',
    ],
    [
      'the attachment is elsewhere',
      `mutation { attachmentUpdate(id: "${uuid('attachment', 8)}", input: { title: "x" }) { success } }`,
      {},
      'attachment',
    ],
    [
      'the comment is elsewhere',
      `mutation { commentUpdate(id: "${uuid('comment', 9)}", input: { body: "x" }) { success } }`,
      {},
      'comment',
    ],
    [
      'the comment is named by something else',
      'mutation { commentUpdate(id: "ENG-1", input: { body: "x" }) { success } }',
      {},
      'a UUID',
    ],
    [
      'the answer shows a credential',
      'mutation { issueUpdate(id: "ENG-1", input: { stateId: "s" }) { issue { team { webhooks { nodes { secret } } } } } }',
      {},
      'field webhooks',
    ],
  ])('is refused when %s', async (_name, query, variables, says) => {
    const tool = new ToolUnderTest('scoped');

    expect(await tool.call({ query, variables })).toMatchObject(failure('tool_access_refused', says));
    expect(tool.linear.sent).toEqual([]);
  });

  test('is not sent when the relation it changes is not visible', async () => {
    const tool = new ToolUnderTest('scoped');
    const query = `mutation { issueRelationUpdate(id: "${uuid('relation', 99)}", input: { type: "blocks" }) { success } }`;

    expect(await tool.call(query)).toMatchObject(
      failure('tool_access_refused', 'relation', 'Entity not found'),
    );
    expect(tool.linear.sent).toEqual([]);
  });

  test('is not sent when the look-up tells something else', async () => {
    const tool = new ToolUnderTest('scoped');
    tool.linear.read = async () => ({ target0: { id: uuid('issue', 2) } });

    expect(await tool.call(toState('ENG-2'))).toMatchObject(
      failure('tool_access_refused', 'which issue issue ENG-2 is on'),
    );
    expect(tool.linear.sent).toEqual([]);
  });

  test('changes up to fifty things', async () => {
    const tool = new ToolUnderTest('scoped');
    const labels = (count: number) =>
      Array.from(
        { length: count },
        (_, n) => `a${n}: issueAddLabel(id: "OPS-${n}", labelId: "l") { success }`,
      );

    const refused = await tool.call(`mutation { ${labels(51).join(' ')} }`);
    expect([refused, tool.requests]).toMatchObject([failure('tool_access_refused', '51', 'up to 50'), 0]);
    await tool.call(`mutation { ${labels(50).join(' ')} }`);
    expect(tool.linear.lookUps).toHaveLength(1);
  });
});
