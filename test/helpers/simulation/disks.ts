import type { IssueId } from '../../../src/domain/issue.js';
import type { RunId } from '../../../src/domain/run.js';
import { workspaceKey } from '../../../src/domain/workspace-key.js';
import { Disk, type RemovalResult } from './disk.js';
import { broken } from './violation.js';

interface Removal {
  readonly key: string;
  readonly host: string;
}

/** The disks of all hosts, and who is in which workspace: what C1 and C5 are about, seen from the world. */
export class Disks {
  readonly #disks = new Map<string, Disk>();
  /** By workspace, whichever host it is on: an issue is worked on in one place at a time. */
  readonly #tenants = new Map<string, RunId>();
  readonly #removals = new Set<Removal>();

  on(host: string): Disk {
    const known = this.#disks.get(host) ?? new Disk(host);
    this.#disks.set(host, known);
    return known;
  }

  /** A run begins, wherever it is. */
  enter(identifier: string, runId: RunId): void {
    const key = workspaceKey(identifier);
    for (const removal of this.#removals)
      if (removal.key === key)
        broken('C5', `run ${runId} begins while ${key} is being removed on ${removal.host}`);
    const tenant = this.#tenants.get(key);
    if (tenant !== undefined) broken('C1', `run ${runId} begins in ${key} beside run ${tenant}`);
    this.#tenants.set(key, runId);
  }

  /** The last process of a run is gone. */
  leave(identifier: string, runId: RunId): void {
    const key = workspaceKey(identifier);
    if (this.#tenants.get(key) === runId) this.#tenants.delete(key);
  }

  /** Returns what ends the removal. */
  beginRemoval(identifier: string, host: string): (result: RemovalResult) => void {
    const removal = { key: workspaceKey(identifier), host };
    const tenant = this.#tenants.get(removal.key);
    if (tenant !== undefined) broken('C5', `workspace ${removal.key} is removed under run ${tenant}`);
    this.#removals.add(removal);
    return (result) => {
      this.#removals.delete(removal);
      this.on(host).remove(removal.key, result);
    };
  }

  /** The daemon died: its supervisors end every process, removals stop halfway. */
  daemonDied(marksSurvive: boolean): void {
    this.#tenants.clear();
    for (const { key, host } of this.#removals)
      this.on(host).remove(key, marksSurvive ? 'untouched' : 'markLost');
    this.#removals.clear();
  }

  /** Whether a workspace of an issue is on a host. */
  has(issueId: IssueId, host: string): boolean {
    return this.on(host).has(issueId);
  }

  /** People delete by hand what belongs to issues that are no more. */
  tidyUp(isKnown: (issueId: IssueId) => boolean): void {
    const busy = new Set([...this.#removals].map(({ key }) => key));
    for (const disk of this.#disks.values())
      disk.tidyUp((issueId, key) => !isKnown(issueId) && !this.#tenants.has(key) && !busy.has(key));
  }
}
