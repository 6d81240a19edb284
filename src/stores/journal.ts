import path from 'node:path';
import { SymphonyError } from '../domain/error.js';
import type { Clock } from '../ports/clock.js';
import type { Store } from '../ports/store.js';
import { laterJournal, notRewrittenMessage, unreadableMessage, unusableJournal } from './journal-failures.js';
import { JournalFile, makeFile } from './journal-file.js';
import { type JournalContents, journalLines, readJournal } from './journal-lines.js';
import { JournalWriter } from './journal-writer.js';

/** What a journal is opened with. */
export interface JournalParts<Entry extends object> {
  /** The state directory, held by this process; the journal is `journal.jsonl` in it, for the owner alone. */
  readonly directory: string;
  readonly clock: Clock;
  /** What is left of entries once those that later ones replace are gone, in an order that gives the same. Pure. */
  readonly fold: (entries: readonly Entry[]) => readonly Entry[];
  /** Reads one entry of the file; null when it is none. */
  readonly parse: (value: unknown) => Entry | null;
  /** The journal cannot be read in part, or not be written for now, or is written again: told to operators. */
  readonly onProblem: (message: string) => void;
}

/** The durable journal of one daemon. */
export interface Journal<Entry extends object> extends Store<Entry> {
  /**
   * Puts the file back where somebody removed the state directory, also in the place of another file: only for who holds
   * the lock of the directory. Rejects with the system's error where that fails; may be tried again.
   */
  restore(): Promise<void>;
}

/**
 * Opens the journal in a state directory: a line of JSON for each decision, `{"v":1,"entries":[…]}`, which is there wholly
 * or not at all.
 *
 * What was committed outlives the end of this process, whatever kills it, since the system has it. The disk is made to
 * take it once a second only, and at close: after a power cut the last second may be missing. The tracker is the source of
 * truth, so that costs a look at it and nothing else; a sync for each decision would cost milliseconds every time.
 *
 * Neither the file nor the memory grows with the age of the daemon: entries that later ones replace are folded away.
 *
 * `append` rejects with `store_failed` when the journal could not be written for 60 seconds, from then on, and after close.
 * @throws SymphonyError `store_failed` when the file cannot be used, or is of a later version
 */
export async function openJournal<Entry extends object>(parts: JournalParts<Entry>): Promise<Journal<Entry>> {
  const name = path.join(parts.directory, 'journal.jsonl');
  const { file, bytes } = await orUnusable(name, () => JournalFile.open(name));
  try {
    const contents = readJournal(bytes, parts.parse);
    if (contents.end.kind === 'later') throw laterJournal(name, contents.end.version);
    const folded = parts.fold(contents.entries);
    await orUnusable(name, () => tidy(file, bytes, contents, folded, parts.onProblem));
    const writer = new JournalWriter(parts, file, folded);
    return {
      append: (entries) => writer.append(entries),
      read: async () => contents.entries,
      restore: () => writer.restore(),
      close: () => writer.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Leaves a file of whole lines, and keeps what could not be read beside it. */
async function tidy(
  file: JournalFile,
  bytes: Buffer,
  { entries, wholeBytes, end }: JournalContents<object>,
  folded: readonly object[],
  onProblem: (message: string) => void,
): Promise<void> {
  if (end.kind === 'unreadable') {
    const keptAs = path.join(path.dirname(file.path), 'journal.unreadable.jsonl');
    const { handle } = await makeFile(keptAs, [bytes]);
    await handle.close();
    await file.replace(journalLines(folded));
    onProblem(unreadableMessage(file.path, keptAs, end.line, end.reason));
    return;
  }
  if (end.kind === 'torn') await file.cutTo(wholeBytes);
  if (folded.length >= entries.length) return;
  try {
    await file.replace(journalLines(folded));
  } catch (error) {
    // The long file says the same.
    onProblem(notRewrittenMessage(file.path, error));
  }
}

async function orUnusable<T>(file: string, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof SymphonyError) throw error;
    throw unusableJournal(file, error);
  }
}
