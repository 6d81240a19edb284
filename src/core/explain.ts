import { clockTime } from '../domain/clock-time.js';
import type { BoardRow, Explanation, RuleVerdict, Standing } from '../domain/explanation.js';
import { byIdentifier, compareIdentifiers } from '../domain/identifier-order.js';
import type { IssueFacts, IssueId } from '../domain/issue.js';
import { type Claim, holdsSlot, slotState } from './claim.js';
import { claimFact, standingOf } from './claim-facts.js';
import { inDispatchOrder, picks } from './dispatch.js';
import { isFresh } from './freshness.js';
import { ELIGIBILITY, type Facts, mayAskTracker, READINESS, ROOM, trackerFact } from './rules.js';
import type { State } from './state.js';

/** An instant on both clocks. */
export interface Now {
  readonly atMs: number;
  readonly wallMs: number;
}

/** What rules need besides the state; who holds the slots is gathered at most once. */
export function factsOf(state: State, { atMs, wallMs }: Now): Facts {
  let holders: ReadonlyMap<string | null, readonly string[]> | null = null;
  return {
    atMs,
    wallMs,
    slotHolders: (name) => {
      holders ??= slotHolders(state);
      return holders.get(name) ?? [];
    },
  };
}

function slotHolders({ claims }: State): ReadonlyMap<string | null, readonly string[]> {
  const holders = new Map<string | null, string[]>();
  for (const claim of claims.values()) {
    if (!holdsSlot(claim)) continue;
    for (const name of [null, slotState(claim)]) {
      const list = holders.get(name) ?? [];
      list.push(claim.issue.identifier);
      holders.set(name, list);
    }
  }
  for (const list of holders.values()) list.sort(compareIdentifiers);
  return holders;
}

/** Explains issues of one state; what several explanations need is worked out once. */
export class Explanations {
  readonly #state: State;
  readonly #now: Now;
  readonly #facts: Facts;
  #places: ReadonlyMap<IssueId, number> | null = null;
  #picked: ReadonlySet<IssueId> | null = null;

  constructor(state: State, now: Now) {
    this.#state = state;
    this.#now = now;
    this.#facts = factsOf(state, now);
  }

  /** Null for an issue that is neither claimed nor listed. */
  of(identifier: string): Explanation | null {
    const known = this.#find(identifier);
    if (known === null) return null;
    return this.#explained(known.issue, known.claim, this.#state.poll.lastSuccessWallMs);
  }

  /** Of an issue that no poll listed, as the tracker told it at that wall time: the same rules, asked of its facts. */
  ofUnlisted(issue: IssueFacts, readAtMs: number): Explanation {
    return this.#explained(issue, undefined, readAtMs);
  }

