import type { IssueHistory } from '../domain/history.js';
import type { IssueFacts, IssueId } from '../domain/issue.js';
import { AttemptRecords } from './attempt-records.js';
import { EventRing } from './event-ring.js';
import { TokenPoints } from './token-points.js';

/** What is shown of an issue besides its events. */
export type IssueNames = Pick<IssueFacts, 'identifier' | 'title' | 'url' | 'state'>;

/** All that the history knows of one issue. */
export class RememberedIssue {
  readonly issueId: IssueId;
  readonly events: EventRing;
  readonly attempts = new AttemptRecords();
  readonly tokens = new TokenPoints();
  /** Whether there ever was a claim of it; events alone are remembered of others, too. */
  wasClaimed = false;
  #names: IssueNames;
  #lastEventAtMs = 0;
  #view: IssueHistory | null = null;

  constructor(issueId: IssueId, identifier: string, forgottenTo: number) {
    this.issueId = issueId;
    this.#names = { identifier, title: identifier, url: null, state: '' };
    this.events = new EventRing(forgottenTo);
  }

  get identifier(): string {
    return this.#names.identifier;
  }

  get lastEventAtMs(): number {
    return this.#lastEventAtMs;
  }

  named(names: IssueNames): void {
    this.#names = names;
    this.#view = null;
  }

  happened(atMs: number): void {
    this.#lastEventAtMs = Math.max(this.#lastEventAtMs, atMs);
    this.#view = null;
  }

  /** Attempts or tokens have changed. */
  changed(): void {
    this.#view = null;
  }

  get view(): IssueHistory {
    this.#view ??= {
      issueId: this.issueId,
      ...this.#names,
      attempts: this.attempts.all,
      tokens: this.tokens.all,
      lastEventAtMs: this.#lastEventAtMs,
    };
    return this.#view;
  }
}
