/** Signals that end a process which does not listen to them. */
const DEADLY = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** What to do with the terminal around a stop. */
export interface TerminalHold {
  /** Gives the terminal back; also called when it was given back already. */
  readonly leave: () => void;
  /** Takes it again; also called when nobody has taken it. */
  readonly enter: () => void;
}

/**
 * Gives the terminal back while the process is suspended (ctrl-z) and before a signal ends it, where nobody else in the
 * process listens to that signal: the daemon does, and shows how it stops.
 */
export class JobControl {
  readonly #hold: TerminalHold;
  /** Those to which nobody listens but this. */
  readonly #unheard: readonly (typeof DEADLY)[number][];

  constructor(hold: TerminalHold) {
    this.#hold = hold;
    this.#unheard = DEADLY.filter((signal) => process.listenerCount(signal) === 0);
    for (const signal of this.#unheard) process.on(signal, this.#end);
    process.on('SIGTSTP', this.#suspend);
    process.on('SIGCONT', this.#resume);
  }

  /** What the terminal itself does on ctrl-z when it is not in raw mode: stops all of the job, as `npm start` is one. */
  suspend(): void {
    process.kill(0, 'SIGTSTP');
  }

  /** What the terminal does on ctrl-c and ctrl-\, but to this process alone: it ends the others in its own time. */
  raise(signal: 'SIGINT' | 'SIGQUIT'): void {
    // Nobody listens to SIGQUIT, and it leaves no time for anything.
    if (signal === 'SIGQUIT') this.#hold.leave();
    process.kill(process.pid, signal);
  }

  close(): void {
    for (const signal of this.#unheard) process.off(signal, this.#end);
    process.off('SIGTSTP', this.#suspend);
    process.off('SIGCONT', this.#resume);
  }

  readonly #end = (signal: NodeJS.Signals): void => {
    this.#hold.leave();
    this.close();
    process.kill(process.pid, signal);
  };

  readonly #suspend = (): void => {
    this.#hold.leave();
    // Without a listener the signal stops the process here, until SIGCONT; where there is no shell to go on with it, the
    // system ignores it, and the terminal is taken again at once.
    process.off('SIGTSTP', this.#suspend);
    process.kill(process.pid, 'SIGTSTP');
    process.on('SIGTSTP', this.#suspend);
    this.#hold.enter();
  };

  readonly #resume = (): void => this.#hold.enter();
}
