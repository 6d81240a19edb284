import { isUtf8 } from 'node:buffer';
import { join } from 'node:path';
import { errorMessage } from '../../domain/error.js';
import { type BoardFiles, folderFailed, isIssueFileName, MAX_FILE_BYTES } from './board-files.js';
import { fileStem, type IssueFileReading, readIssueFile } from './issue-file.js';

/** One file of the board as it was last read. */
export interface BoardFile {
  readonly name: string;
  readonly version: string;
  readonly reading: IssueFileReading;
}

interface CachedFile extends BoardFile {
  readonly isSettled: boolean;
}

const CONCURRENT_FILES = 16;

/**
 * The files of a board, read again only when they changed: an unchanged file costs one look at its stamp.
 *
 * Remembers whose each file was while it was whole, so that an issue whose file broke is not taken for gone.
 */
export class BoardFolder {
  readonly path: string;
  readonly #files: BoardFiles;
  #cache: ReadonlyMap<string, CachedFile> = new Map();
  #holders: ReadonlyMap<string, string> = new Map();

  constructor(path: string, files: BoardFiles) {
    this.path = path;
    this.#files = files;
  }

  /**
   * Every issue file, in order of name; one that vanishes meanwhile is gone.
   * @throws SymphonyError `tracker_request` when the folder cannot be read
   */
  async scan(signal: AbortSignal): Promise<readonly BoardFile[]> {
    signal.throwIfAborted();
    const names = (await this.#list()).filter(isIssueFileName);
    const found = await mapBounded(names, CONCURRENT_FILES, async (name) => {
      signal.throwIfAborted();
      return await this.#look(name);
    });
    signal.throwIfAborted();
    const files = found.filter((file) => file !== null);
    this.#holders = new Map(files.map((file) => [file.name, this.#holder(file)]));
    this.#cache = new Map(files.map((file) => [file.name, file]));
    return files;
  }

  /** The id that a file held when it was last whole, or else the best guess at it. */
  lastHeldBy({ name, reading }: BoardFile): string {
    return this.#holders.get(name) ?? identifierOf(reading);
  }

  async #list(): Promise<readonly string[]> {
    try {
      return await this.#files.list(this.path);
    } catch (error) {
      throw folderFailed(this.path, 'read', error);
    }
  }

  async #look(name: string): Promise<CachedFile | null> {
    const path = join(this.path, name);
    try {
      // The stamp comes before the content: a change in between shows as another stamp next time.
      const stamp = await this.#files.stamp(path);
      if (stamp === null || stamp.isDirectory) return null;
      const { version, isSettled } = stamp;
      const cached = this.#cache.get(name);
      if (cached?.version === version && cached.isSettled) return cached;
      if (!stamp.isRegular) {
        return {
          name,
          version,
          isSettled,
          reading: unreadable(name, 'is a link or no plain file; copy it here'),
        };
      }
      const content = await this.#files.read(path);
      return content === null ? null : { name, version, isSettled, reading: decode(name, content) };
    } catch (error) {
      const reason = `cannot be read: ${errorMessage(error)}`;
      return { name, version: reason, isSettled: false, reading: unreadable(name, reason) };
    }
  }

  #holder({ name, reading }: BoardFile): string {
    if (reading.kind === 'record') return reading.record.identifier;
    return this.#holders.get(name) ?? reading.identifier;
  }
}

function decode(name: string, content: Buffer): IssueFileReading {
  if (content.length > MAX_FILE_BYTES) {
    return unreadable(name, `is larger than ${MAX_FILE_BYTES / 1024} kB; shorten it`);
  }
  const text = decodeText(content);
  return text === null ? unreadable(name, 'is not UTF-8 text; save it as UTF-8') : readIssueFile(name, text);
}

/** The text with its byte order mark; null for what is not UTF-8, which writing back would destroy. */
export function decodeText(content: Buffer): string | null {
  return isUtf8(content) ? content.toString('utf8') : null;
}

function unreadable(name: string, reason: string): IssueFileReading {
  return { kind: 'broken', reason: `${name} ${reason}`, identifier: fileStem(name) };
}

function identifierOf(reading: IssueFileReading): string {
  return reading.kind === 'record' ? reading.record.identifier : reading.identifier;
}

/** Maps in order with a bound on how many are under way; the first failure ends it. */
async function mapBounded<T, R>(
  inputs: readonly T[],
  limit: number,
  map: (input: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < inputs.length; index = next++) {
      results[index] = await map(inputs[index] as T);
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, inputs.length) }, work));
  return results;
}
