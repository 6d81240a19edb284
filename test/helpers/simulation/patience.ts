import type { Claim } from '../../../src/core/claim.js';
import type { Event } from '../../../src/core/events.js';
import { isIdle } from '../../../src/core/idle.js';
import type { State } from '../../../src/core/state.js';
import { type IssueFacts, type IssueId, normalizedState } from '../../../src/domain/issue.js';
import { hasRoom } from './checker.js';
import { SLOWEST_READ_MS } from './shell.js';
import { broken } from './violation.js';
import type { World } from './world.js';

/** Two answers and the least gap between two polls, with some room. */
const SLACK_MS = 2 * SLOWEST_READ_MS + 3_000;

/**
 * How long things may take while nothing goes wrong: who may start, starts within one poll interval; a claim that the
 * tracker no longer wants is let go as soon. One watch per daemon; it begins once the last fault has worn off.
 */
export class Patience {
  readonly #world: World;
  readonly #settledAtMs: number;
  readonly #couldStartSince = new Map<IssueId, number>();
  readonly #unwantedSince = new Map<IssueId, number>();
  readonly #wantedSince = new Map<IssueId, number>();
  #lastRunEndedAtMs = 0;

  constructor(world: World) {
    this.#world = world;
    this.#settledAtMs = world.timeline.nowMs;
  }

  check(event: Event, state: State): void {
    if (event.type === 'runExited') this.#lastRunEndedAtMs = event.atMs;
    if (state.mode !== 'running') return;
    const { board } = this.#world;
    const { atMs } = event;
    for (const id of board.ids()) {
      const wanted = board.wantsWork(id, state.settings);
      since(this.#wantedSince, id, wanted, atMs);
      this.#checkStart(id, wanted, state, atMs);
      this.#checkRelease(id, wanted, state, atMs);
    }
    for (const id of state.claims.keys()) {
      if (board.issue(id) === undefined) this.#checkRelease(id, false, state, atMs);
    }
    this.#checkPolls(state, event);
    if (isIdle(state)) this.#checkIdle(state);
  }

  #checkStart(id: IssueId, wanted: boolean, state: State, atMs: number): void {
    const issue = this.#world.board.issue(id);
    const claim = state.claims.get(id);
    const waits = claim === undefined || (claim.kind === 'retryQueued' && claim.stage === 'due');
    const could = wanted && waits && issue !== undefined && couldStart(issue, state, atMs);
    const sinceMs = since(this.#couldStartSince, id, could, atMs);
    const limitMs = state.settings.pollIntervalMs + SLACK_MS;
    if (sinceMs !== null && atMs - sinceMs > limitMs)
      broken('patience', `${id} could start since ${sinceMs} and has not at ${atMs}`);
  }

  #checkRelease(id: IssueId, wanted: boolean, state: State, atMs: number): void {
    const claim = state.claims.get(id);
    const unwanted = claim !== undefined && claim.kind !== 'stopping' && (!wanted || this.#wasMoved(claim));
    const overdue = unwanted && !isThrottled(state, atMs);
    const sinceMs = since(this.#unwantedSince, id, overdue, atMs);
    // One poll may have asked just before the change.
    const limitMs = 2 * state.settings.pollIntervalMs + SLACK_MS;
    if (sinceMs !== null && atMs - sinceMs > limitMs)
      broken('patience', `${id} is not wanted since ${sinceMs} and is still ${claim?.kind} at ${atMs}`);
  }

  /** A person moved a blocked issue, which answers its question. */
  #wasMoved(claim: Claim): boolean {
    if (claim.kind !== 'blocked' || claim.baselineState === null) return false;
    const issue = this.#world.board.issue(claim.issue.id);
    return issue !== undefined && normalizedState(issue.state) !== claim.baselineState;
  }

  #checkPolls({ poll, settings }: State, { atMs, wallMs }: Event): void {
    const heldMs = Math.max(this.#settledAtMs, poll.notBeforeMs);
    const answeredMs = atMs - (wallMs - (poll.lastSuccessWallMs ?? 0));
    if (atMs - Math.max(heldMs, answeredMs) > settings.pollIntervalMs + SLACK_MS)
      broken('cadence', `no poll succeeded since ${answeredMs}`);
  }

  /** Idle means that nobody needs us: not even an issue that our own last run set free. */
  #checkIdle(state: State): void {
    for (const id of this.#world.board.ids()) {
      const sinceMs = this.#wantedSince.get(id) ?? Number.POSITIVE_INFINITY;
      const knowable = sinceMs < Math.max(this.#lastRunEndedAtMs, state.poll.lastStartedAtMs ?? 0);
      if (!state.claims.has(id) && knowable)
        broken('idle', `it is idle, and ${id} wants work since ${sinceMs}`);
    }
  }
}

/** Keeps since when something holds without a break; null while it does not. */
function since(map: Map<IssueId, number>, id: IssueId, holds: boolean, atMs: number): number | null {
  if (!holds) {
    map.delete(id);
    return null;
  }
  const known = map.get(id);
  if (known !== undefined) return known;
  map.set(id, atMs);
  return atMs;
}

function couldStart(issue: IssueFacts, state: State, atMs: number): boolean {
  const { hold, workflowProblem, accountLimit, slots, settings, removing } = state;
  if (hold !== null || workflowProblem !== null || accountLimit !== null) return false;
  if (isThrottled(state, atMs)) return false;
  if (slots.held >= settings.maxConcurrentAgents || removing.has(issue.id)) return false;
  if (!settings.hosts.some((host) => hasRoom(state, host))) return false;
  const name = normalizedState(issue.state);
  const limit = settings.maxConcurrentAgentsByState[name];
  return limit === undefined || slots.byState.get(name, 0) < limit;
}

function isThrottled({ poll, queue }: State, atMs: number): boolean {
  return atMs < poll.notBeforeMs || queue.held;
}
