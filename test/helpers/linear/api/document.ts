import {
  type DocumentNode,
  type FragmentDefinitionNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  validate,
} from 'graphql';
import { complexityOf } from './complexity.js';

/** A request's text and its place in the document, before anybody looks whether it is valid. */
export interface Asked {
  readonly document: DocumentNode | null;
  readonly operation: OperationDefinitionNode | null;
  readonly operationName: string | null;
  /** The names of the operation's own fields, without aliases. */
  readonly rootFields: readonly string[];
}

export interface ValidOperation {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly rawVariables: Readonly<Record<string, unknown>>;
  /** Points, unrounded. */
  readonly complexity: number;
}

/** Reads what a request is about; what cannot be read is told by `checkOperation`. */
export function readOperation(query: string, operationName: string | null): Asked {
  const document = parsed(query);
  if (document instanceof GraphQLError) {
    return { document: null, operation: null, operationName, rootFields: [] };
  }
  const operation = getOperationAST(document, operationName) ?? null;
  return {
    document,
    operation,
    operationName: operationName ?? operation?.name?.value ?? null,
    rootFields: operation === null ? [] : fieldNames(operation.selectionSet, fragmentsOf(document)),
  };
}

/** Validates a request against the schema and prices it, or tells all that is wrong with it. */
export function checkOperation(
  schema: GraphQLSchema,
  query: string,
  { operation }: Asked,
  rawVariables: Readonly<Record<string, unknown>>,
): ValidOperation | readonly GraphQLError[] {
  const document = parsed(query);
  if (document instanceof GraphQLError) return [document];
  const errors = validate(schema, document);
  if (errors.length > 0) return errors;
  if (operation === null)
    return [new GraphQLError('Unknown operation, or more than one and no operationName')];
  const variables = getVariableValues(schema, operation.variableDefinitions ?? [], rawVariables);
  if (variables.errors !== undefined) return variables.errors;
  const complexity = complexityOf({
    schema,
    operation,
    fragments: fragmentsOf(document),
    variables: variables.coerced,
  });
  return { document, operation, rawVariables, complexity };
}

function parsed(query: string): DocumentNode | GraphQLError {
  try {
    return parse(query);
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition] as const] : [],
    ),
  );
}

function fieldNames(
  { selections }: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  within: readonly string[] = [],
): string[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FIELD) return [selection.name.value];
    if (selection.kind === Kind.INLINE_FRAGMENT) return fieldNames(selection.selectionSet, fragments, within);
    const name = selection.name.value;
    const fragment = within.includes(name) ? undefined : fragments.get(name);
    return fragment === undefined ? [] : fieldNames(fragment.selectionSet, fragments, [...within, name]);
  });
}
