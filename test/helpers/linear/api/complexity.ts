import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** The most points that one operation may cost. */
export const LARGEST_COMPLEXITY = 10_000;

const DEFAULT_PAGE_SIZE = 50;
const SCALAR = 1;
const OBJECT = 10;
/** What a full introspection was refused with. */
const INTROSPECTION = 2_621_440;
/** Connections that are charged as plain objects. */
const PLAIN = new Set(['Query.issues', 'Issue.labels']);

export interface PricedOperation {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * What Linear charges for a valid operation, from its text and arguments alone, by the rule that fits what was measured
 * (not the documented one): a scalar 0.1, an object 1 and what is selected of it; a connection is free itself and
 * multiplies its whole selection by `first`, or 50; `Query.issues` and `Issue.labels` are plain objects. Directives that
 * skip fields are not looked at.
 */
export function complexityOf(priced: PricedOperation): number {
  const { schema, operation } = priced;
  const root = schema.getRootType(operation.operation);
  if (root === undefined || root === null) return 0;
  // Counted in tenths of a point, so that the sum stays exact.
  return selectionCost(priced, operation.selectionSet, root) / 10;
}

function selectionCost(
  priced: PricedOperation,
  selectionSet: SelectionSetNode,
  parent: GraphQLCompositeType,
): number {
  const costs = selectionSet.selections.map((selection) => {
    if (selection.kind === Kind.FIELD) return fieldCost(priced, selection, parent);
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : priced.fragments.get(selection.name.value);
    const condition = fragment?.typeCondition?.name.value;
    const type = condition === undefined ? parent : priced.schema.getType(condition);
    return fragment !== undefined && isCompositeType(type)
      ? selectionCost(priced, fragment.selectionSet, type)
      : 0;
  });
  return costs.reduce((sum, cost) => sum + cost, 0);
}

function fieldCost(priced: PricedOperation, node: FieldNode, parent: GraphQLCompositeType): number {
  const name = node.name.value;
  if (name === '__schema') return INTROSPECTION;
  const field = fieldOf(parent, name);
  const type = field === undefined ? undefined : getNamedType(field.type);
  if (field === undefined || node.selectionSet === undefined || !isCompositeType(type)) return SCALAR;
  const selected = selectionCost(priced, node.selectionSet, type);
  const isConnection = type.name.endsWith('Connection') && !PLAIN.has(`${parent.name}.${name}`);
  if (!isConnection) return OBJECT + selected;
  const args: Readonly<Record<string, unknown>> = getArgumentValues(field, node, priced.variables);
  const size = args['first'] ?? args['last'] ?? DEFAULT_PAGE_SIZE;
  return selected * (typeof size === 'number' ? size : DEFAULT_PAGE_SIZE);
}

function fieldOf(type: GraphQLCompositeType, name: string): GraphQLField<unknown, unknown> | undefined {
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[name] : undefined;
}
