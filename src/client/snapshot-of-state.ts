import type { StateResponse } from '../api/schema.js';
import type {
  BlockedRow,
  HostRow,
  ParkedRow,
  PollingStatus,
  Problem,
  RetryingRow,
  RunningRow,
  SessionStatus,
  Snapshot,
} from '../domain/snapshot.js';
import type { Usage } from '../domain/usage.js';
import { agentEventOf, phaseOf, questionKindOf, stopCauseOf } from './words.js';

type WireProblem = StateResponse['problems'][number];
type WireRunning = StateResponse['running'][number];
type WireBlocked = StateResponse['blocked'][number];

/** The snapshot that an answer of `GET /api/v1/state` was made of, as far as the answer tells; see `stateResponse`. */
export function snapshotOfState(state: StateResponse): Snapshot {
  return {
    generatedAtMs: Date.parse(state.generated_at),
    startedAtMs: Date.parse(state.started_at),
    mode: state.mode,
    hold: state.hold === null ? null : { kind: state.hold.kind, sinceWallMs: Date.parse(state.hold.since) },
    maxConcurrentAgents: state.max_concurrent_agents,
    trackerKind: state.tracker_kind,
    running: state.running.map(runningRow),
    retrying: state.retrying.map(retryingRow),
    blocked: state.blocked.map(blockedRow),
    parked: state.parked.map(parkedRow),
    hosts: state.hosts.map(hostRow),
    waiting: { count: state.waiting.count, identifiers: state.waiting.issue_identifiers },
    ineligible: { count: state.ineligible.count, identifiers: state.ineligible.issue_identifiers },
    totals: { ...usage(state.codex_totals), secondsRunning: state.codex_totals.seconds_running },
    throughput: {
      tokensPerSecond: state.throughput.tokens_per_second,
      samples: state.throughput.samples,
      sampleMs: state.throughput.sample_ms,
    },
    rateLimits: state.rate_limits,
    polling: polling(state),
    workflowProblem: problemOrNull(state.workflow_error),
    accountLimit:
      state.account_limit === null
        ? null
        : { untilMs: Date.parse(state.account_limit.until), reason: state.account_limit.reason },
    problems: state.problems.map(problem),
  };
}

function polling({ polling: told, generated_at }: StateResponse): PollingStatus {
  return {
    checking: told.checking,
    intervalMs: told.poll_interval_ms,
    configuredIntervalMs: told.configured_interval_ms,
    pausedUntilMs: timeOrNull(told.paused_until),
    // What a poll takes, and in what time it flows back, is not told.
    budget: told.requests === null ? null : { ...told.requests, windowMs: 0, requestsPerPoll: 0 },
    nextPollAtMs: told.next_poll_in_ms === null ? null : Date.parse(generated_at) + told.next_poll_in_ms,
    lastSuccessAtMs: timeOrNull(told.last_success_at),
    failure: problemOrNull(told.error),
  };
}

function runningRow(row: WireRunning): RunningRow {
  return {
    ...issue(row),
    ...session(row),
    processId: row.process_id,
    attempt: row.attempt,
    phase: phaseOf(row.phase),
    stopping: row.stopping === null ? null : stopCauseOf(row.stopping),
    startedAtMs: Date.parse(row.started_at),
    retries: Math.max((row.attempt ?? 0) - 1, 0),
  };
}

function hostRow({ down, draining, ...row }: StateResponse['hosts'][number]): HostRow {
  return {
    ...row,
    down: down && {
      reason: down.reason,
      sinceMs: Date.parse(down.since),
      nextTryAtMs: Date.parse(down.next_try_at),
    },
    isDraining: draining,
  };
}

function retryingRow(row: StateResponse['retrying'][number]): RetryingRow {
  return { ...issue(row), attempt: row.attempt, dueAtMs: Date.parse(row.due_at), error: row.error };
}

function blockedRow(row: WireBlocked): BlockedRow {
  const { kind, text, choices } = row.question;
  return {
    ...issue(row),
    ...session(row),
    processId: null,
    question: { kind: questionKindOf(kind), text, choices },
    error: row.error,
    blockedAtMs: Date.parse(row.blocked_at),
  };
}

function parkedRow(row: StateResponse['parked'][number]): ParkedRow {
  return {
    ...issue(row),
    cause: row.cause,
    reason: row.reason,
    untilMs: timeOrNull(row.until),
    attempt: row.attempt,
  };
}

function issue(
  row: StateResponse['retrying'][number] | StateResponse['parked'][number] | WireRunning | WireBlocked,
) {
  return {
    issueId: row.issue_id,
    identifier: row.issue_identifier,
    title: row.title,
    url: row.issue_url,
    state: row.state,
    workspacePath: row.workspace_path,
    host: row.worker_host,
  };
}

function session(row: WireRunning | WireBlocked): Omit<SessionStatus, 'processId'> {
  return {
    sessionId: row.session_id,
    // Only a session's id is told, which begins with it.
    threadId: null,
    turnCount: row.turn_count,
    lastEvent: row.last_event === null ? null : agentEventOf(row.last_event),
    lastMessage: row.last_message,
    lastEventAtMs: timeOrNull(row.last_event_at),
    usage: usage(row.tokens),
  };
}

function usage(tokens: StateResponse['running'][number]['tokens']): Usage {
  return {
    inputTokens: tokens.input_tokens,
    outputTokens: tokens.output_tokens,
    totalTokens: tokens.total_tokens,
  };
}

function problem({ at, code, message, issue_identifier }: WireProblem): Problem {
  return { atMs: Date.parse(at), code, message, identifier: issue_identifier };
}

function problemOrNull(told: WireProblem | null): Problem | null {
  return told === null ? null : problem(told);
}

function timeOrNull(time: string | null): number | null {
  return time === null ? null : Date.parse(time);
}
