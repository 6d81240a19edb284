import { posix } from 'node:path';
import { errorMessage, SymphonyError } from '../../domain/error.js';
import type { Holder, Host, PathKind } from '../../ports/host.js';
import { holdStem } from '../hold-files.js';
import { FileLane, type FileLaneParts } from './file-lane.js';
import type { Answer } from './file-session.js';
import type { Lease } from './lease.js';
import { quoted } from './quoting.js';

/** Nothing that is asked here takes long; a disk that hangs does. */
const LIMIT_MS = 30_000;
/** A large workspace on a slow disk. */
const REMOVAL_LIMIT_MS = 600_000;
/** There is no such file. */
const MISSING = 3;
/** Nothing stands there any more for this daemon. */
const UNGUARDED = 4;
const KINDS: readonly PathKind[] = ['missing', 'directory', 'link', 'other'];

type FileOperations = Pick<
  Host,
  | 'absolutePath'
  | 'kindOf'
  | 'physicalPath'
  | 'makeDirectory'
  | 'remove'
  | 'readText'
  | 'writeText'
  | 'list'
  | 'hold'
  | 'letGo'
>;

/**
 * The files of a machine. Requests go out without waiting for the answers to those before, so many at once cost little
 * more time than one. Removals have a session of their own, because they take long.
 */
export class RemoteFiles implements FileOperations {
  readonly #name: string;
  readonly #quick: FileLane;
  readonly #slow: FileLane;
  readonly #lease: Lease;
  #home: Promise<string> | null = null;
  #written = 0;

  constructor(name: string, parts: FileLaneParts) {
    this.#name = name;
    this.#quick = new FileLane(parts);
    this.#slow = new FileLane(parts);
    this.#lease = parts.lease;
  }

  async absolutePath(target: string): Promise<string> {
    if (target.startsWith('/')) return posix.resolve(target);
    const home = await this.#homeDirectory();
    return posix.resolve(home, target === '~' || target.startsWith('~/') ? `.${target.slice(1)}` : target);
  }

  async kindOf(target: string): Promise<PathKind> {
    const kind = (await this.#done(target, 'kind', [])).content.toString().trim();
    const known = KINDS.find((each) => each === kind);
    if (known === undefined) throw this.#unusable(target, `its kind ${kind} is unknown`);
    return known;
  }

  async physicalPath(target: string): Promise<string> {
    return (await this.#done(target, 'physical', [])).content.toString();
  }

  async makeDirectory(target: string): Promise<void> {
    await this.#done(target, 'make', []);
  }

  async remove(target: string): Promise<void> {
    // With a slash at its end a link would stand for what it leads to.
    await this.#done(target.replace(/\/+$/, '') || '/', 'remove', []);
  }

  async readText(target: string): Promise<string | null> {
    const { status, content } = await this.#done(target, 'text', []);
    return status === MISSING ? null : content.toString();
  }

  async writeText(target: string, text: string): Promise<void> {
    this.#written += 1;
    const temporary = posix.join(posix.dirname(target), `.symphony-${process.pid}-${this.#written}.tmp`);
    await this.#done(target, 'write', [temporary, text]);
  }

  async list(target: string): Promise<readonly string[]> {
    const { content } = await this.#done(target, 'names', []);
    return content.toString().split('\0').slice(0, -1).sort();
  }

  async hold(target: string, { id, note }: Holder): Promise<string | null> {
    const rest = [holdStem(target), id, note];
    let answer = await this.#done(target, 'hold', rest);
    if (answer.status === UNGUARDED) {
      await this.#lease.renew();
      await this.#quick.close();
      answer = await this.#done(target, 'hold', rest);
    }
    if (answer.status === UNGUARDED) throw this.#unusable(target, 'what guards it there ended at once');
    return answer.content.length === 0 ? null : answer.content.toString();
  }

  async letGo(target: string, { id }: Holder): Promise<void> {
    await this.#done(target, 'letgo', [holdStem(target), id]);
  }

  async close(): Promise<void> {
    await Promise.all([this.#quick.close(), this.#slow.close()]);
  }

  #homeDirectory(): Promise<string> {
    const home = this.#home ?? this.#quick.home();
    this.#home = home;
    // Asked again after a failure.
    void home.catch(() => {
      this.#home = null;
    });
    return home;
  }

  async #done(target: string, operation: string, rest: readonly string[]): Promise<Answer> {
    if (!target.startsWith('/')) throw this.#unusable(target, 'it is not an absolute path');
    const answer = await this.#ask(target, operation, rest);
    if ([0, MISSING, UNGUARDED].includes(answer.status)) return answer;
    throw this.#unusable(target, answer.problem.replace(/\s*\n\s*/g, '; ') || `status ${answer.status}`);
  }

  async #ask(target: string, operation: string, rest: readonly string[]): Promise<Answer> {
    const request = this.#requestOf(target, operation, rest);
    try {
      if (operation === 'remove') return await this.#slow.ask(request, REMOVAL_LIMIT_MS);
      return await this.#quick.ask(request, LIMIT_MS);
    } catch (error) {
      if (error instanceof SymphonyError && error.code === 'workspace_unavailable')
        throw this.#unusable(target, error);
      throw error;
    }
  }

  #requestOf(target: string, operation: string, rest: readonly string[]): string {
    try {
      return [operation, ...[target, ...rest].map(quoted)].join(' ');
    } catch (error) {
      throw this.#unusable(target, error);
    }
  }

  #unusable(target: string, cause: unknown): SymphonyError {
    const why = typeof cause === 'string' ? cause : errorMessage(cause);
    return new SymphonyError(
      'workspace_unavailable',
      `${target} on ${this.#name} cannot be used (${why}); see its permissions and the free space of its disk`,
      typeof cause === 'string' ? {} : { cause },
    );
  }
}
