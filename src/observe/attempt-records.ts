import type { RunReport } from '../core/report.js';
import type { AttemptRecord } from '../domain/history.js';
import type { Attempt, RunId, RunOutcome, RunPhase } from '../domain/run.js';
import { sessionId } from '../domain/session.js';
import { NO_USAGE } from '../domain/usage.js';

/** An issue that has had more was tried for days; what happened first no longer explains anything. */
const KEPT_ATTEMPTS = 50;
/** A run enters a phase with each of its turns. */
const KEPT_PHASES = 50;

/** The latest attempts of one issue, the oldest first; what is told of an attempt that is no longer kept is dropped. */
export class AttemptRecords {
  readonly #kept: AttemptRecord[] = [];

  get all(): readonly AttemptRecord[] {
    return [...this.#kept];
  }

  started(runId: RunId, attempt: Attempt, atMs: number): void {
    this.#kept.push({
      runId,
      attempt,
      startedAtMs: atMs,
      endedAtMs: null,
      outcome: null,
      detail: null,
      phases: [{ phase: 'preparingWorkspace', atMs }],
      host: null,
      workspacePath: null,
      threadId: null,
      sessionId: null,
      turnCount: 0,
      usage: NO_USAGE,
    });
    if (this.#kept.length > KEPT_ATTEMPTS) this.#kept.shift();
  }

  advanced(
    runId: RunId,
    phase: RunPhase,
    atMs: number,
    workspace: { readonly path: string; readonly host: string } | null,
  ): void {
    this.#change(runId, ({ phases, host, workspacePath }) => ({
      phases:
        phases.at(-1)?.phase === phase || phases.length >= KEPT_PHASES
          ? phases
          : [...phases, { phase, atMs }],
      host: workspace?.host ?? host,
      workspacePath: workspace?.path ?? workspacePath,
    }));
  }

  reported(runId: RunId, { threadId, turnId, turnCount, usage }: RunReport): void {
    this.#change(runId, (known) => ({
      threadId: threadId ?? known.threadId,
      sessionId: threadId === null || turnId === null ? known.sessionId : sessionId(threadId, turnId),
      turnCount,
      usage,
    }));
  }

  exited(runId: RunId, outcome: RunOutcome['kind'], detail: string | null, atMs: number): void {
    this.#change(runId, () => ({ outcome, detail, endedAtMs: atMs }));
  }

  #change(runId: RunId, change: (record: AttemptRecord) => Partial<AttemptRecord>): void {
    // It is nearly always the last one.
    const index = this.#kept.findLastIndex((record) => record.runId === runId);
    const record = this.#kept[index];
    if (record !== undefined && record.endedAtMs === null)
      this.#kept[index] = { ...record, ...change(record) };
  }
}
