import type { IssueId } from '../domain/issue.js';
import { type IssueNames, RememberedIssue } from './remembered-issue.js';

/** How much is remembered of issues. */
export interface ShelfLimits {
  /** Those with a claim are never forgotten, and the core bounds them. */
  readonly issues: number;
  readonly eventsPerIssue: number;
  /** Of all issues together; each gets its part of it, so that memory stays bounded when all are busy. */
  readonly eventsOfAll: number;
}

/** The issues that are remembered; when they become too many, the least recently active one without a claim goes. */
export class HistoryShelf {
  readonly #limits: ShelfLimits;
  /** Each in order of activity. */
  readonly #claimed = new Map<IssueId, RememberedIssue>();
  readonly #free = new Map<IssueId, RememberedIssue>();
  readonly #ids = new Map<string, IssueId>();
  #forgottenTo = -1;
  #eventLimit: number;

  constructor(limits: ShelfLimits) {
    this.#limits = limits;
    this.#eventLimit = limits.eventsPerIssue;
  }

  /** How many events an issue may keep now. */
  get eventLimit(): number {
    return this.#eventLimit;
  }

  /** The place of the latest event that went with a forgotten issue. */
  get forgottenTo(): number {
    return this.#forgottenTo;
  }

  get(issueId: IssueId): RememberedIssue | undefined {
    return this.#claimed.get(issueId) ?? this.#free.get(issueId);
  }

  find(identifier: string): RememberedIssue | undefined {
    const issueId = this.#ids.get(identifier);
    return issueId === undefined ? undefined : this.get(issueId);
  }

  all(): readonly RememberedIssue[] {
    return [...this.#claimed.values(), ...this.#free.values()];
  }

  /** The issue, remembered from now on; among the free ones it is the most recently active one. */
  remember(issueId: IssueId, identifier: string): RememberedIssue {
    const claimed = this.#claimed.get(issueId);
    if (claimed !== undefined) return claimed;
    const known = this.#free.get(issueId);
    const issue = known ?? new RememberedIssue(issueId, identifier, this.#forgottenTo);
    this.#free.delete(issueId);
    this.#free.set(issueId, issue);
    if (known === undefined) {
      this.#ids.set(identifier, issueId);
      this.#makeRoom();
    }
    return issue;
  }

  claim(issueId: IssueId, names: IssueNames): RememberedIssue {
    const issue = this.remember(issueId, names.identifier);
    this.#free.delete(issueId);
    this.#claimed.set(issueId, issue);
    issue.wasClaimed = true;
    this.rename(issue, names);
    return issue;
  }

  release(issueId: IssueId): void {
    const issue = this.#claimed.get(issueId);
    if (issue === undefined) return;
    this.#claimed.delete(issueId);
    this.#free.set(issueId, issue);
    this.#makeRoom();
  }

  rename(issue: RememberedIssue, names: IssueNames): void {
    if (issue.identifier !== names.identifier) this.#dropName(issue);
    this.#ids.set(names.identifier, issue.issueId);
    issue.named(names);
  }

  #makeRoom(): void {
    for (const [issueId, issue] of this.#free) {
      // The one that is just being remembered stays.
      if (this.#count <= this.#limits.issues || this.#free.size === 1) break;
      this.#free.delete(issueId);
      this.#dropName(issue);
      this.#forgottenTo = Math.max(this.#forgottenTo, issue.events.latest);
    }
    this.#shareOut();
  }

  /** Lowers or raises what each may keep; only when it falls must anything go. */
  #shareOut(): void {
    const { eventsPerIssue, eventsOfAll } = this.#limits;
    const share = Math.floor(eventsOfAll / Math.max(1, this.#count));
    const limit = Math.max(1, Math.min(eventsPerIssue, share));
    const falls = limit < this.#eventLimit;
    this.#eventLimit = limit;
    if (falls) for (const issue of this.all()) issue.events.trim(limit);
  }

  get #count(): number {
    return this.#claimed.size + this.#free.size;
  }

  #dropName({ identifier, issueId }: RememberedIssue): void {
    if (this.#ids.get(identifier) === issueId) this.#ids.delete(identifier);
  }
}
