import { stripVTControlCharacters } from 'node:util';
import stringWidth from 'string-width';

const MAX_LENGTH = 2_000;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/**
 * Text from outside as one harmless line: escape sequences, control bytes and marks that turn the writing direction are
 * gone, and every run of white space is one space.
 */
export function plainLine(text: string): string {
  return stripVTControlCharacters(text.slice(0, MAX_LENGTH))
    .replace(/\s+/gu, ' ')
    .replace(/[\p{Cc}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '')
    .trim();
}

/** How many columns a text takes; wide characters take two. */
export function width(text: string): number {
  return isAscii(text) ? text.length : stringWidth(text);
}

/** The text in at most so many columns, with an ellipsis where it was cut. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  if (columns <= 1) return columns === 1 ? '…' : '';
  return `${head(text, columns - 1)}…`;
}

/** The text in exactly so many columns. */
export function column(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const fitted = cut(text, columns);
  const padding = ' '.repeat(Math.max(columns - width(fitted), 0));
  return align === 'left' ? fitted + padding : padding + fitted;
}

function head(text: string, columns: number): string {
  if (isAscii(text)) return text.slice(0, columns);
  let taken = '';
  let left = columns;
  for (const { segment } of graphemes.segment(text)) {
    left -= width(segment);
    if (left < 0) break;
    taken += segment;
  }
  return taken;
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/u.test(text);
}
