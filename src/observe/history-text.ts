import { withoutEscapes } from '../domain/escape-sequences.js';
import type { Secrets } from './redact.js';

const MAX_SENTENCE_LENGTH = 300;
export const MAX_FIELD_LENGTH = 500;
/** A text is redacted as a whole before it is cut; one that is longer than anybody's sentence is cut before, too. */
const MAX_REDACTED_LENGTH = 16_384;

const UNPRINTABLE = String.raw`[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]`;
const ALL_UNPRINTABLE = new RegExp(`${UNPRINTABLE}+`, 'gu');
/** Escape sequences begin with such a character, too. */
const SOME_UNPRINTABLE = new RegExp(UNPRINTABLE, 'u');

/**
 * A text as the history keeps it: one line without secrets, escape sequences and control bytes, and without its middle
 * where it is too long.
 */
export function keptText(text: string, secrets: Secrets, maxLength = MAX_SENTENCE_LENGTH): string {
  if (!SOME_UNPRINTABLE.test(text)) return withoutMiddle(redacted(text, secrets).trim(), maxLength);
  // First, for a secret may stand around a sequence.
  const safe = redacted(withoutEscapes(text), secrets).replace(ALL_UNPRINTABLE, ' ').trim();
  return withoutMiddle(safe, maxLength);
}

/** What a text is about stands at its beginning, and what went wrong with a program at the end of what it printed. */
function withoutMiddle(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const tailLength = Math.floor(maxLength / 3);
  const head = text.slice(0, maxLength - 1 - tailLength).replace(/[\ud800-\udbff]$/u, '');
  return `${head}…${text.slice(-tailLength).replace(/^[\udc00-\udfff]/u, '')}`;
}

/** Fields may have several lines, as the output of a hook has. */
export function keptLines(text: string, secrets: Secrets): string {
  return withoutMiddle(redacted(text, secrets), MAX_FIELD_LENGTH);
}

function redacted(text: string, secrets: Secrets): string {
  if (text.length <= MAX_REDACTED_LENGTH) return secrets.redact(text);
  // What the cut may have made of a secret is held back, and left out.
  return secrets.textRedactor().push(text.slice(0, MAX_REDACTED_LENGTH));
}
