import { GatheredFile, type WakeAfter } from './gathered-file.js';
import type { Secrets } from './redact.js';

/** Of a longer line only the start is kept; a single answer of a tool may have megabytes. */
const MAX_LINE_LENGTH = 256 * 1024;
/** Lines that a slow disk keeps waiting; more are dropped and counted. */
const MAX_UNWRITTEN_BYTES = 8 * 1024 * 1024;

/** What a transcript file is told to be. */
export interface TranscriptFileOptions {
  readonly path: string;
  readonly maxBytes: number;
  readonly secrets: Secrets;
  /** Wall milliseconds. */
  readonly now: () => number;
  readonly wakeAfter?: WakeAfter | undefined;
  /** Called once when the file cannot be written; nothing more is. */
  readonly onFailed: (error: unknown) => void;
}

/**
 * The lines of one session as JSON lines, each with its time and direction: `message` when it is JSON, else `text`.
 *
 * Invariants:
 *   J1. `write` never throws and never waits: lines are gathered for a moment and written beside the loop, in order.
 *   J2. The file stays below its limit, but for one last line that says so.
 *   J3. Secrets are replaced before a line is gathered; lines are redacted whole.
 */
export class TranscriptFile {
  readonly #options: TranscriptFileOptions;
  readonly #file: GatheredFile;
  #dropped = 0;
  /** Nothing more is taken: it is full, closed or cannot be written. */
  #isOver = false;

  constructor(options: TranscriptFileOptions) {
    this.#options = options;
    const { path, wakeAfter, onFailed } = options;
    this.#file = new GatheredFile({ path, wakeAfter, onFailed });
  }

  /** What the file takes, with what is gathered. */
  get bytes(): number {
    return this.#file.bytes;
  }

  /** Whether there is a file at all. */
  get isThere(): boolean {
    return this.#file.isThere;
  }

  get hasFailed(): boolean {
    return this.#file.hasFailed;
  }

  write(direction: 'sent' | 'received', line: string): void {
    if (this.#isOver || this.hasFailed) return;
    if (this.#file.unwrittenBytes > MAX_UNWRITTEN_BYTES) {
      this.#dropped += 1;
      return;
    }
    if (this.#dropped > 0) this.#add({ note: `${this.#dropped} lines were dropped, the disk was too slow` });
    this.#dropped = 0;
    this.#add({ direction, ...this.#content(line) });
  }

  /** Resolves when what was said until now is in the file, as far as that goes. */
  flush(): Promise<void> {
    return this.#file.flush();
  }

  /** Goes on in a new file when this one was removed; by itself it would fill one that nobody can find any more. */
  async reopen(): Promise<void> {
    if (!(await this.#file.isRemoved())) return;
    const note = { note: 'earlier lines were removed while the session went on' };
    await this.#file.leave(this.#isOver || this.hasFailed ? null : this.#record(note));
  }

  /** Resolves when what was written is in the file, as far as that goes. Safe to call twice. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#file.close();
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

  #add(content: Content): void {
    const record = this.#record(content);
    if (this.bytes + Buffer.byteLength(record) > this.#options.maxBytes) {
      this.#isOver = true;
      const note = `the transcript is full at ${this.#options.maxBytes} bytes, the rest is left out`;
      this.#file.add(this.#record({ note }));
    } else this.#file.add(record);
  }

  #record({ message, ...rest }: Content): string {
    const at = new Date(this.#options.now()).toISOString();
    const head = JSON.stringify({ at, ...rest });
    // What was JSON on the wire goes in as it is, with its numbers and spelling.
    return message === undefined ? `${head}\n` : `${head.slice(0, -1)},"message":${message.trim()}}\n`;
  }
}

/** What a record tells besides its time. */
type Content = { readonly message?: string } & Readonly<Record<string, unknown>>;

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}
