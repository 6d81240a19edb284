import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ASTNode,
  assertEnumType,
  assertInputObjectType,
  assertInterfaceType,
  assertObjectType,
  assertUnionType,
  buildSchema,
  type DocumentNode,
  type GraphQLNamedType,
  getOperationAST,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  Kind,
  NoUnusedFragmentsRule,
  OverlappingFieldsCanBeMergedRule,
  parse,
  print,
  specifiedRules,
  TypeInfo,
  validate,
  validateSchema,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { describe, expect, onTestFinished, test } from 'vitest';
import { declarationsIn, linearSchema, linearSdl, SDK_DIST } from '../../helpers/linear/schema.js';
import { readDeclarations } from '../../helpers/linear/schema-declarations.js';

const schema = linearSchema();

function problems(query: string): string[] {
  return validate(schema, parse(query)).map(({ message }) => message);
}

function fieldType(type: string, field: string): string {
  return String(assertObjectType(schema.getType(type)).getFields()[field]?.type);
}

function inputType(type: string, field: string): string {
  return String(assertInputObjectType(schema.getType(type)).getFields()[field]?.type);
}

function argumentsOf(type: string, field: string): Record<string, string> {
  const found = assertObjectType(schema.getType(type)).getFields()[field]?.args ?? [];
  return Object.fromEntries(found.map((argument) => [argument.name, String(argument.type)]));
}

/** Its fields, their arguments, its values. */
function membersOf(type: GraphQLNamedType): unknown[] {
  if (isEnumType(type)) return [...type.getValues()];
  if (isInputObjectType(type)) return Object.values(type.getFields());
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => [field, ...field.args]);
}

/** Where a variable is given for an argument: its type as the document declares it, and the argument's own. */
function variablesGiven(document: DocumentNode): { argument: string; declared: string; expected: string }[] {
  const operation = getOperationAST(document);
  const variables = new Map(
    operation?.variableDefinitions?.map(({ variable, type }) => [variable.name.value, print(type)]),
  );
  const given: ReturnType<typeof variablesGiven> = [];
  const types = new TypeInfo(schema);
  const enter = (node: ASTNode): void => {
    if (node.kind !== Kind.ARGUMENT || node.value.kind !== Kind.VARIABLE) return;
    const declared = variables.get(node.value.name.value) ?? 'none';
    given.push({ argument: node.name.value, declared, expected: String(types.getArgument()?.type) });
  };
  visit(document, visitWithTypeInfo(types, { enter }));
  return given;
}

