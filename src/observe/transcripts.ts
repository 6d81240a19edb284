import { chmod, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage } from '../domain/error.js';
import { workspaceKey } from '../domain/workspace-key.js';
import { makeDirectory } from '../files/make-directory.js';
import type { WakeAfter } from './gathered-file.js';
import type { Secrets } from './redact.js';
import { isThere, labelOf, removeIfEmpty, transcriptName, transcriptNames } from './transcript-directory.js';
import { TranscriptFile } from './transcript-file.js';

const MEGABYTE = 1_000_000;
const LIMITS = { fileBytes: 20 * MEGABYTE, filesPerIssue: 20, totalBytes: 1_000 * MEGABYTE };
const OWNER_ALL = 0o700;

/** How much is kept; the oldest goes first, what is being written never. */
export type TranscriptLimits = typeof LIMITS;

export interface TranscriptsOptions {
  /** `<directory>/<workspace key>/<time>-run-<run id>.jsonl` are written. */
  readonly directory: string;
  readonly secrets: Secrets;
  /** Wall milliseconds. */
  readonly now: () => number;
  /** The machine's timers unless given. */
  readonly wakeAfter?: WakeAfter;
  /** Told once per outage that transcripts cannot be kept. */
  readonly onProblem: (message: string) => void;
  readonly limits?: Partial<TranscriptLimits>;
}

/** Where the lines of one session go; the port of agents calls this a Transcript. */
export interface SessionTranscript {
  write(direction: 'sent' | 'received', line: string): void;
  close(): void;
}

/** A transcript as the API lists it. */
export interface TranscriptLog {
  /** `latest`, or when it was begun. */
  readonly label: string;
  readonly path: string;
  readonly url: null;
}

interface Kept {
  readonly name: string;
  readonly path: string;
  bytes: number;
  /** While it is written. */
  file: TranscriptFile | null;
}

/**
 * The transcripts of a daemon's sessions, kept over restarts and within limits. Nothing here throws or holds anything up:
 * a disk that cannot be written costs the transcript, never the run. What is said is in the file within a quarter of a
 * second; a daemon that is killed loses what was said in that moment.
 */
export class Transcripts {
  readonly #options: TranscriptsOptions;
  readonly #limits: TranscriptLimits;
  /** By workspace key, each oldest first. */
  readonly #kept = new Map<string, Kept[]>();
  /** Ends of what is open, and ends that are under way. */
  readonly #open = new Set<() => Promise<void>>();
  readonly #ending = new Set<Promise<void>>();
  #isFailing = false;
  /** One after another, so that no two remove the same. */
  #work: Promise<void>;

  constructor(options: TranscriptsOptions) {
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#work = this.#attempt(() => this.#recall());
  }

