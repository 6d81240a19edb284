import { errorMessage, type SymphonyError } from '../domain/error.js';
import type { Clock } from '../ports/clock.js';
import { type Batch, heardLater, newBatch } from './journal-batch.js';
import {
  closedJournal,
  givenUpJournal,
  notRewrittenMessage,
  outageMessage,
  recoveredMessage,
} from './journal-failures.js';
import type { JournalFile, Standing } from './journal-file.js';
import { journalLine, journalLines } from './journal-lines.js';

const SECOND_MS = 1_000;
const GIVES_UP_AFTER_MS = 60_000;
const CLOSES_WITHIN_MS = 2_000;
/** The end of that, for leaving the file as it should be. */
const LEAVES_WITHIN_MS = 500;
/** Fewer entries are not worth making the file anew. */
const FOLDS_ABOVE = 1_000;

interface WriterParts<Entry extends object> {
  readonly clock: Clock;
  readonly fold: (entries: readonly Entry[]) => readonly Entry[];
  readonly onProblem: (message: string) => void;
}

/**
 * Writes what is appended, in order, and keeps the file short.
 *
 * Invariants:
 *   W1. The lines in the file are a beginning of what was appended, and hold all that was committed: after a batch that
 *       was given up nothing is written any more.
 *   W2. `#entries` gives, folded, the same as the file up to the last commit, so that the file can be made anew at any time.
 *   W3. One thing at a time is done to the file (`#alone`), syncs excepted.
 */
export class JournalWriter<Entry extends object> {
  readonly #parts: WriterParts<Entry>;
  readonly #file: JournalFile;
  #entries: Entry[];
  #foldsAbove: number;
  #gathered: Batch<Entry> | null = null;
  #underWay: Batch<Entry> | null = null;
  #writing: Promise<void> | null = null;
  #last: Promise<unknown> = Promise.resolve();
  /** Why nothing is taken any more. */
  #refusal: SymphonyError | null = null;
  #hasGivenUp = false;
  #closing: Promise<void> | null = null;
  /** The last failure to write; null when the last write went well. */
  #outage: { readonly error: unknown } | null = null;
  #isToldThatLong = false;
  /** Ends the wait for the second after which a failed write is tried again. */
  #tryAgain: () => void = () => {};
  #cancelSecond: () => void = () => {};
  #isUnsynced = false;
  #cancelSync: (() => void) | null = null;

  /** `entries` are what the file holds, or what is left of that by `fold`. */
  constructor(parts: WriterParts<Entry>, file: JournalFile, entries: readonly Entry[]) {
    this.#parts = parts;
    this.#file = file;
    this.#entries = [...entries];
    this.#foldsAbove = foldsAbove(entries.length);
  }

