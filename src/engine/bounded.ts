import { type ErrorCode, SymphonyError } from '../domain/error.js';
import type { Clock } from '../ports/clock.js';

/**
 * Runs an operation that must end: after `limitMs` its signal is aborted and the caller gets an error, whatever the
 * operation does with the signal (C4).
 */
export async function bounded<T>(
  clock: Clock,
  limit: { readonly ms: number; readonly code: ErrorCode; readonly message: string },
  operation: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let cancel = (): void => {};
  const expired = new Promise<never>((_resolve, reject) => {
    cancel = clock.wakeAt(clock.nowMs() + limit.ms, () => {
      const error = new SymphonyError(limit.code, limit.message);
      controller.abort(error);
      reject(error);
    });
  });
  try {
    return await Promise.race([operation(controller.signal), expired]);
  } finally {
    cancel();
  }
}
