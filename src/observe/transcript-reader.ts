import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import type { JsonValue } from '../domain/json.js';
import type { SessionLog, TranscriptLine, TranscriptPage, TranscriptSource } from '../domain/transcript.js';
import type { Secrets } from './redact.js';
import type { Transcripts } from './transcripts.js';

const MAX_PAGE_BYTES = 1_000_000;
const CHUNK_BYTES = 64 * 1024;
const MAX_LIMIT = 1_000;
const NEWLINE = 0x0a;
/** The name by which the API lists the newest transcript of an issue. */
const LATEST = 'latest';

/** What a reader is built from. */
export interface TranscriptReaderOptions {
  /** Knows which files there are, nothing else is ever opened; and what is still to be written into them. */
  readonly transcripts: Pick<Transcripts, 'logs' | 'written'>;
  readonly secrets: Secrets;
}

/**
 * Reads transcripts back, in pages. A session is named by when it was begun, and by `latest`; a page begins at a byte of
 * one session's file, which `next` names together with the session.
 */
export class TranscriptReader implements TranscriptSource {
  readonly #options: TranscriptReaderOptions;

  constructor(options: TranscriptReaderOptions) {
    this.#options = options;
  }

  sessions(identifier: string): readonly SessionLog[] {
    // A name that another session takes over when it begins cannot be paged.
    return this.#options.transcripts
      .logs(identifier)
      .map(({ path: file }) => ({ label: path.basename(file, path.extname(file)), path: file }))
      .toReversed();
  }

  async read(
    identifier: string,
    { session, after, limit }: { session: string | null; after: string | null; limit: number },
  ): Promise<TranscriptPage | null> {
    const sessions = this.sessions(identifier);
    const place = after === null ? null : placeOf(after);
    const isLatest = session === null || session === LATEST;
    const label = isLatest ? (place?.label ?? sessions.at(-1)?.label) : session;
    const found = sessions.find((known) => known.label === label);
    if (found === undefined) return null;
    const startByte = place?.label === found.label ? place.byte : 0;
    await this.#options.transcripts.written(identifier, found.path);
    const handle = await openFile(found.path);
    if (handle === null) return null;
    try {
      const count = Math.min(MAX_LIMIT, Math.max(1, Math.floor(limit)));
      const { lines, nextByte } = await readLines(handle, startByte, count);
      const next = nextByte === null ? null : `${found.label}:${nextByte}`;
      return { session: found, lines: lines.map((line) => this.#lineOf(line)), next };
    } finally {
      await handle.close();
    }
  }

  #lineOf(raw: string | null): TranscriptLine {
    const { secrets } = this.#options;
    if (raw === null) return { atMs: null, direction: null, message: TOO_LONG };
    try {
      return lineOf(JSON.parse(secrets.redactJson(raw)));
    } catch (error) {
      // Only half of a line was written when a daemon was killed; what there is may still tell something.
      if (error instanceof SyntaxError) return { atMs: null, direction: null, message: secrets.redact(raw) };
      throw error;
    }
  }
}

const TOO_LONG = 'a line of more than a megabyte is left out';

interface Lines {
  /** Null stands for a line that does not fit into a page. */
  readonly lines: readonly (string | null)[];
  /** Null at the end of the last whole line. */
  readonly nextByte: number | null;
}

/** Reads whole lines from a byte on, a megabyte at the most; a last line without its end is still being written. */
async function readLines(handle: FileHandle, startByte: number, limit: number): Promise<Lines> {
  const fromByte = Math.max(0, startByte - 1);
  const { bytes, isEnd } = await readUntil(handle, fromByte, limit);
  // Unless it follows the end of a line, a page begins within one that was too long for the page before it.
  let at = startByte === 0 ? 0 : bytes.indexOf(NEWLINE) + 1;
  if (startByte > 0 && at === 0) return { lines: [], nextByte: isEnd ? null : fromByte + bytes.length };
  const lines: string[] = [];
  while (lines.length < limit) {
    const end = bytes.indexOf(NEWLINE, at);
    if (end < 0) break;
    if (end > at) lines.push(bytes.toString('utf8', at, end));
    at = end + 1;
  }
  const isFull = lines.length === limit;
  if (!isFull && isEnd) return { lines, nextByte: null };
  if (isFull && isEnd && at === bytes.length) return { lines, nextByte: null };
  // A whole page, and the line with which it begins does not end in it.
  if (fromByte + at === startByte) return { lines: [null], nextByte: fromByte + bytes.length };
  return { lines, nextByte: fromByte + at };
}

async function readUntil(
  handle: FileHandle,
  fromByte: number,
  limit: number,
): Promise<{ readonly bytes: Buffer; readonly isEnd: boolean }> {
  const chunks: Buffer[] = [];
  let total = 0;
  let ends = 0;
  while (total < MAX_PAGE_BYTES) {
    const size = Math.min(CHUNK_BYTES, MAX_PAGE_BYTES - total);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(size), 0, size, fromByte + total);
    if (bytesRead === 0) return { bytes: Buffer.concat(chunks), isEnd: true };
    const chunk = buffer.subarray(0, bytesRead);
    chunks.push(chunk);
    total += bytesRead;
    ends += countOf(chunk);
    // One more than asked for: the first may only be the end of the page before.
    if (ends > limit + 1) break;
  }
  return { bytes: Buffer.concat(chunks), isEnd: false };
}

function countOf(chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

/** Null when there is no such file any more, or something else has taken its place. */
async function openFile(file: string): Promise<FileHandle | null> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
    return null;
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      ['ENOENT', 'ELOOP', 'ENXIO'].includes(String(error.code))
    )
      return null;
    throw error;
  }
}

function placeOf(after: string): { readonly label: string; readonly byte: number } | null {
  const match = /^(?<label>.+):(?<byte>\d{1,15})$/u.exec(after);
  const { label, byte } = match?.groups ?? {};
  return label === undefined || byte === undefined ? null : { label, byte: Number(byte) };
}

/** A line of a transcript file, as `TranscriptFile` writes them. */
function lineOf(record: JsonValue): TranscriptLine {
  if (typeof record !== 'object' || record === null || !isObject(record))
    return { atMs: null, direction: null, message: record };
  const { at, direction, message, text, note, length } = record;
  const atMs = typeof at === 'string' ? Date.parse(at) : Number.NaN;
  const longer = typeof length === 'number' ? `… (${length} characters)` : '';
  const words = typeof text === 'string' ? `${text}${longer}` : (note ?? null);
  return {
    atMs: Number.isNaN(atMs) ? null : atMs,
    direction: direction === 'sent' || direction === 'received' ? direction : null,
    message: message ?? words,
  };
}

function isObject(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
