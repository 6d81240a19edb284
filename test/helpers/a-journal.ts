import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Journal, type JournalParts, openJournal } from '../../src/stores/journal.js';
import { lastOfEach, parseEntry } from './journal-entries.js';
import { aPlace } from './processes.js';
import { VirtualClock } from './virtual-clock.js';

/** A state directory in which daemons open the journal one after the other. */
export interface JournalPlace {
  readonly directory: string;
  readonly file: string;
  readonly clock: VirtualClock;
  /** What was told to operators. */
  readonly problems: readonly string[];
  /** Resolves when so many problems were told. */
  problem(count: number): Promise<string>;
  /** Opens the journal; closed after the test. */
  open(parts?: Partial<JournalParts<object>>): Promise<Journal<object>>;
  /** What the next daemon would find. */
  found(): Promise<readonly object[]>;
  lines(): Promise<string[]>;
}

/** A new place, or one in this directory. */
export async function aJournal(at?: string): Promise<JournalPlace> {
  const directory = at ?? (await aPlace());
  const file = join(directory, 'journal.jsonl');
  const clock = new VirtualClock();
  const problems: string[] = [];
  let heard = (): void => {};
  const open = async (parts: Partial<JournalParts<object>> = {}): Promise<Journal<object>> => {
    const journal = await openJournal({
      directory,
      clock,
      fold: lastOfEach,
      parse: parseEntry,
      onProblem: (message) => {
        problems.push(message);
        heard();
      },
      ...parts,
    });
    onTestFinished(async () => {
      const closing = journal.close();
      await clock.advance(2_000);
      await closing;
    });
    return journal;
  };
  return {
    directory,
    file,
    clock,
    problems,
    problem: async (count) => {
      for (;;) {
        const told = problems[count - 1];
        if (told !== undefined) return told;
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
      }
    },
    open,
    found: async () => {
      const journal = await open({ fold: (entries) => entries });
      await journal.close();
      return journal.read();
    },
    lines: async () => (await readFile(file, 'utf8')).split('\n').slice(0, -1),
  };
}
