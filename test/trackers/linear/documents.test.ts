import {
  getVariableValues,
  Kind,
  NoDeprecatedCustomRule,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';
import { expect, onTestFinished, test } from 'vitest';
import type { JsonObject } from '../../../src/domain/json.js';
import * as documents from '../../../src/trackers/linear/documents.js';
import {
  identifierFilter,
  idFilter,
  labelFilter,
  projectFilter,
  stateFilter,
} from '../../../src/trackers/linear/scope.js';
import { FakeLinear } from '../../helpers/linear/fake-linear.js';
import { sendRaw } from '../../helpers/linear/raw-request.js';
import { linearSchema } from '../../helpers/linear/schema.js';

// Goal: what we ask stays within Linear's schema and prices, so that Linear changing its mind is seen here first.

const slugs = ['payments-0123456789ab', '0123456789ab'];
const candidates = stateFilter(slugs, ['Todo']);
const claimed = idFilter(['5e000000-0000-4000-8000-000000000001']);
const id = '5e000000-0000-4000-8000-000000000001';
const same = { eqIgnoreCase: 'ada' };

/** Each document with variables as it is sent. */
const SENT: readonly (readonly [string, string, JsonObject])[] = [
  ['candidates and issues at work', documents.POLL, { candidates, claimed }],
  [
    'issues by what people call them',
    documents.BY_IDS,
    { claimed: identifierFilter([{ team: 'ENG', number: 12 }]) },
  ],
  ['issues by id', documents.BY_IDS, { claimed }],
  ['candidates', documents.BY_STATES, { candidates, after: 'a cursor' }],
  ['labels', documents.MORE_LABELS, { id, after: 'a cursor' }],
  ['blockers', documents.MORE_BLOCKERS, { id, after: 'a cursor' }],
  ['the project', documents.ORIENTATION, { project: projectFilter(slugs) }],
  ['labels by name', documents.FIND_LABELS, { labels: labelFilter(['agent-ok', 'agent']) }],
  ['a list of projects', documents.PROJECTS, { after: 'a cursor' }],
  ['the states of a project', documents.PROJECT_STATES, { project: projectFilter(slugs) }],
  ['a user by e-mail address', documents.FIND_USER, { user: { email: same } }],
  ['a user by name', documents.FIND_USER, { user: { or: [{ displayName: same }, { name: same }] } }],
];

test('all documents are in this list', () => {
  const written = Object.values(documents).filter((value) => typeof value === 'string');

  expect(new Set(SENT.map(([, document]) => document))).toEqual(new Set(written));
});

test.each(SENT)('the document for %s is valid and asks for nothing deprecated', (_, text) => {
  const document = parse(text);

  expect(validate(linearSchema(), document)).toEqual([]);
  expect(validate(linearSchema(), document, [NoDeprecatedCustomRule])).toEqual([]);
});

test.each(SENT)('the variables for %s are what the schema takes', (_, text, variables) => {
  const operations = parse(text).definitions.filter(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  );

  expect(operations).toHaveLength(1);
  for (const { variableDefinitions = [] } of operations) {
    expect(getVariableValues(linearSchema(), variableDefinitions, variables).errors).toBeUndefined();
    expect(variableDefinitions.map(({ variable }) => variable.name.value)).toEqual(
      expect.arrayContaining(Object.keys(variables)),
    );
  }
});

test.each(SENT)('the document for %s costs less than 500 of 10,000 points', async (_, text, variables) => {
  const linear = await FakeLinear.start();
  onTestFinished(() => linear.close());
  const issue = linear.board.put();

  const { headers } = await sendRaw(linear, text, { variables: { ...variables, id: issue.id } });

  expect(Number(headers.get('x-complexity'))).toBeGreaterThan(1);
  expect(Number(headers.get('x-complexity'))).toBeLessThan(500);
});
