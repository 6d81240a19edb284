import { stat } from 'node:fs/promises';
import path from 'node:path';
import { type FSWatcher, watch } from 'chokidar';
import { SymphonyError } from '../domain/error.js';
import type { Workflow } from '../domain/workflow.js';
import type { Clock } from '../ports/clock.js';
import { type LoadContext, parseWorkflow, readWorkflow, versionOf } from './load.js';

/**
 * An editor needs a moment to finish writing. Half a file can be valid too: front matter without its end, for one, is a
 * workflow with a default prompt, so every change has to hold for this long.
 */
const SETTLE_MS = 100;
/** A file that never holds still is taken as it is after this many looks. */
const MAX_LOOKS = 20;
/** A file changed so recently may change again without its time of change showing it. */
const FRESH_MS = 2_000;

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
  /** The version last seen on disk, good or bad. */
  #seen: string;
  /** The state of the file in which that version was read; null when only its content can tell. */
  #stamp: string | null = null;
  #isBroken = false;
  #checking: Promise<void> | null = null;
  #checkAgain = false;
  #cancelSettle: (() => void) | null = null;
  #cancelSecondLook: () => void = () => undefined;
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

  /** Begins to watch; a change since the first version was read is found, too. */
  start(): void {
    const file = this.#current.path;
    const folder = path.dirname(file);
    const look = (): void => {
      this.check().catch(this.#news.onWatchFailed);
    };
    // chokidar drops a change that follows another within 50 ms, so each event is followed by a second look.
    const lookTwice = (): void => {
      if (this.#isClosed) return;
      look();
      this.#cancelSecondLook();
      this.#cancelSecondLook = this.#clock.wakeAt(this.#clock.nowMs() + SETTLE_MS, look);
    };
    // Its folder, because a file that is replaced or comes back is another file with the same name.
    this.#watcher = watch(folder, {
      depth: 0,
      ignoreInitial: true,
      ignored: (other) => other !== folder && other !== file,
    });
    this.#watcher.on('all', lookTwice);
    this.#watcher.on('ready', look);
    this.#watcher.on('error', this.#news.onWatchFailed);
  }

  /** Looks at the file now; what it finds has been told when this resolves. Calls at the same time share the looking. */
  check(): Promise<void> {
    if (this.#checking !== null) {
      this.#checkAgain = true;
      return this.#checking;
    }
    this.#checking = this.#checkUntilQuiet();
    return this.#checking;
  }

  /** Ends the watch; nothing is told after this is called. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelSettle?.();
    this.#cancelSecondLook();
    // Whoever asked for a check learns of its failure.
    await Promise.allSettled([this.#watcher?.close(), this.#checking]);
  }

  async #checkUntilQuiet(): Promise<void> {
    try {
      do {
        this.#checkAgain = false;
        await this.#look();
      } while (this.#checkAgain && !this.#isClosed);
    } finally {
      // In the same breath as the last look, or a check asked for in between would be forgotten.
      this.#checking = null;
    }
  }

  async #look(): Promise<void> {
    if (this.#isClosed) return;
    const stamp = await this.#lastingStamp();
    if (stamp !== null && stamp === this.#stamp) return;
    const found = await this.#settled();
    if (this.#isClosed) return;
    this.#stamp = stamp;
    if (found.version === this.#seen) return;
    this.#seen = found.version;
    this.#tell(found);
  }

  /** Reads until two looks in a row agree and nothing was written between them: a file is often empty while it is saved. */
  async #settled(): Promise<Found> {
    let stamp = await stampOf(this.#current.path);
    let found = await this.#read();
    for (let looks = 1; looks < MAX_LOOKS && found.version !== this.#seen; looks += 1) {
      await this.#pause();
      if (this.#isClosed) return found;
      const laterStamp = await stampOf(this.#current.path);
      const later = await this.#read();
      if (later.version === found.version && laterStamp?.text === stamp?.text) return later;
      // What was stamped before is not what is there now.
      this.#checkAgain = true;
      stamp = laterStamp;
      found = later;
    }
    return found;
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#clock.wakeAt(this.#clock.nowMs() + SETTLE_MS, resolve);
      this.#cancelSettle = () => {
        cancel();
        resolve();
      };
    });
    this.#cancelSettle = null;
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

  /** The stamp of the file; null when there is none, or it is too fresh to be told from the next. */
  async #lastingStamp(): Promise<string | null> {
    const stamp = await stampOf(this.#current.path);
    return stamp === null || this.#clock.wallMs() - stamp.changedAtMs < FRESH_MS ? null : stamp.text;
  }

  async #read(): Promise<Found> {
    const file = this.#current.path;
    let version: string | null = null;
    try {
      const text = await readWorkflow(file);
      version = versionOf(text);
      return { version, error: null, workflow: parseWorkflow(file, text, this.#context) };
    } catch (error) {
      if (!(error instanceof SymphonyError)) throw error;
      // A file without text has no version; why it has none stands for it.
      return { version: version ?? error.code, error };
    }
  }
}

type Found =
  | { readonly version: string; readonly error: null; readonly workflow: Workflow }
  | { readonly version: string; readonly error: SymphonyError };

/** Tells one state of a file from another; null when there is no file. */
async function stampOf(
  file: string,
): Promise<{ readonly text: string; readonly changedAtMs: number } | null> {
  const found = await stat(file, { bigint: true }).catch(() => null);
  if (found === null) return null;
  const { mtimeNs, ctimeNs, size, ino } = found;
  return { text: `${mtimeNs} ${ctimeNs} ${size} ${ino}`, changedAtMs: Number(found.mtimeMs) };
}
