import { NO_REPORT, type ReportDelta, type RunReport } from '../core/report.js';
import type { IssueId } from '../domain/issue.js';
import type { RunId } from '../domain/run.js';
import type { AgentReport } from '../domain/session.js';
import { NO_USAGE, type RateLimits, type Usage } from '../domain/usage.js';
import type { Clock } from '../ports/clock.js';
import type { Post } from './engine.js';

/** The core hears of a run at most four times a second, however much its agent says. */
const FLUSH_MS = 250;
/**
 * It hears of many runs in portions, so that a thousand talking agents neither hold up others nor change all that
 * observers see at once.
 */
const PORTION_SPACING_MS = 25;
const SMALLEST_PORTION = 100;
const MOST_PORTIONS = FLUSH_MS / PORTION_SPACING_MS;

interface Folded {
  readonly issueId: IssueId;
  report: { -readonly [name in keyof RunReport]: RunReport[name] };
  /** Highest total seen of the current thread; totals only grow, and a repeated one adds nothing (SPEC 13.5). */
  threadUsage: Usage;
  /** Not told to the core yet. */
  pendingUsage: Usage;
  /** What the run has used in all its threads. */
  usage: Usage;
  pendingRateLimits: RateLimits | null;
  lastEventAtMs: number;
}

/** Folds agent reports into one bounded summary per run, beside the core. */
export class Telemetry {
  readonly #clock: Clock;
  readonly #post: Post;
  readonly #runs = new Map<RunId, Folded>();
  readonly #dirty = new Set<RunId>();
  #cancelFlush: (() => void) | null = null;

  constructor(clock: Clock, post: Post) {
    this.#clock = clock;
    this.#post = post;
  }

  open(runId: RunId, issueId: IssueId): void {
    this.#runs.set(runId, {
      issueId,
      report: { ...NO_REPORT },
      threadUsage: NO_USAGE,
      pendingUsage: NO_USAGE,
      usage: NO_USAGE,
      pendingRateLimits: null,
      lastEventAtMs: 0,
    });
  }

  fold(runId: RunId, report: AgentReport): void {
    const folded = this.#runs.get(runId);
    if (folded === undefined) return;
    folded.lastEventAtMs = this.#clock.nowMs();
    foldUsage(folded, report);
    foldReport(folded, report, this.#clock.wallMs());
    folded.pendingRateLimits = report.rateLimits ?? folded.pendingRateLimits;
    this.#dirty.add(runId);
    if (this.#cancelFlush === null) this.#flushAt(folded.lastEventAtMs + FLUSH_MS);
  }

  /** Tells the core now what a run has said so far; before a phase or the end of the run is told. */
  flush(runId: RunId): void {
    const folded = this.#runs.get(runId);
    if (folded === undefined || !this.#dirty.delete(runId)) return;
    const delta: ReportDelta = {
      report: { ...folded.report },
      usage: folded.pendingUsage,
      rateLimits: folded.pendingRateLimits,
      lastEventAtMs: folded.lastEventAtMs,
    };
    folded.pendingUsage = NO_USAGE;
    folded.pendingRateLimits = null;
    this.#post({ type: 'runReported', issueId: folded.issueId, runId, delta });
  }

  /** Tells the rest and forgets the run. */
  close(runId: RunId): void {
    this.flush(runId);
    this.#runs.delete(runId);
  }

  end(): void {
    this.#cancelFlush?.();
    this.#runs.clear();
    this.#dirty.clear();
  }

  #flushAt(atMs: number): void {
    this.#cancelFlush = this.#clock.wakeAt(atMs, () => {
      const due = [...this.#dirty];
      const portion = Math.max(SMALLEST_PORTION, Math.ceil(due.length / MOST_PORTIONS));
      this.#flushPortions(due, portion, this.#clock.nowMs() + FLUSH_MS);
    });
  }

  /** Runs that talk again before the last of these has had its turn wait for the next time. */
  #flushPortions(due: readonly RunId[], portion: number, nextTimeAtMs: number): void {
    for (const runId of due.slice(0, portion)) this.flush(runId);
    const rest = due.slice(portion);
    const soonAtMs = this.#clock.nowMs() + PORTION_SPACING_MS;
    this.#cancelFlush = null;
    if (rest.length > 0) {
      const goOn = (): void => this.#flushPortions(rest, portion, nextTimeAtMs);
      this.#cancelFlush = this.#clock.wakeAt(soonAtMs, goOn);
    } else if (this.#dirty.size > 0) this.#flushAt(Math.max(nextTimeAtMs, soonAtMs));
  }
}

/** Adds what the thread's absolute totals have grown by; a new thread counts from nothing. */
function foldUsage(folded: Folded, { usage, threadId }: AgentReport): void {
  const known = folded.report.threadId;
  if (threadId !== undefined && known !== null && threadId !== known) folded.threadUsage = NO_USAGE;
  if (usage === undefined) return;
  const growth = growthOf(folded.threadUsage, usage);
  folded.threadUsage = addUsage(folded.threadUsage, growth);
  folded.pendingUsage = addUsage(folded.pendingUsage, growth);
  folded.usage = addUsage(folded.usage, growth);
}

/** In place: an agent may say hundreds of things before the core is told of the last of them. */
function foldReport({ report: known, usage }: Folded, report: AgentReport, wallMs: number): void {
  const threadId = report.threadId ?? known.threadId;
  const turnId = report.turnId ?? known.turnId;
  const isNewTurn =
    report.event === 'session_started' && (threadId !== known.threadId || turnId !== known.turnId);
  known.threadId = threadId;
  known.turnId = turnId;
  known.processId = report.processId ?? known.processId;
  known.turnCount += isNewTurn ? 1 : 0;
  known.lastEvent = report.event;
  known.lastMessage = report.message ?? known.lastMessage;
  known.lastEventWallMs = wallMs;
  known.usage = usage;
}

function growthOf(before: Usage, now: Usage): Usage {
  return {
    inputTokens: Math.max(0, now.inputTokens - before.inputTokens),
    outputTokens: Math.max(0, now.outputTokens - before.outputTokens),
    totalTokens: Math.max(0, now.totalTokens - before.totalTokens),
  };
}

function addUsage(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    totalTokens: a.totalTokens + b.totalTokens,
  };
}
