import { describe, expect, test } from 'vitest';
import { SymphonyError } from '../../../../src/domain/error.js';
import { failure, OWN, ToolUnderTest } from './recording-linear.js';

const VIEWER = 'query { viewer { id } }';
const ISSUE = 'query($id: String!) { issue(id: $id) { title } }';

describe('linear_graphql', () => {
  test('is told to the agent with its name, what it may do, an example and a schema', () => {
    const specs = (['full', 'scoped', 'read'] as const).map(
      (access) => new ToolUnderTest(access).tools.specs,
    );

    expect(specs.map(([spec]) => spec?.name)).toEqual(['linear_graphql', 'linear_graphql', 'linear_graphql']);
    expect(specs.map(([spec]) => spec?.description)).toEqual([
      expect.stringContaining('administration'),
      expect.stringContaining('commentCreate'),
      expect.stringContaining('mutations are not'),
    ]);
    expect(specs[0]?.[0]?.description).toContain('"variables": {"id": "ENG-12"}');
    expect(specs[0]?.[0]?.inputSchema).toMatchObject({
      type: 'object',
      required: ['query'],
      properties: { query: { type: 'string' }, variables: { type: ['object', 'null'] } },
    });
  });

  test('names the environment variables that agents must not inherit', () => {
    expect(new ToolUnderTest().tools.secretEnvironmentNames).toEqual(['LINEAR_API_KEY']);
  });

  test('answers another tool name with a failure that names the tool there is', async () => {
    const tool = new ToolUnderTest();

    const result = await tool.tools.execute(
      'linear_rest',
      {},
      { issue: OWN, session: 's' },
      new AbortController().signal,
    );

    expect(result).toMatchObject(failure('unsupported_tool', 'linear_rest', 'linear_graphql'));
    expect(result).toMatchObject({ output: { error: { supportedTools: ['linear_graphql'] } } });
  });
});

