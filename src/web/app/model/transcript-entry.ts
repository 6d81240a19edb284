import type { TranscriptResponse } from '../daemon/wire.js';
import { plainLine } from './text.js';

type Line = TranscriptResponse['lines'][number];
type Json = Line['message'];

/** A line of a conversation, as it is shown. */
export interface TranscriptEntry {
  readonly at: string | null;
  readonly speaker: 'daemon' | 'agent' | null;
  /** Its method, or what kind of answer it is. */
  readonly what: string;
  /** Its most telling words; blank when it has none. */
  readonly text: string;
  /** A piece of something that is told whole later, or a notice without words. */
  readonly isMinor: boolean;
  readonly message: Json;
}

const TEXT_LENGTH = 400;
const DEPTH = 4;
/** Members that tell what a message is about, the most telling first. */
const TELLING = [
  'text',
  'delta',
  'command',
  'message',
  'question',
  'query',
  'reason',
  'path',
  'tool',
  'name',
  'status',
];

/** Reads a line for people; nothing may depend on what it says. */
export function transcriptEntry({ at, direction, message }: Line): TranscriptEntry {
  const { what, body } = partsOf(message);
  const text = plainLine(typeof body === 'string' ? body : (wordsIn(body) ?? ''), TEXT_LENGTH);
  const isNotice = isObject(message) && message['method'] !== undefined && message['id'] === undefined;
  return {
    at,
    speaker: direction === null ? null : direction === 'sent' ? 'daemon' : 'agent',
    what: plainLine(what, 80),
    text,
    isMinor: isNotice && (text === '' || /delta$/iu.test(what)),
    message,
  };
}

function partsOf(message: Json): { readonly what: string; readonly body: Json } {
  if (!isObject(message)) return { what: 'text', body: message };
  const { method, result, error, params, type } = message;
  if (typeof method === 'string') {
    const item = objectOf(objectOf(params)['item']);
    const kind = item['type'];
    return { what: typeof kind === 'string' ? `${method} ${kind}` : method, body: params ?? null };
  }
  if (error !== undefined) return { what: 'error', body: error };
  if (result !== undefined) return { what: 'answer', body: result };
  return { what: typeof type === 'string' ? type : 'message', body: message };
}

/** The most telling text of a value, the one nearest to its surface. */
function wordsIn(value: Json): string | null {
  let level: Json[] = [value];
  for (let depth = 0; depth <= DEPTH && level.length > 0; depth += 1) {
    const found = level.map(wordsOf).find((words) => words !== null);
    if (found !== undefined) return found;
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return null;
}

function wordsOf(value: Json): string | null {
  if (!isObject(value)) return null;
  for (const name of TELLING) {
    const member = value[name];
    if (typeof member === 'string' && member.trim() !== '') return member;
    if (Array.isArray(member) && member.length > 0 && member.every((part) => typeof part === 'string'))
      return member.join(' ');
  }
  return null;
}

function objectOf(value: Json | undefined): { [name: string]: Json } {
  return value !== undefined && isObject(value) ? value : {};
}

function isObject(value: Json): value is { [name: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
