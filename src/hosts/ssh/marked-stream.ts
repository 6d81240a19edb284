import { randomBytes } from 'node:crypto';

const NEWLINE = 10;
/** A longer line after a mark is none of ours. */
const MAX_LINE_BYTES = 65_536;
const NOTHING: Buffer = Buffer.alloc(0);

/** A word that nobody on the far side can guess. The first character is rare, so that little output looks like it. */
export function newToken(): string {
  return `@symphony-${randomBytes(16).toString('hex')}`;
}

/**
 * Tells our lines from what else comes on the same stream: each begins with the token, anywhere in a line of the rest,
 * and ends with a newline. All comes out in the order in which it came in, and at once; what may be the beginning of a
 * token waits for what follows.
 */
export class MarkedStream {
  readonly #marker: Buffer;
  readonly #onContent: (content: Buffer) => void;
  readonly #onMark: (line: string) => void;
  #pending = NOTHING;

  constructor(token: string, onContent: (content: Buffer) => void, onMark: (line: string) => void) {
    this.#marker = Buffer.from(`${token} `);
    this.#onContent = onContent;
    this.#onMark = onMark;
  }

  feed(chunk: Buffer): void {
    let rest = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    this.#pending = NOTHING;
    while (rest.length > 0) {
      const at = rest.indexOf(this.#marker);
      if (at === -1) {
        const kept = this.#beginning(rest);
        this.#pass(rest.subarray(0, rest.length - kept));
        this.#pending = rest.subarray(rest.length - kept);
        return;
      }
      this.#pass(rest.subarray(0, at));
      const from = at + this.#marker.length;
      const end = rest.indexOf(NEWLINE, from);
      if (end === -1 && rest.length - from < MAX_LINE_BYTES) {
        this.#pending = rest.subarray(at);
        return;
      }
      if (end === -1) this.#pass(rest.subarray(at, from));
      else this.#onMark(rest.subarray(from, end).toString());
      rest = rest.subarray(end === -1 ? from : end + 1);
    }
  }

  /** Nothing more comes. */
  end(): void {
    this.#pass(this.#pending);
    this.#pending = NOTHING;
  }

  #pass(content: Buffer): void {
    if (content.length > 0) this.#onContent(content);
  }

  /** How many bytes at the end may be the beginning of the marker. */
  #beginning(bytes: Buffer): number {
    const longest = Math.min(bytes.length, this.#marker.length - 1);
    for (let length = longest; length > 0; length--) {
      if (bytes.subarray(bytes.length - length).equals(this.#marker.subarray(0, length))) return length;
    }
    return 0;
  }
}
