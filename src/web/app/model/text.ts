import { withoutEscapes } from '../../../domain/escape-sequences.js';

/** Titles of issues are cut after this; whoever needs more opens the tracker. */
const LINE_LENGTH = 300;
/**
 * Marks that turn the writing direction, and what nobody sees, by which a text could pass for another one. Joiners and the
 * selectors of variants stay: scripts and emoji are made of them.
 */
const DISGUISES =
  /[\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\u{e0000}-\u{e00ff}]/gu;
const CONTROLS = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]+/gu;
const HALF_A_CHARACTER = /[\ud800-\udbff]$/;

/** Text from outside as one line: no control characters, escape sequences or disguises, white space joined, cut at a length. */
export function plainLine(text: string, maxLength = LINE_LENGTH): string {
  const line = withoutEscapes(text.slice(0, maxLength * 4))
    .replace(CONTROLS, ' ')
    .replace(DISGUISES, '')
    .replace(/\s+/gu, ' ')
    .trim();
  return line.length <= maxLength ? line : `${line.slice(0, maxLength - 1).replace(HALF_A_CHARACTER, '')}…`;
}

/** Text from outside that keeps its lines and all of its words: whoever decides about it must see all of it. */
export function plainBlock(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]|[\p{Zl}\p{Zp}\p{Cs}]/gu, ' ').replace(DISGUISES, '');
}

/** A JSON value for people; characters that disguise text are written out. */
export function visibleJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(DISGUISES, (mark) =>
    mark
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}
