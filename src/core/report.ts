import type { AgentEventName } from '../domain/session.js';
import { NO_USAGE, type RateLimits, type Usage } from '../domain/usage.js';

/** The bounded summary into which a run's agent reports are folded; the core sees it at most four times a second. */
export interface RunReport {
  readonly threadId: string | null;
  readonly turnId: string | null;
  readonly processId: number | null;
  /** Turns started in this run. */
  readonly turnCount: number;
  readonly lastEvent: AgentEventName | null;
  readonly lastMessage: string | null;
  readonly lastEventWallMs: number | null;
  /** What this run has used so far. */
  readonly usage: Usage;
}

export const NO_REPORT: RunReport = {
  threadId: null,
  turnId: null,
  processId: null,
  turnCount: 0,
  lastEvent: null,
  lastMessage: null,
  lastEventWallMs: null,
  usage: NO_USAGE,
};

/** What changed since the last report of a run: the new summary, and what to add to the totals. */
export interface ReportDelta {
  readonly report: RunReport;
  readonly usage: Usage;
  readonly rateLimits: RateLimits | null;
  /** When the newest of the folded reports arrived. */
  readonly lastEventAtMs: number;
}
