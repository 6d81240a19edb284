/**
 * Reads the schema part of the Linear SDK's type declarations: what graphql-codegen wrote there, line by line. Its
 * neighbour `schema-sdl.ts` writes the result in GraphQL's own language.
 *
 *   D1. The schema part runs from `type Scalars = {` to the first selection, the first block that opens with a
 *       `__typename` that is not optional: codegen writes the schema first and the SDK's fragments after it.
 *   D2. Every line of that part is understood, or the reading fails with the line's number. Nothing is passed over, so
 *       another SDK or another codegen cannot leave half a schema behind.
 */
import { Lines } from './schema-lines.js';

/** A member of an object, an interface, an input or the arguments of a field. */
export interface Field {
  readonly name: string;
  /** In GraphQL's notation: `[Issue!]!`. */
  readonly type: string;
  /** Why it should not be used any more; undefined when it may be. */
  readonly deprecated: string | undefined;
}

/** A `type X = {…}`: an object, an interface, an input or the arguments of a field. */
export interface Block {
  readonly kind: 'block';
  readonly name: string;
  readonly interfaces: readonly string[];
  /** Only object types have a `__typename`. */
  readonly isObject: boolean;
  readonly fields: readonly Field[];
}

export type Declaration =
  | Block
  | { readonly kind: 'scalar'; readonly name: string }
  | { readonly kind: 'union'; readonly name: string; readonly members: readonly string[] }
  | { readonly kind: 'enum'; readonly name: string; readonly values: readonly Omit<Field, 'type'>[] };

const SCHEMA_START = /^type Scalars = \{$/m;
const FIRST_SELECTION = /^type \w+ = \{\n {2}__typename: "/m;

const UNION = /^type (\w+) = (\w+(?: \| \w+)*);$/;
const BLOCK_HEAD = /^type (\w+) = ((?:\w+ & )*)\{$/;
const ENUM_HEAD = /^declare enum (\w+) \{$/;
const TYPENAME = /^ {2}__typename\?: "\w+";$/;
const FIELD = /^ {2}(\w+)(\??): (.+);$/;
// The string is what goes over the wire; the member's name is codegen's.
const ENUM_VALUE = /^ {2}\w+ = "(\w+)",$/;

const BUILT_IN_SCALARS = new Set(['ID', 'String', 'Boolean', 'Int', 'Float']);

/**
 * Names as Linear's own schema has them (`packages/sdk/src/schema.graphql` of linear/linear, 88.3.0) where codegen's
 * PascalCase changed them. The declarations do not tell.
 */
const ORIGINAL_NAMES: Readonly<Record<string, string>> = {
  IdComparator: 'IDComparator',
  IssueIdComparator: 'IssueIDComparator',
};

/** Everything that the schema part of a declaration file declares, in its order. */
export function readDeclarations(declarationFile: string): Declaration[] {
  const start = declarationFile.search(SCHEMA_START);
  const end = declarationFile.search(FIRST_SELECTION);
  if (start === -1 || end < start)
    throw new Error('the SDK declares no `type Scalars` before its first fragment');
  const lines = new Lines(declarationFile, start, end);
  const declarations: Declaration[] = [];
  for (let head = lines.next(); head !== undefined; head = lines.next()) {
    if (SCHEMA_START.test(head)) declarations.push(...readScalars(lines));
    else declarations.push(readDeclaration(head, lines));
  }
  return declarations;
}

function readScalars(lines: Lines): Declaration[] {
  const scalars: Declaration[] = [];
  for (const line of lines.until('};')) {
    const [, name] = FIELD.exec(line) ?? [];
    if (name === undefined) throw lines.notUnderstood();
    if (!BUILT_IN_SCALARS.has(name)) scalars.push({ kind: 'scalar', name });
  }
  return scalars;
}

function readDeclaration(head: string, lines: Lines): Declaration {
  const [, block, interfaces] = BLOCK_HEAD.exec(head) ?? [];
  if (block !== undefined && interfaces !== undefined) {
    return { kind: 'block', name: originalName(block), interfaces: namesIn(interfaces), ...readBody(lines) };
  }
  const [, enumeration] = ENUM_HEAD.exec(head) ?? [];
  if (enumeration !== undefined) return { kind: 'enum', name: enumeration, values: readEnumValues(lines) };
  const [, union, members] = UNION.exec(head) ?? [];
  if (union !== undefined && members !== undefined)
    return { kind: 'union', name: union, members: namesIn(members) };
  throw lines.notUnderstood();
}

function readBody(lines: Lines): Pick<Block, 'isObject' | 'fields'> {
  const fields: Field[] = [];
  let isObject = false;
  for (const line of lines.until('};')) {
    if (TYPENAME.test(line)) {
      isObject = true;
      continue;
    }
    const [, name, optional, written] = FIELD.exec(line) ?? [];
    const type = written === undefined ? undefined : graphqlType(written);
    if (name === undefined || type === undefined) throw lines.notUnderstood();
    // `field?: T` without Maybe is an argument of type `T!` with a default. The declarations do not have the default,
    // and without one `T!` would be a required argument; nullable differs from the truth for a written `null` only.
    const isNullable = optional === '?' && type.endsWith('!');
    fields.push({ name, type: isNullable ? type.slice(0, -1) : type, deprecated: lines.deprecated });
  }
  return { isObject, fields };
}

function readEnumValues(lines: Lines): Omit<Field, 'type'>[] {
  const values: Omit<Field, 'type'>[] = [];
  for (const line of lines.until('}')) {
    const [, name] = ENUM_VALUE.exec(line) ?? [];
    if (name === undefined) throw lines.notUnderstood();
    values.push({ name, deprecated: lines.deprecated });
  }
  return values;
}

/** `Maybe<Array<Scalars["ID"]>>` as `[ID!]`; undefined for what codegen does not write. */
function graphqlType(written: string): string | undefined {
  const [, maybe] = /^(?:Input)?Maybe<(.+)>$/.exec(written) ?? [];
  if (maybe !== undefined) return graphqlType(maybe)?.replace(/!$/, '');
  const [, item] = /^Array<(.+)>$/.exec(written) ?? [];
  if (item !== undefined) {
    const itemType = graphqlType(item);
    return itemType === undefined ? undefined : `[${itemType}]!`;
  }
  const [, scalar, named] = /^(?:Scalars\["(\w+)"\]|(\w+))$/.exec(written) ?? [];
  if (scalar !== undefined) return `${scalar}!`;
  return named === undefined ? undefined : `${originalName(named)}!`;
}

function originalName(name: string): string {
  return ORIGINAL_NAMES[name] ?? name;
}

function namesIn(text: string): string[] {
  return text.match(/\w+/g) ?? [];
}
