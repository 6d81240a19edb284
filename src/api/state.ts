import type {
  BlockedRow,
  HostRow,
  NamedIssues,
  ParkedRow,
  Problem,
  RetryingRow,
  RunningRow,
  SessionStatus,
  Snapshot,
} from '../domain/snapshot.js';
import type { Usage } from '../domain/usage.js';
import type { StateResponse } from './schema.js';

type Row = RunningRow | RetryingRow | BlockedRow | ParkedRow;

/** What tells an issue, wherever it stands. */
type Subject = Pick<Row, 'issueId' | 'identifier' | 'url' | 'title' | 'state'>;

/** Where people see more. */
export interface StateLinks {
  readonly dashboard: string | null;
  readonly project: string | null;
}

const NO_LINKS: StateLinks = { dashboard: null, project: null };

/**
 * The snapshot in the words of the API. Everything is as of `generatedAtMs`; nothing is counted again.
 *
 * Here and below objects are put together by `Object.assign`: thousands of rows are made at a time, and to spread several
 * objects into one costs V8 ten times as much.
 */
export function stateResponse(snapshot: Snapshot, links: StateLinks = NO_LINKS): StateResponse {
  return {
    ...beforeRows(snapshot),
    running: snapshot.running.map(runningEntry),
    retrying: snapshot.retrying.map(retryingEntry),
    blocked: snapshot.blocked.map(blockedEntry),
    parked: snapshot.parked.map(parkedEntry),
    ...afterRows(snapshot, links),
  };
}

/** What an answer tells before its rows. */
export function beforeRows(snapshot: Snapshot) {
  const { running, retrying, blocked, parked } = snapshot;
  return {
    generated_at: isoTime(snapshot.generatedAtMs),
    started_at: isoTime(snapshot.startedAtMs),
    mode: snapshot.mode,
    hold:
      snapshot.hold === null ? null : { kind: snapshot.hold.kind, since: isoTime(snapshot.hold.sinceWallMs) },
    tracker_kind: snapshot.trackerKind,
    max_concurrent_agents: snapshot.maxConcurrentAgents,
    counts: {
      running: running.length,
      retrying: retrying.length,
      blocked: blocked.length,
      parked: parked.length,
    },
  };
}

/** What an answer tells after its rows. */
export function afterRows(snapshot: Snapshot, links: StateLinks) {
  const { polling, totals } = snapshot;
  return {
    links: { dashboard: links.dashboard, project: links.project },
    hosts: snapshot.hosts.map(host),
    waiting: named(snapshot.waiting),
    ineligible: named(snapshot.ineligible),
    codex_totals: { ...tokens(totals), seconds_running: Math.round(totals.secondsRunning * 10) / 10 },
    throughput: {
      tokens_per_second: snapshot.throughput.tokensPerSecond,
      samples: [...snapshot.throughput.samples],
      sample_ms: snapshot.throughput.sampleMs,
    },
    rate_limits: snapshot.rateLimits,
    polling: {
      checking: polling.checking,
      poll_interval_ms: polling.intervalMs,
      configured_interval_ms: polling.configuredIntervalMs,
      paused_until: timeOrNull(polling.pausedUntilMs),
      requests:
        polling.budget === null ? null : { limit: polling.budget.limit, remaining: polling.budget.remaining },
      next_poll_in_ms:
        polling.nextPollAtMs === null ? null : Math.max(polling.nextPollAtMs - snapshot.generatedAtMs, 0),
      last_success_at: timeOrNull(polling.lastSuccessAtMs),
      error: problemOrNull(polling.failure),
    },
    workflow_error: problemOrNull(snapshot.workflowProblem),
    account_limit:
      snapshot.accountLimit === null
        ? null
        : { until: isoTime(snapshot.accountLimit.untilMs), reason: snapshot.accountLimit.reason },
    problems: snapshot.problems.map(problem),
  };
}

/** A run in the list of all. */
export function runningEntry(row: RunningRow) {
  return Object.assign(identity(row), runningPart(row));
}

/** A retry in the list of all. */
export function retryingEntry(row: RetryingRow) {
  return Object.assign(identity(row), retryingPart(row));
}

/** A blocked claim in the list of all. */
export function blockedEntry(row: BlockedRow) {
  return Object.assign(identity(row), blockedPart(row));
}

/** A parked claim in the list of all. */
export function parkedEntry(row: ParkedRow) {
  return Object.assign(identity(row), parkedPart(row));
}

function named({ count, identifiers }: NamedIssues): StateResponse['waiting'] {
  return { count, issue_identifiers: [...identifiers] };
}

/** Who an issue is, as every row and the detail show it. */
export function identity(
  row: Subject,
): Pick<StateResponse['running'][number], 'issue_id' | 'issue_identifier' | 'issue_url' | 'title' | 'state'> {
  return {
    issue_id: row.issueId,
    issue_identifier: row.identifier,
    issue_url: row.url,
    title: row.title,
    state: row.state,
  };
}

/** What a run shows besides its issue. */
export function runningPart(row: RunningRow) {
  return Object.assign(place(row), session(row), {
    state: row.state,
    started_at: isoTime(row.startedAtMs),
    attempt: row.attempt,
    phase: row.phase,
    stopping: row.stopping,
    process_id: row.processId,
  });
}

/** What a retry entry shows besides its issue. */
export function retryingPart(row: RetryingRow) {
  const { attempt, error } = row;
  return Object.assign(place(row), { attempt, due_at: isoTime(row.dueAtMs), error });
}

/** What a blocked claim shows besides its issue. */
export function blockedPart(row: BlockedRow) {
  const { kind, text, choices } = row.question;
  return Object.assign(place(row), session(row), {
    state: row.state,
    error: row.error,
    question: { kind, text, choices: [...choices] },
    blocked_at: isoTime(row.blockedAtMs),
  });
}

/** What a parked claim shows besides its issue. */
export function parkedPart(row: ParkedRow) {
  return Object.assign(place(row), {
    cause: row.cause,
    reason: row.reason,
    until: timeOrNull(row.untilMs),
    attempt: row.attempt,
  });
}

function host({ name, running, capacity, link, down, isDraining }: HostRow) {
  return {
    name,
    running,
    capacity,
    link,
    down: down && {
      reason: down.reason,
      since: isoTime(down.sinceMs),
      next_try_at: isoTime(down.nextTryAtMs),
    },
    draining: isDraining,
  };
}

/** ISO 8601 in UTC, whole seconds. */
export function isoTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, -5)}Z`;
}

/** As `isoTime`. */
export function timeOrNull(atMs: number | null): string | null {
  return atMs === null ? null : isoTime(atMs);
}

function place(row: Row) {
  return { worker_host: row.host, workspace_path: row.workspacePath };
}

function session(row: SessionStatus) {
  return {
    session_id: row.sessionId,
    turn_count: row.turnCount,
    last_event: row.lastEvent,
    last_message: row.lastMessage,
    last_event_at: timeOrNull(row.lastEventAtMs),
    tokens: tokens(row.usage),
  };
}

/** What was used, in the words of the API. */
export function tokens(usage: Usage) {
  return {
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    total_tokens: usage.totalTokens,
  };
}

function problem({ atMs, code, message, identifier }: Problem) {
  return { at: isoTime(atMs), code, message, issue_identifier: identifier };
}

function problemOrNull(value: Problem | null) {
  return value === null ? null : problem(value);
}