  append(entries: readonly Entry[]): Promise<void> | undefined {
    if (this.#refusal !== null) return heardLater(Promise.reject(this.#refusal));
    if (entries.length === 0) return undefined;
    this.#gathered ??= newBatch();
    this.#gathered.lines.push(journalLine(entries));
    for (const entry of entries) this.#gathered.entries.push(entry);
    const { committed } = this.#gathered;
    this.#writing ??= this.#writeAll();
    return committed;
  }

  async restore(): Promise<void> {
    if (this.#closing !== null) return;
    await this.#alone(async () => {
      if ((await this.#file.standing()) !== 'inPlace') await this.#makeAnew();
    });
  }

  /** Writes what waits, for two seconds at most. Safe to call twice. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #writeAll(): Promise<void> {
    // So that all that is appended in one go is written in one.
    await Promise.resolve();
    for (let batch = this.#gathered; batch !== null; batch = this.#gathered) {
      this.#gathered = null;
      this.#underWay = batch;
      await this.#write(batch);
      this.#underWay = null;
      if (this.#entries.length > this.#foldsAbove) await this.#fold();
    }
    this.#writing = null;
  }

  /** Until it is written or given up. */
  async #write(batch: Batch<Entry>): Promise<void> {
    this.#countSeconds(0);
    while (!this.#hasGivenUp) {
      const nextSecond = new Promise<void>((resolve) => {
        this.#tryAgain = resolve;
      });
      try {
        await this.#alone(() => this.#attempt(batch));
        this.#committed(batch);
        break;
      } catch (error) {
        if (this.#outage === null)
          this.#parts.onProblem(outageMessage(this.#file.path, error, GIVES_UP_AFTER_MS));
        this.#outage = { error };
      }
      await nextSecond;
    }
    this.#cancelSecond();
  }

  async #attempt(batch: Batch<Entry>): Promise<void> {
    await this.#readyFile();
    await this.#file.append(Buffer.from(batch.lines.join('')));
  }

  #committed(batch: Batch<Entry>): void {
    for (const entry of batch.entries) this.#entries.push(entry);
    this.#syncSoon();
    if (this.#hasGivenUp) return;
    if (this.#outage !== null) this.#parts.onProblem(recoveredMessage(this.#file.path));
    this.#outage = null;
    batch.commit();
  }

  /**
   * Wakes the writer every second, and gives up in the end. Counted, not measured: when the machine sleeps in the middle of a
   * write, the time it slept is not time for which the disk failed.
   */
  #countSeconds(passed: number): void {
    const { clock } = this.#parts;
    this.#cancelSecond = clock.wakeAt(clock.nowMs() + SECOND_MS, () => {
      const nowPassed = passed + 1;
      if (nowPassed * SECOND_MS >= GIVES_UP_AFTER_MS) this.#giveUp(GIVES_UP_AFTER_MS);
      else this.#countSeconds(nowPassed);
      this.#tryAgain();
    });
  }

  #giveUp(afterMs: number): void {
    if (this.#hasGivenUp) return;
    this.#hasGivenUp = true;
    this.#cancelSecond();
    const error = givenUpJournal(this.#file.path, afterMs, this.#outage?.error ?? null);
    if (this.#closing === null) this.#refusal = error;
    this.#underWay?.giveUp(error);
    this.#gathered?.giveUp(error);
    this.#gathered = null;
    this.#tryAgain();
  }

  /** Drops what later entries replace, here and then in the file; where that fails the long file says the same. */
  async #fold(): Promise<void> {
    this.#entries = [...this.#parts.fold(this.#entries)];
    this.#foldsAbove = foldsAbove(this.#entries.length);
    await this.#orTold(() => this.#shortenFile());
  }

  #syncSoon(): void {
    this.#isUnsynced = true;
    if (this.#cancelSync !== null || this.#closing !== null) return;
    const { clock } = this.#parts;
    this.#cancelSync = clock.wakeAt(clock.nowMs() + SECOND_MS, () => void this.#sync());
  }

  async #sync(): Promise<void> {
    this.#isUnsynced = false;
    let isOnDisk = true;
    try {
      await this.#file.sync();
    } catch {
      if (this.#closing !== null) return;
      isOnDisk = await this.#orTold(() => this.#readyFile());
    }
    this.#cancelSync = null;
    if (this.#isUnsynced || !isOnDisk) this.#syncSoon();
  }

  /** Does something that the commits do not depend on; a failure is told once until it goes well. */
  async #orTold(job: () => Promise<void>): Promise<boolean> {
    try {
      await this.#alone(job);
      this.#isToldThatLong = false;
      return true;
    } catch (error) {
      if (!this.#isToldThatLong) this.#parts.onProblem(notRewrittenMessage(this.#file.path, error));
      this.#isToldThatLong = true;
      return false;
    }
  }

  async #readyFile(): Promise<void> {
    if ((await this.#ownStanding()) === 'damaged') await this.#makeAnew();
  }

  async #shortenFile(): Promise<void> {
    await this.#ownStanding();
    await this.#makeAnew();
  }

  /** @throws where something else stands: another daemon may have the directory; who holds its lock calls `restore` */
  async #ownStanding(): Promise<Exclude<Standing, 'another'>> {
    const standing = await this.#file.standing();
    if (standing === 'another') throw new Error('another file is in its place: move that away');
    return standing;
  }

  #makeAnew(): Promise<void> {
    return this.#file.replace(journalLines(this.#entries));
  }

  #alone<T>(job: () => Promise<T>): Promise<T> {
    const done = this.#last.then(job);
    this.#last = done.catch(() => {});
    return done;
  }

  async #close(): Promise<void> {
    const { clock } = this.#parts;
    this.#refusal ??= closedJournal(this.#file.path);
    const untilMs = clock.nowMs() + CLOSES_WITHIN_MS;
    const writesForMs = CLOSES_WITHIN_MS - LEAVES_WITHIN_MS;
    await new Promise<void>((resolve) => {
      const cancelLast = clock.wakeAt(untilMs - LEAVES_WITHIN_MS, () => this.#giveUp(writesForMs));
      const cancelWait = clock.wakeAt(untilMs, resolve);
      void this.#finish().then(() => {
        cancelLast();
        cancelWait();
        resolve();
      });
    });
  }

  async #finish(): Promise<void> {
    await this.#writing;
    this.#cancelSync?.();
    try {
      await this.#alone(async () => {
        try {
          await this.#file.cutTorn();
          if (this.#isUnsynced) await this.#file.sync();
        } finally {
          await this.#file.close();
        }
      });
    } catch (error) {
      const { path } = this.#file;
      this.#parts.onProblem(
        `the journal ${path} may miss its end after a power cut: it could not be closed (${errorMessage(error)})`,
      );
    }
  }
}

function foldsAbove(entriesLeft: number): number {
  return Math.max(FOLDS_ABOVE, 2 * entriesLeft);
}
