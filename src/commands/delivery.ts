import { errorMessage } from '../domain/error.js';

/** Those that end a command which waits for its reader. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Sees that what a command prints gets to whoever reads it. Made before the command prints.
 *
 * Node writes to a pipe no more than there is room for, some 64 KiB, and keeps the rest for later: a program that exits
 * before loses it, and says nothing.
 */
export class Delivery {
  readonly #stdout: NodeJS.WritableStream;
  /** What has broken the stream; Node's own of the process do not remember it. */
  #broken: Error | null = null;

  constructor(stdout: NodeJS.WritableStream) {
    this.#stdout = stdout;
    stdout.once('error', (error: Error) => {
      this.#broken = error;
    });
  }

  /**
   * Waits until all was taken, and returns why not everything was, as on a full disk, else null. A reader that wants no
   * more (`symphony issues | head`) is nothing to complain about, and a signal ends the wait.
   */
  async end(): Promise<string | null> {
    let cease = (): void => {};
    await new Promise<void>((resolve) => {
      cease = resolve;
      for (const signal of ENDING) process.on(signal, cease);
      // Is taken after all that was written before, and at once by a broken stream, which tells its error a little later.
      this.#stdout.write('', () => setImmediate(resolve));
    });
    for (const signal of ENDING) process.off(signal, cease);
    const broken = this.#broken;
    if (broken === null || ('code' in broken && broken.code === 'EPIPE')) return null;
    return errorMessage(broken);
  }
}
