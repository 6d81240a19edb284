import type {
  DocumentNode,
  FragmentDefinitionNode,
  OperationDefinitionNode,
  SelectionNode,
  SelectionSetNode,
} from 'graphql';
import type { JsonObject } from '../../../domain/json.js';
import { ToolRefusal } from '../../tool-refusal.js';
import { ArgumentValues, refuseRepetitions } from './argument-values.js';
import type { ToolCall } from './call.js';
import type { Graphql } from './graphql-module.js';

/** A field of the query's or mutation's own level, wherever the document hides it and whatever it is renamed to. */
export interface RootField {
  readonly name: string;
  readonly args: JsonObject;
}

/** The one operation that will run, taken apart for judgement. */
export interface Operation {
  readonly kind: 'query' | 'mutation';
  /** The operation with the fragments it uses, and nothing else: what is judged is what is sent. */
  readonly document: string;
  readonly variables: JsonObject;
  /** Those behind `@include` and `@skip` too. */
  readonly rootFields: readonly RootField[];
  /** The names of all fields at every depth. */
  readonly fieldNames: ReadonlySet<string>;
}

/** Far more than a document of an agent needs; keeps parsing and judging quick. */
const MAX_TOKENS = 20_000;

/**
 * Reads a call's document and picks its operation.
 *
 * @throws ToolRefusal `graphql_syntax_error` with line and column, `invalid_document` or `operation_name_needed`
 */
export function readOperation(graphql: Graphql, { query, variables, operationName }: ToolCall): Operation {
  const document = parsed(graphql, query);
  const { operations, fragments } = definitionsOf(graphql, document);
  const operation = selected(operations, operationName);
  if (operation.operation === graphql.OperationTypeNode.SUBSCRIPTION) {
    throw invalid('subscriptions are not supported; ask again with a query when you need to');
  }
  const used = fragmentsUsed(graphql, operation, fragments);
  const values = new ArgumentValues(graphql, operation.variableDefinitions ?? [], variables);
  const sent: DocumentNode = { kind: graphql.Kind.DOCUMENT, definitions: [operation, ...used.values()] };
  return {
    kind: operation.operation,
    document: graphql.print(sent),
    variables,
    rootFields: rootFieldsOf(graphql, operation.selectionSet, used, values),
    fieldNames: fieldNamesOf(graphql, sent),
  };
}

function parsed(graphql: Graphql, query: string): DocumentNode {
  try {
    return graphql.parse(query, { maxTokens: MAX_TOKENS, noLocation: true });
  } catch (error) {
    if (error instanceof graphql.GraphQLError) throw syntaxRefusal(error);
    throw error;
  }
}

function syntaxRefusal({ message, locations }: InstanceType<Graphql['GraphQLError']>): ToolRefusal {
  const [at] = locations ?? [];
  const where = at === undefined ? '' : ` (line ${at.line}, column ${at.column})`;
  return new ToolRefusal('graphql_syntax_error', `${message}${where}`, {
    ...(at === undefined ? {} : { line: at.line, column: at.column }),
  });
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;

function definitionsOf(
  { Kind }: Graphql,
  { definitions }: DocumentNode,
): { operations: OperationDefinitionNode[]; fragments: Fragments } {
  const operations: OperationDefinitionNode[] = [];
  const fragments: FragmentDefinitionNode[] = [];
  for (const definition of definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
    else if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.push(definition);
    else throw invalid('the document defines types; write a query or a mutation');
  }
  const names = fragments.map(({ name }) => name.value);
  refuseRepetitions(names, 'fragment');
  refuseRepetitions(
    operations.flatMap(({ name }) => name?.value ?? []),
    'operation',
  );
  return { operations, fragments: new Map(fragments.map((fragment) => [fragment.name.value, fragment])) };
}

function selected(
  operations: readonly OperationDefinitionNode[],
  operationName: string | null,
): OperationDefinitionNode {
  const names = operations.map(({ name }) => name?.value ?? '(unnamed)');
  const chosen =
    operationName === null ? operations : operations.filter(({ name }) => name?.value === operationName);
  const [first, second] = chosen;
  if (first !== undefined && second === undefined) return first;
  if (operations.length === 0) throw invalid('the document has no operation; write a query or a mutation');
  const message =
    operationName === null
      ? 'the document has several operations; name the one to run in operationName, or send one at a time'
      : `the document has no operation ${JSON.stringify(operationName)}`;
  throw new ToolRefusal('operation_name_needed', `${message}; it has ${names.join(', ')}`);
}

/** The fragments an operation uses, and those that they use. */
function fragmentsUsed(graphql: Graphql, operation: OperationDefinitionNode, all: Fragments): Fragments {
  const used = new Map<string, FragmentDefinitionNode>();
  const names = new Set(spreadsIn(graphql, operation));
  for (const name of names) {
    const fragment = all.get(name);
    if (fragment === undefined) throw invalid(`there is no fragment ${name}; define it in the document`);
    used.set(name, fragment);
    for (const inner of spreadsIn(graphql, fragment)) names.add(inner);
  }
  return used;
}

function spreadsIn(graphql: Graphql, node: OperationDefinitionNode | FragmentDefinitionNode): string[] {
  const names: string[] = [];
  graphql.visit(node, {
    FragmentSpread({ name }) {
      names.push(name.value);
    },
  });
  return names;
}

function rootFieldsOf(
  { Kind }: Graphql,
  root: SelectionSetNode,
  fragments: Fragments,
  values: ArgumentValues,
): RootField[] {
  const fields: RootField[] = [];
  // Sets take in what is added while they are walked, once: fragments that go round in circles come to an end.
  const levels = new Set([root]);
  for (const selection of selectionsOf(levels)) {
    if (selection.kind === Kind.FIELD) {
      fields.push({ name: selection.name.value, args: values.of(selection.arguments ?? []) });
      continue;
    }
    const inner = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
    if (inner !== undefined) levels.add(inner.selectionSet);
  }
  return fields;
}

function* selectionsOf(levels: ReadonlySet<SelectionSetNode>): Iterable<SelectionNode> {
  for (const { selections } of levels) yield* selections;
}

function fieldNamesOf(graphql: Graphql, document: DocumentNode): Set<string> {
  const names = new Set<string>();
  graphql.visit(document, {
    Field({ name }) {
      names.add(name.value);
    },
  });
  return names;
}

function invalid(message: string): ToolRefusal {
  return new ToolRefusal('invalid_document', message);
}
