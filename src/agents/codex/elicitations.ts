import type { JsonObject, JsonValue } from '../../domain/json.js';
import { objectOf, textOf } from './protocol.js';

/**
 * Whether an elicitation is Codex's own question before it calls a tool of an MCP server. One that wants to know
 * something is none, whatever it calls itself: the words in `_meta` may be those of the MCP server.
 */
export function isMcpApproval(params: JsonObject): boolean {
  const isMarked = objectOf(params['_meta'])['codex_approval_kind'] === 'mcp_tool_call';
  return isMarked && formFields(params).length === 0;
}

/** Accepts a tool of an MCP server for as long as the session lives, where the request offers that. */
export function acceptForSession(params: JsonObject): JsonObject {
  const offered = objectOf(params['_meta'])['persist'];
  const isOffered = offered === 'session' || (Array.isArray(offered) && offered.includes('session'));
  return { action: 'accept', content: {}, ...(isOffered ? { _meta: { persist: 'session' } } : {}) };
}

/** What a form offers to choose from; empty when any text is an answer, null when it wants nothing but a yes. */
export function formChoices(params: JsonObject): readonly string[] | null {
  const [only, ...others] = formFields(params);
  if (only === undefined) return textOf(params, 'mode') === 'openai/userVerification' ? [] : null;
  const [, field] = only;
  return others.length === 0 ? fieldChoices(field) : [];
}

/** Whether a yes alone is no answer. */
export function wantsMore(params: JsonObject): boolean {
  return formChoices(params) !== null;
}

/** A form's answer from a person's words; null when they cannot be one, so that it has to be asked again. */
export function answerForm(params: JsonObject, text: string): JsonValue {
  const [only, ...others] = formFields(params);
  if (only === undefined || others.length > 0) return null;
  const [name, field] = only;
  const value = fieldValue(field, text.trim());
  return value === null ? null : { action: 'accept', content: { [name]: value } };
}

function formFields(params: JsonObject): (readonly [string, JsonObject])[] {
  const properties = objectOf(objectOf(params['requestedSchema'])['properties']);
  return Object.entries(properties).map(([name, field]) => [name, objectOf(field)] as const);
}

function fieldChoices(field: JsonObject): readonly string[] {
  const { enum: values, oneOf } = field;
  if (Array.isArray(values)) return values.map(String);
  if (Array.isArray(oneOf)) return oneOf.flatMap((each) => textOf(objectOf(each), 'const') ?? []);
  return field['type'] === 'boolean' ? ['true', 'false'] : [];
}

function fieldValue(field: JsonObject, text: string): JsonValue {
  const choices = fieldChoices(field);
  if (choices.length > 0 && !choices.includes(text)) return null;
  switch (field['type']) {
    case 'boolean':
      return text === 'true';
    case 'number':
    case 'integer':
      return text !== '' && Number.isFinite(Number(text)) ? Number(text) : null;
    case 'array':
    case 'object':
      return null;
    default:
      return text;
  }
}
