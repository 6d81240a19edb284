import { withoutEscapes } from '../../domain/escape-sequences.js';

/** Control characters, line separators, lone surrogates, and marks that reorder or hide text. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]+/gu;

/** Nearly all that agents say is of these alone. */
const PRINTABLE = /^[\u0020-\u007e]*$/u;

/** How much of a text is looked at to make a short line of it; an agent may send megabytes. */
const LOOKED_AT = 8;

/**
 * One line of untrusted text, safe for a terminal and a log: no control bytes, escape sequences or marks that reorder
 * text, whitespace joined, at most `maxLength` long. `keep` is a control character that survives.
 */
export function plainText(text: string, maxLength: number, keep: '' | '\n' = ''): string {
  const looked = text.length > maxLength * LOOKED_AT ? text.slice(0, maxLength * LOOKED_AT) : text;
  const clean = PRINTABLE.test(looked)
    ? looked
    : withoutEscapes(looked).replace(UNPRINTABLE, (found) =>
        keep !== '' && found.includes(keep) ? keep : ' ',
      );
  const line = (keep === '' ? clean.replace(/\s+/gu, ' ') : clean).trim();
  const cut = line.length < text.length && looked.length < text.length;
  return line.length <= maxLength && !cut ? line : `${withoutHalf(line.slice(0, maxLength - 1))}…`;
}

/** A cut may fall between the two halves of one character. */
function withoutHalf(text: string): string {
  return text.replace(/[\uD800-\uDBFF]$/, '');
}
