import type { FoundWorkspace } from '../../../src/core/events.js';
import type { IssueFacts, IssueId } from '../../../src/domain/issue.js';
import { workspaceKey } from '../../../src/domain/workspace-key.js';

interface Directory {
  readonly issueId: IssueId;
  readonly identifier: string;
  /** Says whose it is; written last, so a half-built or half-removed one has none. */
  marked: boolean;
}

/** What became of a workspace that was to be removed. */
export type RemovalResult = 'removed' | 'untouched' | 'markLost';

/** A workspace that stands. */
export interface Prepared {
  readonly path: string;
  readonly host: string;
}

/** The workspaces of one host. */
export class Disk {
  readonly #host: string;
  readonly #directories = new Map<string, Directory>();

  constructor(host: string) {
    this.#host = host;
  }

  /** The workspace of a run stands. */
  prepare({ id, identifier }: IssueFacts, marked: boolean): Prepared {
    const key = workspaceKey(identifier);
    this.#directories.set(key, { issueId: id, identifier, marked });
    return { path: pathOf(key), host: this.#host };
  }

  remove(key: string, result: RemovalResult): void {
    const directory = this.#directories.get(key);
    if (result === 'removed') this.#directories.delete(key);
    else if (result === 'markLost' && directory !== undefined) directory.marked = false;
  }

  survey(): FoundWorkspace[] {
    return [...this.#directories].map(([key, { issueId, identifier, marked }]) => ({
      key,
      path: pathOf(key),
      issueId: marked ? issueId : null,
      identifier: marked ? identifier : null,
    }));
  }

  has(issueId: IssueId): boolean {
    return [...this.#directories.values()].some((directory) => directory.issueId === issueId);
  }

  /** People delete by hand what belongs to issues that are no more. */
  tidyUp(isLeftOver: (issueId: IssueId, key: string) => boolean): void {
    for (const [key, { issueId }] of this.#directories)
      if (isLeftOver(issueId, key)) this.#directories.delete(key);
  }
}

/** The same on every host, so that work on the wrong one shows only by the host. */
function pathOf(key: string): string {
  return `/workspaces/${key}`;
}
