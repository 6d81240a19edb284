import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Issue } from '../../src/domain/issue.js';
import type { JsonValue } from '../../src/domain/json.js';
import type { Tracker } from '../../src/ports/tracker.js';
import { type BoardFiles, realBoardFiles } from '../../src/trackers/local/board-files.js';
import { createLocalTracker } from '../../src/trackers/local/index.js';
import { VirtualClock } from './virtual-clock.js';

const { signal } = new AbortController();

/** A local board in a directory of its own, and what was asked of its files. */
export class LocalBoardUnderTest {
  readonly directory = mkdtempSync(join(tmpdir(), 'symphony-board-'));
  readonly folder = join(this.directory, 'board');
  readonly clock = new VirtualClock();
  readonly problems: string[] = [];
  readonly notices: string[] = [];
  /** Operations of the tracker on files, such as `list` and `read A-1.md`. */
  readonly operations: string[] = [];
  readonly #trackers: Tracker[] = [];
  #afterList: (() => void) | null = null;

  /** Makes the tracker, as the daemon does at each start. */
  async start(provider: { readonly [key: string]: JsonValue } = {}, isStart = true): Promise<Tracker> {
    const tracker = await createLocalTracker(
      {
        tracker: {
          kind: 'local',
          provider: { path: 'board', ...provider },
          activeStates: ['Todo', 'In Progress'],
          terminalStates: ['Done', 'Cancelled'],
          requiredLabels: [],
        },
        workflowDir: this.directory,
        env: {},
        clock: this.clock,
        isStart,
        reportProblem: ({ message }) => this.problems.push(message),
        notice: (message) => this.notices.push(message),
      },
      this.#countedFiles(),
    );
    this.#trackers.push(tracker);
    return tracker;
  }

  /** Acts right after the next look at the folder's names. */
  onceListed(act: () => void): void {
    this.#afterList = act;
  }

  write(name: string, content: string | Buffer): void {
    writeFileSync(join(this.folder, name), content);
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  /** All names in the board's folder, hidden ones too. */
  names(): string[] {
    return readdirSync(this.folder).sort();
  }

  async close(): Promise<void> {
    for (const tracker of this.#trackers) await tracker.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  #countedFiles(): BoardFiles {
    const note = (operation: string, path: string) => {
      this.operations.push(`${operation} ${path.slice(this.folder.length + 1)}`.trim());
    };
    return {
      list: async (folder) => {
        note('list', folder);
        const names = await realBoardFiles.list(folder);
        this.#afterList?.();
        this.#afterList = null;
        return names;
      },
      stamp(path) {
        note('stamp', path);
        return realBoardFiles.stamp(path);
      },
      read(path) {
        note('read', path);
        return realBoardFiles.read(path);
      },
    };
  }
}

/** The text of an issue's file. */
export function issueFile(fields: { readonly [key: string]: JsonValue }, body = ''): string {
  const lines = Object.entries(fields).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  return `---\n${lines.join('')}---\n${body}`;
}

/** The one issue with this id. */
export async function readIssue(tracker: Tracker, id: string): Promise<Issue> {
  const [issue] = await tracker.issuesByIds([id], signal);
  if (issue === undefined) throw new Error(`${id} is not on the board`);
  return issue;
}

/** Calls the tracker's first tool as the session of this issue. */
export async function callTool(tracker: Tracker, id: string, args: JsonValue) {
  const issue = await readIssue(tracker, id);
  return await tracker.tools.execute(
    tracker.tools.specs[0]?.name ?? '',
    args,
    { issue, session: 'a session' },
    signal,
  );
}