describe('the rebuilt schema', () => {
  test('is valid, also as text', () => {
    expect(validateSchema(schema)).toEqual([]);
    expect(() => buildSchema(linearSdl())).not.toThrow();
  });

  test('is built once', () => {
    expect(linearSchema()).toBe(schema);
  });

  test('is as large as Linear is: 1,300 types, 14,000 facts in version 98', () => {
    const types = Object.values(schema.getTypeMap()).filter(({ name }) => !name.startsWith('__'));
    const members = types.flatMap(membersOf);

    expect(types.length).toBeGreaterThan(1_250);
    expect(members.length).toBeGreaterThan(12_000);
  });

  test('gives all arguments to their fields: none is left over as an input', () => {
    expect(linearSdl().match(/^input \w+Args\b/gm)).toBeNull();
  });

  test('keeps nullable and non-null apart, in lists as well', () => {
    expect(fieldType('Issue', 'title')).toBe('String!');
    expect(fieldType('Issue', 'state')).toBe('WorkflowState!');
    expect(fieldType('Issue', 'description')).toBe('String');
    expect(fieldType('Issue', 'assignee')).toBe('User');
    expect(fieldType('Issue', 'previousIdentifiers')).toBe('[String!]!');
    expect(fieldType('Query', 'issue')).toBe('Issue!');
    expect(fieldType('IssuePayload', 'issue')).toBe('Issue');
    expect(inputType('CommentCreateInput', 'body')).toBe('String');
    expect(inputType('IssueCreateInput', 'teamId')).toBe('String!');
    expect(inputType('IssueFilter', 'or')).toBe('[IssueFilter!]');
  });

  test('has the scalars of the declarations, where TypeScript sees strings only', () => {
    expect(fieldType('Issue', 'id')).toBe('ID!');
    expect(fieldType('Issue', 'updatedAt')).toBe('DateTime!');
    expect(inputType('DateComparator', 'gt')).toBe('DateTimeOrDuration');
    expect(inputType('NumberComparator', 'in')).toBe('[Float!]');
  });

  test('has the arguments of fields', () => {
    expect(argumentsOf('Query', 'issues')).toEqual({
      after: 'String',
      before: 'String',
      filter: 'IssueFilter',
      first: 'Int',
      includeArchived: 'Boolean',
      last: 'Int',
      orderBy: 'PaginationOrderBy',
      sort: '[IssueSortInput!]',
    });
    expect(argumentsOf('Mutation', 'issueUpdate')).toEqual({ id: 'String!', input: 'IssueUpdateInput!' });
    expect(argumentsOf('Issue', 'inverseRelations')).toMatchObject({ first: 'Int', after: 'String' });
    // Codegen writes these as MutationAttachmentLinkUrlArgs.
    expect(argumentsOf('Mutation', 'attachmentLinkURL')).toMatchObject({ url: 'String!' });
  });

  test('does not require an argument that has a default', () => {
    expect(argumentsOf('Query', 'ssoUrlFromEmail')).toMatchObject({ type: 'IdentityProviderType' });
  });

  test('has interfaces, unions, and enums as they go over the wire', () => {
    const issue = assertObjectType(schema.getType('Issue'));
    expect(issue.getInterfaces()).toEqual([assertInterfaceType(schema.getType('Node'))]);
    const content = assertUnionType(schema.getType('AgentActivityContent')).getTypes();
    expect(content.map(({ name }) => name)).toContain('AgentActivityThoughtContent');
    const orders = assertEnumType(schema.getType('PaginationOrderBy')).getValues();
    expect(orders.map(({ name }) => name)).toEqual(['createdAt', 'updatedAt']);
  });

  test('knows what is deprecated, and why', () => {
    const { boardOrder, title } = assertObjectType(schema.getType('Issue')).getFields();
    expect(boardOrder?.deprecationReason).toBe(
      'Will be removed in near future, please use `sortOrder` instead',
    );
    expect(title?.deprecationReason).toBeUndefined();
  });

  test('calls the comparators of ids as Linear does, not as codegen does', () => {
    expect(inputType('IssueFilter', 'id')).toBe('IssueIDComparator');
    expect(inputType('IssueIDComparator', 'in')).toBe('[ID!]');
    expect(schema.getType('IssueIdComparator')).toBeUndefined();
  });
});

describe('a query', () => {
  test('that polls issues with blockers is accepted', () => {
    const poll = `
      query Poll($project: String!, $states: [String!]!, $first: Int!, $after: String) {
        issues(
          filter: { project: { slugId: { eq: $project } }, state: { name: { in: $states } } }
          includeArchived: false, first: $first, after: $after, orderBy: createdAt
        ) {
          nodes {
            id identifier title description priority branchName url createdAt updatedAt
            state { name type }
            assignee { id displayName }
            labels(first: 50) { nodes { name } pageInfo { hasNextPage } }
            inverseRelations(first: 50) {
              nodes { type issue { id identifier state { name type } } }
              pageInfo { hasNextPage }
            }
          }
          pageInfo { hasNextPage endCursor }
        }
      }`;

    expect(problems(poll)).toEqual([]);
  });

  test('by ids needs [ID!]', () => {
    const byIds = (type: string) =>
      `query ($ids: ${type}) { issues(filter: { id: { in: $ids } }, includeArchived: true) { nodes { id } } }`;

    expect(problems(byIds('[ID!]'))).toEqual([]);
    expect(problems(byIds('[ID!]!'))).toEqual([]);
    expect(problems(byIds('[String!]!'))).toEqual([
      'Variable "$ids" of type "[String!]!" used in position expecting type "[ID!]".',
    ]);
  });

  test('by time needs DateTimeOrDuration', () => {
    const since = (type: string) =>
      `query ($since: ${type}) { issues(filter: { updatedAt: { gt: $since } }) { nodes { id } } }`;

    expect(problems(since('DateTimeOrDuration'))).toEqual([]);
    expect(problems(since('DateTime!'))).toEqual([
      'Variable "$since" of type "DateTime!" used in position expecting type "DateTimeOrDuration".',
    ]);
  });

  test.each([
    ['for the links of an issue', '{ issue(id: "E-1") { links { url } } }', /"links" on type "Issue"/],
    [
      'by identifier',
      '{ issues(filter: { identifier: { eq: "E-1" } }) { nodes { id } } }',
      /"identifier" is not defined by type "IssueFilter"/,
    ],
    ['with a misspelt field', '{ issues { nodes { identifer } } }', /Did you mean "identifier"/],
    ['with a misspelt argument', '{ issues(frist: 2) { nodes { id } } }', /Unknown argument "frist"/],
    ['with an enum by its TypeScript name', '{ issues(orderBy: UpdatedAt) { nodes { id } } }', /"UpdatedAt"/],
    ['without a required argument', '{ issue { id } }', /"id" of type "String!" is required/],
    ['that is a mutation with half an input', 'mutation { issueCreate(input: {}) { success } }', /teamId/],
  ])('%s is refused', (_which, query, why) => {
    expect(problems(query)).toEqual([expect.stringMatching(why)]);
  });
});

