import { withoutEscapes } from '../domain/escape-sequences.js';

const HEAD_BYTES = 512;
const TAIL_BYTES = 1_536;

/** The beginning and the end of an output of any length, in bounded memory. */
export class OutputExcerpt {
  #head = Buffer.alloc(0);
  #tail = Buffer.alloc(0);
  #dropped = 0;

  add(chunk: Buffer): void {
    const room = HEAD_BYTES - this.#head.length;
    if (room > 0) this.#head = Buffer.concat([this.#head, chunk.subarray(0, room)]);
    const rest = room > 0 ? chunk.subarray(room) : chunk;
    if (rest.length === 0) return;
    const joined = rest.length >= TAIL_BYTES ? rest : Buffer.concat([this.#tail, rest]);
    const kept = joined.subarray(Math.max(0, joined.length - TAIL_BYTES));
    this.#dropped += this.#tail.length + rest.length - kept.length;
    this.#tail = Buffer.from(kept);
  }

  /** One piece of text without control bytes, line ends as spaces, at most about 2 kB. */
  text(): string {
    if (this.#dropped === 0) return plain(Buffer.concat([this.#head, this.#tail]).toString('utf8'));
    // The cuts may go through a character.
    const head = this.#head.toString('utf8').replace(/\ufffd$/, '');
    const tail = this.#tail.toString('utf8').replace(/^\ufffd+/, '');
    return plain(`${head} … ${this.#dropped} bytes left out … ${tail}`);
  }
}

function plain(text: string): string {
  return withoutEscapes(text)
    .replace(/\s+/g, ' ')
    .replace(/\p{Cc}/gu, '')
    .trim();
}
