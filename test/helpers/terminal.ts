import { EventEmitter, once } from 'node:events';

/** A terminal that keeps what was written to it, and shows what a person would see. */
export class TestTerminal extends EventEmitter {
  columns = 100;
  rows = 30;
  writableNeedDrain = false;
  written = '';
  /** The screen after each frame, without colours and without the blanks at the ends of lines. */
  readonly frames: string[] = [];
  #screen: string[] = [];

  write(text: string, done?: () => void): boolean {
    this.written += text;
    if (text.includes('\u001b[2J')) this.#screen = [];
    if (text.includes('\u001b[?2026h')) this.#draw(text);
    done?.();
    return true;
  }

  /** Waits until a frame shows a text; looks at the latest one first. */
  async showing(text: string): Promise<string> {
    for (;;) {
      const frame = this.frames.at(-1);
      if (frame?.includes(text)) return frame;
      await once(this, 'frame');
    }
  }

  /** Knows the sequences of a screen: to a line, erase it, erase what is below, colours. */
  #draw(text: string): void {
    this.#screen.length = Math.min(this.#screen.length, this.rows);
    let at = 0;
    for (const part of text.split('\u001b[').slice(1)) {
      const [, numbers = '', final = '', rest = ''] = /^([?\d;]*)([A-Za-z])(.*)$/su.exec(part) ?? [];
      if (final === 'H') at = Number.parseInt(numbers, 10) - 1;
      if (final === 'K') this.#screen[at] = '';
      if (final === 'J') this.#screen.length = Math.min(this.#screen.length, at);
      if (rest !== '') this.#screen[at] = `${this.#screen[at] ?? ''}${rest}`;
    }
    this.frames.push(Array.from(this.#screen, (line) => (line ?? '').trimEnd()).join('\n'));
    this.emit('frame');
  }
}

/** The keyboard of a test. */
export class TestKeyboard extends EventEmitter {
  readonly isTTY = true;
  isRaw = false;
  isReading = false;

  setRawMode(on: boolean): this {
    this.isRaw = on;
    return this;
  }

  resume(): this {
    this.isReading = true;
    return this;
  }

  pause(): this {
    this.isReading = false;
    return this;
  }

  /** Each of these comes in a read of its own. */
  type(...texts: readonly string[]): void {
    for (const text of texts) this.emit('data', Buffer.from(text));
  }
}
