import type { ErrorResponse } from './wire.js';

/** A daemon that is asked about its memory answers at once; one that takes longer is stuck or gone. */
const TIMEOUT_MS = 8_000;

/** A request that brought no good answer. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  /** The HTTP status; 0 when there was no answer at all. */
  readonly status: number;
  /** What the daemon calls it; null when that is not the daemon's word. */
  readonly code: string | null;
  /** How long not to ask again, where that was said. */
  readonly retryAfterMs: number | null;

  constructor(status: number, message: string, more: FailureDetails = {}) {
    super(message, more.cause === undefined ? {} : { cause: more.cause });
    this.status = status;
    this.code = more.code ?? null;
    this.retryAfterMs = more.retryAfterMs ?? null;
  }

  /** Whether the daemon wants the operator's token first. */
  get wantsToken(): boolean {
    return this.status === 401;
  }

  /** Whether it went wrong, or takes its time, between the daemon and the tracker, and not between this page and the daemon. */
  get isOfTracker(): boolean {
    return this.code === 'explanation_pending' || this.code?.startsWith('tracker_') === true;
  }
}

interface FailureDetails {
  readonly code?: string;
  readonly retryAfterMs?: number | null;
  readonly cause?: unknown;
}

/** Tells of each answer when the daemon sent it. */
export type OnAnswer = (headers: Headers) => void;

/** Asks the daemon. The answers are not checked again: they come from the program that this page belongs to. */
export class Api {
  readonly #onAnswer: OnAnswer;

  constructor(onAnswer: OnAnswer) {
    this.#onAnswer = onAnswer;
  }

  /** @throws ApiFailure */
  async get<Body>(path: string): Promise<Body> {
    return await this.#ask<Body>(path, { method: 'GET' });
  }

  /** @throws ApiFailure */
  async send<Body>(method: 'POST' | 'DELETE', path: string, body?: unknown): Promise<Body> {
    if (body === undefined) return await this.#ask<Body>(path, { method });
    const headers = { 'content-type': 'application/json' };
    return await this.#ask<Body>(path, { method, headers, body: JSON.stringify(body) });
  }

  async #ask<Body>(path: string, init: RequestInit): Promise<Body> {
    const response = await reach(path, init);
    this.#onAnswer(response.headers);
    const text = await response.text().catch(unanswered);
    if (!response.ok) throw failureOf(response, text);
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new ApiFailure(response.status, 'Something else than the daemon answers', { cause: error });
    }
  }
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  const headers = { accept: 'application/json', ...init.headers };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await fetch(path, { ...init, headers, signal, cache: 'no-store', credentials: 'same-origin' });
  } catch (error) {
    return unanswered(error);
  }
}

/** A daemon that ends in the middle of its answer has not answered either. */
function unanswered(cause: unknown): never {
  throw new ApiFailure(0, 'The daemon does not answer', { cause });
}

function failureOf({ status, headers }: Response, text: string): ApiFailure {
  const said = errorIn(text);
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : null;
  if (said === null) return new ApiFailure(status, `The daemon answered ${status}.`, { retryAfterMs });
  return new ApiFailure(status, said.message, { code: said.code, retryAfterMs });
}

function errorIn(text: string): ErrorResponse['error'] | null {
  try {
    const { error }: ErrorResponse = JSON.parse(text);
    // Read now: what is no error of ours throws here and not later.
    return { code: error.code, message: error.message };
  } catch {
    // Something in between answered, and not in the daemon's words.
    return null;
  }
}
