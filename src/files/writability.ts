import { mkdtemp, readdir, realpath, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** Whether a directory can be used, or made. */
export type Writability =
  | {
      readonly kind: 'writable';
      /** False for one that is yet to be made. */
      readonly isThere: boolean;
      /** The physical path of the directory, or of the nearest parent that is there. */
      readonly nearest: string;
    }
  | { readonly kind: 'unusable'; readonly reason: string };

/**
 * Tries it: makes an empty directory there, or in the nearest parent that is there, and removes it. Permissions alone
 * tell little: the file system may be read-only or full, and root is refused nothing.
 */
export async function writability(directory: string): Promise<Writability> {
  const wanted = path.resolve(directory);
  try {
    const nearest = await realpath(await nearestThere(wanted));
    const isThere = (await statOf(wanted)) !== null;
    if (isThere) await readdir(wanted);
    await rmdir(await mkdtemp(path.join(nearest, '.symphony-doctor-')));
    return { kind: 'writable', isThere, nearest };
  } catch (error) {
    return { kind: 'unusable', reason: error instanceof Error ? error.message : String(error) };
  }
}

async function nearestThere(wanted: string): Promise<string> {
  for (let at = wanted; ; at = path.dirname(at)) {
    const found = await statOf(at);
    if (found?.isDirectory() === true) return at;
    if (found !== null) throw new Error(`${at} is not a directory`);
    if (at === path.dirname(at)) throw new Error(`${at} is not there`);
  }
}

async function statOf(at: string) {
  try {
    return await stat(at);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
