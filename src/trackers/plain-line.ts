import { withoutEscapes } from '../domain/escape-sequences.js';

/** Control characters, line separators, lone surrogates, and marks that reorder or hide text. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/gu;

/** How much of a text is looked at to make a short line of it. */
const LOOKED_AT = 8;

/** A name that somebody gave in a tracker as one harmless line of at most `maxLength` characters. */
export function plainLine(text: string, maxLength: number): string {
  const looked = text.slice(0, maxLength * LOOKED_AT);
  const line = withoutEscapes(looked).replace(UNPRINTABLE, ' ').replace(/\s+/gu, ' ').trim();
  const isWhole = line.length <= maxLength && looked.length === text.length;
  // A cut may fall between the two halves of one character.
  return isWhole ? line : `${line.slice(0, maxLength - 1).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
