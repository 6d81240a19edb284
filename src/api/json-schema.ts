import { z } from 'zod';
import type { JsonObject } from '../domain/json.js';
import { components } from './schema-parts.js';

const JsonMap = z.record(z.string(), z.json());

/** The named schemas as they stand in openapi.json, each by its name. */
export function namedSchemas(): { readonly [name: string]: JsonObject } {
  const { schemas } = z.toJSONSchema(components, { ...OPTIONS, io: 'output', uri: reference });
  const names = Object.keys(schemas).sort();
  return Object.fromEntries(names.map((name) => [name, tidied(schemas[name])]));
}

/** What a schema lets out: a reference where it has a name. */
export function outputSchema(schema: z.ZodType): JsonObject {
  const id = components.get(schema)?.id;
  if (id !== undefined) return { $ref: reference(id) };
  return tidied(z.toJSONSchema(schema, { ...OPTIONS, io: 'output' }));
}

/** What a schema takes in. */
export function inputSchema(schema: z.ZodType): JsonObject {
  return tidied(z.toJSONSchema(schema, { ...OPTIONS, io: 'input' }));
}

function reference(name: string): string {
  return `#/components/schemas/${name}`;
}

type Options = NonNullable<Parameters<typeof z.toJSONSchema>[1]>;

const OPTIONS: Pick<Options, 'unrepresentable' | 'override'> = {
  // What an agent or a tracker words as it likes.
  unrepresentable: 'any',
  override: ({ jsonSchema }) => {
    // True, and of no use to a reader.
    if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
    delete jsonSchema.propertyNames;
  },
};

/** Without what belongs to a document of its own, and open to fields that a later version adds. */
function tidied(schema: unknown): JsonObject {
  const { $schema, $id, ...plain } = JsonMap.parse(JSON.parse(JSON.stringify(schema)));
  return plain;
}
