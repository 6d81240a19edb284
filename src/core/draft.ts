import type { Map as PersistentMap } from 'immutable';
import type { IssueId } from '../domain/issue.js';
import type { Hold } from '../domain/order.js';
import type { Problem } from '../domain/snapshot.js';
import { type Claim, claimDeadlineMs, holdsSlot, isSameHold, issueIdOf, slotState } from './claim.js';
import { withDeadline } from './deadlines.js';
import type { Effect } from './effects.js';
import type { RequestId } from './events.js';
import type { Fact } from './facts.js';
import type { Slots, State } from './state.js';
import type { AccountLimit } from './until.js';

const KEPT_PROBLEMS = 20;
/** Agents report all the time; a daemon that is killed forgets no more than this of what they used. */
const TOTALS_KEPT_EVERY_MS = 1_000;

/** The outcome of one event: the next state, what to do, and what the journal keeps. */
export interface Decision {
  readonly state: State;
  readonly effects: readonly Effect[];
  readonly facts: readonly Fact[];
}

/**
 * One decision in the making. Rules read and replace `state` through it, so that what belongs together changes
 * together: a claim with its slot, its deadline, its fact and its mark on answers that are still under way.
 */
export class Draft {
  state: State;
  readonly atMs: number;
  readonly wallMs: number;
  readonly #effects: Effect[] = [];
  readonly #facts: Fact[] = [];

  constructor(state: State, now: { readonly atMs: number; readonly wallMs: number }) {
    this.state = state;
    this.atMs = now.atMs;
    this.wallMs = now.wallMs;
  }

  /** Replaces parts of the state that stand alone. */
  set(parts: Partial<State>): void {
    this.state = { ...this.state, ...parts };
  }

  perform(effect: Effect): void {
    this.#effects.push(effect);
  }

  /** Records a fact for the journal. */
  record(fact: Fact): void {
    this.#facts.push(fact);
  }

  /** The number of a new request effect. */
  newRequest(): RequestId {
    const request = this.state.nextRequest;
    this.set({ nextRequest: request + 1 });
    return request;
  }

  claim(issueId: IssueId): Claim | undefined {
    return this.state.claims.get(issueId);
  }

  /** Makes or changes a claim. */
  setClaim(claim: Claim): void {
    const issueId = issueIdOf(claim);
    const { state } = this;
    const before = state.claims.get(issueId);
    this.set({
      claims: state.claims.set(issueId, claim),
      slots: movedSlot(state.slots, before, claim),
      deadlines: withDeadline(state.deadlines, issueId, claimDeadlineMs(claim, state.settings)),
      dueRetries: isDue(claim) ? state.dueRetries.add(issueId) : state.dueRetries.delete(issueId),
      kept: state.kept.delete(issueId),
    });
    if (before === undefined || !isSameHold(before, claim)) this.#touch(issueId);
    this.record({ type: 'claimed', issueId, claim });
  }

  /**
   * Notes what a live run is doing. Neither slot nor deadline nor journal is concerned: a deadline that was
   * overtaken is moved when it comes (see `expire`), so a report costs the same however many claims there are.
   */
  updateRun(claim: Claim): void {
    this.set({ claims: this.state.claims.set(issueIdOf(claim), claim) });
  }

  /** Drops a claim (SPEC 7.1); its workspace, if any, is kept in mind for the later sweep. */
  release(issueId: IssueId): void {
    const { state } = this;
    const claim = state.claims.get(issueId);
    if (claim === undefined) return;
    const { workspace, issue } = claim;
    const { queue } = state;
    this.set({
      // Its end may have set others free, which the last list does not show.
      queue: { ...queue, candidates: queue.candidates === 'listed' ? 'skipped' : queue.candidates },
      claims: state.claims.delete(issueId),
      slots: movedSlot(state.slots, claim, undefined),
      deadlines: withDeadline(state.deadlines, issueId, null),
      dueRetries: state.dueRetries.delete(issueId),
      kept:
        workspace === null
          ? state.kept
          : state.kept.set(issueId, { identifier: issue.identifier, isKnown: true, workspace }),
    });
    this.#touch(issueId);
    this.record({ type: 'released', issueId });
  }

