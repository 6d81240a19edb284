import type { AgentFailure } from '../domain/run.js';
import type { ThreadRef } from '../domain/session.js';
import type { RunningClaim, StoppingClaim, WorkspaceRef } from './claim.js';

/** Failures that the same thread would only meet again. */
const ENDS_THREAD: ReadonlySet<string> = new Set<AgentFailure>([
  'context_window_exceeded',
  'agent_bad_request',
]);

/** The thread with which a retry goes on: the one that failed, while it can be of use. */
export function threadAfter(
  { thread, report }: RunningClaim | StoppingClaim,
  code: string,
): ThreadRef | null {
  // Without a turn nothing was said on it: neither a thread of its own nor the answer it was to pass on.
  if (report.threadId === null || report.turnId === null) return thread;
  return ENDS_THREAD.has(code) ? null : { threadId: report.threadId, answered: null };
}

/** Threads are files of the host they were begun on; elsewhere only what a person has decided is of use. */
export function threadOn(
  host: string,
  last: WorkspaceRef | null,
  thread: ThreadRef | null,
): ThreadRef | null {
  if (thread === null || last === null || last.host === host) return thread;
  return thread.answered === null ? null : { threadId: '', answered: thread.answered };
}
