import type { JsonObject, JsonValue } from '../domain/json.js';

const HEAD = ['| Field | Type | Meaning |', '|---|---|---|'];

/** A longer list of values is told elsewhere. */
const MOST_NAMED = 20;

/** The fields of a JSON schema as a Markdown table; what has none is one line. */
export function fieldRows(schema: JsonObject): readonly string[] {
  if (!isMap(schema['properties'])) return [[sentence(schema), text(schema['description'])].join(' ').trim()];
  return [...HEAD, ...rows(schema, '')];
}

/** What a value is, in a few words. */
export function typeName(schema: JsonValue | undefined): string {
  if (!isMap(schema)) return 'anything';
  const { $ref, anyOf, type, format } = schema;
  if (typeof $ref === 'string') return linked($ref);
  if (Array.isArray(anyOf)) return anyOf.map(typeName).join(' or ');
  if (Array.isArray(schema['enum']) && schema['enum'].length <= MOST_NAMED) {
    return schema['enum'].map((value) => `\`${value}\``).join(', ');
  }
  if (Array.isArray(type)) return type.join(' or ');
  if ('const' in schema) return `\`${JSON.stringify(schema['const'])}\``;
  if (type === 'array') return `list of ${typeName(schema['items'])}`;
  if (type === 'object') {
    return !isMap(schema['properties']) && isMap(schema['additionalProperties'])
      ? `map of ${typeName(schema['additionalProperties'])}`
      : 'object';
  }
  if (typeof type !== 'string') return 'anything';
  return typeof format === 'string' ? `${type} (${format})` : type;
}

function rows(schema: JsonObject, prefix: string): string[] {
  const { properties } = schema;
  return Object.entries(isMap(properties) ? properties : {}).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const meaning = isMap(field) ? text(field['description']) : '';
    const cells = [`\`${path}\``, typeName(field), meaning].map((cell) => cell.replaceAll('|', '\\|'));
    return [`| ${cells.join(' | ')} |`, ...within(field, path)];
  });
}

/** The fields of what has no name of its own. */
function within(field: JsonValue, path: string): string[] {
  if (!isMap(field)) return [];
  if (isMap(field['properties'])) return rows(field, `${path}.`);
  if (field['type'] === 'array') return within(field['items'] ?? null, `${path}[]`);
  const { anyOf } = field;
  return Array.isArray(anyOf) ? anyOf.flatMap((choice) => within(choice, path)) : [];
}

function sentence(schema: JsonObject): string {
  const name = typeName(schema);
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}.`;
}

function linked(reference: string): string {
  const name = reference.slice(reference.lastIndexOf('/') + 1);
  return `[${name}](#${name.toLowerCase()})`;
}

function text(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

function isMap(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
