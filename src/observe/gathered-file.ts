import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { makeDirectory } from '../files/make-directory.js';
import { isThere } from './transcript-directory.js';

const OWNER_ONLY = 0o600;
/** A line waits this long for others at the most; one write for each took a quarter of a busy daemon's processor time. */
const GATHER_MS = 250;
/** What waits of one file before it is written at once: a thousand sessions hold 16 MB at the most. */
const GATHER_BYTES = 16 * 1024;

/** Calls back once after so many milliseconds; returns the cancellation. */
export type WakeAfter = (ms: number, callback: () => void) => () => void;

export interface GatheredFileOptions {
  /** Never an existing file: nobody else's lines, and nothing that a link leads to. */
  readonly path: string;
  /** The machine's timers unless given. */
  readonly wakeAfter?: WakeAfter | undefined;
  /** Called once when the file cannot be written; nothing more is. */
  readonly onFailed: (error: unknown) => void;
}

/**
 * Lines that are gathered for a moment and appended to a file of their own in one write.
 *
 * Invariants:
 *   G1. `add` never throws and never waits; lines are written in the order in which they came, one write at a time.
 *   G2. A line is given to the disk within a quarter of a second, or at once: the first, when 16 kB are gathered, and
 *       when somebody asks by `flush` or `close`. A crash of the daemon loses what was gathered, nothing older.
 *   G3. A write that hangs is waited for; what is gathered meanwhile is counted in `unwrittenBytes`, for the owner to bound.
 */
export class GatheredFile {
  readonly #options: GatheredFileOptions;
  #gathered: string[] = [];
  #unwrittenBytes = 0;
  #bytes = 0;
  #handle: FileHandle | null = null;
  #isThere = false;
  #hasFailed = false;
  #cancelWake: (() => void) | null = null;
  /** A write waits for the one before it, and will take what is gathered until it begins. */
  #isWriteDue = false;
  #written: Promise<void> = Promise.resolve();

  constructor(options: GatheredFileOptions) {
    this.#options = options;
  }

  /** What the file takes, with what is gathered. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What is gathered or being written. */
  get unwrittenBytes(): number {
    return this.#unwrittenBytes;
  }

  /** Whether there is a file at all. */
  get isThere(): boolean {
    return this.#isThere;
  }

  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Takes one line with its line end. */
  add(line: string): void {
    if (this.#hasFailed) return;
    const bytes = Buffer.byteLength(line);
    this.#gathered.push(line);
    this.#unwrittenBytes += bytes;
    this.#bytes += bytes;
    if (!this.#isThere || this.#unwrittenBytes >= GATHER_BYTES) void this.flush();
    else this.#cancelWake ??= (this.#options.wakeAfter ?? wakeAfter)(GATHER_MS, () => void this.flush());
  }

  /** Resolves when what was added until now is in the file, as far as that goes. */
  flush(): Promise<void> {
    this.#cancelWake?.();
    this.#cancelWake = null;
    if (this.#gathered.length > 0 && !this.#isWriteDue) {
      this.#isWriteDue = true;
      this.#written = this.#written.then(() => this.#write());
    }
    return this.#written;
  }

  /** Whether somebody removed the file that is being written. */
  async isRemoved(): Promise<boolean> {
    return this.#handle !== null && !(await isThere(this.#options.path));
  }

  /** Leaves a file that was removed, and goes on in a new one that begins with this line, or in none. */
  async leave(firstLine: string | null): Promise<void> {
    const handle = this.#handle;
    const left = this.#written.then(() => this.#startAnew(firstLine));
    this.#written = left;
    await left;
    await handle?.close();
    await this.flush();
  }

  /** Resolves when what was added is in the file, as far as that goes. Safe to call twice. */
  async close(): Promise<void> {
    await this.flush();
    const handle = this.#handle;
    this.#handle = null;
    await handle?.close().catch((error: unknown) => this.#fail(error));
  }

  async #write(): Promise<void> {
    this.#isWriteDue = false;
    if (this.#hasFailed) return;
    const lines = this.#gathered.join('');
    const bytes = this.#unwrittenBytes;
    this.#gathered = [];
    try {
      this.#handle ??= await this.#open();
      await this.#handle.appendFile(lines);
      this.#unwrittenBytes -= bytes;
    } catch (error) {
      this.#fail(error);
    }
  }

  async #open(): Promise<FileHandle> {
    await makeDirectory(path.dirname(this.#options.path));
    const handle = await open(this.#options.path, 'ax', OWNER_ONLY);
    this.#isThere = true;
    return handle;
  }

  /** Nothing is being written now, so all that is not written is gathered and belongs to the new file. */
  #startAnew(firstLine: string | null): void {
    this.#handle = null;
    this.#isThere = false;
    this.#gathered = firstLine === null ? [] : [firstLine, ...this.#gathered];
    this.#unwrittenBytes = this.#gathered.reduce((sum, line) => sum + Buffer.byteLength(line), 0);
    this.#bytes = this.#unwrittenBytes;
  }

  #fail(error: unknown): void {
    this.#cancelWake?.();
    this.#cancelWake = null;
    this.#gathered = [];
    this.#unwrittenBytes = 0;
    if (this.#hasFailed) return;
    this.#hasFailed = true;
    this.#options.onFailed(error);
  }
}

/** Does not keep a finished process alive: who owns the file closes it. */
const wakeAfter: WakeAfter = (ms, callback) => {
  const timer = setTimeout(callback, ms).unref();
  return () => clearTimeout(timer);
};
