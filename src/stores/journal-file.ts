import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { makeDirectory } from '../files/make-directory.js';

const OWNER_ONLY = 0o600;
const OF_OTHERS = 0o077;

/**
 * Where the file stands: in its place; not as it was left, so that it has to be made anew; or something else is in its
 * place, which may be another daemon's.
 */
export type Standing = 'inPlace' | 'damaged' | 'another';

/**
 * A file of lines that is only appended to, or made anew in one step.
 *
 * Invariants:
 *   J1. Up to `#wholeBytes` there are whole lines. A write that failed is cut off before the next one.
 *   J2. The file under this name is the old one or the new one, each whole, also when the process or the machine ends
 *       in the middle.
 *   J3. One call at a time; only `sync` may run beside another.
 */
export class JournalFile {
  readonly path: string;
  #handle: FileHandle;
  #place: { readonly dev: number; readonly ino: number };
  #wholeBytes: number;
  #isTorn = false;
  /** Why what the system was given may not be on the disk. */
  #doubt: Error | null = null;

  private constructor(file: string, opened: Opened) {
    this.path = file;
    this.#handle = opened.handle;
    this.#place = opened.place;
    this.#wholeBytes = opened.sizeBytes;
  }

  /** Opens the file or makes an empty one, and reads it. Fails with the system's error. */
  static async open(file: string): Promise<{ readonly file: JournalFile; readonly bytes: Buffer }> {
    // Of a process that ended while it made the file anew.
    await rm(`${file}.new`, { force: true });
    const handle = await openOrMake(file);
    try {
      const { dev, ino, mode, isFile } = await metadataOf(handle);
      if (!isFile) throw new Error('it is not a plain file');
      if ((mode & OF_OTHERS) !== 0) await handle.chmod(OWNER_ONLY);
      const bytes = await handle.readFile();
      const opened = { handle, place: { dev, ino }, sizeBytes: bytes.length };
      return { file: new JournalFile(file, opened), bytes };
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Cuts off what is after so many bytes. */
  async cutTo(wholeBytes: number): Promise<void> {
    await this.#handle.truncate(wholeBytes);
    this.#wholeBytes = wholeBytes;
    this.#isTorn = false;
  }

  /** Cuts off what a failed write has left. */
  async cutTorn(): Promise<void> {
    if (this.#isTorn) await this.cutTo(this.#wholeBytes);
  }

  /** Whether what is appended would be found by the next process. */
  async standing(): Promise<Standing> {
    const found = await unlessMissing(() => stat(this.path));
    if (found === null) return 'damaged';
    if (found.dev !== this.#place.dev || found.ino !== this.#place.ino) return 'another';
    if (this.#doubt !== null) return 'damaged';
    // Else somebody cut it, or wrote into it.
    const isAsLeft = this.#isTorn ? found.size >= this.#wholeBytes : found.size === this.#wholeBytes;
    return isAsLeft ? 'inPlace' : 'damaged';
  }

  /** Appends whole lines. Resolves when the system has them; then a kill of this process does not lose them. */
  async append(lines: Buffer): Promise<void> {
    await this.cutTorn();
    this.#isTorn = true;
    await writeAll(this.#handle, lines, this.#wholeBytes);
    this.#wholeBytes += lines.length;
    this.#isTorn = false;
  }

  /** Makes the file anew of these lines, with its directory where that is gone. The old one stays where this fails. */
  async replace(lines: Iterable<string>): Promise<void> {
    const directory = path.dirname(this.path);
    await makeDirectory(directory);
    const next = await makeFile(`${this.path}.new`, lines);
    const last = this.#handle;
    try {
      await rename(`${this.path}.new`, this.path);
    } catch (error) {
      await abandon(next.handle, `${this.path}.new`);
      throw error;
    }
    this.#handle = next.handle;
    this.#place = next.place;
    this.#wholeBytes = next.sizeBytes;
    this.#isTorn = false;
    this.#doubt = null;
    await closeQuietly(last);
    await syncDirectory(directory);
  }

  /**
   * Has the disk take what the system has. Where that fails the system may have dropped what it could not write, and would
   * not say so again: until the file is made anew this fails, and its standing is `damaged`.
   */
  async sync(): Promise<void> {
    if (this.#doubt !== null) throw this.#doubt;
    const handle = this.#handle;
    try {
      await handle.datasync();
    } catch (error) {
      // Made anew meanwhile, which included a sync.
      if (handle !== this.#handle) return;
      this.#doubt = error instanceof Error ? error : new Error(String(error));
      throw this.#doubt;
    }
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

interface Opened {
  readonly handle: FileHandle;
  readonly place: { readonly dev: number; readonly ino: number };
  readonly sizeBytes: number;
}

/** Writes a file with its content on the disk, or leaves none. */
export async function makeFile(file: string, chunks: Iterable<string | Buffer>): Promise<Opened> {
  await rm(file, { force: true });
  const handle = await open(file, 'wx', OWNER_ONLY);
  try {
    let sizeBytes = 0;
    for (const chunk of chunks) {
      const bytes = Buffer.from(chunk);
      await writeAll(handle, bytes, sizeBytes);
      sizeBytes += bytes.length;
    }
    await handle.datasync();
    const { dev, ino } = await metadataOf(handle);
    return { handle, place: { dev, ino }, sizeBytes };
  } catch (error) {
    await abandon(handle, file);
    throw error;
  }
}

/** The file for reading and writing; made where there is none, so never shown to others in between. */
async function openOrMake(file: string): Promise<FileHandle> {
  const found = await unlessMissing(() => open(file, 'r+'));
  return found ?? (await open(file, 'wx+', OWNER_ONLY));
}

async function metadataOf(handle: FileHandle) {
  const found = await handle.stat();
  return { dev: found.dev, ino: found.ino, mode: found.mode, isFile: found.isFile() };
}

/** A write may take less than it was given, as when a disk is nearly full: the next one then says why. */
async function writeAll(handle: FileHandle, bytes: Buffer, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
    if (bytesWritten === 0) throw new Error('the system takes nothing of it');
    done += bytesWritten;
  }
}

async function abandon(handle: FileHandle, file: string): Promise<void> {
  await closeQuietly(handle);
  try {
    await rm(file, { force: true });
  } catch {
    // What failed before is what is told; the next one that is made begins with removing this.
  }
}

async function closeQuietly(handle: FileHandle): Promise<void> {
  try {
    await handle.close();
  } catch {
    // Nothing in it is needed any more, and the descriptor is gone either way.
  }
}

/** So that a power cut does not bring the old file back, without what was appended to the new one. */
async function syncDirectory(directory: string): Promise<void> {
  try {
    const handle = await open(directory, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch {
    // Not every file system can do this, and the file itself is in its place.
  }
}

async function unlessMissing<T>(attempt: () => Promise<T>): Promise<T | null> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
