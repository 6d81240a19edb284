import type { Claim } from '../../../src/core/claim.js';
import type { Decision } from '../../../src/core/draft.js';
import type { Effect } from '../../../src/core/effects.js';
import type { Event, EventOf, RequestId } from '../../../src/core/events.js';
import type { AccountLimit } from '../../../src/core/until.js';
import type { IssueFacts, IssueId } from '../../../src/domain/issue.js';
import type { Hold } from '../../../src/domain/order.js';
import type { RequestBudget } from '../../../src/domain/request-budget.js';
import type { RunId } from '../../../src/domain/run.js';
import { HostLedger } from './host-ledger.js';
import { cutShortMs, setAsideIn } from './past.js';

/** A request to the tracker that waits for its one answer. */
export interface Question {
  readonly request: RequestId;
  readonly ids: ReadonlySet<IssueId>;
  /** The number of the event that asked. */
  readonly askedIn: number;
  readonly askedAtMs: number;
}

/** The youngest word on an issue that may start; undefined is one, too: the tracker does not show it. */
export interface Word {
  readonly askedAtMs: number;
  /** The number of the event that asked; null when the core did not ask itself. */
  readonly askedIn: number | null;
  /** The number of the event that told. */
  readonly toldIn: number;
  readonly issue: IssueFacts | undefined;
}

/** What a bystander can know from events, effects and facts alone, without trusting the state. */
export class Ledger {
  /** Runs started and not yet known to have exited. */
  readonly live = new Map<RunId, IssueId>();
  readonly hosts = new HostLedger();
  /** The claims as the journal's facts tell them. */
  readonly folded = new Map<IssueId, Claim>();
  /** The number of the event in which a claim last changed its kind or its run. */
  readonly changedIn = new Map<IssueId, number>();
  /** What holds dispatch, as the facts tell it. */
  foldedHold: Hold | null = null;
  foldedLimit: AccountLimit | null = null;
  /** When a claim last changed its kind or its run. */
  readonly changedAtMs = new Map<IssueId, number>();
  readonly words = new Map<IssueId, Word>();
  /** What the tracker last said is left. */
  budget: RequestBudget | null = null;
  lastPollAtMs = Number.NEGATIVE_INFINITY;
  /** Somebody ordered a poll since the last one began. */
  pollOrdered = false;
  poll: Question | null = null;
  fill: Question | null = null;
  /** What the runs have used and how long they lived, as told. */
  totalTokens = 0;
  endedRunMs = 0;
  /** Until when the tracker wants to be left alone. */
  throttledUntilMs = 0;
  /** Issues that a person stopped and nobody has let go since. */
  readonly aside = new Set<IssueId>();
  /** What people ordered of dispatch. */
  hold: 'paused' | 'draining' | null = null;
  highestRunId = 0;
  highestRequest = 0;
  number = 0;
  readonly #startedAtMs = new Map<RunId, number>();

  /** Whether an event answers nothing that is still asked. */
  isLate(event: Event): boolean {
    switch (event.type) {
      case 'pollAnswered':
      case 'pollFailed':
        return this.poll?.request !== event.request;
      case 'issuesRefreshed':
      case 'issuesRefreshFailed':
        return this.fill?.request !== event.request;
      case 'runAdvanced':
      case 'runReported':
      case 'runExited':
        return this.live.get(event.runId) !== event.issueId;
      default:
        return this.hosts.isLate(event);
    }
  }

  /** The question an event answers, asked before it. */
  question(event: Event): Question | null {
    if (event.type === 'pollAnswered' || event.type === 'pollFailed') return this.poll;
    if (event.type === 'issuesRefreshed' || event.type === 'issuesRefreshFailed') return this.fill;
    return null;
  }

  /** Whether a claim has not changed since a question about it was asked. */
  isUnchangedSince(issueId: IssueId, { askedIn }: Question): boolean {
    return (this.changedIn.get(issueId) ?? -1) <= askedIn;
  }

  /** Enters what an event tells, while the settings name these hosts. */
  settle(event: Event, hosts: readonly string[]): void {
    this.hosts.settle(event, hosts);
    switch (event.type) {
      case 'recovered':
        this.#settlePast(event);
        break;
      case 'started':
      case 'refreshRequested':
      case 'dispatchOrdered':
        this.pollOrdered = true;
        break;
      case 'workflowReloaded':
        this.pollOrdered = true;
        this.words.clear();
        break;
      case 'trackerChanged':
        this.words.clear();
        break;
      case 'issuesChanged':
        for (const issueId of event.issueIds) this.words.delete(issueId);
        break;
      case 'pollAnswered':
        this.budget = event.budget;
        break;
      case 'pollFailed':
      case 'issuesRefreshFailed':
        this.#settleThrottle(event.atMs + (event.failure.retryAfterMs ?? 0));
        break;
      case 'runExited':
        this.#settleRun(event);
        break;
      case 'runReported':
        this.totalTokens += event.delta.usage.totalTokens;
        break;
      default:
        break;
    }
  }

