import type { Issue, IssueId } from '../domain/issue.js';
import type { Clock } from '../ports/clock.js';
import type { PollAnswer, Tracker } from '../ports/tracker.js';
import { bounded } from './bounded.js';

/** A read that takes longer has failed; adapters have shorter limits of their own per request. */
const READ_LIMIT_MS = 60_000;
/** Turn ends of several runs within this window share one request. */
const COALESCE_MS = 20;

interface Waiter {
  readonly issueId: IssueId;
  readonly resolve: (issue: Issue | null) => void;
  readonly reject: (error: unknown) => void;
}

/** The daemon's reads of the tracker: bounded, counted as one where they coincide, and remembered in full for prompts. */
export class IssueReads {
  readonly #clock: Clock;
  readonly #tracker: () => Tracker;
  readonly #known = new Map<IssueId, Issue>();
  #waiters: Waiter[] = [];

  constructor(clock: Clock, tracker: () => Tracker) {
    this.#clock = clock;
    this.#tracker = tracker;
  }

  /** The issue in full as last read. */
  known(issueId: IssueId): Issue | undefined {
    return this.#known.get(issueId);
  }

  /** Forgets issues that nobody can ask for any more. */
  keepOnly(wanted: (issueId: IssueId) => boolean): void {
    for (const issueId of this.#known.keys()) if (!wanted(issueId)) this.#known.delete(issueId);
  }

  /** The tick's question, in one request where the tracker can; `states` null asks for no candidates. */
  async poll(states: readonly string[] | null, ids: readonly IssueId[]): Promise<PollAnswer> {
    const tracker = this.#tracker();
    const answer = await this.#bounded(async (signal) => {
      if (tracker.poll !== undefined) return tracker.poll({ states: states ?? [], ids }, signal);
      const [byStates, byIds] = await Promise.all([
        states === null ? [] : tracker.issuesByStates(states, signal),
        tracker.issuesByIds(ids, signal),
      ]);
      return { byStates, byIds };
    });
    this.#remember(answer.byStates);
    this.#remember(answer.byIds);
    return answer;
  }

  async byIds(ids: readonly IssueId[]): Promise<readonly Issue[]> {
    const tracker = this.#tracker();
    const issues = await this.#bounded((signal) => tracker.issuesByIds(ids, signal));
    this.#remember(issues);
    return issues;
  }

  async byStates(states: readonly string[]): Promise<readonly Issue[]> {
    const tracker = this.#tracker();
    return this.#bounded((signal) => tracker.issuesByStates(states, signal));
  }

  /** One issue, null when it is gone; asked together with others that are wanted at the same moment. */
  one(issueId: IssueId): Promise<Issue | null> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ issueId, resolve, reject });
      if (this.#waiters.length > 1) return;
      this.#clock.wakeAt(this.#clock.nowMs() + COALESCE_MS, () => {
        const waiters = this.#waiters;
        this.#waiters = [];
        this.#answer(waiters).catch((error: unknown) => {
          for (const waiter of waiters) waiter.reject(error);
        });
      });
    });
  }

  async #answer(waiters: readonly Waiter[]): Promise<void> {
    const issues = await this.byIds([...new Set(waiters.map(({ issueId }) => issueId))]);
    const byId = new Map(issues.map((issue) => [issue.id, issue]));
    for (const { issueId, resolve } of waiters) resolve(byId.get(issueId) ?? null);
  }

  #bounded<T>(operation: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const message = `the tracker did not answer within ${READ_LIMIT_MS / 1_000} s; see its status page and the network`;
    return bounded(this.#clock, { ms: READ_LIMIT_MS, code: 'tracker_timeout', message }, operation);
  }

  #remember(issues: readonly Issue[]): void {
    for (const issue of issues) this.#known.set(issue.id, issue);
  }
}
