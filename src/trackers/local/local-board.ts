import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { SymphonyError } from '../../domain/error.js';
import type { Issue, IssueId } from '../../domain/issue.js';
import type { ReportProblem } from '../../ports/tracker.js';
import { selectIds } from '../board-reads.js';
import type { BoardComment, WritableBoard } from '../board-tool.js';
import { type BoardStates, type BoardView, type PlacedRecord, viewBoard } from '../board-view.js';
import { ToolRefusal } from '../tool-refusal.js';
import { type BoardFiles, MAX_FILE_BYTES, writeAtomically } from './board-files.js';
import { type BoardFile, BoardFolder, decodeText } from './board-folder.js';
import { circleProblem, circlesOf } from './circles.js';
import { appendComment, replaceState } from './edit.js';
import { readIssueFile } from './issue-file.js';

/** What a local board is made of. */
export interface LocalBoardParts {
  readonly folder: string;
  readonly files: BoardFiles;
  readonly states: BoardStates;
  readonly reportProblem: ReportProblem;
}

interface Scan {
  readonly view: BoardView;
  readonly fileOf: ReadonlyMap<IssueId, string>;
  /** What to tell, by what makes it new. */
  readonly problems: ReadonlyMap<string, string>;
}

/** Some editors move a file away before they write the new one; an absence counts when it lasts this long. */
const SAVING_MS = 100;

/** How often a write begins again because a person saved the file in between. */
const WRITE_ATTEMPTS = 5;

/** The board in a folder: views of it, each problem told once, and the agent's writes one after the other. */
export class LocalBoard implements WritableBoard {
  readonly #folder: BoardFolder;
  readonly #parts: LocalBoardParts;
  /** Problems of the last scan, so that a standing one is told once and again only after it was mended. */
  #standing: ReadonlySet<string> = new Set();
  /** The ids of the last view. */
  #known: readonly IssueId[] = [];
  #lastWrite: Promise<unknown> = Promise.resolve();
  /** By file name, the version as the tool left it. */
  readonly #written = new Map<string, string>();

  constructor(parts: LocalBoardParts) {
    this.#parts = parts;
    this.#folder = new BoardFolder(parts.folder, parts.files);
  }

  /** Reads the board as it is now; looks twice before an issue is gone. */
  async view(signal: AbortSignal): Promise<BoardView> {
    let scan = await this.#scan(signal);
    if (this.#known.some((id) => !isThere(id, scan.view))) {
      await delay(SAVING_MS, undefined, { signal });
      scan = await this.#scan(signal);
    }
    this.#known = [...scan.view.issues.keys(), ...scan.view.malformed.keys()];
    this.#tell(scan.problems);
    return scan.view;
  }

  async setState(id: IssueId, state: string, signal: AbortSignal): Promise<Issue> {
    return await this.#edit(id, (text) => replaceState(text, state), signal);
  }

  async comment(id: IssueId, comment: BoardComment, signal: AbortSignal): Promise<Issue> {
    return await this.#edit(id, (text) => appendComment(text, comment), signal);
  }

  /** Whether a file stands as the tool wrote it last. */
  async isOwn(name: string): Promise<boolean> {
    // A write under way is noticed before it has ended.
    await this.#lastWrite;
    const written = this.#written.get(name);
    if (written === undefined) return false;
    return (await this.#parts.files.stamp(join(this.#folder.path, name)))?.version === written;
  }

  async #scan(signal: AbortSignal): Promise<Scan> {
    const files = await this.#folder.scan(signal);
    const placed: PlacedRecord[] = [];
    const broken: BoardFile[] = [];
    const problems = new Map<string, string>();
    for (const file of files) {
      const { name, version, reading } = file;
      if (reading.kind === 'broken') {
        broken.push(file);
        problems.set(
          `${version} ${reading.reason}`,
          `${reading.reason}; the issue is left out until it is mended`,
        );
        continue;
      }
      placed.push({ place: name, record: reading.record });
      for (const repair of reading.repairs) problems.set(`${version} ${repair}`, repair);
    }
    const view = viewBoard(placed, this.#parts.states);
    const circles = circlesOf(view.issues).map(circleProblem);
    for (const problem of [...view.problems, ...circles]) problems.set(problem, problem);
    const fileOf = new Map(placed.map(({ place, record }) => [record.identifier, place]));
    return { view: { ...view, malformed: this.#malformed(view, broken) }, fileOf, problems };
  }

  /** A broken file makes its issue unreadable, unless another file holds that issue by now. */
  #malformed(view: BoardView, broken: readonly BoardFile[]): ReadonlyMap<IssueId, string> {
    const malformed = new Map(view.malformed);
    for (const file of broken) {
      const id = this.#folder.lastHeldBy(file);
      if (file.reading.kind === 'broken' && !view.issues.has(id)) malformed.set(id, file.reading.reason);
    }
    return malformed;
  }

  #tell(problems: ReadonlyMap<string, string>): void {
    const before = this.#standing;
    this.#standing = new Set(problems.keys());
    for (const [key, message] of problems) {
      if (!before.has(key)) this.#parts.reportProblem({ code: 'tracker_response', message });
    }
  }

  async #edit(id: IssueId, change: (text: string) => string, signal: AbortSignal): Promise<Issue> {
    const write = this.#lastWrite.then(async () => {
      for (let attempt = 1; attempt <= WRITE_ATTEMPTS; attempt += 1) {
        if (await this.#tryEdit(id, change, signal)) return;
      }
      throw new SymphonyError('tracker_request', `the file of ${id} keeps changing; try again later`);
    });
    // The next write waits for this one; what became of it is for this one's caller.
    this.#lastWrite = write.catch(() => undefined);
    await write;
    const [issue] = selectIds(await this.view(signal), [id]);
    if (issue === undefined) throw new ToolRefusal('issue_not_found', `issue ${id} left the board`);
    return issue;
  }

  /** One try to change an issue's file; false when it changed under us and nothing was written. */
  async #tryEdit(id: IssueId, change: (text: string) => string, signal: AbortSignal): Promise<boolean> {
    const { view, fileOf } = await this.#scan(signal);
    const name = fileOf.get(id);
    // Throws for an issue that two files hold, or whose file is broken.
    if (selectIds(view, [id]).length === 0 || name === undefined) {
      throw new ToolRefusal('issue_not_found', `issue ${id} is no longer on the board`);
    }
    const path = join(this.#folder.path, name);
    const { files } = this.#parts;
    const before = await files.stamp(path);
    const content = await files.read(path);
    if (before === null || !before.isRegular || content === null) return false;
    const text = decodeText(content);
    const reading = text === null ? null : readIssueFile(name, text);
    if (text === null || reading?.kind !== 'record' || reading.record.identifier !== id) return false;
    const changed = change(text);
    if (changed === text) return true;
    if (Buffer.byteLength(changed) > MAX_FILE_BYTES) {
      throw new ToolRefusal(
        'issue_too_large',
        `${name} would grow above ${MAX_FILE_BYTES / 1024} kB; write less`,
      );
    }
    signal.throwIfAborted();
    if ((await files.stamp(path))?.version !== before.version) return false;
    await writeAtomically(path, changed, before.mode);
    const after = await files.stamp(path);
    if (after !== null) this.#written.set(name, after.version);
    return true;
  }
}

function isThere(id: IssueId, { issues, malformed }: BoardView): boolean {
  return issues.has(id) || malformed.has(id);
}
