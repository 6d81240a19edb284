import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { readDeclarations } from './schema-declarations.js';
import { writeSdl } from './schema-sdl.js';

const SDK = dirname(createRequire(import.meta.url).resolve('@linear/sdk/package.json'));

/** Where the installed SDK keeps its code and declarations. */
export const SDK_DIST = join(SDK, 'dist');

let sdl: string | undefined;
let schema: GraphQLSchema | undefined;

/**
 * Linear's schema, rebuilt from the type declarations of the installed SDK, so that a test can validate a query as
 * Linear would, without a copy of the schema in the repository. Built once per process, in about 0.3 s.
 */
export function linearSchema(): GraphQLSchema {
  // Checking the text here would cost each test file what `schema.test.ts` does once.
  schema ??= buildSchema(linearSdl(), { noLocation: true, assumeValidSDL: true });
  return schema;
}

/** The text that the schema is built from, for people who look for a mistake in either. */
export function linearSdl(): string {
  sdl ??= writeSdl(readDeclarations(declarationsIn(SDK_DIST)));
  return sdl;
}

/** The one declaration file of a folder that holds the schema. It is found by its content: its name has a hash in it. */
export function declarationsIn(folder: string): string {
  const found = readdirSync(folder)
    .filter((name) => /^index-.+\.d\.mts$/.test(name))
    .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }))
    .filter(({ text }) => /^type IssueFilter = \{$/m.test(text));
  const [only] = found;
  if (only !== undefined && found.length === 1) return only.text;
  const names = found.map(({ name }) => name).join(', ') || 'none';
  throw new Error(`one index-*.d.mts in ${folder} should declare \`type IssueFilter = {\`; found: ${names}`);
}
