import { stripVTControlCharacters } from 'node:util';
import type { Key } from './key.js';

/** As much as the API takes of an answer. */
export const MAX_LENGTH = 10_000;

/** A line of text that is being written. */
export interface Editor {
  readonly before: string;
  readonly after: string;
}

export const EMPTY: Editor = { before: '', after: '' };

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The text as it is after a key; keys that mean nothing here leave it. */
export function edited(editor: Editor, key: Key): Editor {
  const { before, after } = editor;
  switch (key.kind) {
    case 'character':
      return typed(editor, key.text);
    case 'paste':
      return typed(editor, key.text);
    case 'backspace':
      return { before: before.slice(0, before.length - lastOf(before).length), after };
    case 'delete':
      return { before, after: after.slice(firstOf(after).length) };
    case 'left': {
      const moved = lastOf(before);
      return { before: before.slice(0, before.length - moved.length), after: moved + after };
    }
    case 'right': {
      const moved = firstOf(after);
      return { before: before + moved, after: after.slice(moved.length) };
    }
    case 'home':
      return { before: '', after: before + after };
    case 'end':
      return { before: before + after, after: '' };
    case 'control':
      return controlled(editor, key.letter);
    default:
      return editor;
  }
}

/** Whether a key brings more than there is room for, so that the end of it is lost. */
export function overflows(editor: Editor, key: Key): boolean {
  const brings = key.kind === 'paste' || key.kind === 'character';
  return brings && wordsOf(key.text).length > roomOf(editor);
}

/** What was written, as it is sent: without escape sequences and blanks around it. */
export function writtenText({ before, after }: Editor): string {
  return (before + after).trim();
}

function controlled(editor: Editor, letter: string): Editor {
  const { before, after } = editor;
  switch (letter) {
    case 'a':
      return edited(editor, { kind: 'home' });
    case 'e':
      return edited(editor, { kind: 'end' });
    case 'u':
      return { before: '', after };
    case 'k':
      return { before, after: '' };
    case 'w':
      return { before: before.replace(/\S+\s*$/u, ''), after };
    default:
      return editor;
  }
}

function typed(editor: Editor, text: string): Editor {
  // A cut through the two halves of a character leaves one that means nothing.
  const words = wordsOf(text)
    .slice(0, roomOf(editor))
    .replace(/\p{Cs}/gu, '');
  return { before: editor.before + words, after: editor.after };
}

/** Written texts stay as they are but for what is no text: sequences, control bytes, turned directions. */
function wordsOf(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/\s+/gu, ' ')
    .replace(/[\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '');
}

function roomOf({ before, after }: Editor): number {
  return Math.max(MAX_LENGTH - before.length - after.length, 0);
}

function lastOf(text: string): string {
  // Clusters are short: the end of a text is enough to find its last one.
  return [...graphemes.segment(text.slice(-64))].at(-1)?.segment ?? '';
}

function firstOf(text: string): string {
  for (const { segment } of graphemes.segment(text.slice(0, 64))) return segment;
  return '';
}
