import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { storeContract } from '../contracts/store.js';
import { aJournal } from '../helpers/a-journal.js';
import { entriesFrom, lastOfEach } from '../helpers/journal-entries.js';
import { startProgram } from '../helpers/programs.js';
import fc from '../helpers/properties.js';

// Goal: what was committed is found again, whatever ends the process, and is never found in part.

storeContract('the journal', async () => (await aJournal()).open());

describe('what was committed', () => {
  test('is found by the next daemon in the same order, under many appends at once', async () => {
    const { open, found, lines } = await aJournal();
    const journal = await open();
    const appended = Array.from({ length: 300 }, (_, index) => entriesFrom(index * 3, 3));

    await Promise.all(appended.map((entries) => journal.append(entries)));

    expect(await found()).toEqual(appended.flat());
    expect(await lines()).toHaveLength(300);
  });

  test('is in the file when its promise resolves, one line for what belongs together', async () => {
    const { open, lines } = await aJournal();
    const journal = await open();

    await journal.append(entriesFrom(0, 3));
    const first = await lines();
    await Promise.all([journal.append(entriesFrom(3, 1)), journal.append(entriesFrom(4, 2))]);

    expect(first).toEqual([JSON.stringify({ v: 1, entries: entriesFrom(0, 3) })]);
    expect(await lines()).toEqual([
      ...first,
      JSON.stringify({ v: 1, entries: entriesFrom(3, 1) }),
      JSON.stringify({ v: 1, entries: entriesFrom(4, 2) }),
    ]);
  });

  test('is read as it was when the journal was opened, before what replaced it was folded away', async () => {
    const { open } = await aJournal();
    const before = await open();
    await before.append(entriesFrom(0, 20));
    await before.close();

    const journal = await open();
    await journal.append(entriesFrom(20, 1));

    expect(await journal.read()).toEqual(entriesFrom(0, 20));
  });

  test('is for the owner alone, also where the file was shown to others', async () => {
    const { open, file } = await aJournal();
    const before = await open();
    const made = (await stat(file)).mode & 0o777;
    await before.close();
    await chmod(file, 0o644);

    await open();

    expect([made, (await stat(file)).mode & 0o777]).toEqual([0o600, 0o600]);
  });

  test('is all there when the process is killed at any moment', async () => {
    const { directory, found } = await aJournal();
    let committed = -1;
    for (const linesUntilKilled of [1, 40, 2_500]) {
      const program = startProgram('appends-to-journal', directory, String(committed + 1));
      expect(await program.next()).toBe('ready');
      await program.lines(linesUntilKilled);
      await program.kill();
      committed = await lastSaid(program.next);

      const values = lastOfEach(await found()).map(({ value }) => value);

      expect(Math.max(...values)).toBeGreaterThanOrEqual(committed);
      expect(lastOfEach(await found())).toEqual(lastOfEach(entriesFrom(0, Math.max(...values) + 1)));
      committed = Math.max(...values);
    }
  }, 120_000);
});

describe('a journal at its end', () => {
  test('writes what waits, leaves no timer, and takes nothing more', async () => {
    const { open, found, clock, file } = await aJournal();
    const journal = await open();

    const last = journal.append(entriesFrom(0, 1));
    await journal.close();

    await expect(last).resolves.toBeUndefined();
    await expect(journal.append(entriesFrom(1, 1))).rejects.toMatchObject({
      code: 'store_failed',
      message: `the journal ${file} is closed: the daemon ends`,
    });
    expect(clock.pending).toBe(0);
    expect(await found()).toEqual(entriesFrom(0, 1));
  });

  test('cut short by a crash at any byte of its last line has the lines before, and goes on after them', async () => {
    const { open, file } = await aJournal();
    const whole = await open();
    await whole.append(entriesFrom(0, 2));
    await whole.append(entriesFrom(2, 1));
    const keptBytes = (await stat(file)).size;
    await whole.append([{ key: 'ä', value: 3 }]);
    await whole.close();
    const bytes = await readFile(file);

    for (let at = keptBytes; at < bytes.length; at += 1) {
      const { open: openTorn, found, problems, file: torn } = await aJournal();
      await writeFile(torn, bytes.subarray(0, at));
      const journal = await openTorn();
      expect(await journal.read()).toEqual(entriesFrom(0, 3));
      await journal.append(entriesFrom(4, 1));
      await journal.close();
      expect(await found()).toEqual([...entriesFrom(0, 3), ...entriesFrom(4, 1)]);
      expect(problems).toEqual([]);
    }
  });

  test.each(['\0'.repeat(100), '{"v":1,"entr\n', '\0\0\0\n'])(
    'that a power cut left as %j has the lines before',
    async (tail) => {
      const { found, file, problems } = await aJournal();
      await writeFile(file, `${JSON.stringify({ v: 1, entries: entriesFrom(0, 2) })}\n${tail}`);

      expect(await found()).toEqual(entriesFrom(0, 2));
      expect(problems).toEqual([]);
    },
  );
});

