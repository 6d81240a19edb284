import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { link, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage, SymphonyError } from '../domain/error.js';
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
  const lockPath = path.join(directory, 'lock');
  const mine = JSON.stringify({ pid: process.pid, startedAt: startTimeOf(process.pid) });
  try {
    await makeDirectory(directory);
    await ignoreFromGit(directory);
    await lock(lockPath, mine, directory);
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
      if ((await textOf(lockPath)) === mine) await rm(lockPath);
    },
  };
}

/**
 * The number of the living process that holds a state directory; null when none does.
 * @throws SymphonyError `state_directory_unavailable`
 */
export async function stateDirectoryHolder(directory: string): Promise<number | null> {
  try {
    const held = (await holders(path.join(directory, 'lock'))).at(-1);
    return held === undefined || !isAlive(held) ? null : holderOf(held).pid;
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

/**
 * Takes the lock. A dead holder has exactly one successor: the one whose hard link gets the dead one's name. Removing or
 * renaming the dead lock instead would, between two starters that both saw it, hit the lock that the faster one has just
 * taken. A successor that died before it had replaced the lock has a successor in its turn.
 */
async function lock(lockPath: string, mine: string, directory: string): Promise<void> {
  const candidate = `${lockPath}.${process.pid}`;
  try {
    await writeFile(candidate, mine);
    while (!(await linked(candidate, lockPath))) {
      const chain = await holders(lockPath);
      const last = chain.at(-1);
      if (last === undefined) continue;
      if (isAlive(last)) throw lockedError(directory, last);
      if (!(await linked(candidate, successorPath(lockPath, last)))) continue;
      // Seen too late: meanwhile somebody has taken the lock and tidied up the names behind it.
      const isCurrent = (await textOf(lockPath)) === chain[0];
      if (isCurrent) await rename(candidate, lockPath);
      const names = (isCurrent ? chain : [last]).map((held) => successorPath(lockPath, held));
      await Promise.all(names.map((name) => rm(name, { force: true })));
      if (isCurrent) return;
    }
  } finally {
    await rm(candidate, { force: true });
  }
}

/** What the lock says, and what those say who succeeded its dead holders; the last one counts. Empty without a lock. */
async function holders(lockPath: string): Promise<readonly string[]> {
  const chain: string[] = [];
  let held = await textOf(lockPath);
  while (held !== null && !chain.includes(held)) {
    chain.push(held);
    held = await textOf(successorPath(lockPath, held));
  }
  return chain;
}

function successorPath(lockPath: string, held: string): string {
  return `${lockPath}.after.${createHash('sha256').update(held).digest('hex').slice(0, 16)}`;
}

/** The text of a file; null when it is missing. */
async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Creating a hard link is the one atomic "take it unless it is taken" that every file system has. */
async function linked(candidate: string, lockPath: string): Promise<boolean> {
  try {
    await link(candidate, lockPath);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function lockedError(directory: string, held: string): SymphonyError {
  const { pid } = holderOf(held);
  return new SymphonyError(
    'state_directory_locked',
    `another symphony (process ${pid}) already runs with the state directory ${directory}. ` +
      'Stop it first, or give this one its own place with --state-dir',
  );
}

function isAlive(held: string): boolean {
  const { pid, startedAt } = holderOf(held);
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (!hasCode(error, 'EPERM')) return false;
  }
  const now = startTimeOf(pid);
  return now === null || startedAt === null || now === startedAt;
}

function holderOf(held: string): { readonly pid: number; readonly startedAt: string | null } {
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

/** The kernel's start time of a process, which tells it from a later one with the same number; null where unknown. */
function startTimeOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
