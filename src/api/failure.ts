import { type ErrorCode, SymphonyError } from '../domain/error.js';
import type { ErrorResponse } from './schema.js';

/** A refusal that HTTP has a status for and the catalogue no code of its own; its message is for the caller. */
export class RequestFault extends Error {
  override readonly name = 'RequestFault';
  readonly statusCode: number;

  /** `statusCode` is 4xx. */
  constructor(statusCode: number, message: string) {
    super(message);
    this.statusCode = statusCode;
  }
}

const STATUS: { readonly [code in ErrorCode]?: number } = {
  not_found: 404,
  issue_not_found: 404,
  method_not_allowed: 405,
  forbidden_host: 403,
  forbidden_origin: 403,
  request_failed: 400,
  snapshot_unavailable: 503,
  webhook_refused: 401,
  operator_required: 401,
  not_blocked: 409,
};

/** Turns whatever was thrown into a status and the error envelope (SPEC 13.7.2). */
export function failureResponse(error: unknown): { readonly status: number; readonly body: ErrorResponse } {
  if (error instanceof SymphonyError) {
    const status = STATUS[error.code] ?? 500;
    return { status, body: { error: { code: error.code, message: error.message } } };
  }
  const status = statusOf(error);
  if (status < 500) {
    const message = error instanceof RequestFault ? error.message : (REQUEST_FAULTS[status] ?? GENERAL_FAULT);
    return { status, body: { error: { code: 'request_failed', message } } };
  }
  // A bug: its text may say more than a caller should know; the log has it.
  return {
    status: 500,
    body: {
      error: { code: 'internal_error', message: 'The request failed inside the daemon; its log says why.' },
    },
  };
}

const GENERAL_FAULT = 'The request is malformed.';
const REQUEST_FAULTS: { readonly [status: number]: string } = {
  413: 'The body is too large. A webhook takes 1 MiB, everything else 64 KiB.',
  414: 'The identifier is too long.',
  415: 'The content type is not supported. Send JSON, or nothing where nothing is asked for.',
};

function statusOf(error: unknown): number {
  if (!(error instanceof Error)) return 500;
  if ('statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  // The parser of Node's HTTP server names its errors so.
  return 'code' in error && String(error.code).startsWith('HPE_') ? 400 : 500;
}