describe('a journal that cannot be read', () => {
  const good = JSON.stringify({ v: 1, entries: entriesFrom(0, 2) });
  const later = JSON.stringify({ v: 1, entries: entriesFrom(5, 1) });

  test.each([
    ['garbage', '{"v":1,"entr', /line 2 on \(/],
    ['an entry that is not known', '{"v":1,"entries":[{"key":"a"}]}', /it has an entry that is not known/],
    ['a version that never was', '{"v":0,"entries":[]}', /it is no line of version 1/],
    ['something else', '[1]', /it names no version/],
  ])('from a line in the middle on (%s) counts up to there, and is kept', async (_, bad, reason) => {
    const { open, file, directory, problems, found } = await aJournal();
    const content = `${good}\n${bad}\n${later}\n`;
    await writeFile(file, content);
    await writeFile(join(directory, 'journal.unreadable.jsonl'), 'an older one', { mode: 0o644 });

    const journal = await open();

    const kept = join(directory, 'journal.unreadable.jsonl');
    expect(await journal.read()).toEqual(entriesFrom(0, 2));
    expect(await readFile(kept, 'utf8')).toBe(content);
    expect((await stat(kept)).mode & 0o777).toBe(0o600);
    expect(problems).toEqual([expect.stringMatching(reason)]);
    expect(problems[0]).toContain(`The whole file is kept as ${kept}`);
    await journal.append(entriesFrom(9, 1));
    await journal.close();
    expect(await found()).toEqual([...entriesFrom(0, 2), ...entriesFrom(9, 1)]);
    expect(problems).toHaveLength(1);
  });

  test('since its last entry is not known is kept too: no crash writes that', async () => {
    const { found, file, problems, directory } = await aJournal();
    await writeFile(file, `${good}\n{"v":1,"entries":[{"of":"another branch"}]}\n`);

    expect(await found()).toEqual(entriesFrom(0, 2));
    expect(problems).toHaveLength(1);
    expect(await readdir(directory)).toContain('journal.unreadable.jsonl');
  });

  test.each([
    ['wholly', '{"v":2,"facts":[]}\n'],
    ['at its end', `${good}\n{"v":2,"facts":[]}\n`],
  ])('because a later version wrote it %s is left alone, and nothing starts', async (_, content) => {
    const { open, file, directory } = await aJournal();
    await writeFile(file, content);

    await expect(open()).rejects.toMatchObject({
      code: 'store_failed',
      message: expect.stringMatching(
        /written by a later version of symphony \(its format is 2.*Run that version/,
      ),
    });
    expect(await readFile(file, 'utf8')).toBe(content);
    expect(await readdir(directory)).toEqual(['journal.jsonl']);
  });

  test('because it is a directory says so, and nothing starts', async () => {
    const { open, file } = await aJournal();
    await mkdir(file);

    await expect(open()).rejects.toMatchObject({
      code: 'store_failed',
      message: expect.stringMatching(/journal\.jsonl cannot be opened \(EISDIR.*Move away what is there$/),
      cause: expect.objectContaining({ code: 'EISDIR' }),
    });
  });

  test('because a link to nowhere is in its place, or a directory where it is to be made anew, says what to do', async () => {
    const linked = await aJournal();
    await symlink('/nowhere/journal.jsonl', linked.file);
    await expect(linked.open()).rejects.toThrow(/cannot be opened \(EEXIST.*Move away what is there$/);

    const blocked = await aJournal();
    await mkdir(`${blocked.file}.new`);
    await expect(blocked.open()).rejects.toThrow(/EISDIR.*journal\.jsonl\.new\). Move away what is there$/);
  });

  test('for want of permission says so, and nothing starts', async (context) => {
    if (process.getuid?.() === 0) context.skip('because root may read everything');
    const { open, file } = await aJournal();
    await writeFile(file, '', { mode: 0o200 });

    await expect(open()).rejects.toMatchObject({
      code: 'store_failed',
      message: expect.stringMatching(/cannot be opened \(EACCES.*readable and writable for this user$/),
    });
  });
});

describe('a journal of a daemon that runs for months', () => {
  test('grows neither in its file nor in memory', async () => {
    const { open, file, found } = await aJournal();
    let largestFold = 0;
    let largestBytes = 0;
    const journal = await open({
      fold: (entries) => {
        largestFold = Math.max(largestFold, entries.length);
        return lastOfEach(entries);
      },
    });

    for (let value = 0; value < 50_000; value += 100) {
      const commits = entriesFrom(value, 100).map((entry) => journal.append([entry]));
      await Promise.all(commits);
      largestBytes = Math.max(largestBytes, (await stat(file)).size);
    }
    await journal.close();

    expect(largestFold).toBeLessThanOrEqual(1_100);
    expect(largestBytes).toBeLessThan(1_300 * 60);
    expect(lastOfEach(await found())).toEqual(lastOfEach(entriesFrom(0, 50_000)));
  });

  test('is made shorter at the next start, and not for nothing', async () => {
    const { open, lines } = await aJournal();
    const first = await open({ fold: (entries) => entries });
    for (let value = 0; value < 30; value += 1) await first.append(entriesFrom(value, 1));
    await first.close();
    const before = await lines();

    await (await open()).close();
    const after = await lines();
    await (await open()).close();

    expect(before).toHaveLength(30);
    expect(after).toEqual([JSON.stringify({ v: 1, entries: entriesFrom(23, 7) })]);
    expect(await lines()).toEqual(after);
  });

  test('says the same after any appends, starts, folds and crashes', async () => {
    const step = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          type: fc.constant('append' as const),
          count: fc.integer({ min: 1, max: 400 }),
        }),
      },
      { weight: 1, arbitrary: fc.record({ type: fc.constant('reopen' as const) }) },
      {
        weight: 2,
        arbitrary: fc.record({ type: fc.constant('crash' as const), underWay: fc.nat(20), torn: fc.nat(60) }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
        const daemon = await aCrashingDaemon();
        for (const each of steps) {
          if (each.type === 'append') await daemon.append(each.count);
          else if (each.type === 'reopen') await daemon.reopen();
          else await daemon.crash(each.underWay, each.torn);
        }
        await daemon.reopen();
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});

/** A daemon that appends 0, 1, 2, …, and at each start finds what it has committed, and at most what it had begun. */
async function aCrashingDaemon() {
  let place = await aJournal();
  let journal = await place.open();
  let committed = 0;
  let begun = 0;
  const begin = (count: number): Promise<void> => {
    const from = begun;
    begun += count;
    return journal.append(entriesFrom(from, count)) ?? Promise.resolve();
  };
  const start = async (): Promise<void> => {
    journal = await place.open();
    const found = lastOfEach(await journal.read());
    const count = Math.max(-1, ...found.map(({ value }) => value)) + 1;
    expect(count).toBeGreaterThanOrEqual(committed);
    expect(count).toBeLessThanOrEqual(begun);
    expect(found).toEqual(lastOfEach(entriesFrom(0, count)));
    expect(place.problems).toEqual([]);
    [committed, begun] = [count, count];
  };
  return {
    append: async (count: number): Promise<void> => {
      await begin(count);
      committed = begun;
    },
    reopen: async (): Promise<void> => {
      await journal.close();
      await start();
    },
    /** Goes on with what was in the file while `underWay` appends were written, and so many bytes of another one. */
    crash: async (underWay: number, tornBytes: number): Promise<void> => {
      const commits = Array.from({ length: underWay }, () => begin(1));
      const bytes = await readFile(place.file);
      await Promise.all(commits);
      await journal.close();
      const torn = JSON.stringify({ v: 1, entries: entriesFrom(begun, 1) }).slice(0, tornBytes);
      place = await aJournal();
      const isCutAlready = bytes.length > 0 && bytes.at(-1) !== 0x0a;
      await writeFile(place.file, isCutAlready ? bytes : Buffer.concat([bytes, Buffer.from(torn)]));
      await start();
    },
  };
}

/** The greatest value that a program had still said when it was killed. */
async function lastSaid(next: () => Promise<string>): Promise<number> {
  let last = -1;
  try {
    for (;;) last = Math.max(last, Number(await next()));
  } catch {
    return last;
  }
}
