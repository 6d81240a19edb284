import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SymphonyError } from '../../src/domain/error.js';
import { openStateDirectory } from '../../src/stores/state-directory.js';
import { StateDirectoryWatch } from '../../src/stores/state-directory-watch.js';
import { until } from '../helpers/board-daemon.js';
import { aPlace } from '../helpers/processes.js';
import { startProgram } from '../helpers/programs.js';
import { VirtualClock } from '../helpers/virtual-clock.js';

// Goal: a state directory that is removed under a daemon does not stay away, is told of, and never has two daemons.

const LOOKS_EVERY_MS = 5_000;

/** A held state directory that is watched, and what the watch has told and restored. */
async function aWatched({
  inPlace = (place) => join(place, '.symphony', 'WORKFLOW.md'),
  restore = [],
}: {
  inPlace?: (place: string) => string;
  restore?: readonly (() => Promise<void>)[];
} = {}) {
  const path = inPlace(await aPlace());
  const directory = await openStateDirectory(path);
  const clock = new VirtualClock();
  const told: { readonly code: string; readonly message: string }[] = [];
  const taken: SymphonyError[] = [];
  let restored = 0;
  const watch = new StateDirectoryWatch({
    directory,
    clock,
    restore: [
      ...restore,
      async () => {
        restored += 1;
      },
    ],
    onProblem: (problem) => told.push(problem),
    onTaken: (error) => taken.push(error),
  });
  onTestFinished(async () => {
    await watch.close();
    await directory.release();
  });
  watch.start();
  return {
    ...{ path, directory, clock, watch, told, taken },
    restored: () => restored,
    /** Until the next look is over. */
    looks: async () => {
      await clock.advance(LOOKS_EVERY_MS);
      await until('the end of the look', () => clock.pending === 1 || taken.length > 0);
    },
  };
}

const lockIn = async (path: string): Promise<unknown> =>
  JSON.parse(await readFile(join(path, 'lock'), 'utf8'));

describe('a watched state directory', () => {
  test('that stays is looked at in silence', async () => {
    const { path, looks, told, taken, restored } = await aWatched();
    const before = await readFile(join(path, 'lock'), 'utf8');

    for (let look = 0; look < 3; look += 1) await looks();

    expect([told, taken, restored()]).toEqual([[], [], 0]);
    expect(await readFile(join(path, 'lock'), 'utf8')).toBe(before);
    expect(await readdir(path)).toEqual(['lock']);
  });

  test('that is removed is made anew with its lock, hidden from git, and told of once with the mend', async () => {
    const { path, looks, told, taken } = await aWatched();
    await rm(join(path, '..'), { recursive: true });

    for (let look = 0; look < 3; look += 1) await looks();

    expect(await lockIn(path)).toMatchObject({ pid: process.pid });
    expect(await readdir(path)).toEqual(['lock']);
    expect(await readFile(join(path, '..', '.gitignore'), 'utf8')).toBe('*\n');
    expect(told).toMatchObject([
      {
        code: 'state_directory_unavailable',
        message: expect.stringMatching(
          /was removed while the daemon runs.*made anew.*transcripts.*git clean/u,
        ),
      },
    ]);
    expect(told[0]?.message).toContain(path);
    expect(taken).toEqual([]);
    await expect(openStateDirectory(path)).rejects.toMatchObject({ code: 'state_directory_locked' });
  });

  test('elsewhere is hidden from git again, also when something was written there meanwhile', async () => {
    const { path, looks } = await aWatched({ inPlace: (place) => join(place, 'state') });
    await rm(path, { recursive: true });
    await mkdir(join(path, 'log'), { recursive: true });

    await looks();

    expect((await readdir(path)).sort()).toEqual(['.gitignore', 'lock', 'log']);
  });

  test('has its things restored once more a look later, since what removes them may not be through', async () => {
    const { path, looks, restored } = await aWatched();
    await rm(path, { recursive: true });

    const counts = [];
    for (let look = 0; look < 4; look += 1) {
      await looks();
      counts.push(restored());
    }

    expect(counts).toEqual([1, 2, 2, 2]);
  });

  test('is told of as often as it is removed', async () => {
    const { path, looks, told } = await aWatched();

    for (let removal = 0; removal < 2; removal += 1) {
      await rm(path, { recursive: true });
      await looks();
    }

    expect(told).toHaveLength(2);
  });

  test('in which a thing cannot be restored gets the others, and that one with a later look', async () => {
    let fails = true;
    const failing = async (): Promise<void> => {
      if (fails) throw new Error('no room');
    };
    const { path, looks, told, restored } = await aWatched({ restore: [failing] });
    await rm(path, { recursive: true });

    await looks();
    await looks();
    expect(restored()).toBe(2);
    expect(told.map(({ message }) => message)).toEqual([
      expect.stringMatching(/is gone while the daemon runs.*cannot be put back.*no room/u),
    ]);
    fails = false;
    for (let look = 0; look < 3; look += 1) await looks();

    expect(told.map(({ message }) => message)).toEqual([
      expect.stringContaining('no room'),
      expect.stringContaining('made anew'),
    ]);
    expect(restored()).toBe(3);
  });

  test('that cannot be made anew is told of once, and is as soon as it can', async () => {
    const { path, looks, told, taken } = await aWatched();
    await rm(join(path, '..'), { recursive: true });
    await writeFile(join(path, '..'), 'a file in its way');

    await looks();
    await looks();
    expect(told).toMatchObject([
      { code: 'state_directory_unavailable', message: expect.stringContaining('is gone while') },
    ]);
    await rm(join(path, '..'));
    await looks();

    expect(await lockIn(path)).toMatchObject({ pid: process.pid });
    expect(told).toHaveLength(2);
    expect(taken).toEqual([]);
  });

  test('that another daemon has taken meanwhile is left to that one, and looked at no more', async () => {
    const { path, directory, looks, clock, told, taken, restored } = await aWatched();
    await rm(path, { recursive: true });
    const other = startProgram('locks-state');
    await other.next();
    other.say(path);
    expect(await other.next()).toBe('held');

    await looks();

    expect(taken).toMatchObject([
      {
        code: 'state_directory_locked',
        message: expect.stringMatching(
          new RegExp(`process ${other.pid}\\).*removed while this one ran.*this one stops`),
        ),
      },
    ]);
    expect(told).toMatchObject([{ code: 'state_directory_locked', message: taken[0]?.message }]);
    expect([restored(), clock.pending]).toEqual([0, 0]);
    await directory.release();
    expect(await lockIn(path)).toMatchObject({ pid: other.pid });
  });

  test('that another daemon took and died with is taken back', async () => {
    const { path, looks, told, taken, restored } = await aWatched();
    await rm(path, { recursive: true });
    const other = startProgram('locks-state');
    await other.next();
    other.say(path);
    expect(await other.next()).toBe('held');
    await other.kill();

    await looks();

    expect(await lockIn(path)).toMatchObject({ pid: process.pid });
    expect([told.length, taken, restored()]).toEqual([1, [], 1]);
  });

  test('is looked at no more once the watch is closed', async () => {
    const { path, watch, clock, told } = await aWatched();

    await watch.close();
    await rm(path, { recursive: true });
    await clock.advance(60_000);

    expect([clock.pending, told]).toEqual([0, []]);
  });
});
