import { EventEmitter } from 'node:events';

// Synchronised updates show a frame whole; terminals that do not know them ignore them.
const BEGIN = '\u001b[?2026h';
const END = '\u001b[?2026l';
const ERASE_BELOW = '\u001b[J';
/** The other screen, so that what the operator had is there again afterwards; no cursor, no wrapping, pastes marked. */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l\u001b[?2004h\u001b[2J\u001b[H';
/** What gives a screen back. Begins by ending a sequence of which the terminal may have taken only a part. */
export const LEAVE = '\u0018\u001b[0m\u001b[?2026l\u001b[?2004l\u001b[?7h\u001b[?25h\u001b[?1049l';

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
const LEAVE_TIMEOUT_MS = 1_000;

/** As much of a terminal's output as a screen needs. */
export interface Terminal {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  readonly writableNeedDrain?: boolean;
  write(text: string, done?: () => void): unknown;
  /** Writes what is left now, in a moment; there is no later when the process stops or dies. */
  flushSync?(): void;
  on(event: 'resize' | 'error', listener: (error: Error) => void): unknown;
  off(event: 'resize' | 'error', listener: (error: Error) => void): unknown;
}

/**
 * Owns the terminal for the dashboard and is the stream Ink draws to.
 *
 * Only lines that changed are drawn, and each is placed absolutely. Ink's own way, to go up by the lines it drew last, is
 * put off by an Enter that someone types, and clears the operator's scroll-back when the window gets lower than the
 * frame; and to style a whole screen takes it some 20 ms.
 */
export class Screen extends EventEmitter {
  readonly isTTY = true;
  readonly #terminal: Terminal;
  #state: 'closed' | 'open' | 'left' = 'closed';
  /** Where the lines go that Ink draws next. */
  #places: readonly number[] = [];
  #end = 0;

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

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  open(): void {
    this.#state = 'open';
    this.#terminal.on('error', this.#gone);
    // A process that dies without stop() still gives the terminal back.
    process.on('exit', this.leave);
    this.#terminal.write(ENTER);
  }

  /** Says where the lines of the next write belong, counted from 0; all from `end` on is to be empty. */
  expect(places: readonly number[], end: number): void {
    this.#places = places;
    this.#end = end;
  }

  /** Draws lines in their places; called by Ink. */
  write(drawn: string): boolean {
    if (this.#state !== 'open') return true;
    const lines = drawn.split('\n').slice(0, this.#places.length);
    const placed = lines.map((line, index) => inPlace(line, this.#places[index] ?? 0));
    const below = this.#end < this.rows ? `\u001b[${this.#end + 1};1H${ERASE_BELOW}` : '';
    this.#terminal.write(`${BEGIN}${placed.join('')}${below}${END}`);
    return true;
  }

  /** Gives the terminal back for the moment, or for good when the process dies. */
  readonly leave = (done?: unknown): void => {
    if (this.#state !== 'open') return;
    this.#state = 'left';
    this.#terminal.write(LEAVE, typeof done === 'function' ? () => done() : undefined);
    this.#terminal.flushSync?.();
  };

  /** Takes the terminal again after it was given back. */
  enter(): void {
    if (this.#state === 'closed') return;
    this.#state = 'open';
    this.#terminal.write(ENTER);
  }

  /** Gives the terminal back as it was; waits until it has taken that, but not for ever. */
  async close(): Promise<void> {
    if (this.#state === 'open') {
      let timer: NodeJS.Timeout | undefined;
      await new Promise<void>((resolve) => {
        timer = setTimeout(resolve, LEAVE_TIMEOUT_MS);
        this.leave(resolve);
      });
      clearTimeout(timer);
    }
    this.#state = 'closed';
    process.off('exit', this.leave);
    this.#terminal.off('error', this.#gone);
  }

  /** The window was closed: nothing is left to draw on or to give back. */
  readonly #gone = (): void => {
    this.#state = 'closed';
  };
}

/** A line in its place. It is erased first: erasing after a full line would take its last character. */
function inPlace(line: string, place: number): string {
  return `\u001b[${place + 1};1H\u001b[2K${line}`;
}
