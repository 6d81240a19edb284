import { z } from 'zod';
import type { JsonObject } from '../domain/json.js';
import { components } from './schema-parts.js';

const JsonMap = z.record(z.string(), z.json());

/** The named schemas as they stand in openapi.json, each by its name. */
export function namedSchemas(): { readonly [name: string]: JsonObject } {
  const { schemas } = z.toJSONSchema(components, { ...OUTPUT, uri: reference });
  const names = Object.keys(schemas).sort();
  return Object.fromEntries(names.map((name) => [name, tidied(schemas[name])]));
}

/** What a schema lets out: a reference where it has a name. */
export function outputSchema(schema: z.ZodType): JsonObject {
  const id = components.get(schema)?.id;
  if (id !== undefined) return { $ref: reference(id) };
  return tidied(z.toJSONSchema(schema, OUTPUT));
}

/** What a schema takes in. */
export function inputSchema(schema: z.ZodType): JsonObject {
  return tidied(z.toJSONSchema(schema, INPUT));
}

function reference(name: string): string {
  return `#/components/schemas/${name}`;
}

type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']>;

/** What a reader has no use for. */
const withoutNoise: Override = ({ jsonSchema }) => {
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  delete jsonSchema.propertyNames;
};

const INPUT = { io: 'input', unrepresentable: 'any', override: withoutNoise } as const;
const OUTPUT = {
  io: 'output',
  unrepresentable: 'any',
  override: (context: Parameters<Override>[0]) => {
    withoutNoise(context);
    // A later version may add fields.
    if (context.jsonSchema.additionalProperties === false) delete context.jsonSchema.additionalProperties;
  },
} as const;

/** Without what belongs to a document of its own. */
function tidied(schema: unknown): JsonObject {
  const { $schema, $id, ...plain } = JsonMap.parse(JSON.parse(JSON.stringify(schema)));
  return plain;
}