  /** Begins the transcript of a session. */
  open(identifier: string, runId: number): SessionTranscript {
    const key = workspaceKey(identifier);
    const name = transcriptName(this.#options.now(), runId);
    const place = path.join(this.#options.directory, key, name);
    const { secrets, now, wakeAfter } = this.#options;
    const kept: Kept = { name, path: place, bytes: 0, file: null };
    const file = new TranscriptFile({
      path: place,
      maxBytes: this.#limits.fileBytes,
      secrets,
      now,
      wakeAfter,
      onFailed: (error) => this.#failed(error),
    });
    kept.file = file;
    const end = async (): Promise<void> => {
      if (!this.#open.delete(end)) return;
      await this.#end(key, kept, file);
    };
    this.#open.add(end);
    this.#keep(key, kept);
    this.#enqueue(() => this.#prune());
    return {
      write: (direction, line) => file.write(direction, line),
      close: () => this.#await(end()),
    };
  }

  /** The transcripts of an issue, the newest first; only what the daemon knows, no disk is asked. */
  logs(identifier: string): readonly TranscriptLog[] {
    const kept = this.#kept.get(workspaceKey(identifier)) ?? [];
    const there = kept.filter(({ file }) => file === null || file.isThere);
    return there.toReversed().map(({ name, path: place }, index) => ({
      label: index === 0 ? 'latest' : labelOf(name),
      path: place,
      url: null,
    }));
  }

  /** Resolves when all that was said until now in the session of this file is in it, as far as that goes. */
  async written(identifier: string, file: string): Promise<void> {
    const all = this.#kept.get(workspaceKey(identifier)) ?? [];
    await all.find((kept) => kept.path === file)?.file?.flush();
  }

  /** Makes the directory anew where it was removed, for what is being written, and forgets what is gone with it. */
  async restore(): Promise<void> {
    this.#enqueue(async () => {
      for (const [key, all] of this.#kept) {
        const files = all.flatMap(({ file }) => file ?? []);
        for (const file of files) await file.reopen();
        for (const kept of all)
          if (kept.file === null && !(await isThere(kept.path))) this.#forget(key, kept);
      }
      await this.#recall();
    });
    await this.#work;
  }

  /** Ends all that are open, once what is queued is written. */
  async close(): Promise<void> {
    for (const end of this.#open) this.#await(end());
    await Promise.all(this.#ending);
    await this.#work;
  }

  #await(ending: Promise<void>): void {
    this.#ending.add(ending);
    void ending.then(() => this.#ending.delete(ending));
  }

  async #end(key: string, kept: Kept, file: TranscriptFile): Promise<void> {
    await file.close();
    kept.bytes = file.bytes;
    kept.file = null;
    if (file.isThere) this.#isFailing &&= file.hasFailed;
    else this.#forget(key, kept);
    this.#enqueue(() => this.#prune());
  }

  #keep(key: string, kept: Kept): void {
    const all = [...(this.#kept.get(key) ?? []), kept];
    this.#kept.set(
      key,
      all.sort((a, b) => (a.name < b.name ? -1 : 1)),
    );
  }

  /** Finds what earlier daemons have kept. */
  async #recall(): Promise<void> {
    const { directory } = this.#options;
    await makeDirectory(directory);
    // Conversations may hold what an agent was shown of a private repository.
    await chmod(directory, OWNER_ALL);
    for (const key of await readdir(directory)) {
      for (const name of await transcriptNames(path.join(directory, key))) {
        const place = path.join(directory, key, name);
        const isKnown = this.#kept.get(key)?.some((kept) => kept.path === place) ?? false;
        if (!isKnown) this.#keep(key, { name, path: place, bytes: (await stat(place)).size, file: null });
      }
    }
    await this.#prune();
  }

  async #prune(): Promise<void> {
    for (const [key, all] of this.#kept) {
      // Of those that are too many, not as many others: what is written now goes when it has ended.
      const tooMany = all
        .slice(0, Math.max(0, all.length - this.#limits.filesPerIssue))
        .filter(({ file }) => file === null);
      for (const kept of tooMany) await this.#remove(key, kept);
    }
    const sizes = [...this.#kept].flatMap(([key, all]) => all.map((kept) => ({ key, kept })));
    let total = sizes.reduce((sum, { kept }) => sum + (kept.file?.bytes ?? kept.bytes), 0);
    for (const { key, kept } of sizes.sort((a, b) => (a.kept.name < b.kept.name ? -1 : 1))) {
      if (total <= this.#limits.totalBytes) return;
      if (kept.file !== null) continue;
      await this.#remove(key, kept);
      total -= kept.bytes;
    }
  }

  async #remove(key: string, kept: Kept): Promise<void> {
    this.#forget(key, kept);
    await rm(kept.path, { force: true });
    if (!this.#kept.has(key)) await removeIfEmpty(path.dirname(kept.path));
  }

  #forget(key: string, kept: Kept): void {
    const rest = (this.#kept.get(key) ?? []).filter((other) => other !== kept);
    if (rest.length > 0) this.#kept.set(key, rest);
    else this.#kept.delete(key);
  }

  #enqueue(step: () => Promise<void>): void {
    this.#work = this.#work.then(() => this.#attempt(step));
  }

  async #attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#options.onProblem(
      `transcripts cannot be kept in ${this.#options.directory} (${errorMessage(error)}); runs go on without`,
    );
  }
}
