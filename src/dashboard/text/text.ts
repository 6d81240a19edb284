import stringWidth from 'string-width';
import { withoutEscapes } from '../../domain/escape-sequences.js';

const MAX_LENGTH = 2_000;
/** Texts repeat the same few characters; a hostile one must not grow the memory for ever. */
const MAX_KNOWN_WIDTHS = 4_096;
const REGIONAL_A = 0x1f1e6;
const LETTER_A = 0x41;

/** Text from outside as one harmless line without blanks at its ends; every run of white space is one space. */
export function plainLine(text: string): string {
  if (text.length <= MAX_LENGTH && isAscii(text)) return folded(text);
  const simple = folded(harmless(text.slice(0, MAX_LENGTH)));
  // A mark without its character would stand on whatever is shown before it.
  return simple.replace(/^\p{M}+/u, '').trim();
}

/**
 * Text whose width every terminal agrees about and which cannot steer one: escape sequences, control bytes, invisible
 * characters and marks that turn the writing direction are gone, and all white space is spaces.
 *
 * Terminals differ in how wide they draw joined emoji, so those become their first one, and flags become letters.
 */
export function harmless(text: string): string {
  return (
    withoutEscapes(text)
      .normalize('NFC')
      .replace(/[\u{1f1e6}-\u{1f1ff}]/gu, (flag) =>
        String.fromCodePoint(codePoint(flag) - REGIONAL_A + LETTER_A),
      )
      .replace(/\u200d\p{Extended_Pictographic}/gu, '')
      .replace(/(?<=\p{Extended_Pictographic}\ufe0f?)\p{Emoji_Modifier}/gu, '')
      .replace(/\p{Cs}/gu, '\ufffd')
      .replace(/\s/gu, ' ')
      .replace(/[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]|\u20e3/gu, '')
      // What stood between a letter and its mark is gone, so they may be one character now.
      .normalize('NFC')
      .replace(/(?<=\p{Mn}{2})\p{Mn}+/gu, '')
  );
}

/** How many columns a text takes at most, in any terminal; wide characters take two. */
export function width(text: string): number {
  if (isAscii(text)) return text.length;
  let columns = 0;
  for (const character of text) columns += characterWidth(character);
  return columns;
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

/** The text in lines of at most so many columns, broken between words, and within those that are longer. */
export function wrap(text: string, columns: number): string[] {
  if (columns < 1) return [];
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const joined = line === '' ? word : `${line} ${word}`;
    if (width(joined) <= columns) {
      line = joined;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word;
    while (width(line) > columns) {
      // A character wider than the line stands alone rather than never.
      const taken = head(line, columns) || String.fromCodePoint(codePoint(line));
      lines.push(taken);
      line = line.slice(taken.length);
    }
  }
  return line === '' && lines.length > 0 ? lines : [...lines, line];
}

/** The text in at most so many lines, with an ellipsis where it was cut. */
export function wrapAtMost(text: string, columns: number, most: number): string[] {
  const lines = wrap(text, columns);
  return lines.length <= most
    ? lines
    : [...lines.slice(0, most - 1), cut(lines.slice(most - 1).join(' '), columns)];
}

/** The first columns of a text, never splitting a character from its marks. */
function head(text: string, columns: number): string {
  if (isAscii(text)) return text.slice(0, columns);
  let taken = '';
  let left = columns;
  for (const character of text) {
    left -= characterWidth(character);
    if (left < 0) break;
    taken += character;
  }
  return taken;
}

const widths = new Map<string, number>();

/** Each character by itself: terminals that do not join clusters draw the widest. */
function characterWidth(character: string): number {
  const known = widths.get(character);
  if (known !== undefined) return known;
  const measured = /^[\p{Mn}\p{Me}]$/u.test(character) ? 0 : stringWidth(character);
  if (widths.size >= MAX_KNOWN_WIDTHS) widths.clear();
  widths.set(character, measured);
  return measured;
}

function folded(text: string): string {
  return text.includes('  ') ? text.replace(/ +/gu, ' ').trim() : text.trim();
}

function codePoint(character: string): number {
  return character.codePointAt(0) ?? 0;
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/u.test(text);
}
