import type { OutgoingHttpHeaders } from 'node:http';
import { type ErrorCode, SymphonyError } from '../domain/error.js';
import type { ErrorResponse } from './schema.js';

/** A refusal that HTTP has a status for and the catalogue no code of its own; its message is for the caller. */
export class RequestFault extends Error {
  override readonly name = 'RequestFault';
  readonly statusCode: number;
  readonly headers: OutgoingHttpHeaders;

  constructor(statusCode: number, message: string, headers: OutgoingHttpHeaders = {}) {
    super(message);
    this.statusCode = statusCode;
    this.headers = headers;
  }
}

const STATUS: { readonly [code in ErrorCode]?: number } = {
  not_found: 404,
  issue_not_found: 404,
  method_not_allowed: 405,
  forbidden_host: 403,
  forbidden_origin: 403,
  forbidden_process: 403,
  request_failed: 400,
  snapshot_unavailable: 503,
  explanation_pending: 503,
  webhook_refused: 401,
  operator_required: 401,
  not_blocked: 409,
  question_changed: 409,
  order_refused: 409,
  // Of a question that the tracker was asked for the caller.
  tracker_request: 502,
  tracker_status: 502,
  tracker_response: 502,
  tracker_pagination: 502,
  tracker_rate_limited: 503,
  tracker_timeout: 504,
};

/** The HTTP status that goes with a code; 500 for what no caller can help. */
export function statusOfCode(code: ErrorCode): number {
  return STATUS[code] ?? 500;
}

/** An answer that is not a success. */
export interface Failure {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: ErrorResponse;
}

/** Turns whatever was thrown into a status and the error envelope (SPEC 13.7.2). */
export function failureResponse(error: unknown): Failure {
  if (error instanceof SymphonyError) {
    const headers = headersOf(error);
    const body = { error: { code: error.code, message: error.message } };
    return { status: statusOfCode(error.code), headers, body };
  }
  if (error instanceof RequestFault) return refused(error.statusCode, error.message, error.headers);
  const status = statusOf(error);
  if (status < 500) return refused(status, REQUEST_FAULTS[status] ?? GENERAL_FAULT, {});
  // A bug: its text may say more than a caller should know; the log has it.
  const message = 'The request failed inside the daemon; its log says why.';
  return { status: 500, headers: {}, body: { error: { code: 'internal_error', message } } };
}

function headersOf({ code, retryAfterMs }: SymphonyError): OutgoingHttpHeaders {
  const again = retryAfterMs === null ? {} : { 'retry-after': String(Math.ceil(retryAfterMs / 1_000)) };
  return code === 'operator_required' ? { ...again, 'www-authenticate': 'Bearer' } : again;
}

const GENERAL_FAULT = 'The request is malformed.';
const REQUEST_FAULTS: { readonly [status: number]: string } = {
  408: 'The request took too long to arrive.',
  413: 'The body is too large. A webhook takes 1 MiB, everything else 64 KiB.',
  414: 'The identifier is too long.',
  415: 'The content type is not supported. Send JSON, or nothing where nothing is asked for.',
  431: 'The headers are too large.',
};

function refused(status: number, message: string, headers: OutgoingHttpHeaders): Failure {
  return { status, headers, body: { error: { code: 'request_failed', message } } };
}

/** How Node's HTTP server and its parser name their errors. */
const NODE_STATUS: { readonly [code: string]: number } = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

function statusOf(error: unknown): number {
  if (!(error instanceof Error)) return 500;
  if ('statusCode' in error && typeof error.statusCode === 'number') return error.statusCode;
  const code = 'code' in error ? String(error.code) : '';
  return NODE_STATUS[code] ?? (code.startsWith('HPE_') ? 400 : 500);
}