  #explained(issue: IssueFacts, claim: Claim | undefined, readAtMs: number | null): Explanation {
    const rules = this.#rules(issue, claim);
    return {
      ...naming(issue),
      standing: this.#standing(issue, claim),
      headline: this.#headline(claim, rules),
      rules,
      generatedAtMs: this.#now.wallMs,
      readAtMs,
    };
  }

  /** Every issue that is known, in one line each: the claims by identifier, the others in dispatch order. */
  board(): readonly BoardRow[] {
    const { claims, queue } = this.#state;
    const unclaimed = [...queue.waiting, ...queue.excluded].filter(({ id }) => !claims.has(id));
    return [
      ...[...claims.values()].sort(byIssue).map((claim) => this.#row(claim.issue, claim)),
      ...unclaimed.map((issue) => this.#row(issue, undefined)),
    ];
  }

  #row(issue: IssueFacts, claim: Claim | undefined): BoardRow {
    return Object.assign(naming(issue), {
      priority: issue.priority,
      labels: issue.labels,
      standing: this.#standing(issue, claim),
      reason: this.#headline(claim, this.#rules(issue, claim)),
    });
  }

  #find(identifier: string): { readonly issue: IssueFacts; readonly claim: Claim | undefined } | null {
    const { claims, queue } = this.#state;
    const claim = claims.find(({ issue }) => issue.identifier === identifier);
    if (claim !== undefined) return { issue: claim.issue, claim };
    const isMeant = (issue: IssueFacts): boolean => issue.identifier === identifier;
    const issue = queue.waiting.find(isMeant) ?? queue.excluded.find(isMeant);
    return issue === undefined ? null : { issue, claim };
  }

  #standing(issue: IssueFacts, claim: Claim | undefined): Standing {
    if (claim !== undefined) return standingOf(claim);
    return this.#isEligible(issue) ? 'waiting' : 'ineligible';
  }

  /** A workspace that is being removed only makes it wait. */
  #isEligible(issue: IssueFacts): boolean {
    return ELIGIBILITY.every(({ name, keeps }) => name === 'workspace_free' || keeps(issue, this.#state));
  }

  #rules(issue: IssueFacts, claim: Claim | undefined): readonly RuleVerdict[] {
    const state = this.#state;
    const facts = this.#facts;
    const own = ELIGIBILITY.map((rule) =>
      verdict(rule.name, rule.keeps(issue, state), rule.fact(issue, state, facts)),
    );
    if (claim !== undefined) {
      const isDue = claim.kind === 'retryQueued' && claim.stage === 'due';
      own.push(verdict('claim', isDue, claimFact(claim, this.#now)));
    } else own.push(verdict('claim', true, 'nobody works on it'));
    // What is at work needs no slot and no turn.
    if (claim !== undefined && holdsSlot(claim)) return own;
    return [
      ...own,
      ...READINESS.map((rule) => verdict(rule.name, rule.keeps(state), rule.fact(state, facts))),
      this.#trackerRule(issue.id),
      ...ROOM.map((rule) => verdict(rule.name, rule.keeps(issue, state), rule.fact(issue, state, facts))),
      verdict('turn', this.#isPicked(issue.id), this.#turnFact(issue, claim)),
    ];
  }

  /** What was read a moment ago starts without a further question. */
  #trackerRule(issueId: IssueId): RuleVerdict {
    const state = this.#state;
    const { atMs } = this.#now;
    const mayAsk = mayAskTracker(state, atMs);
    if (isFresh(state, issueId, atMs) && !(mayAsk && state.poll.failure === null))
      return verdict('tracker_answers', true, 'the tracker answered about it a moment ago');
    return verdict('tracker_answers', mayAsk, trackerFact(state, this.#facts));
  }

  #headline(claim: Claim | undefined, rules: readonly RuleVerdict[]): string {
    if (claim !== undefined && holdsSlot(claim)) return claimFact(claim, this.#now);
    const holding = rules.find((rule) => rule.verdict === 'holds');
    if (holding !== undefined) return holding.fact;
    const { fill, poll } = this.#state;
    if (fill !== null) return 'it is read again and then starts';
    return Number.isFinite(poll.dueAtMs)
      ? `it starts when the tracker has answered again, at ${this.#pollTime()} at the latest`
      : 'it starts when the tracker has answered again';
  }

  #pollTime(): string {
    const { poll } = this.#state;
    const dueAtMs = Math.max(poll.dueAtMs, poll.notBeforeMs);
    return clockTime(dueAtMs - this.#now.atMs + this.#now.wallMs, this.#now.wallMs);
  }

  #isPicked(issueId: IssueId): boolean {
    this.#picked ??= new Set(picks(this.#state).map(({ issue }) => issue.id));
    return this.#picked.has(issueId);
  }

  #turnFact(issue: IssueFacts, claim: Claim | undefined): string {
    if (this.#places === null) {
      const order = inDispatchOrder(this.#state);
      this.#places = new Map(order.map(({ id }, index) => [id, index + 1]));
    }
    const place = this.#places.get(issue.id);
    if (place !== undefined)
      return `number ${place} of ${this.#places.size} that wait, in order of priority and age`;
    return claim === undefined && this.#isEligible(issue)
      ? 'the last poll did not list it; the next one puts it into the queue'
      : 'it does not stand in the queue';
  }
}

function verdict(rule: RuleVerdict['rule'], keeps: boolean, fact: string): RuleVerdict {
  return { rule, verdict: keeps ? 'passes' : 'holds', fact };
}

function naming({ id, identifier, title, url, state }: IssueFacts) {
  return { issueId: id, identifier, title, url, state };
}

function byIssue(a: Claim, b: Claim): number {
  return byIdentifier(a.issue, b.issue);
}