  /** What the life before this one left. */
  #settlePast({ facts }: EventOf<'recovered'>): void {
    for (const issueId of setAsideIn(facts)) this.aside.add(issueId);
    for (const fact of facts) {
      if (fact.type === 'held') this.hold = fact.hold?.kind === 'paused' ? 'paused' : null;
      if (fact.type !== 'totalled') continue;
      this.totalTokens = fact.usage.totalTokens;
      this.endedRunMs = fact.endedRunMs;
    }
    this.endedRunMs += cutShortMs(facts);
  }

  #settleThrottle(untilMs: number): void {
    this.throttledUntilMs = Math.max(this.throttledUntilMs, untilMs);
  }

  /** Enters that a question was answered, once the answer has been looked at. */
  closeQuestion(event: Event): void {
    const { type } = event;
    this.#enterWords(event);
    if (type === 'pollAnswered' || type === 'pollFailed') this.poll = null;
    else if (type === 'issuesRefreshed' || type === 'issuesRefreshFailed') this.fill = null;
  }

  #enterWords(event: Event): void {
    if (event.type === 'issuesSeen')
      this.#enterAnswer(event.ids, event.issues, { askedAtMs: event.askedAtMs, askedIn: null });
    else if (event.type === 'issuesRefreshed' && this.fill !== null)
      this.#enterAnswer(this.fill.ids, event.issues, this.fill);
    else if (event.type === 'pollAnswered' && this.poll !== null) {
      const { ids } = this.poll;
      const listed = (event.candidates ?? []).filter(({ id }) => !ids.has(id));
      this.#enterAnswer([...ids, ...listed.map(({ id }) => id)], [...listed, ...event.refreshed], this.poll);
    }
  }

  #enterAnswer(
    ids: Iterable<IssueId>,
    issues: readonly IssueFacts[],
    { askedAtMs, askedIn }: Pick<Word, 'askedAtMs' | 'askedIn'>,
  ): void {
    const shown = new Map(issues.map((issue) => [issue.id, issue]));
    for (const id of ids) {
      const known = this.words.get(id);
      if (known === undefined || known.askedAtMs <= askedAtMs)
        this.words.set(id, { issue: shown.get(id), askedAtMs, askedIn, toldIn: this.number });
    }
  }

  #settleRun({ runId, atMs }: EventOf<'runExited'>): void {
    this.endedRunMs += atMs - (this.#startedAtMs.get(runId) ?? atMs);
    this.#startedAtMs.delete(runId);
    this.live.delete(runId);
  }

  /** Enters what was decided. */
  enter({ effects, facts }: Decision, atMs: number): void {
    for (const fact of facts) {
      if (fact.type === 'held') this.foldedHold = fact.hold;
      if (fact.type === 'limited') this.foldedLimit = fact.limit;
      if (!('issueId' in fact)) continue;
      const before = this.folded.get(fact.issueId);
      const after = fact.type === 'claimed' ? fact.claim : undefined;
      if (identity(before) !== identity(after)) {
        this.changedIn.set(fact.issueId, this.number);
        this.changedAtMs.set(fact.issueId, atMs);
      }
      if (after === undefined) this.folded.delete(fact.issueId);
      else this.folded.set(fact.issueId, after);
    }
    for (const effect of effects) this.#enterEffect(effect, atMs);
    this.number += 1;
  }

  #enterEffect(effect: Effect, atMs: number): void {
    this.hosts.enter(effect);
    if (effect.type === 'startRun') {
      this.#startedAtMs.set(effect.runId, atMs);
      this.live.set(effect.runId, effect.issue.id);
      this.highestRunId = effect.runId;
    } else if (effect.type === 'removeWorkspace' || effect.type === 'tryHost') {
      this.highestRequest = effect.request;
    } else if (effect.type === 'poll' || effect.type === 'refreshIssues') {
      this.highestRequest = effect.request;
      const question = {
        request: effect.request,
        ids: new Set(effect.ids),
        askedIn: this.number,
        askedAtMs: atMs,
      };
      if (effect.type === 'poll') {
        this.poll = question;
        this.lastPollAtMs = atMs;
        this.pollOrdered = false;
      }
      if (effect.type === 'refreshIssues') this.fill = question;
    }
  }
}

/** What an answer is about: another kind of claim, or another run, makes it an answer about the past. */
function identity(claim: Claim | undefined): string {
  if (claim === undefined) return '';
  return claim.kind === 'running' || claim.kind === 'stopping' ? `${claim.kind} ${claim.runId}` : claim.kind;
}
