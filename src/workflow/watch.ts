import { stat } from 'node:fs/promises';
import { type FSWatcher, watch } from 'chokidar';
import { SymphonyError } from '../domain/error.js';
import type { Workflow } from '../domain/workflow.js';
import type { Clock } from '../ports/clock.js';
import { type LoadContext, parseWorkflow, readWorkflow, versionOf } from './load.js';

/** An editor needs a moment to finish writing; a file that is bad after it is bad. */
const SETTLE_MS = 150;

/** What a watch tells, once per change of the file (SPEC 6.2). */
export interface WorkflowNews {
  /** A valid version differs from the one in force, or a broken file was mended. */
  readonly onReload: (workflow: Workflow) => void;
  /** The file on disk is not valid; the last good version stays in force. */
  readonly onBreak: (error: SymphonyError) => void;
  /** Watching itself failed; `check` still finds changes. */
  readonly onWatchFailed: (error: unknown) => void;
}

/**
 * Follows a workflow file: by watching it, and by `check` whenever the caller wants to be sure. Keeps the last good
 * version; survives editors that replace the file, a file that vanishes and returns, and files written in halves.
 */
export class WorkflowWatch {
  readonly #context: LoadContext;
  readonly #clock: Clock;
  readonly #news: WorkflowNews;
  #watcher: FSWatcher | null = null;
  #current: Workflow;
  /** What was last seen on disk, good or bad; null before anything was. */
  #seen: string;
  #stamp = '';
  #isBroken = false;
  #checking: Promise<void> | null = null;
  #checkAgain = false;
  #cancelSettle: (() => void) | null = null;
  #isClosed = false;

  constructor(first: Workflow, clock: Clock, context: LoadContext, news: WorkflowNews) {
    this.#current = first;
    this.#seen = first.version;
    this.#clock = clock;
    this.#context = context;
    this.#news = news;
  }

  /** The last good version. */
  get current(): Workflow {
    return this.#current;
  }

  start(): void {
    this.#watcher = watch(this.#current.path, { ignoreInitial: true, atomic: true });
    this.#watcher.on('all', () => void this.check());
    this.#watcher.on('error', this.#news.onWatchFailed);
  }

  /** Looks at the file now; what it finds has been told when this resolves. Never rejects. */
  check(): Promise<void> {
    if (this.#checking !== null) {
      this.#checkAgain = true;
      return this.#checking;
    }
    this.#checking = this.#checkUntilQuiet().finally(() => {
      this.#checking = null;
    });
    return this.#checking;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelSettle?.();
    await this.#watcher?.close();
    await this.#checking;
  }

  async #checkUntilQuiet(): Promise<void> {
    do {
      this.#checkAgain = false;
      await this.#look();
    } while (this.#checkAgain && !this.#isClosed);
  }

  async #look(): Promise<void> {
    const stamp = await stampOf(this.#current.path);
    if (stamp === this.#stamp && stamp !== '') return;
    const found = await this.#read();
    this.#stamp = stamp;
    if (found.version === this.#seen) return;
    if (found.error !== null && (await this.#settles(found.version))) return;
    if (this.#isClosed) return;
    this.#seen = found.version;
    this.#tell(found);
  }

  /** Waits and looks once more at a bad file; true when it has changed meanwhile and will be looked at anew. */
  async #settles(version: string): Promise<boolean> {
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.wakeAt(this.#clock.nowMs() + SETTLE_MS, resolve);
      this.#cancelSettle = () => {
        cancel();
        resolve();
      };
    });
    this.#cancelSettle = null;
    const later = await this.#read();
    if (later.version === version) return false;
    this.#stamp = '';
    this.#checkAgain = true;
    return true;
  }

  #tell(found: Found): void {
    if (found.error !== null) {
      this.#isBroken = true;
      this.#news.onBreak(found.error);
      return;
    }
    const isNews = this.#isBroken || found.version !== this.#current.version;
    this.#isBroken = false;
    this.#current = found.workflow;
    if (isNews) this.#news.onReload(found.workflow);
  }

  async #read(): Promise<Found> {
    const file = this.#current.path;
    let version = 'missing';
    try {
      const text = await readWorkflow(file);
      version = versionOf(text);
      return { version, error: null, workflow: parseWorkflow(file, text, this.#context) };
    } catch (error) {
      if (!(error instanceof SymphonyError)) throw error;
      return { version, error };
    }
  }
}

type Found =
  | { readonly version: string; readonly error: null; readonly workflow: Workflow }
  | { readonly version: string; readonly error: SymphonyError };

async function stampOf(file: string): Promise<string> {
  try {
    const { mtimeNs, size, ino } = await stat(file, { bigint: true });
    return `${mtimeNs} ${size} ${ino}`;
  } catch {
    return '';
  }
}
