import { createHash } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage, SymphonyError } from '../domain/error.js';
import { isAlive, ownIdentity, type ProcessIdentity } from '../files/living-process.js';
import { type Lock, lastHolder, takeLock } from '../files/lock.js';
import { makeDirectory } from '../files/make-directory.js';

/** The daemon's own directory, held by one process at a time. */
export interface StateDirectory {
  readonly path: string;
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
  try {
    await makeDirectory(directory);
    await ignoreFromGit(directory);
    const holder = await takeLock({
      ...lock,
      mine,
      candidate: `${lock.path}.${process.pid}`,
      isTaken: (held) => isAlive(holderOf(held)),
    });
    if (holder !== null) throw lockedError(directory, holder);
  } catch (error) {
    if (error instanceof SymphonyError) throw error;
    throw new SymphonyError(
      'state_directory_unavailable',
      `the state directory ${directory} cannot be written (${errorMessage(error)}). ` +
        'Make it writable or choose another place with --state-dir',
      { cause: error },
    );
  }
  return {
    path: directory,
    release: async () => {
      if ((await lastHolder(lock)) === mine) await rm(lock.path);
    },
  };
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
  const parent = path.dirname(directory);
  const isOurs = path.basename(parent) === '.symphony';
  const place = isOurs ? parent : directory;
  if (!isOurs && (await readdir(place)).length > 0) return;
  try {
    await writeFile(path.join(place, '.gitignore'), '*\n', { flag: 'wx' });
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
