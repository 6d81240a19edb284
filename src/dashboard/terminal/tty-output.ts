import { EventEmitter } from 'node:events';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { isatty, type WriteStream } from 'node:tty';
import type { Terminal } from './screen.js';

const RETRY_MS = 50;
/** How long a dying process tries to give the terminal back. */
const LAST_WORDS_MS = 250;
const LAST_WORDS_STEP_MS = 10;

/**
 * A terminal that is never waited for. Node writes to terminals synchronously, so a connection that stalls (a laptop
 * asleep with its ssh session open) would hold the whole daemon. This opens the same terminal once more, without
 * blocking, and keeps what it does not take for later.
 */
export class TtyOutput extends EventEmitter implements Terminal {
  readonly #stream: WriteStream;
  readonly #fd: number;
  #left: Buffer = Buffer.alloc(0);
  #retry: NodeJS.Timeout | null = null;
  readonly #done: (() => void)[] = [];
  #isGone = false;

  private constructor(stream: WriteStream, fd: number) {
    super();
    this.#stream = stream;
    this.#fd = fd;
    stream.on('resize', this.#resized);
  }

  /** The terminal behind a stream; the stream itself where that cannot be opened again. */
  static of(stream: WriteStream): Terminal {
    const flags = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
    const own = 'fd' in stream && typeof stream.fd === 'number' ? [`/proc/self/fd/${stream.fd}`] : [];
    for (const path of [...own, '/dev/tty']) {
      const fd = opened(path, flags);
      if (fd !== null) return new TtyOutput(stream, fd);
    }
    return stream;
  }

  get columns(): number {
    return this.#stream.columns;
  }

  get rows(): number {
    return this.#stream.rows;
  }

  get writableNeedDrain(): boolean {
    return this.#left.length > 0;
  }

  write(text: string, done?: () => void): boolean {
    this.#left = Buffer.concat([this.#left, Buffer.from(text)]);
    if (done !== undefined) this.#done.push(done);
    this.#flush();
    return this.#left.length === 0;
  }

  /** Writes what the process has to say before it ends, in as long as a person would not notice. */
  flushSync(): void {
    const until = performance.now() + LAST_WORDS_MS;
    this.#flush();
    while (this.#left.length > 0 && performance.now() < until) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LAST_WORDS_STEP_MS);
      this.#flush();
    }
  }

  close(): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    this.#stream.off('resize', this.#resized);
    this.#isGone = true;
    closeSync(this.#fd);
  }

  readonly #resized = (): void => {
    this.emit('resize');
  };

  #flush(): void {
    try {
      while (this.#left.length > 0 && !this.#isGone) {
        this.#left = this.#left.subarray(writeSync(this.#fd, this.#left));
      }
    } catch (error) {
      if (!isFull(error)) {
        this.#left = Buffer.alloc(0);
        this.#isGone = true;
        this.emit('error', error);
      }
    }
    if (this.#left.length > 0) {
      this.#retry ??= setTimeout(() => {
        this.#retry = null;
        this.#flush();
      }, RETRY_MS);
      return;
    }
    for (const done of this.#done.splice(0)) done();
  }
}

function opened(path: string, flags: number): number | null {
  try {
    const fd = openSync(path, flags);
    if (isatty(fd)) return fd;
    closeSync(fd);
    return null;
  } catch {
    // Not every system has every path, and a process may have lost its terminal.
    return null;
  }
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
