import type { Claim } from '../../../src/core/claim.js';
import type { Decision } from '../../../src/core/draft.js';
import type { Effect } from '../../../src/core/effects.js';
import type { Event, RequestId } from '../../../src/core/events.js';
import type { IssueId } from '../../../src/domain/issue.js';
import type { RunId } from '../../../src/domain/run.js';

/** A request to the tracker that waits for its one answer. */
export interface Question {
  readonly request: RequestId;
  readonly ids: ReadonlySet<IssueId>;
  /** The number of the event that asked. */
  readonly askedIn: number;
}

/** What a bystander can know from events, effects and facts alone, without trusting the state. */
export class Ledger {
  /** Runs started and not yet known to have exited. */
  readonly live = new Map<RunId, IssueId>();
  /** Removals under way, by the request that asked for each. */
  readonly removing = new Map<IssueId, RequestId>();
  /** The claims as the journal's facts tell them. */
  readonly folded = new Map<IssueId, Claim>();
  /** The number of the event in which a claim last changed its kind or its run. */
  readonly changedIn = new Map<IssueId, number>();
  poll: Question | null = null;
  fill: Question | null = null;
  /** Until when the tracker wants to be left alone. */
  throttledUntilMs = 0;
  highestRunId = 0;
  highestRequest = 0;
  number = 0;

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
      case 'workspaceRemoved':
        return this.removing.get(event.issueId) !== event.request;
      default:
        return false;
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

  /** Enters what an event settles. */
  settle(event: Event): void {
    if (event.type === 'pollFailed' || event.type === 'issuesRefreshFailed') {
      const untilMs = event.atMs + (event.failure.retryAfterMs ?? 0);
      this.throttledUntilMs = Math.max(this.throttledUntilMs, untilMs);
    }
    if (event.type === 'pollAnswered' || event.type === 'pollFailed') this.poll = null;
    else if (event.type === 'issuesRefreshed' || event.type === 'issuesRefreshFailed') this.fill = null;
    else if (event.type === 'runExited') this.live.delete(event.runId);
    else if (event.type === 'workspaceRemoved') this.removing.delete(event.issueId);
  }

  /** Enters what was decided. */
  enter({ effects, facts }: Decision): void {
    for (const fact of facts) {
      if (fact.type === 'totalled') continue;
      const before = this.folded.get(fact.issueId);
      const after = fact.type === 'claimed' ? fact.claim : undefined;
      if (identity(before) !== identity(after)) this.changedIn.set(fact.issueId, this.number);
      if (after === undefined) this.folded.delete(fact.issueId);
      else this.folded.set(fact.issueId, after);
    }
    for (const effect of effects) this.#enterEffect(effect);
    this.number += 1;
  }

  #enterEffect(effect: Effect): void {
    if (effect.type === 'startRun') {
      this.live.set(effect.runId, effect.issue.id);
      this.highestRunId = effect.runId;
    } else if (effect.type === 'removeWorkspace') {
      this.highestRequest = effect.request;
      this.removing.set(effect.issueId, effect.request);
    } else if (effect.type === 'poll' || effect.type === 'refreshIssues') {
      this.highestRequest = effect.request;
      const question = { request: effect.request, ids: new Set(effect.ids), askedIn: this.number };
      if (effect.type === 'poll') this.poll = question;
      else this.fill = question;
    }
  }
}

/** What an answer is about: another kind of claim, or another run, makes it an answer about the past. */
function identity(claim: Claim | undefined): string {
  if (claim === undefined) return '';
  return claim.kind === 'running' || claim.kind === 'stopping' ? `${claim.kind} ${claim.runId}` : claim.kind;
}
