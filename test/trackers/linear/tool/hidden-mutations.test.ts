import { describe, expect, test } from 'vitest';
import { SCOPED_MUTATIONS } from '../../../../src/trackers/linear/tool/scoped-mutations.js';
import { linearSchema } from '../../../helpers/linear/schema.js';
import fc from '../../../helpers/properties.js';
import { failure, ToolUnderTest } from './recording-linear.js';

// Goal: there is no way to write a document so that scoped access lets something through that it should not.

const mutations = Object.keys(linearSchema().getMutationType()?.getFields() ?? {});
const refusedName = fc.constantFrom(...mutations.filter((name) => !SCOPED_MUTATIONS.has(name)));

const alias = fc.constantFrom('', 'issueAddLabel: ', 'commentCreate: ', '__typename: ', 'ok: ');
const directive = fc.constantFrom(
  '',
  ' @skip(if: true)',
  ' @include(if: $no)',
  ' @skip(if: $no) @include(if: false)',
);
const decoy = fc.constantFrom(
  '',
  '__typename',
  'issueAddLabel(id: "ENG-1", labelId: "l") { success }',
  '...Loop',
);
const wrapper = fc.record({
  form: fc.constantFrom('inline', 'typed', 'named'),
  directive,
  before: decoy,
  after: decoy,
});

type Wrapper = typeof wrapper extends fc.Arbitrary<infer Value> ? Value : never;

/** A document in which the field is only reached through all of the wrappers. */
function documentAround(field: string, wrappers: readonly Wrapper[]): string {
  const fragments: string[] = ['fragment Loop on Mutation { __typename ...Loop }'];
  const selection = wrappers.reduce((inner, { form, directive: given, before, after }) => {
    const body = `{ ${before} ${inner} ${after} }`;
    if (form === 'inline') return `...${given} ${body}`;
    if (form === 'typed') return `... on Mutation${given} ${body}`;
    const name = `F${fragments.length}`;
    fragments.push(`fragment ${name} on Mutation ${body}`);
    return `...${name}${given}`;
  }, field);
  return `mutation M($no: Boolean = false) { ${selection} ...Loop } ${fragments.join(' ')} query Q { viewer { id } }`;
}

describe('a mutation that scoped access refuses', () => {
  test('is found behind any fragments, aliases and directives', async () => {
    await fc.assert(
      fc.asyncProperty(
        refusedName,
        alias,
        directive,
        fc.array(wrapper, { maxLength: 6 }),
        async (name, as, given, wrappers) => {
          const tool = new ToolUnderTest('scoped');
          const query = documentAround(`${as}${name}${given} { success }`, wrappers);

          const result = await tool.call({ query, operationName: 'M' });

          expect(result).toMatchObject(failure('tool_access_refused', `mutation ${name} `));
          expect(tool.requests).toBe(0);
        },
      ),
      { numRuns: 300 },
    );
  });
});

/** The ways to hand `ENG-8`, which is in another project, to a mutation of an issue. */
const ways = fc.constantFrom<{
  readonly declared: string;
  readonly value: string;
  readonly variables: object;
}>(
  { declared: '', value: '"ENG-8"', variables: {} },
  { declared: '', value: '"""\n  ENG-8\n"""', variables: {} },
  { declared: '', value: '"\\u0045NG-8"', variables: {} },
  { declared: '$id: String!', value: '$id', variables: { id: 'ENG-8' } },
  { declared: '$id: String = "ENG-8"', value: '$id', variables: {} },
  { declared: '$id: String = "ENG-1"', value: '$id', variables: { id: 'ENG-8' } },
);

/** What is done to the issue: as an argument of its own, or in an input that is written out or a variable as a whole. */
const uses = fc.constantFrom<(id: string) => string>(
  (id) => `issueAddLabel(id: ${id}, labelId: "l") { success }`,
  (id) => `issueUpdate(id: ${id}, input: { stateId: "s" }) { success }`,
  (id) => `commentCreate(input: { issueId: ${id}, body: "b" }) { success }`,
  (id) => `attachmentLinkURL(issueId: ${id}, url: "https://code.example") { success }`,
  (id) => `issueRelationCreate(input: { issueId: "ENG-1", relatedIssueId: ${id}, type: blocks }) { success }`,
  (id) => `issueRelationCreate(input: { issueId: ${id}, relatedIssueId: "ENG-1", type: blocks }) { success }`,
);

describe('an issue of another project', () => {
  test('is found however it is named', async () => {
    await fc.assert(
      fc.asyncProperty(ways, uses, fc.array(wrapper, { maxLength: 3 }), async (way, use, wrappers) => {
        const tool = new ToolUnderTest('scoped');
        const declared = ['$no: Boolean = false', way.declared].join(' ');
        const query = documentAround(use(way.value), wrappers).replace('$no: Boolean = false', declared);

        const result = await tool.call({ query, operationName: 'M', variables: { ...way.variables } });

        expect(result).toMatchObject(failure('tool_access_refused', 'issue ENG-8'));
        expect(tool.linear.sent).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  test.each([
    [
      'a variable',
      'mutation($i: CommentCreateInput!) { commentCreate(input: $i) { success } }',
      { i: { issueId: 'ENG-8' } },
    ],
    [
      'the default of a variable',
      'mutation($i: CommentCreateInput! = { issueId: "ENG-8" }) { commentCreate(input: $i) { success } }',
      {},
    ],
  ])('is found in an input that is %s as a whole', async (_name, query, variables) => {
    const tool = new ToolUnderTest('scoped');

    expect(await tool.call({ query, variables })).toMatchObject(
      failure('tool_access_refused', 'issue ENG-8'),
    );
    expect(tool.linear.sent).toEqual([]);
  });
});
