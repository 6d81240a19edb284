import { plainText } from './plain-text.js';

/** A backtrace of some size must not push the reason above it out. */
const KEPT_BYTES = 16 * 1024;
const SHOWN_LINES = 5;
const SHOWN_LENGTH = 600;

/** Frames of a backtrace and their heading, as Rust and Node print them. */
const BACKTRACE = /^(stack backtrace:|\d+: |at \S)/i;

/** The last kilobytes of a diagnostic stream, for the message of a failure; older text is dropped. */
export class TextTail {
  #kept = Buffer.alloc(0);

  push(chunk: Buffer): void {
    const both = Buffer.concat([this.#kept, chunk.subarray(-KEPT_BYTES)]);
    this.#kept = Buffer.from(both.subarray(-KEPT_BYTES));
  }

  /** The last lines that say something, as one plain line; empty when nothing was said. */
  text(): string {
    const lines = plainText(this.#kept.toString('utf8'), KEPT_BYTES, '\n').split('\n');
    const said = lines
      .map((line) => line.trim())
      .filter((line) => line !== '' && !BACKTRACE.test(line))
      .slice(-SHOWN_LINES);
    return plainText(said.join(' | '), SHOWN_LENGTH);
  }
}
