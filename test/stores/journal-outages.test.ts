import { spawnSync } from 'node:child_process';
import { cp, mkdir, open, readFile, rename, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, type TestContext, test, vi } from 'vitest';
import { aJournal } from '../helpers/a-journal.js';
import { entriesFrom, lastOfEach } from '../helpers/journal-entries.js';
import { aPlace } from '../helpers/processes.js';

// Goal: a disk that fails for a while costs time and nothing else, and one that fails for long ends the daemon in order.

const anError = expect.objectContaining({ code: 'store_failed' });

/** A small file system of its own; gone after the test. */
async function aSmallDisk(context: TestContext): Promise<string> {
  const disk = join(await aPlace(), 'disk');
  await mkdir(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
  if (mounted.status !== 0) context.skip('because no file system can be mounted here');
  onTestFinished(() => {
    spawnSync('umount', ['-l', disk]);
  });
  return disk;
}

describe('on a full disk', () => {
  test('commits wait, whole lines stay, and all goes on where there is room again', async (context) => {
    const disk = await aSmallDisk(context);
    const { open, problem, problems, clock, file, found } = await aJournal(disk);
    const journal = await open();
    await journal.append(entriesFrom(0, 2));
    await writeFile(join(disk, 'filler'), Buffer.alloc(56 * 1024));
    const wholeBytes = (await stat(file)).size;

    const waiting = [journal.append(entriesFrom(2, 500)), journal.append(entriesFrom(502, 1))];
    expect(await problem(1)).toMatch(
      /ENOSPC.*nothing new is begun\. Free space there\. .*after 60 s the daemon ends$/,
    );
    expect((await stat(file)).size).toBeGreaterThan(wholeBytes);
    const crashed = await aJournal();
    await cp(file, crashed.file);
    expect(await crashed.found()).toEqual(entriesFrom(0, 2));
    await clock.advance(5_000);
    await rm(join(disk, 'filler'));
    await clock.advance(1_000);
    await Promise.all(waiting);

    expect(problems).toEqual([
      expect.anything(),
      `the journal ${file} is written again, and nothing of it was lost`,
    ]);
    expect(await found()).toEqual(entriesFrom(0, 503));
  });

  test('what was given up is not found by the next daemon, in part or as a whole', async (context) => {
    const disk = await aSmallDisk(context);
    const { open, problem, clock, file } = await aJournal(disk);
    const journal = await open();
    await journal.append(entriesFrom(0, 2));
    const before = await readFile(file);
    await writeFile(join(disk, 'filler'), Buffer.alloc(56 * 1024));
    const waiting = [journal.append(entriesFrom(2, 1)), journal.append(entriesFrom(3, 500))];
    const givenUp = Promise.all(waiting.map((commit) => expect(commit).rejects.toEqual(anError)));
    await problem(1);

    await clock.advance(60_000);
    await givenUp;
    await journal.close();

    expect(await readFile(file)).toEqual(before);
  });

  test('a file that cannot be made shorter is told once, and what is committed is not less', async (context) => {
    const disk = await aSmallDisk(context);
    const { open, problems, problem, found } = await aJournal(disk);
    const journal = await open({ fold: (entries) => entries.slice(-900) });
    await journal.append(entriesFrom(0, 900));
    // The file takes up to 45 kB, and half of that once more to be made anew.
    await writeFile(join(disk, 'filler'), Buffer.alloc(8 * 1024));

    await journal.append(entriesFrom(900, 901));

    expect(await problem(1)).toMatch(/cannot be made anew \(ENOSPC.*so it grows/);
    await journal.append(entriesFrom(1_801, 3));
    expect(problems).toHaveLength(1);
    await rm(join(disk, 'filler'));
    expect(await found()).toEqual(entriesFrom(0, 1_804));
  });
});

describe('where the state directory is removed', () => {
  test('the next commit makes it anew with all that counts', async () => {
    const { open, directory, found, problems } = await aJournal();
    const journal = await open();
    await journal.append(entriesFrom(0, 20));
    await rm(directory, { recursive: true });

    await journal.append(entriesFrom(20, 1));

    await journal.close();
    expect(lastOfEach(await found())).toEqual(lastOfEach(entriesFrom(0, 21)));
    expect(problems).toEqual([]);
  });

  test('it is put back at once when somebody asks for that, and left alone where it is there', async () => {
    const { open, directory, file, found } = await aJournal();
    const journal = await open();
    await journal.append(entriesFrom(0, 2));
    const { ino } = await stat(file);
    await journal.restore();
    expect((await stat(file)).ino).toBe(ino);
    await rm(directory, { recursive: true });

    await journal.restore();

    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await journal.append(entriesFrom(2, 1));
    await journal.close();
    expect(await found()).toEqual(entriesFrom(0, 3));
  });

  test('what cannot be put back is told to who asked, and may be put back later', async () => {
    const { open, directory, found } = await aJournal();
    const journal = await open();
    await journal.append(entriesFrom(0, 2));
    await rm(directory, { recursive: true });
    await writeFile(directory, 'in the way');

    await expect(journal.restore()).rejects.toMatchObject({ code: 'ENOTDIR' });
    await rm(directory);
    await journal.restore();

    await journal.close();
    expect(await found()).toEqual(entriesFrom(0, 2));
  });

  test('a file that somebody cut, or wrote into, is made anew', async () => {
    const { open, file, found } = await aJournal();
    const journal = await open();
    await journal.append(entriesFrom(0, 2));
    await truncate(file, 5);
    await journal.append(entriesFrom(2, 1));
    await writeFile(file, 'mine\n', { flag: 'a' });

    await journal.append(entriesFrom(3, 1));

    await journal.close();
    expect(await found()).toEqual(entriesFrom(0, 4));
  });

  test("another daemon's file in its place is not touched, unless the directory is ours again", async () => {
    const { open, file, clock, problem, problems, found } = await aJournal();
    const journal = await open();
    await journal.append(entriesFrom(0, 2));
    await writeFile(`${file}.another`, 'of another daemon');
    await rename(`${file}.another`, file);

    const waiting = journal.append(entriesFrom(2, 1));
    expect(await problem(1)).toContain('another file is in its place: move that away');
    await clock.advance(3_000);
    expect(await readFile(file, 'utf8')).toBe('of another daemon');
    await journal.restore();
    await clock.advance(1_000);
    await waiting;

    await journal.close();
    expect(problems).toHaveLength(2);
    expect(await found()).toEqual(entriesFrom(0, 3));
  });
});

describe('on a disk that fails', () => {
  /** What the system does for an open file, for a test to have it fail: no disk at hand does that when asked. */
  async function systemCalls() {
    const handle = await open(join(await aPlace(), 'any'), 'w');
    await handle.close();
    onTestFinished(() => void vi.restoreAllMocks());
    return Object.getPrototypeOf(handle) as typeof handle;
  }

  test('a file that it may not have taken is made anew from memory, tried every second', async () => {
    const { open: openIt, file, clock, problem, problems, found } = await aJournal();
    const journal = await openIt();
    await journal.append(entriesFrom(0, 2));
    const { ino } = await stat(file);
    const calls = await systemCalls();
    const sync = vi.spyOn(calls, 'datasync');
    const failed = Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
    sync.mockRejectedValueOnce(failed).mockRejectedValueOnce(failed);

    await clock.advance(1_000);
    expect(await problem(1)).toMatch(/cannot be made anew \(EIO.*power cut\. See the log of the system/);
    const again = new Promise<void>((resolve) => {
      sync.mockImplementationOnce(async () => resolve());
    });
    await clock.advance(1_000);
    await again;
    await journal.close();

    expect((await stat(file)).ino).not.toBe(ino);
    expect(problems).toHaveLength(1);
    expect(await found()).toEqual(entriesFrom(0, 2));
  });

  test('a write that never ends holds up nothing for more than its time', async () => {
    const { open: openIt, clock } = await aJournal();
    const journal = await openIt();
    const calls = await systemCalls();
    const hung = new Promise<(error: Error) => void>((began) => {
      vi.spyOn(calls, 'write').mockImplementationOnce(() => new Promise((_, fail) => began(fail)));
    });
    const waiting = journal.append(entriesFrom(0, 1));
    const givenUp = expect(waiting).rejects.toMatchObject({
      message: expect.stringContaining('could not be written for 60 s (the system does not answer)'),
    });

    const fail = await hung;
    await clock.advance(60_000);
    await givenUp;
    const closed = journal.close();
    await clock.advance(2_000);
    await closed;

    expect(clock.pending).toBe(0);
    fail(new Error('at last'));
  });
});

describe('where nothing can be written', () => {
  /** A journal in whose directory's place there is something else, until that is mended. */
  async function anOutage() {
    const actual = await aPlace();
    const directory = join(await aPlace(), 'state');
    // In one step, so that a try that is under way finds the one or the other.
    const pointTo = async (target: string): Promise<void> => {
      await symlink(target, `${directory}.new`);
      await rename(`${directory}.new`, directory);
    };
    await pointTo(actual);
    const place = await aJournal(directory);
    const journal = await place.open();
    await journal.append(entriesFrom(0, 2));
    await writeFile(`${directory}.file`, 'in the way');
    const fail = (): Promise<void> => pointTo(`${directory}.file`);
    await fail();
    return { ...place, journal, fail, mend: () => pointTo(actual) };
  }

  test('commits are given up after 60 seconds, with all that follows, and the file has what was committed', async () => {
    const { journal, clock, problem, problems, mend, found } = await anOutage();
    const waiting = journal.append(entriesFrom(2, 1));
    const givenUp = expect(waiting).rejects.toMatchObject({
      code: 'store_failed',
      message: expect.stringMatching(
        /could not be written for 60 s \(ENOTDIR.*Move away what is in the place/,
      ),
      cause: expect.objectContaining({ code: 'ENOTDIR' }),
    });
    await problem(1);
    await clock.advance(59_000);
    const late = journal.append(entriesFrom(3, 1));

    await clock.advance(1_000);

    await givenUp;
    await expect(late).rejects.toEqual(anError);
    await mend();
    await expect(journal.append(entriesFrom(4, 1))).rejects.toEqual(anError);
    await journal.close();
    expect(problems).toHaveLength(1);
    expect(clock.pending).toBe(0);
    expect(await found()).toEqual(entriesFrom(0, 2));
  });

  test('each outage is told once when it begins and once when it is over', async () => {
    const { journal, clock, problem, problems, mend, fail, found } = await anOutage();
    const first = journal.append(entriesFrom(2, 1));
    await problem(1);
    await clock.advance(10_000);
    await mend();
    await clock.advance(1_000);
    await first;
    await fail();
    const second = journal.append(entriesFrom(3, 1));
    await problem(3);
    await mend();
    await clock.advance(1_000);
    await second;

    await journal.close();
    expect(problems.map((message) => / cannot be written | is written again/.exec(message)?.[0])).toEqual([
      ...[' cannot be written ', ' is written again'],
      ...[' cannot be written ', ' is written again'],
    ]);
    expect(await found()).toEqual(entriesFrom(0, 4));
  });

  test('the end of the daemon waits two seconds for it, and no longer', async () => {
    const { journal, clock, problem } = await anOutage();
    const waiting = journal.append(entriesFrom(2, 1));
    const refused = expect(waiting).rejects.toMatchObject({
      code: 'store_failed',
      message: expect.stringContaining('could not be written for 1.5 s'),
    });
    await problem(1);

    const closed = journal.close();
    await clock.advance(2_000);
    await closed;

    await refused;
    expect(clock.pending).toBe(0);
  });
});
