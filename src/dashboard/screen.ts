import { EventEmitter } from 'node:events';

// Synchronised updates show a frame whole; terminals that do not know them ignore them.
const BEGIN = '\u001b[?2026h\u001b[H';
const END = '\u001b[J\u001b[?2026l';
const ERASE_LINE_END = '\u001b[K';
/** The other screen, so that what the operator had is there again afterwards; no cursor, no wrapping of lines. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[2J\u001b[H';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
const LEAVE_TIMEOUT_MS = 1_000;

/** As much of a terminal's output as a screen needs. */
export interface Terminal {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  readonly writableNeedDrain?: boolean;
  write(text: string, done?: () => void): unknown;
  on(event: 'resize' | 'error', listener: (error: Error) => void): unknown;
  off(event: 'resize' | 'error', listener: (error: Error) => void): unknown;
}

/**
 * Owns the terminal for the dashboard and is the stream Ink draws to.
 *
 * Each write is one whole frame and is placed absolutely. Ink's own way, to go up by the lines it drew last, is put off
 * by an Enter that someone types, and clears the operator's scroll-back when the window gets lower than the frame.
 */
export class Screen extends EventEmitter {
  readonly isTTY = true;
  readonly #terminal: Terminal;
  #state: 'closed' | 'open' = 'closed';

  constructor(terminal: Terminal) {
    super();
    this.#terminal = terminal;
  }

  get columns(): number {
    return this.#terminal.columns || DEFAULT_COLUMNS;
  }

  get rows(): number {
    return this.#terminal.rows || DEFAULT_ROWS;
  }

  /** Whether the terminal has yet to take earlier frames, as when its connection is slow. */
  get isBehind(): boolean {
    return this.#terminal.writableNeedDrain === true;
  }

  open(): void {
    this.#state = 'open';
    this.#terminal.on('error', this.#gone);
    // A process that dies without stop() still gives the terminal back.
    process.on('exit', this.#leave);
    this.#terminal.write(ENTER);
  }

  /** Draws a frame; called by Ink. */
  write(frame: string): boolean {
    if (this.#state === 'open') {
      this.#terminal.write(
        `${BEGIN}${frame.split('\n').join(`${ERASE_LINE_END}\r\n`)}${ERASE_LINE_END}${END}`,
      );
    }
    return true;
  }

  /** Gives the terminal back as it was; waits until it has taken that, but not for ever. */
  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      timer = setTimeout(resolve, LEAVE_TIMEOUT_MS);
      this.#leave(resolve);
    });
    clearTimeout(timer);
    process.off('exit', this.#leave);
    this.#terminal.off('error', this.#gone);
  }

  readonly #leave = (done?: unknown): void => {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    this.#terminal.write(LEAVE, typeof done === 'function' ? () => done() : undefined);
  };

  /** The window was closed: nothing is left to draw on or to give back. */
  readonly #gone = (): void => {
    this.#state = 'closed';
  };
}
