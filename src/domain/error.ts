/**
 * Every expected failure, once: its stable code and what it means. `docs/errors.md` has a heading for each with what
 * the operator should do; a test holds the two together.
 */
export const ERROR_CODES = [
  // The workflow file (SPEC 5.5)
  'missing_workflow_file',
  'workflow_parse_error',
  'workflow_front_matter_not_a_map',
  'invalid_workflow_config',
  'missing_tracker_kind',
  'unsupported_tracker_kind',
  'unsupported_agent_kind',
  'template_parse_error',
  'template_render_error',
  // The tracker (SPEC 11.4)
  'invalid_tracker_config',
  'missing_tracker_secret',
  'tracker_request',
  'tracker_status',
  'tracker_response',
  'tracker_pagination',
  'tracker_rate_limited',
  'tracker_timeout',
  // Workspaces and hosts (SPEC 9, 14.1)
  'invalid_workspace_key',
  'workspace_outside_root',
  'workspace_unavailable',
  'workspace_held',
  'workspace_hook_failed',
  'workspace_hook_timeout',
  'host_unreachable',
  'process_spawn_failed',
  // The agent (SPEC 10.6)
  'codex_not_found',
  'invalid_workspace_cwd',
  'response_timeout',
  'response_error',
  'port_exit',
  'turn_failed',
  'turn_cancelled',
  'turn_timeout',
  'agent_auth_failed',
  'agent_rate_limited',
  'agent_overloaded',
  'agent_bad_request',
  'agent_stream_lost',
  'context_window_exceeded',
  'issue_refresh_failed',
  'internal_error',
  // The daemon
  'usage_error',
  'state_directory_unavailable',
  'state_directory_locked',
  'server_port_unavailable',
  'store_failed',
  // The HTTP API (SPEC 13.7)
  'not_found',
  'issue_not_found',
  'method_not_allowed',
  'forbidden_host',
  'forbidden_origin',
  'request_failed',
  'snapshot_unavailable',
  'explanation_pending',
  'webhook_refused',
  'operator_required',
  'not_blocked',
  'question_changed',
  'order_refused',
  'forbidden_process',
  // The command line of a running daemon
  'daemon_unreachable',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** An expected failure: something outside went wrong. Everything else that is thrown is a bug. */
export class SymphonyError extends Error {
  override readonly name = 'SymphonyError';
  readonly code: ErrorCode;
  /** How long to wait before asking again, when the other side said so. */
  readonly retryAfterMs: number | null;

  /** `message` names the cause and, where there is one, the mend; it never holds a secret. */
  constructor(code: ErrorCode, message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** The message of anything thrown, for people. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