  /** Counts what agents have used, and how long the runs that have ended lived; the journal hears of it from time to time. */
  setTotals(totals: State['totals'], { keep }: { readonly keep: boolean }): void {
    this.set({ totals });
    if (!keep && this.atMs - this.state.totalsKeptAtMs < TOTALS_KEPT_EVERY_MS) return;
    this.set({ totalsKeptAtMs: this.atMs });
    this.record({ type: 'totalled', ...totals });
  }

  /** What a person lets nothing new begin with; null lets it. */
  setHold(hold: Hold | null): void {
    this.set({ hold });
    this.record({ type: 'held', hold });
  }

  /** What holds all dispatch on the agent's account; null when nothing does any more. */
  setAccountLimit(limit: AccountLimit | null): void {
    this.set({ accountLimit: limit });
    this.record({ type: 'limited', limit });
  }

  /** Shows an operator that something went wrong; the newest are kept. */
  problem(code: string, message: string, identifier: string | null = null): Problem {
    const problem: Problem = { atMs: this.wallMs, code, message, identifier };
    // A failure that repeats takes one place, with its latest time, and crowds nothing else out.
    const others = this.state.problems.filter((known) => !isSameProblem(known, problem));
    this.set({ problems: [...others, problem].slice(-KEPT_PROBLEMS) });
    return problem;
  }

  finish(): Decision {
    return { state: this.state, effects: this.#effects, facts: this.#facts };
  }

  #touch(issueId: IssueId): void {
    const { poll, fill } = this.state;
    const { readAtMs, claimedAtMs } = this.state.freshness;
    this.set({
      freshness: { readAtMs: readAtMs.delete(issueId), claimedAtMs: claimedAtMs.set(issueId, this.atMs) },
    });
    if (poll.flight !== null) {
      this.set({ poll: { ...poll, flight: { ...poll.flight, touched: poll.flight.touched.add(issueId) } } });
    }
    if (fill !== null) this.set({ fill: { ...fill, touched: fill.touched.add(issueId) } });
  }
}

function isSameProblem(a: Problem, b: Problem): boolean {
  return a.code === b.code && a.message === b.message && a.identifier === b.identifier;
}

function isDue(claim: Claim): boolean {
  return claim.kind === 'retryQueued' && claim.stage === 'due';
}

function movedSlot(slots: Slots, before: Claim | undefined, after: Claim | undefined): Slots {
  const { held, byState } = movedState(slots, before, after);
  const from = before !== undefined && holdsSlot(before) ? before.host : null;
  const to = after !== undefined && holdsSlot(after) ? after.host : null;
  if (from === to && byState === slots.byState) return slots;
  return { held, byState, byHost: moved(slots.byHost, from, to) };
}

function moved(
  counts: PersistentMap<string, number>,
  from: string | null,
  to: string | null,
): PersistentMap<string, number> {
  if (from === to) return counts;
  let next = counts;
  if (from !== null) {
    const left = next.get(from, 0) - 1;
    next = left === 0 ? next.delete(from) : next.set(from, left);
  }
  return to === null ? next : next.set(to, next.get(to, 0) + 1);
}

function movedState(
  slots: Slots,
  before: Claim | undefined,
  after: Claim | undefined,
): Pick<Slots, 'held' | 'byState'> {
  const from = before !== undefined && holdsSlot(before) ? slotState(before) : null;
  const to = after !== undefined && holdsSlot(after) ? slotState(after) : null;
  const held = slots.held - (from === null ? 0 : 1) + (to === null ? 0 : 1);
  return { held, byState: moved(slots.byState, from, to) };
}
