import { closeSync, constants, openSync, readSync } from 'node:fs';
import type { Key } from '../keys/key.js';
import { KeyDecoder } from './key-decoder.js';

const MOST_DISCARDED_READS = 64;

/** As much of standard input as a keyboard needs. */
export interface KeyInput {
  readonly isTTY?: boolean;
  setRawMode?(on: boolean): unknown;
  on(event: 'data', listener: (chunk: Buffer | string) => void): unknown;
  on(event: 'end' | 'error', listener: () => void): unknown;
  off(event: 'data', listener: (chunk: Buffer | string) => void): unknown;
  off(event: 'end' | 'error', listener: () => void): unknown;
  resume(): unknown;
  pause(): unknown;
}

/** What a keyboard tells. */
export interface KeyboardEvents {
  /** The keys of one read; what a person cannot have typed apart comes together. */
  readonly onKeys: (keys: readonly Key[]) => void;
  /** The terminal is gone, or belongs to somebody else now. */
  readonly onLost: () => void;
}

/** The keyboard of a terminal, whose every key comes here until it is given back. */
export class Keyboard {
  readonly #input: KeyInput;
  readonly #events: KeyboardEvents;
  readonly #decoder = new KeyDecoder();
  #isTaken = false;
  #flush: NodeJS.Timeout | null = null;

  private constructor(input: KeyInput, events: KeyboardEvents) {
    this.#input = input;
    this.#events = events;
  }

  /** Takes the keyboard; null when standard input is none. */
  static take(input: KeyInput, events: KeyboardEvents): Keyboard | null {
    if (input.isTTY !== true || input.setRawMode === undefined) return null;
    const keyboard = new Keyboard(input, events);
    keyboard.#open();
    return keyboard;
  }

  /** Gives the keyboard back, without what was typed and not read yet: that was not meant for a shell. */
  release(): void {
    if (!this.#isTaken) return;
    this.#isTaken = false;
    discardTyped();
    this.#setRaw(false);
  }

  /** Takes the keyboard again, whatever became of its settings meanwhile. */
  retake(): void {
    this.#setRaw(false);
    this.#isTaken = this.#setRaw(true);
  }

  close(): void {
    this.release();
    if (this.#flush !== null) clearTimeout(this.#flush);
    process.off('exit', this.#onExit);
    this.#input.off('data', this.#onData);
    this.#input.off('end', this.#onLost);
    this.#input.off('error', this.#onLost);
    this.#input.pause();
  }

  #open(): void {
    this.#isTaken = this.#setRaw(true);
    process.on('exit', this.#onExit);
    this.#input.on('data', this.#onData);
    this.#input.on('end', this.#onLost);
    this.#input.on('error', this.#onLost);
    this.#input.resume();
  }

  /** False when the terminal does not let us: it is gone, or another process has it now. */
  #setRaw(on: boolean): boolean {
    try {
      this.#input.setRawMode?.(on);
      return on;
    } catch {
      // There is nothing left to restore then, and reading will tell that it is lost.
      return false;
    }
  }

  readonly #onExit = (): void => this.release();

  readonly #onData = (chunk: Buffer | string): void => {
    if (this.#flush !== null) clearTimeout(this.#flush);
    this.#flush = null;
    const keys = this.#decoder.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
    const { patienceMs } = this.#decoder;
    if (patienceMs !== null) {
      this.#flush = setTimeout(() => {
        this.#flush = null;
        this.#tell(this.#decoder.flush());
      }, patienceMs);
    }
    this.#tell(keys);
  };

  #tell(keys: readonly Key[]): void {
    if (keys.length > 0) this.#events.onKeys(keys);
  }

  readonly #onLost = (): void => {
    this.#isTaken = false;
    this.#events.onLost();
  };
}

/** Reads away what waits at the terminal. In raw mode it is there byte by byte, and never waited for. */
function discardTyped(): void {
  let fd: number | null = null;
  try {
    fd = openSync('/dev/tty', constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    const buffer = Buffer.alloc(4_096);
    for (let reads = 0; reads < MOST_DISCARDED_READS && readSync(fd, buffer) > 0; reads += 1);
  } catch {
    // EAGAIN: nothing waits any more. Anything else: there is no terminal to read from.
  }
  if (fd !== null) closeSync(fd);
}
