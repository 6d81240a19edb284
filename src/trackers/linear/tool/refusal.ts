import { errorMessage, SymphonyError } from '../../../domain/error.js';
import type { JsonObject } from '../../../domain/json.js';
import type { ReportProblem, ToolResult } from '../../../ports/tracker.js';

/** Why a call was refused before the provider saw it; told to the agent with a code and with what to do instead. */
export class ToolRefusal extends Error {
  readonly code: string;
  readonly details: JsonObject;

  constructor(code: string, message: string, details: JsonObject = {}) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** Whatever ended a call, as the agent is told it; what nobody expected is also reported to the operator. */
export function failureOf(error: unknown, signal: AbortSignal, reportProblem: ReportProblem): ToolResult {
  if (error instanceof ToolRefusal) return failed(error.code, error.message, error.details);
  if (signal.aborted) return failed('aborted', 'the session is being stopped');
  if (error instanceof SymphonyError) return providerFailure(error);
  const message = `linear_graphql could not be carried out: ${errorMessage(error)}`;
  reportProblem({ code: 'tracker_request', message });
  return failed('tracker_request', message);
}

/** The result of a call that failed. */
export function failed(code: string, message: string, details: JsonObject = {}): ToolResult {
  return { success: false, output: { error: { code, message, ...details } } };
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
