import { byIdentifier } from '../domain/identifier-order.js';
import type { IssueId } from '../domain/issue.js';
import { perObject } from '../domain/per-object.js';
import { sessionId } from '../domain/session.js';
import type { BlockedRow, ParkedRow, RetryingRow, RunningRow, SessionStatus } from '../domain/snapshot.js';
import type {
  BlockedClaim,
  Claim,
  ParkedClaim,
  RetryQueuedClaim,
  RunningClaim,
  StoppingClaim,
} from './claim.js';
import { BLOCKED_BECAUSE } from './claim-facts.js';
import { waitReason } from './dispatch.js';
import type { RunReport } from './report.js';
import type { Facts } from './rules.js';
import type { State } from './state.js';

/** The rows of claims, by what these are. A row is the same object for as long as nothing of it changes. */
export class Rows {
  readonly running: RunningRow[] = [];
  readonly retrying: RetryingRow[] = [];
  readonly blocked: BlockedRow[] = [];
  readonly parked: ParkedRow[] = [];
  readonly #state: State;
  readonly #facts: Facts;
  readonly #toWallMs: (atMs: number) => number;

  constructor(state: State, facts: Facts, toWallMs: (atMs: number) => number) {
    this.#state = state;
    this.#facts = facts;
    this.#toWallMs = toWallMs;
  }

  add(claim: Claim): void {
    switch (claim.kind) {
      case 'running':
      case 'stopping':
        this.running.push(runningRow(claim));
        break;
      case 'retryQueued':
        this.retrying.push(this.#retryingRow(claim));
        break;
      case 'blocked':
        this.blocked.push(blockedRow(claim));
        break;
      case 'parked':
        this.parked.push(parkedRow(claim));
        break;
    }
  }

  #retryingRow(claim: RetryQueuedClaim): RetryingRow {
    const waits = claim.stage === 'due' ? waitReason(claim.issue, this.#state, this.#facts) : null;
    return retryingRow(claim, this.#toWallMs(claim.dueAtMs), waits ?? claim.error);
  }
}

function issueRow({ issue, workspace }: Claim) {
  return {
    issueId: issue.id,
    identifier: issue.identifier,
    title: issue.title,
    url: issue.url,
    state: issue.state,
    workspacePath: workspace?.path ?? null,
    host: workspace?.host ?? null,
  };
}

function sessionStatus(report: RunReport): SessionStatus {
  const { threadId, turnId } = report;
  return {
    sessionId: threadId !== null && turnId !== null ? sessionId(threadId, turnId) : null,
    threadId,
    processId: report.processId,
    turnCount: report.turnCount,
    lastEvent: report.lastEvent,
    lastMessage: report.lastMessage,
    lastEventAtMs: report.lastEventWallMs,
    usage: report.usage,
  };
}

/** The latest row of each retry: where its due time lies on the wall clock, and why it waits, do not follow from the claim. */
const retryingRows = new WeakMap<RetryQueuedClaim, RetryingRow>();

function retryingRow(claim: RetryQueuedClaim, dueAtMs: number, error: string | null): RetryingRow {
  const known = retryingRows.get(claim);
  if (known?.dueAtMs === dueAtMs && known.error === error) return known;
  const row = Object.assign(issueRow(claim), { attempt: claim.attempt, dueAtMs, error });
  retryingRows.set(claim, row);
  return row;
}

const runningRow = perObject(
  (claim: RunningClaim | StoppingClaim): RunningRow =>
    Object.assign(issueRow(claim), sessionStatus(claim.report), {
      host: claim.host,
      attempt: claim.attempt,
      phase: claim.phase,
      stopping: claim.kind === 'stopping' ? claim.cause : null,
      startedAtMs: claim.startedWallMs,
      retries: claim.attempt ?? 0,
    }),
);

const blockedRow = perObject(
  (claim: BlockedClaim): BlockedRow => ({
    ...issueRow(claim),
    ...sessionStatus(claim.report),
    question: claim.question,
    error: BLOCKED_BECAUSE[claim.question.kind],
    blockedAtMs: claim.blockedWallMs,
  }),
);

const parkedRow = perObject(
  (claim: ParkedClaim): ParkedRow => ({
    ...issueRow(claim),
    cause: claim.cause,
    reason: claim.reason,
    untilMs: claim.until?.wallMs ?? null,
    attempt: claim.attempt,
  }),
);

/** The soonest first. */
export function byDueTime(a: RetryingRow, b: RetryingRow): number {
  return a.dueAtMs - b.dueAtMs || byIdentifier(a, b);
}

/** Rows sorted. They are first put as they stood before: what is nearly in order is sorted with one look at each. */
export function inOrder<Row extends { readonly issueId: IssueId }>(
  rows: readonly Row[],
  compare: (a: Row, b: Row) => number,
  before: readonly Row[] = [],
): readonly Row[] {
  const left = new Map(rows.map((row) => [row.issueId, row]));
  const arranged: Row[] = [];
  for (const { issueId } of before) {
    const row = left.get(issueId);
    if (row === undefined) continue;
    arranged.push(row);
    left.delete(issueId);
  }
  return [...arranged, ...left.values()].sort(compare);
}
