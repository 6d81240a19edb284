import { withoutEscapes } from '../domain/escape-sequences.js';
import type { JsonValue } from '../domain/json.js';
import type { Secrets } from './redact.js';

const MAX_SENTENCE_LENGTH = 300;
const MAX_FIELD_LENGTH = 500;
const MAX_FIELDS = 20;
/** A text is redacted as a whole before it is cut; one that is longer than anybody's sentence is cut before, too. */
const MAX_REDACTED_LENGTH = 16_384;

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not get through
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu;

/**
 * A text as the history keeps it: one line without secrets, escape sequences and control bytes, and without its middle
 * where it is too long.
 */
export function keptText(text: string, secrets: Secrets, maxLength = MAX_SENTENCE_LENGTH): string {
  // First, for a secret may stand around a sequence.
  const safe = redacted(withoutEscapes(text), secrets).replace(UNPRINTABLE, ' ').trim();
  return withoutMiddle(safe, maxLength);
}

/** What a text is about stands at its beginning, and what went wrong with a program at the end of what it printed. */
function withoutMiddle(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const tailLength = Math.floor(maxLength / 3);
  const head = text.slice(0, maxLength - 1 - tailLength).replace(/[\ud800-\udbff]$/u, '');
  return `${head}…${text.slice(-tailLength).replace(/^[\udc00-\udfff]/u, '')}`;
}

/** The fields of a line as the history keeps them: without secrets, and never more than a few thousand characters. */
export function keptFields(
  fields: { readonly [name: string]: JsonValue },
  secrets: Secrets,
): { readonly [name: string]: JsonValue } {
  const entries = Object.entries(fields).slice(0, MAX_FIELDS);
  return Object.fromEntries(
    entries.map(([name, value]) => [keptText(name, secrets, 100), keptValue(value, secrets)]),
  );
}

function keptValue(value: JsonValue, secrets: Secrets): JsonValue {
  if (typeof value === 'string') return keptLines(value, secrets);
  if (typeof value !== 'object' || value === null) return value;
  const json = JSON.stringify(value);
  return json.length <= MAX_FIELD_LENGTH ? secrets.redactValue(value) : keptLines(json, secrets);
}

/** Fields may have several lines, as the output of a hook has. */
function keptLines(text: string, secrets: Secrets): string {
  return withoutMiddle(redacted(text, secrets), MAX_FIELD_LENGTH);
}

function redacted(text: string, secrets: Secrets): string {
  if (text.length <= MAX_REDACTED_LENGTH) return secrets.redact(text);
  // What the cut may have made of a secret is held back, and left out.
  return secrets.textRedactor().push(text.slice(0, MAX_REDACTED_LENGTH));
}