describe("the SDK's own", () => {
  const printed = readFileSync(join(SDK_DIST, 'index.mjs'), 'utf8');
  const all = [...printed.matchAll(/^const (\w+) = new TypedDocumentString\(`([^`]*)`/gm)].map(
    ([, name = '', text = '']) => ({ name, document: parse(text, { noLocation: true }) }),
  );
  const operations = all.filter(({ document }) => getOperationAST(document) !== null);
  const fragments = all.filter(({ document }) => getOperationAST(document) === null);

  test('documents are all found in its code', () => {
    expect(all).toHaveLength(printed.split('new TypedDocumentString(').length - 1);
    expect(operations.length).toBeGreaterThan(600);
    expect(fragments.length).toBeGreaterThan(600);
  });

  test('operations are valid', () => {
    const refused = operations.flatMap(({ name, document }) =>
      validate(schema, document).map(({ message }) => `${name}: ${message}`),
    );

    expect(refused).toEqual([]);
  });

  // Its generator gives a variable the type of the argument, so that this shows nullability in both directions.
  test('variables have the very type of the argument they are for', () => {
    const given = operations.flatMap(({ name, document }) =>
      variablesGiven(document).map((variable) => ({ document: name, ...variable })),
    );

    expect(given.length).toBeGreaterThan(1_500);
    expect(given.filter(({ declared, expected }) => declared !== expected)).toEqual([
      // Linear's has a default, which the declarations do not tell.
      {
        document: 'SsoUrlFromEmailDocument',
        argument: 'type',
        declared: 'IdentityProviderType!',
        expected: 'IdentityProviderType',
      },
    ]);
  });

  // Five that it puts into no operation select fields of one name and of several types, in Linear's schema as in ours.
  test('fragments are valid, apart from fields that cannot be merged', () => {
    const rules = specifiedRules.filter(
      (rule) => rule !== NoUnusedFragmentsRule && rule !== OverlappingFieldsCanBeMergedRule,
    );
    const refused = fragments.flatMap(({ name, document }) =>
      validate(schema, document, rules).map(({ message }) => `${name}: ${message}`),
    );

    expect(refused).toEqual([]);
  });
});

describe('reading the declarations', () => {
  const scalars = 'type Scalars = {\n  ID: string;\n};\n';
  const selection = 'type AFragment = {\n  __typename: "A";\n} & Pick<A, "id">;\n';

  test('fails with the line that it does not understand', () => {
    const strange = 'type A = {\n  __typename?: "A";\n  id: Scalars["ID"] | number;\n};\n';

    expect(() => readDeclarations(`// made by hand\n${scalars}${strange}${selection}`)).toThrow(
      'line 7 of the SDK\'s declarations is no schema: id: Scalars["ID"] | number;',
    );
  });

  test('takes nothing from behind the first selection', () => {
    const behind = 'type B = {\n  __typename?: "B";\n};\n';

    expect(readDeclarations(`${scalars}type U = A | B;\n${selection}${behind}`)).toEqual([
      { kind: 'union', name: 'U', members: ['A', 'B'] },
    ]);
  });

  test('fails when there is no schema before the first selection', () => {
    expect(() => readDeclarations(`${selection}${scalars}`)).toThrow(
      'no `type Scalars` before its first fragment',
    );
    expect(() => readDeclarations(scalars)).toThrow('no `type Scalars` before its first fragment');
  });

  test('fails unless exactly one file of the SDK declares the schema', () => {
    const folder = mkdtempSync(join(tmpdir(), 'linear-sdk-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const declared = 'type IssueFilter = {\n};\n';
    mkdirSync(join(folder, 'webhooks'));
    writeFileSync(join(folder, 'index.d.mts'), declared);
    writeFileSync(join(folder, 'index-a.d.mts'), 'export {};\n');

    expect(() => declarationsIn(folder)).toThrow('found: none');
    writeFileSync(join(folder, 'index-b.d.mts'), declared);
    expect(declarationsIn(folder)).toBe(declared);
    writeFileSync(join(folder, 'index-c.d.mts'), declared);
    expect(() => declarationsIn(folder)).toThrow('found: index-b.d.mts, index-c.d.mts');
  });
});
