import { describe, expect, onTestFinished, test } from 'vitest';
import type { ToolResult } from '../../../../src/ports/tracker.js';
import { HttpLinearClient } from '../../../../src/trackers/linear/graphql-client.js';
import type { ToolAccess } from '../../../../src/trackers/linear/tool/access.js';
import { linearTools } from '../../../../src/trackers/linear/tool/linear-tools.js';
import { anIssue } from '../../../helpers/build.js';
import { FakeLinear } from '../../../helpers/linear/fake-linear.js';
import { VirtualClock } from '../../../helpers/virtual-clock.js';
import { failure } from './recording-linear.js';

// Goal: the tool over HTTP, with the adapter's own client, against Linear's schema and its ways of failing.

const STATE =
  'mutation($id: String!, $state: String!) { issueUpdate(id: $id, input: { stateId: $state }) { success issue { state { name } } } }';

type Call = (args: object, signal?: AbortSignal) => Promise<ToolResult>;

interface Setup {
  readonly linear: FakeLinear;
  readonly call: Call;
  /** Everything the tool has answered. */
  readonly answers: string[];
}

/** ENG-1 is the session's own issue, ENG-2 is in the same project, ENG-3 is in none. */
async function setUp(access: ToolAccess, { apiKey }: { apiKey?: string } = {}): Promise<Setup> {
  const linear = await FakeLinear.start();
  onTestFinished(() => linear.close());
  const own = linear.board.put({ identifier: 'ENG-1' });
  linear.board.put({ identifier: 'ENG-2' });
  linear.board.put({ identifier: 'ENG-3', projectSlugId: null });
  const clock = new VirtualClock();
  const client = new HttpLinearClient({
    endpoint: linear.url,
    apiKey: apiKey ?? linear.apiKey,
    userAgent: 'symphony/test',
    clock,
  });
  const tools = linearTools({
    client,
    access,
    projectSlugs: [linear.board.projectSlug, linear.board.projectSlugId],
    callsPerHour: 240,
    clock,
    reportProblem: ({ message }) => expect.fail(message),
    secretEnvironmentNames: [],
  });
  const context = { issue: anIssue(own), session: 'a' };
  const answers: string[] = [];
  return {
    linear,
    answers,
    async call(args, signal = new AbortController().signal) {
      const result = await tools.execute('linear_graphql', { ...args }, context, signal);
      answers.push(JSON.stringify(result));
      return result;
    },
  };
}

