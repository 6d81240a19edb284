import { errorMessage, SymphonyError } from '../../../domain/error.js';
import type { ReportProblem, ToolResult } from '../../../ports/tracker.js';
import { abortedCall, failed, refused, ToolRefusal } from '../../tool-refusal.js';

/** Whatever ended a call, as the agent is told it; what nobody expected is also reported to the operator. */
export function failureOf(error: unknown, signal: AbortSignal, reportProblem: ReportProblem): ToolResult {
  if (error instanceof ToolRefusal) return refused(error);
  if (signal.aborted) return abortedCall();
  if (error instanceof SymphonyError) return providerFailure(error);
  const message = `linear_graphql could not be carried out: ${errorMessage(error)}`;
  reportProblem({ code: 'tracker_request', message });
  return failed('tracker_request', message);
}

function providerFailure({ code, message, retryAfterMs }: SymphonyError): ToolResult {
  const advice =
    code === 'tracker_rate_limited'
      ? `; wait ${retryAfterMs === null ? 'a minute' : inSeconds(retryAfterMs)} before you call again`
      : '';
  return failed(code, message + advice, retryAfterMs === null ? {} : { retry_after_ms: retryAfterMs });
}

/** A wait as an agent reads it, rounded up. */
export function inSeconds(ms: number): string {
  return `${Math.max(1, Math.ceil(ms / 1000))} s`;
}
