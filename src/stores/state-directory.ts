import { createHash } from 'node:crypto';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage, SymphonyError } from '../domain/error.js';
import { isAlive, ownIdentity, type ProcessIdentity } from '../files/living-process.js';
import { type Lock, lastHolder, takeLock } from '../files/lock.js';
import { makeDirectory } from '../files/make-directory.js';

/** The daemon's own directory, held by one process at a time. */
export interface StateDirectory {
  readonly path: string;
  /**
   * Takes the directory again if it, or its lock, was removed; whether that was so.
   * @throws SymphonyError `state_directory_unavailable`, or `state_directory_locked` when another living process has it
   */
  retake(): Promise<boolean>;
  release(): Promise<void>;
}

/** Where the state of a workflow is kept unless told otherwise: `.symphony/<file name>/` beside the file. */
export function defaultStateDirectory(workflowPath: string): string {
  return path.join(path.dirname(workflowPath), '.symphony', path.basename(workflowPath));
}

/**
 * Makes and locks a state directory. The lock names its holder by process number and start time, so one left by a
 * process that died is taken over and one of a living daemon never is.
 * @throws SymphonyError `state_directory_unavailable` or `state_directory_locked`
 */
export async function openStateDirectory(directory: string): Promise<StateDirectory> {
  const lock = lockIn(directory);
  const mine = JSON.stringify(ownIdentity());
  const take = (): Promise<string | null> =>
    takeLock({
      ...lock,
      mine,
      candidate: `${lock.path}.${process.pid}`,
      isTaken: (held) => isAlive(holderOf(held)),
    });
  const ignored = await orUnavailable(directory, async () => {
    await makeDirectory(directory);
    await ignoreFromGit(directory);
    const holder = await take();
    if (holder !== null) throw lockedError(directory, holder);
    return await ignoreFileOf(directory);
  });
  return {
    path: directory,
    retake: () =>
      orUnavailable(directory, async () => {
        if ((await lastHolder(lock)) === mine) return false;
        await makeDirectory(directory);
        const holder = await take();
        if (holder !== null) throw takenError(directory, holder);
        // A log may have been written there before; that is no reason now to show the directory to git.
        if (ignored !== null) await writeUnlessThere(ignored.path, ignored.content);
        return true;
      }),
    release: async () => {
      if ((await lastHolder(lock)) === mine) await rm(lock.path);
    },
  };
}

/** @throws SymphonyError `state_directory_unavailable` for whatever fails but has no code of its own */
async function orUnavailable<T>(directory: string, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof SymphonyError) throw error;
    throw new SymphonyError(
      'state_directory_unavailable',
      `the state directory ${directory} cannot be written (${errorMessage(error)}). ` +
        'Make it writable or choose another place with --state-dir',
      { cause: error },
    );
  }
}

/**
 * The number of the living process that holds a state directory; null when none does.
 * @throws SymphonyError `state_directory_unavailable`
 */
export async function stateDirectoryHolder(directory: string): Promise<number | null> {
  try {
    const held = await lastHolder(lockIn(directory));
    const holder = held === null ? null : holderOf(held);
    return holder !== null && isAlive(holder) ? holder.pid : null;
  } catch (error) {
    throw new SymphonyError(
      'state_directory_unavailable',
      `the state directory ${directory} cannot be read (${errorMessage(error)}); see its permissions`,
      { cause: error },
    );
  }
}

/** State is nobody's source code, whatever repository it stands in. What shares a directory with it may well be. */
async function ignoreFromGit(directory: string): Promise<void> {
  const { path: file, isOurs } = ignoreFile(directory);
  if (!isOurs && (await readdir(directory)).length > 0) return;
  await writeUnlessThere(file, '*\n');
}

/** What hides the directory from git, to be put back as it was; null when nothing does. */
async function ignoreFileOf(
  directory: string,
): Promise<{ readonly path: string; readonly content: string } | null> {
  const { path: file } = ignoreFile(directory);
  try {
    return { path: file, content: await readFile(file, 'utf8') };
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function ignoreFile(directory: string): { readonly path: string; readonly isOurs: boolean } {
  const parent = path.dirname(directory);
  const isOurs = path.basename(parent) === '.symphony';
  return { path: path.join(isOurs ? parent : directory, '.gitignore'), isOurs };
}

async function writeUnlessThere(file: string, content: string): Promise<void> {
  try {
    await writeFile(file, content, { flag: 'wx' });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

function lockIn(directory: string): Pick<Lock, 'path' | 'successorOf'> {
  const lockPath = path.join(directory, 'lock');
  return {
    path: lockPath,
    successorOf: (held) =>
      `${lockPath}.after.${createHash('sha256').update(held).digest('hex').slice(0, 16)}`,
  };
}

function lockedError(directory: string, held: string): SymphonyError {
  const { pid } = holderOf(held);
  return new SymphonyError(
    'state_directory_locked',
    `another symphony (process ${pid}) already runs with the state directory ${directory}. ` +
      'Stop it first, or give this one its own place with --state-dir',
  );
}

function takenError(directory: string, held: string): SymphonyError {
  const { pid } = holderOf(held);
  return new SymphonyError(
    'state_directory_locked',
    `another symphony (process ${pid}) has taken the state directory ${directory}, which was removed while this one ran. ` +
      'Two may not share it, so this one stops. Leave the directory alone while a daemon runs',
  );
}

function holderOf(held: string): ProcessIdentity {
  try {
    const parsed: unknown = JSON.parse(held);
    if (typeof parsed === 'object' && parsed !== null && 'pid' in parsed && typeof parsed.pid === 'number') {
      const startedAt =
        'startedAt' in parsed && typeof parsed.startedAt === 'string' ? parsed.startedAt : null;
      return { pid: parsed.pid, startedAt };
    }
  } catch {
    // A lock that cannot be read was cut short by a crash; nobody holds it.
  }
  return { pid: 0, startedAt: null };
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
