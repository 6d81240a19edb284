import { type FileHandle, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { makeDirectory } from '../files/make-directory.js';
import type { Secrets } from './redact.js';

const OWNER_ONLY = 0o600;
/** Of a longer line only the start is kept; a single answer of a tool may have megabytes. */
const MAX_LINE_LENGTH = 256 * 1024;
/** Lines that a slow disk keeps waiting; more are dropped and counted. */
const MAX_QUEUED_BYTES = 8 * 1024 * 1024;

/** What a transcript file is told to be. */
export interface TranscriptFileOptions {
  readonly path: string;
  readonly maxBytes: number;
  readonly secrets: Secrets;
  /** Wall milliseconds. */
  readonly now: () => number;
  /** Called once when the file cannot be written; nothing more is. */
  readonly onFailed: (error: unknown) => void;
}

/**
 * The lines of one session as JSON lines, each with its time and direction: `message` when it is JSON, else `text`.
 *
 * Invariants:
 *   J1. `write` never throws and never waits: lines queue and are written beside the loop, in order.
 *   J2. The file stays below its limit, but for one last line that says so.
 *   J3. Secrets are replaced before a line is queued; lines are redacted whole.
 */
export class TranscriptFile {
  readonly #options: TranscriptFileOptions;
  #queue: string[] = [];
  #queuedBytes = 0;
  #dropped = 0;
  #bytes = 0;
  /** Nothing more is taken: it is full, closed or cannot be written. */
  #isOver = false;
  #hasFailed = false;
  #isThere = false;
  #handle: FileHandle | null = null;
  #isDraining = false;
  #drained: Promise<void> = Promise.resolve();

  constructor(options: TranscriptFileOptions) {
    this.#options = options;
  }

  /** What the file takes, with what is queued. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether there is a file at all. */
  get isThere(): boolean {
    return this.#isThere;
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  write(direction: 'sent' | 'received', line: string): void {
    if (this.#isOver) return;
    if (this.#queuedBytes > MAX_QUEUED_BYTES) {
      this.#dropped += 1;
      return;
    }
    if (this.#dropped > 0) this.#add({ note: `${this.#dropped} lines were dropped, the disk was too slow` });
    this.#dropped = 0;
    this.#add({ direction, ...this.#content(line) });
  }

  /** Goes on in a new file when this one was removed; by itself it would fill one that nobody can find any more. */
  async reopen(): Promise<void> {
    const handle = this.#handle;
    if (handle === null || (await isAt(this.#options.path))) return;
    while (this.#isDraining) await this.#drained;
    this.#isThere = false;
    if (this.#isOver) return;
    this.#handle = null;
    this.#bytes = 0;
    this.#add({ note: 'earlier lines were removed while the session went on' });
    await handle.close();
    await this.#drained;
  }

  /** Resolves when what was written is in the file, as far as that goes. Safe to call twice. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#drained;
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close().catch(this.#fail);
  }

  #content(line: string): { readonly message?: string; readonly text?: string; readonly length?: number } {
    const { secrets } = this.#options;
    if (line.length > MAX_LINE_LENGTH) {
      // What the cut may have made of a secret is held back by the redactor, and left out.
      const text = secrets.textRedactor().push(line.slice(0, MAX_LINE_LENGTH));
      return { text, length: line.length };
    }
    return isJson(line) ? { message: secrets.redactJson(line) } : { text: secrets.redact(line) };
  }

  #add({ message, ...rest }: { readonly message?: string } & Readonly<Record<string, unknown>>): void {
    const at = new Date(this.#options.now()).toISOString();
    const head = JSON.stringify({ at, ...rest });
    // What was JSON on the wire goes in as it is, with its numbers and spelling.
    const record = message === undefined ? head : `${head.slice(0, -1)},"message":${message.trim()}}`;
    this.#push(`${record}\n`);
  }

  #push(record: string): void {
    if (this.#bytes + Buffer.byteLength(record) > this.#options.maxBytes) {
      this.#isOver = true;
      const note = `the transcript is full at ${this.#options.maxBytes} bytes, the rest is left out`;
      this.#enqueue(`${JSON.stringify({ at: new Date(this.#options.now()).toISOString(), note })}\n`);
    } else this.#enqueue(record);
  }

  #enqueue(record: string): void {
    const bytes = Buffer.byteLength(record);
    this.#queue.push(record);
    this.#queuedBytes += bytes;
    this.#bytes += bytes;
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#drained = this.#drain();
  }

  async #drain(): Promise<void> {
    try {
      this.#handle ??= await this.#open();
      while (this.#queue.length > 0) {
        const records = this.#queue;
        this.#queue = [];
        await this.#handle.appendFile(records.join(''));
        this.#queuedBytes = this.#queue.reduce((sum, record) => sum + Buffer.byteLength(record), 0);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      // Nothing is awaited between the last look into the queue and this.
      this.#isDraining = false;
    }
  }

  async #open(): Promise<FileHandle> {
    await makeDirectory(path.dirname(this.#options.path));
    // Never an existing file: nobody else's lines, and nothing that a link leads to.
    const handle = await open(this.#options.path, 'ax', OWNER_ONLY);
    this.#isThere = true;
    return handle;
  }

  readonly #fail = (error: unknown): void => {
    this.#isOver = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#options.onFailed(error);
  };
}

async function isAt(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
