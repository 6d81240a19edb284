import type { Issue, IssueId } from '../domain/issue.js';
import type { RequestBudget } from '../domain/request-budget.js';
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

/** Other issues whose news are welcome when the tracker is asked anyway. */
export interface Bystanders {
  /** Up to so many issues that would start next. */
  next(count: number): readonly IssueId[];
  /** What the answer says of them; those not shown are gone. */
  seen(ids: readonly IssueId[], issues: readonly Issue[], askedAtMs: number): void;
}

/** The daemon's reads of the tracker: bounded, counted as one where they coincide, and remembered in full for prompts. */
export class IssueReads {
  readonly #clock: Clock;
  readonly #tracker: () => Tracker;
  readonly #bystanders: Bystanders;
  readonly #known = new Map<IssueId, Issue>();
  #waiters: Waiter[] = [];

  constructor(clock: Clock, tracker: () => Tracker, bystanders: Bystanders) {
    this.#clock = clock;
    this.#tracker = tracker;
    this.#bystanders = bystanders;
  }

  /** What the tracker says is left of its allowance. */
  budget(): RequestBudget | null {
    return this.#tracker().budget?.() ?? null;
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

  /**
   * One issue, null when it is gone; asked together with others that are wanted at the same moment, and with those that
   * would take the slots if these runs end now.
   */
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
    const wanted = new Set(waiters.map(({ issueId }) => issueId));
    const next = this.#bystanders.next(wanted.size).filter((issueId) => !wanted.has(issueId));
    const askedAtMs = this.#clock.nowMs();
    const byId = new Map((await this.byIds([...wanted, ...next])).map((issue) => [issue.id, issue]));
    const seen = next.flatMap((issueId) => byId.get(issueId) ?? []);
    if (next.length > 0) this.#bystanders.seen(next, seen, askedAtMs);
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
