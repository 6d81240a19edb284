import { byIdentifier } from '../domain/identifier-order.js';
import type { IssueFacts } from '../domain/issue.js';
import { sessionId } from '../domain/session.js';
import { LOCAL_HOST } from '../domain/settings.js';
import type {
  BlockedRow,
  HostRow,
  NamedIssues,
  ParkedRow,
  RetryingRow,
  RunningRow,
  SessionStatus,
  Snapshot,
  Throughput,
} from '../domain/snapshot.js';
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
import { factsOf, type Now } from './explain.js';
import { pollDueAtMs, pollIntervalMs } from './poll.js';
import type { RunReport } from './report.js';
import type { Facts } from './rules.js';
import type { State } from './state.js';

/** Of issues that nobody works on, in a list. */
const NAMES_SHOWN = 500;

const NO_THROUGHPUT: Throughput = { tokensPerSecond: 0, samples: [], sampleMs: 1_000 };

/** What observers see of a state (SPEC 13.3). Rows are in identifier order; retries by due time. */
export function snapshot(state: State, now: Now, throughput = NO_THROUGHPUT): Snapshot {
  const toWallMs = (atMs: number): number => atMs - now.atMs + now.wallMs;
  const rows = new Rows(state, factsOf(state, now), toWallMs);
  let liveMs = 0;
  for (const claim of state.claims.values()) {
    rows.add(claim);
    if (claim.kind === 'running' || claim.kind === 'stopping') liveMs += now.atMs - claim.startedAtMs;
  }
  const { poll, queue, settings, accountLimit } = state;
  const dueAtMs = pollDueAtMs(poll);
  return {
    generatedAtMs: now.wallMs,
    startedAtMs: state.startedWallMs,
    mode: state.mode,
    hold: state.hold,
    maxConcurrentAgents: settings.maxConcurrentAgents,
    trackerKind: settings.trackerKind,
    running: rows.running.sort(byIdentifier),
    retrying: rows.retrying.sort((a, b) => a.dueAtMs - b.dueAtMs || byIdentifier(a, b)),
    blocked: rows.blocked.sort(byIdentifier),
    parked: rows.parked.sort(byIdentifier),
    hosts: hostRows(state, now),
    waiting: named(queue.waiting),
    ineligible: named(queue.excluded.filter(({ id }) => !state.claims.has(id))),
    totals: { ...state.totals.usage, secondsRunning: (state.totals.endedRunMs + liveMs) / 1_000 },
    throughput,
    rateLimits: state.rateLimits,
    polling: {
      checking: poll.flight !== null,
      intervalMs: pollIntervalMs(state),
      configuredIntervalMs: settings.pollIntervalMs,
      pausedUntilMs: poll.notBeforeMs > now.atMs ? toWallMs(poll.notBeforeMs) : null,
      budget: poll.budget,
      nextPollAtMs: dueAtMs !== null && isPolling(state) ? toWallMs(dueAtMs) : null,
      lastSuccessAtMs: poll.lastSuccessWallMs,
      failure: poll.failure,
    },
    workflowProblem: state.workflowProblem,
    accountLimit: accountLimit && { untilMs: accountLimit.until.wallMs, reason: accountLimit.reason },
    problems: state.problems,
  };
}

function named(issues: readonly IssueFacts[]): NamedIssues {
  return {
    count: issues.length,
    identifiers: issues.slice(0, NAMES_SHOWN).map(({ identifier }) => identifier),
  };
}

/** Machines other than the daemon's own; those that left the settings for as long as something runs there. */
function hostRows(state: State, now: Now): HostRow[] {
  const { settings, slots, hosts, links } = state;
  const draining = [...slots.byHost.keys()].filter((name) => !settings.hosts.includes(name)).sort();
  const names = [...settings.hosts, ...draining].filter((name) => name !== LOCAL_HOST);
  return names.map((name) => {
    const { down = null } = hosts.get(name) ?? {};
    return {
      name,
      running: slots.byHost.get(name, 0),
      capacity: settings.maxConcurrentAgentsPerHost,
      link: links.get(name) ?? null,
      down: down && {
        reason: down.reason,
        sinceMs: down.sinceWallMs,
        nextTryAtMs: Math.max(down.retryAtMs - now.atMs + now.wallMs, now.wallMs),
      },
      isDraining: draining.includes(name),
    };
  });
}

/** From the start to the shutdown; before and after, no poll is due. */
function isPolling({ mode, poll }: State): boolean {
  return mode === 'running' && Number.isFinite(poll.dueAtMs);
}

class Rows {
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
    return Object.assign(issueRow(claim), {
      attempt: claim.attempt,
      dueAtMs: this.#toWallMs(claim.dueAtMs),
      error: waits ?? claim.error,
    });
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

function runningRow(claim: RunningClaim | StoppingClaim): RunningRow {
  return Object.assign(issueRow(claim), sessionStatus(claim.report), {
    host: claim.host,
    attempt: claim.attempt,
    phase: claim.phase,
    stopping: claim.kind === 'stopping' ? claim.cause : null,
    startedAtMs: claim.startedWallMs,
    retries: claim.attempt ?? 0,
  });
}

function blockedRow(claim: BlockedClaim): BlockedRow {
  return {
    ...issueRow(claim),
    ...sessionStatus(claim.report),
    question: claim.question,
    error: BLOCKED_BECAUSE[claim.question.kind],
    blockedAtMs: claim.blockedWallMs,
  };
}

function parkedRow(claim: ParkedClaim): ParkedRow {
  return {
    ...issueRow(claim),
    cause: claim.cause,
    reason: claim.reason,
    untilMs: claim.until?.wallMs ?? null,
    attempt: claim.attempt,
  };
}
