import type { Block, Declaration, Field } from './schema-declarations.js';

/**
 * The declarations in GraphQL's schema language.
 *
 * What kind a block is, codegen tells by its surroundings only: an object has a `__typename`, an interface is named by
 * an object that implements it, the arguments of a field are called after type and field; what is left are inputs.
 * That an interface implements another one is not written down anywhere and therefore lost. Validation does not need
 * it, because each object names all its interfaces.
 */
export function writeSdl(declarations: readonly Declaration[]): string {
  const blocks = declarations.filter((declaration) => declaration.kind === 'block');
  const interfaces = new Set(blocks.flatMap((block) => block.interfaces));
  const isOutput = (block: Block): boolean => block.isObject || interfaces.has(block.name);
  const inputs = blocks.filter((block) => !isOutput(block));
  const unplaced = new Map(inputs.map((block) => [key(block.name), block]));
  if (unplaced.size < inputs.length) throw new Error("two of the SDK's inputs differ in capitals only");
  const outputs = blocks
    .filter(isOutput)
    .map((block) => writeOutput(block, interfaces.has(block.name) ? 'interface' : 'type', unplaced));
  return [
    ...declarations.flatMap((declaration) => (declaration.kind === 'block' ? [] : [writeLeaf(declaration)])),
    ...outputs,
    // Last, because the fields above have taken their arguments out.
    ...[...unplaced.values()].map((block) => writeBlock(`input ${block.name}`, block.fields.map(writeField))),
  ].join('\n\n');
}

function writeLeaf(declaration: Exclude<Declaration, Block>): string {
  switch (declaration.kind) {
    case 'scalar':
      return `scalar ${declaration.name}`;
    case 'union':
      return `union ${declaration.name} = ${declaration.members.join(' | ')}`;
    case 'enum':
      return writeBlock(
        `enum ${declaration.name}`,
        declaration.values.map(({ name, deprecated }) => `${name}${deprecation(deprecated)}`),
      );
  }
}

function writeOutput(block: Block, keyword: 'interface' | 'type', unplaced: Map<string, Block>): string {
  const implemented = block.interfaces.length === 0 ? '' : ` implements ${block.interfaces.join(' & ')}`;
  const fields = block.fields.map((field) => {
    const name = key(`${block.name}${field.name}Args`);
    const taken = unplaced.get(name);
    unplaced.delete(name);
    const written = taken === undefined ? '' : `(${taken.fields.map(writeField).join(', ')})`;
    return `${field.name}${written}: ${field.type}${deprecation(field.deprecated)}`;
  });
  return writeBlock(`${keyword} ${block.name}${implemented}`, fields);
}

/** Codegen calls the arguments of `attachmentLinkURL` `MutationAttachmentLinkUrlArgs`, and drops underscores likewise. */
function key(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

function writeField({ name, type, deprecated }: Field): string {
  return `${name}: ${type}${deprecation(deprecated)}`;
}

function deprecation(reason: string | undefined): string {
  return reason === undefined ? '' : ` @deprecated(reason: ${JSON.stringify(reason)})`;
}

function writeBlock(head: string, lines: readonly string[]): string {
  return `${head} {\n${lines.map((line) => `  ${line}\n`).join('')}}`;
}
