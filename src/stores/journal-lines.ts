import { z } from 'zod';
import { errorMessage } from '../domain/error.js';

/** The version of the lines that are written here. */
const JOURNAL_VERSION = 1;

const LINE_END = 0x0a;
/** So many entries in a line of a file made anew: writing one takes the event loop well under a millisecond. */
const ENTRIES_PER_LINE = 100;

const Versioned = z.object({ v: z.number() });
const Line = z.object({ v: z.literal(JOURNAL_VERSION), entries: z.array(z.unknown()) });

/** What the bytes of a journal say. */
export interface JournalContents<Entry extends object> {
  readonly entries: readonly Entry[];
  /** Up to here the file consists of whole lines that were understood. */
  readonly wholeBytes: number;
  readonly end: JournalEnd;
}

/**
 * How reading ended: with the file; at a last line that a crash cut short; at a line in the middle that says nothing that
 * is understood; or at a line of a later version.
 */
export type JournalEnd =
  | { readonly kind: 'whole' }
  | { readonly kind: 'torn' }
  | { readonly kind: 'unreadable'; readonly line: number; readonly reason: string }
  | { readonly kind: 'later'; readonly version: number };

type LineReading<Entry extends object> =
  | { readonly kind: 'entries'; readonly entries: readonly Entry[] }
  | { readonly kind: 'garbled'; readonly reason: string }
  | Extract<JournalEnd, { kind: 'later' }>
  | { readonly kind: 'unknown'; readonly reason: string };

/** One line, with its end: what belongs together is there wholly or not at all. */
export function journalLine(entries: readonly object[]): string {
  return `${JSON.stringify({ v: JOURNAL_VERSION, entries })}\n`;
}

/** The lines of a file made anew. */
export function* journalLines(entries: readonly object[]): Generator<string> {
  for (let at = 0; at < entries.length; at += ENTRIES_PER_LINE)
    yield journalLine(entries.slice(at, at + ENTRIES_PER_LINE));
}

/** Reads lines up to the first that cannot be read; `parse` reads one entry, and gives null when it is none. */
export function readJournal<Entry extends object>(
  bytes: Buffer,
  parse: (value: unknown) => Entry | null,
): JournalContents<Entry> {
  const entries: Entry[] = [];
  let wholeBytes = 0;
  for (let line = 1; wholeBytes < bytes.length; line += 1) {
    const endsAt = bytes.indexOf(LINE_END, wholeBytes);
    if (endsAt === -1) return { entries, wholeBytes, end: { kind: 'torn' } };
    const reading = readLine(bytes.subarray(wholeBytes, endsAt), parse);
    if (reading.kind !== 'entries') {
      const isLast = endsAt === bytes.length - 1;
      return { entries, wholeBytes, end: endAt(reading, line, isLast) };
    }
    for (const entry of reading.entries) entries.push(entry);
    wholeBytes = endsAt + 1;
  }
  return { entries, wholeBytes, end: { kind: 'whole' } };
}

function endAt(
  reading: Exclude<LineReading<object>, { kind: 'entries' }>,
  line: number,
  isLast: boolean,
): JournalEnd {
  if (reading.kind === 'later') return reading;
  // A power cut may leave the end of a line without its beginning: the file's length is written before its content.
  if (reading.kind === 'garbled' && isLast) return { kind: 'torn' };
  return { kind: 'unreadable', line, reason: reading.reason };
}

function readLine<Entry extends object>(
  bytes: Buffer,
  parse: (value: unknown) => Entry | null,
): LineReading<Entry> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    return { kind: 'garbled', reason: errorMessage(error) };
  }
  const versioned = Versioned.safeParse(value);
  if (!versioned.success) return { kind: 'unknown', reason: 'it names no version' };
  const { v } = versioned.data;
  if (Number.isInteger(v) && v > JOURNAL_VERSION) return { kind: 'later', version: v };
  const line = Line.safeParse(value);
  if (!line.success) return { kind: 'unknown', reason: `it is no line of version ${JOURNAL_VERSION}` };
  const entries: Entry[] = [];
  for (const each of line.data.entries) {
    const entry = parse(each);
    if (entry === null) return { kind: 'unknown', reason: 'it has an entry that is not known' };
    entries.push(entry);
  }
  return { kind: 'entries', entries };
}
