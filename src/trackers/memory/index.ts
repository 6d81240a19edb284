import type { Issue, IssueId } from '../../domain/issue.js';
import type { JsonObject } from '../../domain/json.js';
import type { TrackerSettings } from '../../domain/settings.js';
import type { Clock } from '../../ports/clock.js';
import type { ReportProblem, Tracker } from '../../ports/tracker.js';
import { boardReads, selectIds } from '../board-reads.js';
import { readRecord } from '../board-record.js';
import { type BoardComment, boardTools, type WritableBoard } from '../board-tool.js';
import { type BoardView, type PlacedRecord, viewBoard } from '../board-view.js';
import { ToolRefusal } from '../tool-refusal.js';

/** What a board in memory is made of. */
export interface MemoryTrackerParts {
  /** Fields as in the front matter of a local board's file, and `description`. */
  readonly issues?: readonly JsonObject[];
  readonly tracker: Pick<TrackerSettings, 'activeStates' | 'terminalStates'>;
  readonly clock: Clock;
  readonly reportProblem: ReportProblem;
}

/** A tracker in memory, with the hand of a person on its board. */
export interface MemoryTracker
  extends Omit<Tracker, 'poll' | 'watch'>,
    Required<Pick<Tracker, 'poll' | 'watch'>> {
  /** Adds an issue, or replaces the one with its identifier. */
  put(issue: JsonObject): void;
  remove(identifier: string): void;
  setState(identifier: string, state: string): void;
  /** How often the board was read for the tracker's reads and polls. */
  readonly requests: number;
}

/** A board in memory: for tests, simulation and workflow files that carry their own issues. */
export function memoryTracker(parts: MemoryTrackerParts): MemoryTracker {
  const board = new MemoryBoard(parts);
  const { tracker, clock, reportProblem } = parts;
  let requests = 0;
  const reads = boardReads((signal) => {
    requests += 1;
    return board.view(signal);
  });
  return {
    kind: 'memory',
    ...reads,
    watch: (onChange) => board.watch(onChange),
    tools: boardTools({ name: 'memory_issue', board, tracker, clock, reportProblem }),
    put: (issue) => board.put(issue),
    remove: (identifier) => board.remove(identifier),
    setState: (identifier, state) => board.change(identifier, () => ({ state }), 'person'),
    get requests() {
      return requests;
    },
    async close() {
      board.close();
    },
  };
}

class MemoryBoard implements WritableBoard {
  readonly #parts: MemoryTrackerParts;
  readonly #watches = new Set<() => void>();
  #issues: readonly JsonObject[];
  #standing: ReadonlySet<string> = new Set();

  constructor(parts: MemoryTrackerParts) {
    this.#parts = parts;
    this.#issues = parts.issues ?? [];
  }

  view(signal: AbortSignal): Promise<BoardView> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const placed: PlacedRecord[] = [];
    const malformed = new Map<IssueId, string>();
    const problems: string[] = [];
    for (const [index, fields] of this.#issues.entries()) {
      const place = `issue ${index + 1}`;
      const reading = readIssue(fields);
      if (reading.kind === 'record') {
        placed.push({ place, record: reading.record });
        problems.push(...reading.repairs.map((repair) => `${place}: ${repair}`));
        continue;
      }
      const reason = `${place}: ${reading.reason}`;
      problems.push(`${reason}; the issue is left out until it is mended`);
      malformed.set(identifierOf(fields), reason);
    }
    const view = viewBoard(placed, this.#parts.tracker);
    this.#tell([...problems, ...view.problems]);
    return Promise.resolve({ ...view, malformed: new Map([...malformed, ...view.malformed]) });
  }

  async setState(id: IssueId, state: string, signal: AbortSignal): Promise<Issue> {
    signal.throwIfAborted();
    this.change(id, () => ({ state }), 'agent');
    return await this.#current(id, signal);
  }

  async comment(id: IssueId, { author, at, text }: BoardComment, signal: AbortSignal): Promise<Issue> {
    signal.throwIfAborted();
    this.change(
      id,
      ({ description }) => {
        const before = typeof description === 'string' ? description : '';
        const section = /^## Comments$/m.test(before) ? [before] : [before, '## Comments'];
        const quoted = text.split('\n').map((line) => `> ${line}`.trimEnd());
        const parts = [...section, `**${author}**, ${at}:`, quoted.join('\n')];
        return { description: parts.filter((part) => part !== '').join('\n\n') };
      },
      'agent',
    );
    return await this.#current(id, signal);
  }

  put(issue: JsonObject): void {
    const identifier = identifierOf(issue);
    const others = this.#issues.filter((other) => identifierOf(other) !== identifier);
    this.#replace([...others, issue]);
  }

  remove(identifier: string): void {
    this.#replace(this.#issues.filter((issue) => identifierOf(issue) !== identifier));
  }

  /** Watches hear of what a person changes; an agent's own move must not cut its turn short. */
  change(identifier: string, fields: (issue: JsonObject) => JsonObject, by: 'person' | 'agent'): void {
    const changed = (issue: JsonObject) =>
      identifierOf(issue) === identifier ? { ...issue, ...fields(issue) } : issue;
    this.#issues = this.#issues.map(changed);
    if (by === 'person') this.#tellWatches();
  }

  watch(onChange: () => void): () => void {
    // A watch of its own, so that the same callback given twice is two watches.
    const call = (): void => onChange();
    this.#watches.add(call);
    return () => this.#watches.delete(call);
  }

  close(): void {
    this.#watches.clear();
  }

  #replace(issues: readonly JsonObject[]): void {
    this.#issues = issues;
    this.#tellWatches();
  }

  #tellWatches(): void {
    // As with a board elsewhere, the change is over before anybody hears of it.
    for (const call of this.#watches) {
      queueMicrotask(() => {
        if (this.#watches.has(call)) call();
      });
    }
  }

  async #current(id: IssueId, signal: AbortSignal): Promise<Issue> {
    const [issue] = selectIds(await this.view(signal), [id]);
    if (issue === undefined)
      throw new ToolRefusal('issue_not_found', `issue ${id} is no longer on the board`);
    return issue;
  }

  #tell(problems: readonly string[]): void {
    const before = this.#standing;
    this.#standing = new Set(problems);
    for (const message of this.#standing) {
      if (!before.has(message)) this.#parts.reportProblem({ code: 'tracker_response', message });
    }
  }
}

function readIssue(fields: JsonObject) {
  const { description } = fields;
  return readRecord(fields, {
    identifier: null,
    title: null,
    description: typeof description === 'string' && description.trim() !== '' ? description.trim() : null,
    nativeRef: null,
  });
}

function identifierOf({ identifier }: JsonObject): string {
  return typeof identifier === 'string' || typeof identifier === 'number' ? String(identifier).trim() : '';
}
