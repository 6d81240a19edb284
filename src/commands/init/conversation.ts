import { createInterface, type Interface } from 'node:readline/promises';
import { SymphonyError } from '../../domain/error.js';
import type { Reading } from '../../workflow/setting.js';
import { type Output, widthOf } from '../steering/output.js';
import { brokenLines } from './broken-lines.js';

/** Something to choose. */
export interface Choice<T> {
  readonly value: T;
  /** What a person may type for it, besides its number. */
  readonly name: string;
  /** More about it, beside its name. */
  readonly about: string;
}

/** How many choices are shown at once; more are found by a part of their names. */
const MOST_SHOWN = 20;

/** Questions to a person at a terminal, one after the other; what is typed ahead counts. */
export class Conversation {
  readonly #lines: Interface;
  readonly #answers: AsyncIterator<string>;
  readonly #left = new AbortController();
  readonly #output: Output['stdout'];

  constructor(input: NodeJS.ReadableStream, output: Output['stdout']) {
    this.#output = output;
    this.#lines = createInterface({ input, output, historySize: 0 });
    this.#answers = this.#lines[Symbol.asyncIterator]();
    this.#lines.once('close', () => this.#left.abort(left()));
  }

  /** Aborted when the person has left, so that nothing goes on without them. */
  get signal(): AbortSignal {
    return this.#left.signal;
  }

  say(text: string): void {
    this.#output.write(`${this.#broken(text)}\n`);
  }

  /**
   * Asks until the answer can be read; an empty one is `fallback`, where there is one.
   * @throws SymphonyError `usage_error` when the person leaves
   */
  async ask<T>(question: string, fallback: string | null, read: (answer: string) => Reading<T>): Promise<T> {
    for (;;) {
      const written = await this.#answer(`${question}${fallback === null ? '' : ` [${fallback}]`}: `);
      if (written === '' && fallback === null) continue;
      const reading = read(written === '' && fallback !== null ? fallback : written);
      if ('value' in reading) return reading.value;
      this.say(`  ${reading.problem}`);
    }
  }

  /** As `ask`, for yes or no. */
  async confirm(question: string): Promise<boolean> {
    return await this.ask(`${question} (yes or no)`, 'yes', (answer) => {
      if (/^y(es)?$/i.test(answer)) return { value: true };
      return /^no?$/i.test(answer) ? { value: false } : { problem: 'answer with yes or no' };
    });
  }

  /** As `ask`, for one of a list: its number, its name, or a part of what is said about it that only one has. */
  async choose<T>(question: string, choices: readonly Choice<T>[], fallback: string | null): Promise<T> {
    this.#list(choices, choices);
    return await this.ask(question, fallback, (answer) => {
      const found = matching(choices, answer);
      const [only] = found;
      if (only !== undefined && found.length === 1) return { value: only.value };
      if (found.length === 0) return { problem: `nothing in the list is called ${JSON.stringify(answer)}` };
      this.#list(choices, found);
      return { problem: `${found.length} are meant by that; give a number or more of the name` };
    });
  }

  close(): void {
    this.#lines.close();
  }

  #list<T>(choices: readonly Choice<T>[], some: readonly Choice<T>[]): void {
    const shown = some.slice(0, MOST_SHOWN);
    const digits = String(choices.length).length;
    const width = Math.max(0, ...shown.map(({ name }) => name.length));
    for (const choice of shown) {
      const number = String(choices.indexOf(choice) + 1).padStart(digits);
      this.say(`  ${number}  ${choice.name.padEnd(width)}  ${choice.about}`.trimEnd());
    }
    const hidden = some.length - shown.length;
    if (hidden > 0) this.say(`  … and ${hidden} more; a part of the name finds them`);
  }

  #broken(text: string): string {
    return brokenLines(text, widthOf({ stdout: this.#output }));
  }

  async #answer(prompt: string): Promise<string> {
    if (this.signal.aborted) throw left();
    this.#lines.setPrompt(this.#broken(prompt));
    this.#lines.prompt();
    const next = await this.#answers.next();
    if (next.done !== true) return next.value.trim();
    // The cursor stands behind the question.
    this.#output.write('\n');
    throw left();
  }
}

function left(): SymphonyError {
  return new SymphonyError('usage_error', 'ended before all was answered; nothing was written');
}

/** A whole name goes before a part of one. */
function matching<T>(choices: readonly Choice<T>[], answer: string): readonly Choice<T>[] {
  const byNumber = /^\d+$/.test(answer) ? choices[Number(answer) - 1] : undefined;
  if (byNumber !== undefined) return [byNumber];
  const wanted = answer.toLowerCase();
  const exact = choices.filter(({ name }) => name.toLowerCase() === wanted);
  if (exact.length > 0) return exact;
  return choices.filter(({ name, about }) => `${name} ${about}`.toLowerCase().includes(wanted));
}
