import { readFileSync } from 'node:fs';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
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
      const held = await readFile(lockPath, 'utf8').catch(() => null);
      if (held === mine) await unlink(lockPath);
    },
  };
}

/** State is nobody's source code, whatever repository it stands in. */
async function ignoreFromGit(directory: string): Promise<void> {
  const parent = path.dirname(directory);
  const place = path.basename(parent) === '.symphony' ? parent : directory;
  try {
    await writeFile(path.join(place, '.gitignore'), '*\n', { flag: 'wx' });
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

async function lock(lockPath: string, mine: string, directory: string): Promise<void> {
  const candidate = `${lockPath}.${process.pid}`;
  await writeFile(candidate, mine);
  try {
    for (;;) {
      if (await linked(candidate, lockPath)) return;
      const held = await readFile(lockPath, 'utf8').catch(() => null);
      if (held === null) continue;
      if (isAlive(held)) throw lockedError(directory, held);
      await setAside(lockPath, held);
    }
  } finally {
    await unlink(candidate);
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

/** Moves a dead lock out of the way; one that another daemon took meanwhile is put back. */
async function setAside(lockPath: string, dead: string): Promise<void> {
  const aside = `${lockPath}.dead.${process.pid}`;
  try {
    await rename(lockPath, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  const moved = await readFile(aside, 'utf8');
  if (moved !== dead) await linked(aside, lockPath);
  await unlink(aside);
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
