import type { LinearErrorExtensions } from '../api/failures.js';

/** An HTTP answer that is complete. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ErrorSpec {
  readonly message: string;
  readonly extensions?: LinearErrorExtensions;
}

export function json(status: number, value: unknown): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(value),
  };
}

/** An answer with one error and no data, as Linear writes it. */
export function refusal(status: number, error: ErrorSpec): Answer {
  return json(status, { errors: [error] });
}

/** The same beside `data: null`, which is what execution gives. */
export function failed(error: ErrorSpec): Answer {
  return json(200, { errors: [error], data: null });
}

export function extensions(
  type: string,
  code: string,
  statusCode: number,
  userPresentableMessage: string,
): LinearErrorExtensions {
  return { type, code, statusCode, userError: statusCode < 500, userPresentableMessage };
}
