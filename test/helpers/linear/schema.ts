import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { readDeclarations } from './schema-declarations.js';
import { writeSdl } from './schema-sdl.js';

/** Where the installed SDK keeps its code and declarations. */
export const SDK_DIST = join(
  dirname(createRequire(import.meta.url).resolve('@linear/sdk/package.json')),
  'dist',
);

let sdl: string | undefined;
let schema: GraphQLSchema | undefined;

/**
 * Linear's schema, rebuilt from the type declarations of the installed SDK, which is the only form in which it is
 * published with a version. Built once per process.
 */
export function linearSchema(): GraphQLSchema {
  // The text is of our own making, and `schema.test.ts` validates the schema: once there, and not in each test file.
  schema ??= buildSchema(linearSdl(), { noLocation: true, assumeValidSDL: true });
  return schema;
}

/** The text that the schema is built from, for people who look for a mistake in either. */
export function linearSdl(): string {
  sdl ??= writeSdl(readDeclarations(declarationFile()));
  return sdl;
}

/** The file's name has a hash in it. */
function declarationFile(): string {
  const found = readdirSync(SDK_DIST)
    .filter((name) => /^index-.+\.d\.mts$/.test(name))
    .map((name) => ({ name, text: readFileSync(join(SDK_DIST, name), 'utf8') }))
    .filter(({ text }) => /^type IssueFilter = \{$/m.test(text));
  const [only] = found;
  if (only === undefined || found.length > 1) {
    const names = found.map(({ name }) => name).join(', ') || 'none';
    throw new Error(
      `exactly one index-*.d.mts in ${SDK_DIST} should declare \`type IssueFilter = {\`; found: ${names}`,
    );
  }
  return only.text;
}
