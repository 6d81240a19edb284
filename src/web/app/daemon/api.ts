import type { ErrorResponse } from './wire.js';

/** A daemon that is asked about its memory answers at once; one that takes longer is stuck or gone. */
const TIMEOUT_MS = 8_000;

/** A request that brought no good answer. */
export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';
  /** The HTTP status; 0 when there was no answer at all. */
  readonly status: number;

  constructor(status: number, message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.status = status;
  }

  /** Whether the daemon wants the operator's token first. */
  get wantsToken(): boolean {
    return this.status === 401;
  }
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
    const text = await response.text();
    if (!response.ok)
      throw new ApiFailure(response.status, messageIn(text) ?? `The daemon answered ${response.status}.`);
    try {
      return JSON.parse(text);
    } catch (error) {
      throw new ApiFailure(response.status, 'Something else than the daemon answers', error);
    }
  }
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  const headers = { accept: 'application/json', ...init.headers };
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  try {
    return await fetch(path, { ...init, headers, signal, cache: 'no-store', credentials: 'same-origin' });
  } catch (error) {
    throw new ApiFailure(0, 'The daemon does not answer', error);
  }
}

function messageIn(text: string): string | null {
  try {
    const { error }: ErrorResponse = JSON.parse(text);
    return error.message;
  } catch {
    // Something in between answered, and not in the daemon's words.
    return null;
  }
}