describe('linear_graphql over HTTP', () => {
  test('reads an issue', async () => {
    const { call } = await setUp('read');

    expect(await call({ query: '{ issue(id: "ENG-1") { identifier state { name } } }' })).toEqual({
      success: true,
      output: { data: { issue: { identifier: 'ENG-1', state: { name: 'Todo' } } } },
    });
  });

  test('moves an issue of the project, and leaves one of another alone', async () => {
    const { linear, call } = await setUp('scoped');
    const state = linear.board.stateId('ENG', 'Done');

    const own = await call({ query: STATE, variables: { id: 'ENG-1', state } });
    const neighbour = await call({ query: STATE, variables: { id: 'ENG-2', state } });
    const stranger = await call({ query: STATE, variables: { id: 'ENG-3', state } });
    const nobody = await call({ query: STATE, variables: { id: 'ENG-404', state } });

    expect([own, neighbour]).toMatchObject([{ success: true }, { success: true }]);
    expect([stranger, nobody]).toMatchObject([
      failure('tool_access_refused', 'issue ENG-3'),
      failure('tool_access_refused', 'issue ENG-404'),
    ]);
    expect(['ENG-1', 'ENG-2', 'ENG-3'].map((id) => linear.board.issue(id).state)).toEqual([
      'Done',
      'Done',
      'Todo',
    ]);
    expect(linear.requests.map(({ rootFields }) => rootFields)).toEqual([
      ['issueUpdate'],
      ['issue'],
      ['issueUpdate'],
      ['issue'],
      ['issue'],
    ]);
  });

  test('comments on the own issue and changes only comments of the project', async () => {
    const { linear, call } = await setUp('scoped');
    const query = 'mutation($id: String!) { commentUpdate(id: $id, input: { body: "Changed" }) { success } }';
    const inside = linear.board.comment('ENG-2', 'Before');
    const outside = linear.board.comment('ENG-3', 'Before');

    await call({
      query:
        'mutation($body: String!) { commentCreate(input: { issueId: "ENG-1", body: $body }) { success } }',
      variables: { body: 'Done' },
    });
    await call({ query, variables: { id: inside.id } });
    const refused = await call({ query, variables: { id: outside.id } });

    expect(refused).toMatchObject(failure('tool_access_refused', 'comment'));
    expect(
      ['ENG-1', 'ENG-2', 'ENG-3'].map((id) => linear.board.comments(id).map(({ body }) => body)),
    ).toEqual([['Done'], ['Changed'], ['Before']]);
  });

  test('relates issues and attaches links within the project', async () => {
    const { linear, call } = await setUp('scoped');
    const relate = (other: string) =>
      `mutation { issueRelationCreate(input: { issueId: "ENG-1", relatedIssueId: "${other}", type: blocks }) { issueRelation { id } } }`;
    const attach = (id: string) =>
      `mutation { attachmentLinkURL(issueId: "${id}", url: "https://code.example/1", title: "PR") { attachment { id } } }`;

    const results = [
      await call({ query: relate('ENG-2') }),
      await call({ query: attach('ENG-2') }),
      await call({ query: relate('ENG-3') }),
      await call({ query: attach('ENG-3') }),
    ];

    expect(results.map(({ success }) => success)).toEqual([true, true, false, false]);
    expect(linear.requests.flatMap(({ rootFields }) => rootFields)).toEqual([
      ...['issue', 'issueRelationCreate', 'attachmentLinkURL'],
      ...['issue', 'issue'],
    ]);
  });

  test("keeps all of what Linear's GraphQL has to say", async () => {
    const { call } = await setUp('full');

    const missing = await call({ query: '{ issue(id: "ENG-404") { id } }' });
    const invalid = await call({ query: '{ issue(id: "ENG-1") { links } }' });

    expect(missing).toMatchObject({
      success: false,
      output: { data: null, errors: [{ message: expect.stringContaining('Entity not found') }] },
    });
    expect(invalid).toMatchObject({
      success: false,
      output: { errors: [{ message: expect.stringContaining('links') }] },
    });
  });

  test.each(['throttled400', 'throttled200', 'throttled429'] as const)(
    'tells the agent how long to wait when Linear throttles (%s)',
    async (kind) => {
      const { linear, call } = await setUp('full');
      linear.faults.next({ kind });

      const result = await call({ query: '{ viewer { id } }' });

      expect(result).toMatchObject(failure('tracker_rate_limited', 'wait', 'before you call again'));
      expect(result).toMatchObject({ output: { error: { retry_after_ms: expect.any(Number) } } });
    },
  );

  test.each([
    ['a server in trouble', 'serverError500', 'tracker_status'],
    ['a page instead of an answer', 'unavailable503Html', 'tracker_status'],
    ['a cut connection', 'cutsConnection', 'tracker_request'],
  ] as const)('sends a mutation once and says that it may have happened: %s', async (_name, kind, code) => {
    const { linear, call } = await setUp('full');
    linear.faults.next({ kind });
    const variables = { id: 'ENG-1', state: linear.board.stateId('ENG', 'Done') };

    const result = await call({ query: STATE, variables });

    expect(result).toMatchObject(failure(code, 'may have been carried out'));
    expect(linear.requests).toHaveLength(1);
  });

  test('shows the key in no answer, whatever happens', async () => {
    const { linear, call, answers } = await setUp('full', { apiKey: 'lin_api_wrongWRONGwrong' });
    await call({ query: '{ viewer { id } }' });
    const other = await setUp('full');
    for (const kind of ['forbidden403', 'wrongShape', 'emptyBody', 'notJson200', 'cutsBody'] as const) {
      other.linear.faults.next({ kind });
      await other.call({ query: '{ viewer { id } }' });
    }

    expect(answers).toEqual([expect.stringContaining('tracker_status')]);
    expect(other.answers).toHaveLength(5);
    const told = [...answers, ...other.answers].join('\n');
    expect(told).not.toContain('lin_api_wrong');
    expect(told).not.toContain(linear.apiKey);
  });

  test('ends a call with its session', async () => {
    const { linear, call } = await setUp('full');
    const controller = new AbortController();
    linear.faults.next({ kind: 'hangs' });

    const result = call({ query: '{ viewer { id } }' }, controller.signal);
    await expect.poll(() => linear.requests.length).toBe(1);
    controller.abort();

    expect(await result).toMatchObject(failure('aborted'));
  });
});
