import type { RunId } from '../domain/run.js';
import type { AgentEventName, AgentReport } from '../domain/session.js';

/** Calls that were told and not repeated by the agent yet; more than may run at once, and some agents repeat none. */
const MOST_OPEN = 16;

/**
 * Calls of tools that the daemon itself answered: an agent that tells of every step repeats them in the same words, once
 * it has its answer.
 */
export class HistoryEchoes {
  readonly #open = new Map<RunId, string[]>();

  /** A run begins; of others nothing is remembered. */
  open(runId: RunId): void {
    this.#open.set(runId, []);
  }

  /** Whether a report only repeats what was told; whatever is told is remembered for that. */
  isEcho(runId: RunId, { event, message }: AgentReport): boolean {
    const open = this.#open.get(runId);
    if (open === undefined || message === null) return false;
    if (CALLS.has(event)) {
      if (open.push(message) > MOST_OPEN) open.shift();
      return false;
    }
    const place = event === 'notification' ? open.indexOf(message) : -1;
    if (place !== -1) open.splice(place, 1);
    return place !== -1;
  }

  /** A run has ended. */
  close(runId: RunId): void {
    this.#open.delete(runId);
  }
}

const CALLS: ReadonlySet<AgentEventName> = new Set<AgentEventName>([
  'tool_call_completed',
  'tool_call_failed',
  'unsupported_tool_call',
]);
