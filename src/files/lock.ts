import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';

const OWNER_ONLY = 0o600;

/** A file that says who has something; whoever takes it, one at a time does. */
export interface Lock {
  readonly path: string;
  /** What it says while it is ours, and at no other time. */
  readonly mine: string;
  /** Where it is prepared, in the same directory; nobody else may use this name. */
  readonly candidate: string;
  /** In the same directory, where the successor is told of one who ended; another place for each. */
  readonly successorOf: (held: string) => string;
  /** Whether the one who says this may not be succeeded. */
  readonly isTaken: (held: string) => boolean | Promise<boolean>;
}

/**
 * Takes a lock; resolves with null, or with what the one says who has it. A dead holder has exactly one successor: the
 * one whose hard link gets the dead one's name. Removing or renaming the dead lock instead would, between two starters
 * that both saw it, hit the lock that the faster one has just taken. A successor that died before it had replaced the
 * lock has a successor in its turn.
 */
export async function takeLock(lock: Lock): Promise<string | null> {
  const { mine, candidate } = lock;
  try {
    for (let isPrepared = false; ; isPrepared = true) {
      const chain = await holders(lock);
      const last = chain.at(-1);
      if (last !== undefined && (await lock.isTaken(last))) return last;
      // Only now, so that who is refused has written nothing.
      if (!isPrepared) await writeFile(candidate, mine, { mode: OWNER_ONLY });
      if (last === undefined ? await linked(candidate, lock.path) : await succeeded(lock, chain, last))
        return null;
    }
  } finally {
    await rm(candidate, { force: true });
  }
}

async function succeeded(lock: Lock, chain: readonly string[], last: string): Promise<boolean> {
  const { path, candidate, successorOf } = lock;
  if (!(await linked(candidate, successorOf(last)))) return false;
  // Seen too late: meanwhile somebody has taken the lock and tidied up the names behind it.
  const isCurrent = (await textOf(path)) === chain[0];
  if (isCurrent) await rename(candidate, path);
  const names = (isCurrent ? chain : [last]).map(successorOf);
  await Promise.all(names.map((name) => rm(name, { force: true })));
  return isCurrent;
}

/** What the one says who has a lock, or had it last; null when nobody does. */
export async function lastHolder(lock: Pick<Lock, 'path' | 'successorOf'>): Promise<string | null> {
  return (await holders(lock)).at(-1) ?? null;
}

/** What the lock says, and what those say who succeeded its dead holders; the last one counts. Empty without a lock. */
async function holders({
  path,
  successorOf,
}: Pick<Lock, 'path' | 'successorOf'>): Promise<readonly string[]> {
  const chain: string[] = [];
  let held = await textOf(path);
  while (held !== null && !chain.includes(held)) {
    chain.push(held);
    held = await textOf(successorOf(held));
  }
  return chain;
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
async function linked(candidate: string, target: string): Promise<boolean> {
  try {
    await link(candidate, target);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
