import { readdir, readFile, readlink } from 'node:fs/promises';
import path from 'node:path';

/** Processes that are read at the same time; all of Node's file operations share four threads. */
const BATCH = 32;
/** Limits of file locks that a supervisor gave are at least this large; see there, evidence 5. */
const LEAST_GIVEN_LIMIT = 4_194_304;

/** PF_KTHREAD among the flags of a process. */
const KERNEL_THREAD = 0x0020_0000;

/** The processes of this machine as Linux tells of them. What has ended, or may not be seen, is left out of every answer. */
export class ProcessTable {
  readonly #proc: string;
  readonly #signal: AbortSignal;

  /** Once `signal` is aborted, nothing further is read and whatever is under way fails with its reason. */
  constructor(proc: string, signal: AbortSignal) {
    this.#proc = proc;
    this.#signal = signal;
  }

  /** The parent of each process by its number. The kernel's own threads, thousands on a large machine, are left out. */
  async parents(): Promise<ReadonlyMap<number, number>> {
    const pids = (await readdir(this.#proc)).filter((name) => /^\d+$/u.test(name)).map(Number);
    const parents = new Map<number, number>();
    await this.forEach(pids, async (pid) => {
      const stat = await this.#text(pid, 'stat');
      // A command may have any name, so with spaces and parentheses, too.
      const [, parent, , , , , flags] = stat?.slice(stat.lastIndexOf(')') + 2).split(' ') ?? [];
      if (parent !== undefined && (Number(flags) & KERNEL_THREAD) === 0) parents.set(pid, Number(parent));
    });
    return parents;
  }

  /** What a supervisor left on a process, its marker and its number; children inherit both. */
  async traces(pid: number): Promise<readonly string[]> {
    const environment = (await this.#text(pid, 'environ')) ?? '';
    const [, limit] = /^Max file locks +(\d+) /mu.exec((await this.#text(pid, 'limits')) ?? '') ?? [];
    const markers = environment.split('\0').filter((entry) => entry.startsWith('SYMPHONY_MARKER='));
    return Number(limit) >= LEAST_GIVEN_LIMIT ? [...markers, `locks ${limit}`] : markers;
  }

  /** Whether any process, where processes are told of, was given an argument that begins with this. */
  async haveArgument(beginning: string): Promise<boolean> {
    const names = (await visible(readdir(this.#proc))) ?? [];
    let have = false;
    await this.forEach(names, async (name) => {
      if (!/^\d+$/u.test(name) || have) return;
      have = ((await this.#text(name, 'cmdline')) ?? '').includes(`\0${beginning}`) || have;
    });
    return have;
  }

  async workingDirectory(pid: number): Promise<string | null> {
    return await visible(readlink(this.#path(pid, 'cwd')));
  }

  /** Whether a process holds one of these, each in the form `socket:[inode]`. */
  async holdsAny(pid: number, sockets: ReadonlySet<string>): Promise<boolean> {
    const names = (await visible(readdir(this.#path(pid, 'fd')))) ?? [];
    let holds = false;
    await this.forEach(names, async (name) => {
      const target = await visible(readlink(this.#path(pid, 'fd', name)));
      if (target !== null && sockets.has(target)) holds = true;
    });
    return holds;
  }

  /** The lines of `net/tcp` and `net/tcp6` in columns; null where these are not told. */
  async connections(): Promise<readonly (readonly string[])[] | null> {
    const tables = await Promise.all(['tcp', 'tcp6'].map((name) => this.#text('net', name)));
    if (tables[0] === null) return null;
    return tables.flatMap((table) => (table ?? '').split('\n').map((line) => line.trim().split(/\s+/u)));
  }

  /** Does something for each, a few at a time. */
  async forEach<T>(items: readonly T[], each: (item: T) => Promise<void>): Promise<void> {
    for (let from = 0; from < items.length; from += BATCH) {
      this.#signal.throwIfAborted();
      await Promise.all(items.slice(from, from + BATCH).map(each));
    }
  }

  #text(...names: readonly (string | number)[]): Promise<string | null> {
    return visible(readFile(this.#path(...names), { encoding: 'utf8', signal: this.#signal }));
  }

  #path(...names: readonly (string | number)[]): string {
    return path.join(this.#proc, ...names.map(String));
  }
}

/** What cannot be seen because it ended, is no more, or belongs to somebody else. */
const INVISIBLE: readonly string[] = ['ENOENT', 'ESRCH', 'ENOTDIR', 'EACCES', 'EPERM'];

async function visible<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && 'code' in error && INVISIBLE.includes(String(error.code))) return null;
    throw error;
  }
}
