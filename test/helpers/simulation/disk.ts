import type { WorkspaceRef } from '../../../src/core/claim.js';
import type { FoundWorkspace } from '../../../src/core/events.js';
import type { IssueFacts, IssueId } from '../../../src/domain/issue.js';
import type { RunId } from '../../../src/domain/run.js';
import { workspaceKey } from '../../../src/domain/workspace-key.js';
import { broken } from './violation.js';

interface Directory {
  readonly issueId: IssueId;
  readonly identifier: string;
  /** Says whose it is; written last, so a half-built or half-removed one has none. */
  marked: boolean;
}

/** Workspaces on disk, and who is in them: what C5 is about, seen from the world and not from the state. */
export class Disk {
  readonly #directories = new Map<string, Directory>();
  readonly #tenants = new Map<string, RunId>();
  readonly #removals = new Set<string>();

  /** A run begins to prepare its workspace. */
  enter(identifier: string, runId: RunId): void {
    const key = workspaceKey(identifier);
    if (this.#removals.has(key)) broken('C5', `run ${runId} begins in ${key} while it is being removed`);
    const tenant = this.#tenants.get(key);
    if (tenant !== undefined) broken('C1', `run ${runId} begins in ${key} beside run ${tenant}`);
    this.#tenants.set(key, runId);
  }

  /** The workspace of a run stands. */
  prepare({ id, identifier }: IssueFacts, marked: boolean): WorkspaceRef {
    const key = workspaceKey(identifier);
    this.#directories.set(key, { issueId: id, identifier, marked });
    return { path: `/workspaces/${key}`, host: 'local' };
  }

  /** The last process of a run is gone. */
  leave(identifier: string, runId: RunId): void {
    const key = workspaceKey(identifier);
    if (this.#tenants.get(key) === runId) this.#tenants.delete(key);
  }

  beginRemoval(identifier: string): void {
    const key = workspaceKey(identifier);
    const tenant = this.#tenants.get(key);
    if (tenant !== undefined) broken('C5', `workspace ${key} is removed under run ${tenant}`);
    this.#removals.add(key);
  }

  endRemoval(identifier: string, result: 'removed' | 'untouched' | 'markLost'): void {
    const key = workspaceKey(identifier);
    this.#removals.delete(key);
    if (result === 'removed') this.#directories.delete(key);
    else if (result === 'markLost') this.#loseMark(key);
  }

  /** The daemon died: its supervisors end every process, removals stop halfway. */
  daemonDied(marksSurvive: boolean): void {
    this.#tenants.clear();
    for (const key of this.#removals) if (!marksSurvive) this.#loseMark(key);
    this.#removals.clear();
  }

  survey(): FoundWorkspace[] {
    return [...this.#directories].map(([key, { issueId, identifier, marked }]) => ({
      key,
      path: `/workspaces/${key}`,
      issueId: marked ? issueId : null,
      identifier: marked ? identifier : null,
    }));
  }

  has(issueId: IssueId): boolean {
    return [...this.#directories.values()].some((directory) => directory.issueId === issueId);
  }

  /** People delete by hand what belongs to issues that are no more. */
  tidyUp(isKnown: (issueId: IssueId) => boolean): void {
    for (const [key, { issueId }] of this.#directories) {
      if (!isKnown(issueId) && !this.#tenants.has(key) && !this.#removals.has(key))
        this.#directories.delete(key);
    }
  }

  #loseMark(key: string): void {
    const directory = this.#directories.get(key);
    if (directory !== undefined) directory.marked = false;
  }
}
