import { z } from 'zod';
import type { JsonObject, JsonValue } from '../../../domain/json.js';
import { ToolRefusal } from '../../tool-refusal.js';

/** What the agent asks for, its form checked and its content not. */
export interface ToolCall {
  readonly query: string;
  readonly variables: JsonObject;
  /** Which operation of the document to run; null when the agent did not say. */
  readonly operationName: string | null;
}

const MAX_QUERY_BYTES = 100_000;
const MAX_VARIABLES_BYTES = 200_000;

const FORM = 'call with {"query": "query or mutation …", "variables": {…}}';

const Arguments = z.strictObject({
  query: z.string(),
  variables: z.json().optional(),
  operationName: z.string().optional(),
});

/**
 * Reads the tool's arguments: an object, or a bare string that is the query. Agents write variables as JSON text at
 * times, and whole arguments too; both are taken as meant.
 *
 * @throws ToolRefusal `invalid_arguments`
 */
export function readCall(args: JsonValue): ToolCall {
  const parsed = Arguments.safeParse(withoutNulls(typeof args === 'string' ? fromText(args) : args));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; ');
    throw invalid(`the arguments do not fit: ${problems}; ${FORM}`);
  }
  const query = parsed.data.query.trim();
  if (query === '') throw invalid(`query is blank; ${FORM}`);
  if (Buffer.byteLength(query) > MAX_QUERY_BYTES) {
    throw invalid(`query may have ${MAX_QUERY_BYTES / 1000} kB; pass long texts as variables`);
  }
  const operationName = parsed.data.operationName?.trim() ?? '';
  return {
    query,
    variables: readVariables(parsed.data.variables),
    operationName: operationName === '' ? null : operationName,
  };
}

/** No GraphQL document is also a JSON object, so this takes nothing for what it is not. */
function fromText(text: string): JsonValue {
  const parsed = text.trimStart().startsWith('{') ? fromJson(text) : null;
  return isObject(parsed) ? parsed : { query: text };
}

/** Models send null for arguments they leave out. */
function withoutNulls(args: JsonValue): JsonValue {
  if (!isObject(args)) return args;
  return Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null));
}

function readVariables(given: JsonValue | undefined): JsonObject {
  const isBlank = given === undefined || (typeof given === 'string' && given.trim() === '');
  const variables = isBlank ? {} : typeof given === 'string' ? (fromJson(given) ?? {}) : given;
  if (!isObject(variables)) throw invalid('variables is no object; pass {"name": value, …}');
  if (Buffer.byteLength(JSON.stringify(variables)) > MAX_VARIABLES_BYTES) {
    throw invalid(`variables may have ${MAX_VARIABLES_BYTES / 1000} kB as JSON; pass less`);
  }
  return variables;
}

/** The value of a JSON text; a string, which is never an object, when it is none. */
function fromJson(text: string): JsonValue {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string): ToolRefusal {
  return new ToolRefusal('invalid_arguments', message);
}
