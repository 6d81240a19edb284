const COMMENT = /^ *(?:\/\*\*|\*)/;
const DEPRECATED = /@deprecated (.*?)(?: \*\/)?$/;

/** The lines of a part of a declaration file, without its comments, but with what they say about deprecation. */
export class Lines {
  readonly #lines: readonly string[];
  /** How many lines of the file come before the part. */
  readonly #before: number;
  #read = 0;
  #deprecated: string | undefined;

  constructor(file: string, start: number, end: number) {
    this.#lines = file.slice(start, end).split('\n');
    this.#before = file.slice(0, start).split('\n').length - 1;
  }

  /** Why the line that was read last should not be used; undefined when its comment does not object to it. */
  get deprecated(): string | undefined {
    return this.#deprecated;
  }

  /** The next line that is neither empty nor a comment; undefined at the end. */
  next(): string | undefined {
    this.#deprecated = undefined;
    for (let line = this.#lines[this.#read++]; line !== undefined; line = this.#lines[this.#read++]) {
      if (line === '') continue;
      if (!COMMENT.test(line)) return line;
      this.#deprecated = DEPRECATED.exec(line)?.[1] ?? this.#deprecated;
    }
    return undefined;
  }

  /** The lines before the given one, which is read as well. */
  *until(end: string): Generator<string> {
    for (let line = this.next(); line !== end; line = this.next()) {
      if (line === undefined) throw new Error(`the declarations end before a line \`${end}\``);
      yield line;
    }
  }

  /** The error for a line that was read last and fits nothing. */
  notUnderstood(): Error {
    const line = this.#lines[this.#read - 1] ?? '';
    return new Error(
      `line ${this.#before + this.#read} of the SDK's declarations is no schema: ${line.trim()}`,
    );
  }
}
