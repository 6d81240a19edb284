/** SPEC 10.1: one message may be this long; real ones of several megabytes exist. */
const MAX_LINE_BYTES = 10 * 1024 * 1024;

const NEWLINE = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const FIRST_CAPACITY = 4 * 1024;
/** A buffer that grew beyond this for one long line is given back after it. */
const KEPT_CAPACITY = 1024 * 1024;

export interface LineSink {
  /** A whole line without its end, blank ones left out. */
  readonly onLine: (line: string) => void;
  /** A line beyond the limit, told once, at the moment the limit is passed; its rest is skipped. */
  readonly onOverlong: (start: string) => void;
}

/**
 * Cuts a byte stream into lines: newline-delimited UTF-8, with or without carriage returns, in chunks cut anywhere.
 *
 * Invariants:
 *   W1. Bytes are copied at most twice and searched once: time is linear in the input, however it is cut.
 *   W2. Memory is bounded by twice the limit, whatever arrives.
 *   W3. Bytes become text only as whole lines, so a character cut in two is never broken.
 */
export class LineCutter {
  readonly #sink: LineSink;
  readonly #maxBytes: number;
  #pending = Buffer.alloc(0);
  #length = 0;
  #skipping = false;

  constructor(sink: LineSink, maxBytes = MAX_LINE_BYTES) {
    this.#sink = sink;
    this.#maxBytes = maxBytes;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#endLine(chunk.subarray(start, end));
      start = end + 1;
    }
    this.#keep(chunk.subarray(start));
  }

  /** The stream has ended: what is left is a line too. */
  end(): void {
    this.#endLine(Buffer.alloc(0));
  }

  #endLine(rest: Buffer): void {
    if (this.#length === 0 && !this.#skipping && rest.length <= this.#maxBytes) {
      this.#tell(rest);
      return;
    }
    this.#keep(rest);
    if (!this.#skipping) this.#tell(this.#pending.subarray(0, this.#length));
    this.#skipping = false;
    this.#reset();
  }

  #keep(bytes: Buffer): void {
    if (this.#skipping || bytes.length === 0) return;
    if (this.#length + bytes.length > this.#maxBytes) {
      this.#skipping = true;
      const start = this.#length > 0 ? this.#pending.subarray(0, this.#length) : bytes;
      this.#sink.onOverlong(start.toString('utf8', 0, 200));
      this.#reset();
      return;
    }
    this.#reserve(this.#length + bytes.length);
    bytes.copy(this.#pending, this.#length);
    this.#length += bytes.length;
  }

  /** Doubling keeps the copying linear also when bytes come one by one. */
  #reserve(bytes: number): void {
    if (bytes <= this.#pending.length) return;
    const grown = Buffer.allocUnsafe(Math.max(bytes, this.#pending.length * 2, FIRST_CAPACITY));
    this.#pending.copy(grown, 0, 0, this.#length);
    this.#pending = grown;
  }

  #reset(): void {
    this.#length = 0;
    if (this.#pending.length > KEPT_CAPACITY) this.#pending = Buffer.alloc(0);
  }

  #tell(line: Buffer): void {
    const end = line.at(-1) === CARRIAGE_RETURN ? line.length - 1 : line.length;
    const text = line.toString('utf8', 0, end);
    if (text.trim() !== '') this.#sink.onLine(text);
  }
}

/** How the app-server begins a notification. */
const START = '{"method":"';

/** The method of a message as the app-server words it, without parsing; null when it is worded differently. */
export function methodAtStart(line: string): string | null {
  if (!line.startsWith(START)) return null;
  const end = line.indexOf('"', START.length);
  return end === -1 ? null : line.slice(START.length, end);
}
