import { StringDecoder } from 'node:string_decoder';
import type { Key, NamedKey } from '../keys/key.js';

const ESCAPE = '\u001b';
const BELL = '\u0007';
const STRING_END = `${ESCAPE}\\`;
const PASTE_END = `${ESCAPE}[201~`;
/** Longer than any sequence of a terminal; what goes on and on is none. */
const MAX_SEQUENCE = 64;
const MAX_PASTE = 64 * 1_024;
/** How long the rest of a sequence may take; an escape by itself is known as a key after that. */
const SEQUENCE_MS = 50;
/** A slow connection may halt within a paste, whose rest must not be taken for keys. */
const PASTE_MS = 3_000;

type Pending =
  | { readonly kind: 'nothing' }
  /** The beginning of a sequence. */
  | { readonly kind: 'sequence'; readonly text: string }
  | { readonly kind: 'paste'; readonly text: string };

const NOTHING: Pending = { kind: 'nothing' };

/**
 * Turns what a terminal sends into keys. Characters and sequences may come in any pieces; what is no key (answers of
 * the terminal, focus, mouse, function keys, alt with a character) is left out rather than taken for characters.
 */
export class KeyDecoder {
  readonly #utf8 = new StringDecoder('utf8');
  #pending: Pending = NOTHING;

  /** How long to wait for the rest of something before calling `flush`, null when nothing waits. */
  get patienceMs(): number | null {
    if (this.#pending.kind === 'nothing') return null;
    return this.#pending.kind === 'paste' ? PASTE_MS : SEQUENCE_MS;
  }

  push(chunk: Uint8Array): Key[] {
    return this.#read(this.#utf8.write(Buffer.from(chunk)));
  }

  /** Nothing followed for a moment: an escape by itself was the key, and a paste without an end is over. */
  flush(): Key[] {
    const pending = this.#pending;
    this.#pending = NOTHING;
    if (pending.kind === 'paste') return [{ kind: 'paste', text: pending.text }];
    return pending.kind === 'sequence' && pending.text === ESCAPE ? [{ kind: 'escape' }] : [];
  }

  #read(text: string): Key[] {
    const keys: Key[] = [];
    let rest = this.#pending.kind === 'sequence' ? this.#pending.text + text : text;
    if (this.#pending.kind === 'sequence') this.#pending = NOTHING;
    while (rest !== '') {
      const { key, length } = this.#pending.kind === 'paste' ? this.#paste(rest) : this.#next(rest);
      if (key !== null) keys.push(key);
      rest = rest.slice(length);
    }
    return keys;
  }

  #paste(text: string): Taken {
    const before = this.#pending.kind === 'paste' ? this.#pending.text : '';
    const all = before + text;
    const end = all.indexOf(PASTE_END);
    if (end === -1) {
      this.#pending = { kind: 'paste', text: all.slice(0, MAX_PASTE) };
      return { key: null, length: text.length };
    }
    this.#pending = NOTHING;
    const length = Math.max(end + PASTE_END.length - before.length, 0);
    return { key: { kind: 'paste', text: all.slice(0, end) }, length };
  }

  #next(text: string): Taken {
    if (!text.startsWith(ESCAPE)) {
      const character = String.fromCodePoint(text.codePointAt(0) ?? 0);
      return { key: characterKey(character), length: character.length };
    }
    const sequence = sequenceIn(text);
    if (sequence === null && text.length < MAX_SEQUENCE) {
      this.#pending = { kind: 'sequence', text };
      return { key: null, length: text.length };
    }
    if (sequence === null) return { key: null, length: text.length };
    if (sequence === `${ESCAPE}[200~`) this.#pending = { kind: 'paste', text: '' };
    return { key: sequenceKey(sequence), length: sequence.length };
  }
}

interface Taken {
  readonly key: Key | null;
  readonly length: number;
}

/** The sequence that a text begins with, null while it is not complete. */
function sequenceIn(text: string): string | null {
  const rest = text.slice(1);
  const [introducer] = rest;
  if (introducer === undefined) return null;
  // The first of two escapes was a key.
  if (introducer === ESCAPE) return ESCAPE;
  const length = STRINGS.has(introducer)
    ? stringLength(rest)
    : ((SEQUENCES[introducer] ?? ANY_CHARACTER).exec(rest)?.[0].length ?? null);
  return length === null ? null : text.slice(0, 1 + length);
}

// A character that belongs to no sequence ends it, so that a broken one does not swallow what follows.
const SEQUENCES: { readonly [introducer: string]: RegExp } = {
  '[': /^\[(?:\[.|[ -?]*[^ -?])/su,
  O: /^O./su,
};
const ANY_CHARACTER = /^./su;

/** What introduces an answer of the terminal, which goes on up to its own end. */
const STRINGS: ReadonlySet<string> = new Set([']', 'P', '_', '^']);

function stringLength(text: string): number | null {
  const ends = [text.indexOf(BELL), text.indexOf(ESCAPE)].filter((index) => index !== -1);
  if (ends.length === 0) return null;
  const end = Math.min(...ends);
  return end + (text.startsWith(STRING_END, end) ? STRING_END.length : text[end] === BELL ? 1 : 0);
}

function sequenceKey(sequence: string): Key | null {
  if (sequence === ESCAPE) return { kind: 'escape' };
  const match = /^[[O](?:(\d+)(?:;[\d:;]*)?)?([A-Za-z~])$/u.exec(sequence.slice(1));
  if (match === null) return null;
  const [, number = '', final = ''] = match;
  const kind = final === '~' ? NUMBERED[number] : FINAL[final];
  return kind === undefined ? null : { kind };
}

const FINAL: { readonly [final: string]: NamedKey } = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  H: 'home',
  F: 'end',
  // The enter of a number pad.
  M: 'enter',
};

const NUMBERED: { readonly [number: string]: NamedKey } = {
  1: 'home',
  3: 'delete',
  4: 'end',
  5: 'pageUp',
  6: 'pageDown',
  7: 'home',
  8: 'end',
};

function characterKey(character: string): Key | null {
  const code = character.codePointAt(0) ?? 0;
  if (code >= 0x20 && code !== 0x7f && !(code >= 0x80 && code < 0xa0)) {
    return { kind: 'character', text: character };
  }
  const named = CONTROLS[character];
  if (named !== undefined) return { kind: named };
  if (code >= 0x01 && code <= 0x1a) return { kind: 'control', letter: String.fromCharCode(code + 0x60) };
  return code === 0x1c ? { kind: 'control', letter: '\\' } : null;
}

const CONTROLS: { readonly [character: string]: NamedKey } = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\b': 'backspace',
  '\u007f': 'backspace',
};
