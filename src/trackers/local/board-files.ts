import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorMessage, SymphonyError } from '../../domain/error.js';
import { makeDirectory } from '../../files/make-directory.js';

/** The largest file that counts as an issue, in bytes; also the largest that the agent's tool makes. */
export const MAX_FILE_BYTES = 1024 * 1024;

/** What tells one content of a file from the next without reading it. */
interface FileStamp {
  readonly isRegular: boolean;
  readonly isDirectory: boolean;
  readonly sizeBytes: number;
  readonly mode: number;
  /** Equal for equal contents; see `isSettled` for the exception. */
  readonly version: string;
  /** False for a moment after a change: another write may still fall into the same tick of the file's clock. */
  readonly isSettled: boolean;
}

/** The few file operations of a board; tests count them. */
export interface BoardFiles {
  /** Names in the folder, sorted. */
  list(folder: string): Promise<readonly string[]>;
  /** Links are not followed; null when nothing is there. */
  stamp(path: string): Promise<FileStamp | null>;
  /** Null when nothing is there. Never more than one byte above the largest size. */
  read(path: string): Promise<Buffer | null>;
}

/** Some file systems count in seconds, and the coarsest in two. */
const SETTLING_MS = 2_000;

/** The files of this machine. */
export const realBoardFiles: BoardFiles = {
  async list(folder) {
    return (await readdir(folder)).sort();
  },

  async stamp(path) {
    const stats = await unlessMissing(lstat(path, { bigint: true }));
    if (stats === null) return null;
    return {
      isRegular: stats.isFile(),
      isDirectory: stats.isDirectory(),
      sizeBytes: Number(stats.size),
      mode: Number(stats.mode) & 0o7777,
      version: `${stats.mtimeNs}:${stats.ctimeNs}:${stats.size}:${stats.ino}`,
      // Compared with the machine's own time and not with the daemon's clock: the file system stamps with it.
      isSettled: Date.now() - Number(stats.mtimeMs) > SETTLING_MS,
    };
  },

  async read(path) {
    // A link or a pipe put in the file's place after it was stamped is neither followed nor waited for.
    const file = await unlessMissing(
      open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
    );
    if (file === null) return null;
    try {
      const buffer = Buffer.alloc(Math.min((await file.stat()).size, MAX_FILE_BYTES) + 1);
      let filled = 0;
      while (filled < buffer.length) {
        const { bytesRead } = await file.read(buffer, filled, buffer.length - filled, filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    } finally {
      await file.close();
    }
  },
};

/** True for what counts as an issue's file by its name. */
export function isIssueFileName(name: string): boolean {
  return /\.md$/i.test(name) && !name.startsWith('.') && name.toLowerCase() !== 'readme.md';
}

/** Replaces a file in one step: readers see the old text or the new one, also after a crash. */
export async function writeAtomically(path: string, text: string, mode: number): Promise<void> {
  const temporary = join(dirname(path), `.${randomBytes(8).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx', mode);
    try {
      await file.writeFile(text);
      // The process's umask took bits away that the file may have had.
      await file.chmod(mode);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Makes the board's folder and its parents; false when it was there. */
export async function makeBoardFolder(folder: string): Promise<boolean> {
  try {
    return await makeDirectory(folder);
  } catch (error) {
    throw folderFailed(folder, 'made', error);
  }
}

/** The failure of a whole request: the folder itself cannot be used. */
export function folderFailed(folder: string, verb: string, cause: unknown): SymphonyError {
  return new SymphonyError(
    'tracker_request',
    `the board ${folder} cannot be ${verb}: ${errorMessage(cause)}; check tracker.provider.path and its permissions`,
    { cause },
  );
}

async function unlessMissing<T>(attempt: Promise<T>): Promise<T | null> {
  try {
    return await attempt;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
