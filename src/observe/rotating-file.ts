import { closeSync, fstatSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectorySync } from '../files/make-directory.js';

const MAX_FILE_BYTES = 10 * 1024 * 1024;
const MAX_FILES = 5;
const FLUSH_AFTER_MS = 100;
const FLUSH_AT_BYTES = 64 * 1024;
const MAX_BUFFERED_BYTES = 1024 * 1024;
const RETRY_AFTER_MS = 10_000;

/** How a rotating file is set up; everything but the first two has a default. */
export interface RotatingFileOptions {
  readonly path: string;
  /** Called once per outage, and once more when the file is back. */
  readonly onChange: (change: FileChange) => void;
  readonly maxFileBytes?: number;
  /** All files together, the current one included. */
  readonly maxFiles?: number;
  readonly retryAfterMs?: number;
}

/** What becomes of a log file that cannot be written. */
export type FileChange =
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'recovered'; readonly lostLines: number };

type FileState =
  | { readonly kind: 'unopened' }
  | { readonly kind: 'open'; readonly fd: number; readonly inode: number }
  | { readonly kind: 'failed'; readonly retryAtMs: number };

/**
 * Appends lines to a file and rotates it by size: `name`, `name.1`, … `name.<maxFiles - 1>`, the oldest dropped.
 *
 * Lines gather for at most 100 ms or 64 kB and are then appended in one synchronous write, so an exit handler can finish
 * the job and no worker thread is needed: pino-roll costs 100 ms of start-up, numbers its files instead of keeping
 * one name, and leaves failures of its file to an error event.
 *
 * Invariants:
 *   F1. Nothing here throws; a file that cannot be written is told once, tried again every ten seconds, and meanwhile at
 *       most 1 MiB of lines is kept, the oldest dropped and counted.
 *   F2. A file that was moved or removed by someone else is opened anew within one flush.
 */
export class RotatingFile {
  readonly #options: Required<RotatingFileOptions>;
  #state: FileState = { kind: 'unopened' };
  #lines: Buffer[] = [];
  #bufferedBytes = 0;
  #lostLines = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: RotatingFileOptions) {
    this.#options = {
      maxFileBytes: MAX_FILE_BYTES,
      maxFiles: MAX_FILES,
      retryAfterMs: RETRY_AFTER_MS,
      ...options,
    };
  }

  /** Takes one line with its line end. */
  write(line: string): void {
    const bytes = Buffer.from(line, 'utf8');
    this.#lines.push(bytes);
    this.#bufferedBytes += bytes.length;
    if (this.#state.kind === 'failed') this.#dropOldest();
    if (this.#bufferedBytes >= FLUSH_AT_BYTES) this.flush();
    // The timer must not keep a finished process alive; the owner flushes on close and on exit.
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_AFTER_MS).unref();
  }

  /** Writes what is buffered, now. */
  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#lines.length === 0) return;
    if (this.#state.kind === 'failed' && performance.now() < this.#state.retryAtMs) return;
    this.#attempt();
  }

  /** Writes what is buffered and lets go of the file. */
  close(): void {
    // The last chance: also in an outage, before its next try is due.
    if (this.#state.kind === 'failed') this.#state = { kind: 'failed', retryAtMs: 0 };
    this.flush();
    this.#letGo();
  }

  #append(): void {
    const bytes = Buffer.concat(this.#lines);
    const fd = this.#openFor(bytes.length);
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(fd, bytes, written);
    } finally {
      this.#forget(written);
    }
  }

  /** Drops what is in the file, so that a write cut short by a full disk goes on where it stopped. */
  #forget(writtenBytes: number): void {
    let left = writtenBytes;
    this.#bufferedBytes -= writtenBytes;
    const rest = this.#lines.findIndex((line) => {
      if (line.length > left) return true;
      left -= line.length;
      return false;
    });
    this.#lines = rest === -1 ? [] : this.#lines.slice(rest);
    if (this.#lines[0] !== undefined) this.#lines[0] = this.#lines[0].subarray(left);
  }

  #openFor(sizeBytes: number): number {
    if (this.#state.kind === 'open' && !this.#isStillThere(this.#state.inode)) this.#letGo();
    const open = this.#state.kind === 'open' ? this.#state : this.#open();
    const currentBytes = fstatSync(open.fd).size;
    if (currentBytes === 0 || currentBytes + sizeBytes <= this.#options.maxFileBytes) return open.fd;
    this.#letGo();
    this.#rotate();
    return this.#open().fd;
  }

  #open(): FileState & { kind: 'open' } {
    makeDirectorySync(dirname(this.#options.path));
    const fd = openSync(this.#options.path, 'a', 0o600);
    const open = { kind: 'open', fd, inode: fstatSync(fd).ino } as const;
    this.#state = open;
    return open;
  }

  #isStillThere(inode: number): boolean {
    return statSync(this.#options.path, { throwIfNoEntry: false })?.ino === inode;
  }

  #rotate(): void {
    const { path, maxFiles } = this.#options;
    const name = (index: number): string => (index === 0 ? path : `${path}.${index}`);
    rmSync(name(maxFiles - 1), { force: true });
    for (let index = maxFiles - 2; index >= 0; index -= 1) {
      if (statSync(name(index), { throwIfNoEntry: false }) !== undefined)
        renameSync(name(index), name(index + 1));
    }
  }

  #attempt(): void {
    const wasFailed = this.#state.kind === 'failed';
    try {
      this.#append();
    } catch (error) {
      this.#letGo();
      this.#state = { kind: 'failed', retryAtMs: performance.now() + this.#options.retryAfterMs };
      this.#dropOldest();
      if (!wasFailed) this.#options.onChange({ kind: 'failed', error });
      return;
    }
    if (!wasFailed) return;
    const lostLines = this.#lostLines;
    this.#lostLines = 0;
    this.#options.onChange({ kind: 'recovered', lostLines });
  }

  #dropOldest(): void {
    while (this.#bufferedBytes > MAX_BUFFERED_BYTES) {
      const oldest = this.#lines.shift();
      if (oldest === undefined) return;
      this.#bufferedBytes -= oldest.length;
      this.#lostLines += 1;
    }
  }

  #letGo(): void {
    if (this.#state.kind !== 'open') return;
    const { fd } = this.#state;
    this.#state = { kind: 'unopened' };
    try {
      closeSync(fd);
    } catch {
      // A close that fails (EIO on a network disk) leaves nothing to do: the descriptor is gone either way.
    }
  }
}
