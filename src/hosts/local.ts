import { chmod, lstat, readdir, readFile, readlink, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { errorMessage, SymphonyError } from '../domain/error.js';
import { LOCAL_HOST } from '../domain/settings.js';
import { makeDirectory } from '../files/make-directory.js';
import type { Host, PathKind } from '../ports/host.js';
import { LocalHolds } from './local-holds.js';
import { type SupervisedProcess, startSupervised } from './supervised-process.js';

const OWNER_ONLY = 0o600;
const OWNER_ALL = 0o700;
/** Retries for what is still being written there, by whatever the supervisor could not end. */
const REMOVAL = { recursive: true, force: true, maxRetries: 3 };

/**
 * The machine the daemon runs on; its commands get the daemon's environment, less what each one withholds and less what
 * is `withheld` from all of them.
 */
export function localHost(
  env: Readonly<Record<string, string | undefined>>,
  withheld: readonly string[] = [],
): Host {
  const running = new Set<SupervisedProcess>();
  const holds = new LocalHolds();
  let written = 0;
  let closed = false;
  return {
    name: LOCAL_HOST,
    async spawn(spec) {
      await requireDirectory(spec.cwd);
      const started = await startSupervised({ ...spec, withoutEnv: [...spec.withoutEnv, ...withheld] }, env);
      running.add(started);
      void started.exited.then(() => running.delete(started));
      if (closed) void started.stop(0);
      await started.running;
      return started;
    },
    absolutePath: async (target) => absolutePath(target, env['HOME'] ?? homedir()),
    kindOf: (target) => attempt(target, () => kindOf(target)),
    physicalPath: (target) => attempt(target, () => physicalPath(target)),
    makeDirectory: (target) =>
      attempt(target, async () => {
        await makeDirectory(target);
      }),
    remove: (target) => attempt(target, () => remove(target)),
    readText: (target) => attempt(target, () => absentAsNull(readFile(target, 'utf8'))),
    writeText: (target, text) => {
      written += 1;
      const temporary = path.join(path.dirname(target), `.${process.pid}-${written}.tmp`);
      return attempt(target, () => writeText(target, text, temporary));
    },
    list: (target) => attempt(target, async () => ((await absentAsNull(readdir(target))) ?? []).sort()),
    hold: (target, holder) => attempt(target, () => holds.take(target, holder)),
    letGo: (target, holder) => attempt(target, () => holds.letGo(target, holder)),
    async close() {
      closed = true;
      await Promise.all([...running].map((started) => started.stop(0)));
    },
  };
}

function absolutePath(target: string, home: string): string {
  return path.resolve(home, target === '~' || target.startsWith('~/') ? `.${target.slice(1)}` : target);
}

async function requireDirectory(cwd: string): Promise<void> {
  if ((await attempt(cwd, () => kindOf(cwd))) === 'directory') return;
  throw new SymphonyError(
    'process_spawn_failed',
    `a command could not be started: there is no directory ${cwd}; something removed or replaced it while it was in use`,
  );
}

async function kindOf(target: string): Promise<PathKind> {
  const found = await absentAsNull(lstat(target));
  if (found === null) return 'missing';
  if (found.isSymbolicLink()) return 'link';
  return found.isDirectory() ? 'directory' : 'other';
}

/** More links than this on one way are a loop. */
const MAX_LINKS = 40;

/**
 * Resolves segment by segment, so that also a link to something missing leads where it points to, and `..` after a link
 * means the parent of its target.
 */
async function physicalPath(target: string): Promise<string> {
  if (!path.isAbsolute(target)) throw new Error('it is not an absolute path');
  const segments = target.split(path.sep).reverse();
  let resolved = path.parse(target).root;
  for (let links = 0; segments.length > 0; ) {
    const segment = segments.pop() ?? '';
    const next = path.join(resolved, segment);
    const link = await linkTarget(next);
    if (link === null) {
      resolved = next;
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) throw new Error('too many symbolic links');
    if (path.isAbsolute(link)) resolved = path.parse(link).root;
    segments.push(...link.split(path.sep).reverse());
  }
  return resolved;
}

/** Where a link points to; null for what is missing or no link. */
async function linkTarget(target: string): Promise<string | null> {
  try {
    return await readlink(target);
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EINVAL')) return null;
    throw error;
  }
}

/** Removes also what holds directories without write permission, as Go's module cache does. */
async function remove(target: string): Promise<void> {
  try {
    await rm(target, REMOVAL);
  } catch (error) {
    if (!hasCode(error, 'EACCES', 'EPERM')) throw error;
    await makeWritable(target);
    await rm(target, REMOVAL);
  }
}

async function makeWritable(target: string): Promise<void> {
  if ((await kindOf(target)) !== 'directory') return;
  await chmod(target, OWNER_ALL);
  for (const name of await readdir(target)) await makeWritable(path.join(target, name));
}

async function writeText(target: string, text: string, temporary: string): Promise<void> {
  try {
    await writeFile(temporary, text, { mode: OWNER_ONLY, flush: true });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

async function absentAsNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

async function attempt<T>(target: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw new SymphonyError(
      'workspace_unavailable',
      `${target} cannot be used (${errorMessage(error)}); see its permissions and the free space of its disk`,
      { cause: error },
    );
  }
}
