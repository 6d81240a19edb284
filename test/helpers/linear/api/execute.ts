import {
  defaultFieldResolver,
  type ExecutionResult,
  executeSync,
  type GraphQLFieldResolver,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  OperationTypeNode,
} from 'graphql';
import type { LinearCorruptions } from '../workspace/corruptions.js';
import type { ValidOperation } from './document.js';
import { LinearFailure, UnsupportedByFake } from './failures.js';
import { isInput } from './filter.js';
import { distorted, type PageDistortion } from './page-distortion.js';
import { Connection } from './paging.js';

export interface Execution {
  readonly schema: GraphQLSchema;
  readonly valid: ValidOperation;
  readonly queries: object;
  readonly mutations: object;
  readonly corruptions: LinearCorruptions;
  readonly distortion: PageDistortion | null;
}

/** A field of the answer that is to be replaced once the answer is there. */
interface Patch {
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/**
 * Executes an operation and gives the GraphQL answer as plain JSON.
 *
 * Throws UnsupportedByFake when the request needs what the fake does not have, be it a filter, an input or a field.
 */
export function executeLinear(execution: Execution): ExecutionResult {
  const { schema, valid, queries, mutations } = execution;
  const patches: Patch[] = [];
  const result = executeSync({
    schema,
    document: valid.document,
    operationName: valid.operation.name?.value,
    rootValue: valid.operation.operation === OperationTypeNode.MUTATION ? mutations : queries,
    variableValues: valid.rawVariables,
    fieldResolver: resolverOf(execution, patches),
  });
  for (const error of result.errors ?? []) {
    if (error.originalError instanceof UnsupportedByFake) throw error.originalError;
    // What is not a refusal of Linear is a non-null field without a value, or a mistake of the fake.
    if (!(error.originalError instanceof LinearFailure)) {
      throw new UnsupportedByFake(`${error.path?.join('.') ?? 'this'}: ${error.message}`);
    }
  }
  const plain: ExecutionResult = JSON.parse(JSON.stringify(result));
  for (const patch of patches) applyPatch(plain.data, patch);
  return plain;
}

function resolverOf(
  { corruptions, distortion }: Execution,
  patches: Patch[],
): GraphQLFieldResolver<unknown, unknown> {
  return (source, args, context, info) => {
    const corruption = info.parentType.name === 'Issue' ? corruptionOf(source, corruptions) : undefined;
    if (corruption !== undefined && Object.hasOwn(corruption, info.fieldName)) {
      patches.push({ path: pathOf(info.path), value: corruption[info.fieldName] });
    }
    const value = defaultFieldResolver(source, args, context, info);
    const isDistorted = value instanceof Connection && distortion?.connection === info.fieldName;
    return isDistorted ? distorted(value, distortion, args['after']) : value;
  };
}

function corruptionOf(source: unknown, corruptions: LinearCorruptions) {
  return isInput(source) && typeof source['id'] === 'string' ? corruptions.of(source['id']) : undefined;
}

function pathOf(path: GraphQLResolveInfo['path']): (string | number)[] {
  return path.prev === undefined ? [path.key] : [...pathOf(path.prev), path.key];
}

/** Patches inside of what another patch has replaced have nothing left to change. */
function applyPatch(data: unknown, { path, value }: Patch): void {
  const last = path.at(-1);
  let place: unknown = data;
  for (const key of path.slice(0, -1)) {
    if (typeof place !== 'object' || place === null) return;
    place = Reflect.get(place, key);
  }
  if (typeof place !== 'object' || place === null || last === undefined) return;
  if (value === undefined) Reflect.deleteProperty(place, last);
  else Reflect.set(place, last, value);
}
