import { lstat, mkdir, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errorMessage, SymphonyError } from '../domain/error.js';
import type { Host, PathKind } from '../ports/host.js';
import { type SupervisedProcess, superviseLocally } from './supervised-process.js';

const OWNER_ONLY = 0o600;

/** The machine the daemon runs on; its commands get the daemon's environment, less what each one withholds. */
export function localHost(env: Readonly<Record<string, string | undefined>>): Host {
  const running = new Set<SupervisedProcess>();
  let written = 0;
  return {
    name: 'local',
    async spawn(spec) {
      await requireDirectory(spec.cwd);
      const started = await superviseLocally(spec, env);
      running.add(started);
      void started.exited.then(() => running.delete(started));
      return started;
    },
    kindOf: (target) => attempt(target, () => kindOf(target)),
    physicalPath: (target) => attempt(target, () => physicalPath(target)),
    makeDirectory: (target) =>
      attempt(target, async () => {
        await mkdir(target, { recursive: true });
      }),
    remove: (target) => attempt(target, () => rm(target, { recursive: true, force: true, maxRetries: 3 })),
    readText: (target) => attempt(target, () => absentAsNull(readFile(target, 'utf8'))),
    writeText: (target, text) =>
      attempt(target, async () => {
        written += 1;
        const fresh = `${target}.${process.pid}.${written}`;
        await writeFile(fresh, text, { mode: OWNER_ONLY });
        await rename(fresh, target);
      }),
    list: (target) => attempt(target, async () => ((await absentAsNull(readdir(target))) ?? []).sort()),
    async close() {
      await Promise.all([...running].map((started) => started.stop(0)));
    },
  };
}

async function requireDirectory(cwd: string): Promise<void> {
  if ((await attempt(cwd, () => kindOf(cwd))) === 'directory') return;
  throw new SymphonyError(
    'process_spawn_failed',
    `a command could not be started: its directory ${cwd} is missing; something removed it while it was in use`,
  );
}

async function kindOf(target: string): Promise<PathKind> {
  const found = await absentAsNull(lstat(target));
  if (found === null) return 'missing';
  if (found.isSymbolicLink()) return 'link';
  return found.isDirectory() ? 'directory' : 'other';
}

/** Resolves what exists through links and keeps the missing tail as it is. */
async function physicalPath(target: string): Promise<string> {
  const resolved = await absentAsNull(realpath(target));
  if (resolved !== null) return resolved;
  const parent = path.dirname(target);
  if (parent === target) return target;
  return path.join(await physicalPath(parent), path.basename(target));
}

async function absentAsNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
      return null;
    }
    throw error;
  }
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