describe('the arguments', () => {
  test.each([
    ['an object', { query: ISSUE, variables: { id: 'ENG-2' } }],
    ['an object with blanks around the query', { query: `\n  ${ISSUE} \n`, variables: { id: 'ENG-2' } }],
    ['variables as JSON text', { query: ISSUE, variables: '{"id": "ENG-2"}' }],
    ['an object as JSON text', JSON.stringify({ query: ISSUE, variables: { id: 'ENG-2' } })],
    ['null for what is left out', { query: ISSUE, variables: { id: 'ENG-2' }, operationName: null }],
  ])('may be %s', async (_name, args) => {
    const tool = new ToolUnderTest();

    expect(await tool.call(args)).toEqual({ success: true, output: { data: { ok: true } } });
    expect(tool.linear.sent).toEqual([
      {
        document: 'query ($id: String!) {\n  issue(id: $id) {\n    title\n  }\n}',
        variables: { id: 'ENG-2' },
      },
    ]);
  });

  test.each([
    ['a bare query', VIEWER],
    ['a query in short form', '{ viewer { id } }'],
    ['a query without variables', { query: VIEWER }],
    ['null for the variables', { query: VIEWER, variables: null }],
    ['blank text for the variables', { query: VIEWER, variables: ' ' }],
    ['the text null for the variables', { query: VIEWER, variables: 'null' }],
  ])('may be %s', async (_name, args) => {
    const tool = new ToolUnderTest();

    expect(await tool.call(args)).toMatchObject({ success: true });
    expect(tool.linear.sent).toEqual([{ document: expect.stringContaining('viewer'), variables: {} }]);
  });

  test.each([
    ['nothing', null, 'invalid_arguments', '"query"'],
    ['a number', 7, 'invalid_arguments', '"query"'],
    ['a list', [VIEWER], 'invalid_arguments', '"query"'],
    ['no query', { variables: {} }, 'invalid_arguments', 'query'],
    ['a blank query', { query: ' \n' }, 'invalid_arguments', 'query is blank'],
    ['a blank text', '  ', 'invalid_arguments', 'query is blank'],
    ['a query that is no text', { query: { a: 1 } }, 'invalid_arguments', 'query'],
    ['a list of variables', { query: VIEWER, variables: [1] }, 'invalid_arguments', 'variables is no object'],
    [
      'variables as other text',
      { query: VIEWER, variables: 'id=1' },
      'invalid_arguments',
      'variables is no object',
    ],
    ['a misspelt key', { query: VIEWER, variable: {} }, 'invalid_arguments', 'variable'],
    ['too long a query', `{ viewer { id } } # ${'x'.repeat(100_000)}`, 'invalid_arguments', '100 kB'],
    [
      'too much in variables',
      { query: VIEWER, variables: { a: 'x'.repeat(200_000) } },
      'invalid_arguments',
      '200 kB',
    ],
    ['no GraphQL', 'query { viewer { id }', 'graphql_syntax_error', 'line 1, column 22'],
    ['too many words', `{ ${'a '.repeat(30_000)} }`, 'graphql_syntax_error', 'tokens'],
    [
      'a document nested without end',
      `${'{a'.repeat(9_000)}${'}'.repeat(9_000)}`,
      'invalid_arguments',
      'nested',
    ],
    ['types', 'type A { b: Int }', 'invalid_document', 'defines types'],
    ['fragments alone', 'fragment A on Query { viewer { id } }', 'invalid_document', 'no operation'],
    ['an unknown fragment', '{ ...A }', 'invalid_document', 'no fragment A'],
    [
      'a fragment twice',
      `{ ...A } ${'fragment A on Query { viewer { id } } '.repeat(2)}`,
      'invalid_document',
      'twice',
    ],
    ['an argument twice', '{ issue(id: "ENG-1", id: "ENG-2") { id } }', 'invalid_document', 'twice'],
    ['a variable twice', 'query($a: Int, $a: Int) { viewer { id } }', 'invalid_document', 'twice'],
    ['a subscription', 'subscription { issueCreated { id } }', 'invalid_document', 'subscriptions'],
  ])('refused with the mend are %s', async (_name, args, code, says) => {
    const tool = new ToolUnderTest();

    expect(await tool.call(args)).toMatchObject(failure(code, says));
    expect([tool.requests, tool.problems]).toEqual([0, []]);
  });

  test('that do not parse are refused with line and column', async () => {
    const result = await new ToolUnderTest().call('query {\n  viewer { id )\n}');

    expect(result).toMatchObject({
      output: { error: { code: 'graphql_syntax_error', line: 2, column: 15 } },
    });
  });

  test('nested without end are refused, also in variables', async () => {
    const tool = new ToolUnderTest();

    const result = await tool.call({
      query: VIEWER,
      variables: JSON.parse(`{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`),
    });

    expect(result).toMatchObject(failure('invalid_arguments', 'nested'));
    expect([tool.requests, tool.problems]).toEqual([0, []]);
  });
});

describe('a document with several operations', () => {
  const DOCUMENT = `
    query Me { viewer { ...Who } }
    query Team($id: String!) { team(id: $id) { name ...Size } }
    fragment Who on User { id }
    fragment Size on Team { members { nodes { ...Who } } }
    fragment Unused on Issue { id }`;

  test('needs the name of the one to run', async () => {
    const tool = new ToolUnderTest();

    expect(await tool.call(DOCUMENT)).toMatchObject(
      failure('operation_name_needed', 'operationName', 'Me, Team'),
    );
    expect(await tool.call({ query: DOCUMENT, operationName: 'Other' })).toMatchObject(
      failure('operation_name_needed', '"Other"', 'Me, Team'),
    );
    expect(tool.requests).toBe(0);
  });

  test('sends the named one with the fragments it uses and nothing else', async () => {
    const tool = new ToolUnderTest();

    await tool.call({ query: DOCUMENT, operationName: 'Team', variables: { id: 'x' } });

    const document = tool.linear.sent[0]?.document;
    expect(document?.match(/(query|fragment) \w+/g)).toEqual(['query Team', 'fragment Size', 'fragment Who']);
  });

  test('is judged by the named one alone', async () => {
    const tool = new ToolUnderTest('read');
    const query = 'query Me { viewer { id } } mutation Gone { issueDelete(id: "ENG-1") { success } }';

    expect(await tool.call({ query, operationName: 'Me' })).toMatchObject({ success: true });
    expect(await tool.call({ query, operationName: 'Gone' })).toMatchObject(failure('tool_access_refused'));
    expect(tool.linear.sent.map(({ document }) => document)).toEqual([
      'query Me {\n  viewer {\n    id\n  }\n}',
    ]);
  });
});

