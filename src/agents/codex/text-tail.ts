import { plainText } from './plain-text.js';

const KEPT_BYTES = 4 * 1024;

/** The last few kilobytes of a diagnostic stream, for the message of a failure; older text is dropped. */
export class TextTail {
  #kept = Buffer.alloc(0);

  push(chunk: Buffer): void {
    const both = Buffer.concat([this.#kept, chunk.subarray(-KEPT_BYTES)]);
    this.#kept = Buffer.from(both.subarray(-KEPT_BYTES));
  }

  /** The last lines as one plain line, empty when nothing was said. */
  text(): string {
    const lines = plainText(this.#kept.toString('utf8'), KEPT_BYTES, '\n').split('\n');
    return lines
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .slice(-5)
      .join(' | ');
  }
}