describe('the answer', () => {
  test('with errors is a failure that keeps all of it', async () => {
    const tool = new ToolUnderTest();
    const errors = [{ message: 'Entity not found', path: ['issue'], extensions: { type: 'invalid input' } }];
    tool.linear.answer = () => ({ data: { viewer: null }, errors });

    expect(await tool.call(VIEWER)).toEqual({ success: false, output: { data: { viewer: null }, errors } });
  });

  test('that is too long is a failure that says to select less', async () => {
    const tool = new ToolUnderTest();
    tool.linear.answer = () => ({ data: { text: 'x'.repeat(200_000) }, errors: [] });

    const query = await tool.call(VIEWER);
    const mutation = await tool.call('mutation { issueArchive(id: "ENG-1") { success } }');

    expect(query).toMatchObject(failure('answer_too_large', '201 kB', 'select fewer fields'));
    expect(mutation).toMatchObject(failure('answer_too_large', 'was carried out; do not repeat'));
    expect(JSON.stringify([query, mutation]).length).toBeLessThan(1000);
  });

  test('that is too long and has errors still says what they are', async () => {
    const tool = new ToolUnderTest();
    tool.linear.answer = () => ({ data: { text: 'x'.repeat(200_000) }, errors: [{ message: 'No' }] });

    expect(await tool.call(VIEWER)).toMatchObject({
      success: false,
      output: { error: { code: 'answer_too_large', errors: [{ message: 'No' }] } },
    });
  });

  test('without data and without an error is a failure', async () => {
    const tool = new ToolUnderTest();
    tool.linear.answer = () => ({ data: null, errors: [] });

    expect(await tool.call(VIEWER)).toMatchObject(failure('tracker_response', 'without data'));
  });

  test('of a throttled Linear says how long to wait', async () => {
    const tool = new ToolUnderTest();
    tool.linear.answer = () => {
      throw new SymphonyError('tracker_rate_limited', 'Linear throttles us', { retryAfterMs: 11_500 });
    };

    const result = await tool.call('mutation { issueArchive(id: "ENG-1") { success } }');

    expect(result).toMatchObject(failure('tracker_rate_limited', 'wait 12 s before you call again'));
    expect(result).toMatchObject({ output: { error: { retry_after_ms: 11_500 } } });
    expect(result).not.toMatchObject(failure('tracker_rate_limited', 'may have been carried out'));
  });

  test('that never came is a failure, and a mutation may have happened', async () => {
    const tool = new ToolUnderTest();
    tool.linear.answer = () => {
      throw new SymphonyError('tracker_timeout', 'Linear did not answer within 30 s');
    };

    const query = await tool.call(VIEWER);
    const mutation = await tool.call('mutation { issueArchive(id: "ENG-1") { success } }');

    expect(query).toEqual({
      success: false,
      output: { error: { code: 'tracker_timeout', message: 'Linear did not answer within 30 s' } },
    });
    expect(mutation).toMatchObject(failure('tracker_timeout', 'may have been carried out', 'read before'));
  });

  test('ends with the session', async () => {
    const tool = new ToolUnderTest();
    const controller = new AbortController();
    controller.abort(new Error('stopped'));

    expect(await tool.call(VIEWER, { signal: controller.signal })).toMatchObject(failure('aborted'));
    expect(tool.problems).toEqual([]);
  });

  test('that nobody expected is told to the agent and to the operator', async () => {
    const tool = new ToolUnderTest();
    tool.linear.answer = () => {
      throw new TypeError('fell over');
    };

    expect(await tool.call(VIEWER)).toMatchObject(failure('tracker_request', 'fell over'));
    expect(tool.problems).toEqual(['tracker_request: linear_graphql could not be carried out: fell over']);
  });
});
