import { z } from 'zod';
import { ERROR_CODES, type ErrorCode, SymphonyError } from '../domain/error.js';
import type { WholeAnswer } from './transport.js';

/** Each round removes what the one before could see; no answer is nested deeper. */
const MAX_ROUNDS = 8;
/** What could make a terminal show something else than the daemon says. */
const CONTROL_CHARACTERS = /[^\P{Cc}\n\t]/gu;

const Envelope = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

/**
 * An answer of the daemon by its schema. Within v1 fields may be added, so those that this version does not know are left
 * out; everything that it knows must be as it knows it.
 * @throws SymphonyError `daemon_unreachable` when something else answers, or a version that this one does not understand
 */
export function understood<T>(schema: z.ZodType<T>, text: string, from: string): T {
  const value = jsonOf(text, from);
  for (let round = 0; ; round += 1) {
    const { success, data, error } = schema.safeParse(value);
    if (success) return data;
    const unknown = error.issues.filter((issue) => issue.code === 'unrecognized_keys');
    if (unknown.length === 0 || unknown.length < error.issues.length || round === MAX_ROUNDS) {
      const [first] = error.issues;
      const where = first === undefined ? '' : ` (${first.path.join('.')}: ${first.message})`;
      throw notUnderstood(from, `it answers what this version does not understand${where}`, error);
    }
    for (const { path, keys } of unknown) removeKeys(value, path, keys);
  }
}

/** What the daemon said instead of doing what it was asked to. */
export function failureOf({ status, text, retryAfterMs }: WholeAnswer, from: string): SymphonyError {
  const parsed = Envelope.safeParse(jsonOrNull(text));
  if (!parsed.success) return notUnderstood(from, `it answers with status ${status} and no reason`);
  const { code, message } = parsed.data.error;
  const said = message.replaceAll(CONTROL_CHARACTERS, '');
  return new SymphonyError(codeOf(code, status), said, retryAfterMs === null ? {} : { retryAfterMs });
}

/** A later version may have codes that this one does not know. */
function codeOf(code: string, status: number): ErrorCode {
  return ERROR_CODES.find((known) => known === code) ?? (status < 500 ? 'request_failed' : 'internal_error');
}

function jsonOf(text: string, from: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notUnderstood(from, 'its answer is not JSON', error);
  }
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whatever answers there, it gives no reason.
    return null;
  }
}

function removeKeys(value: unknown, path: readonly PropertyKey[], keys: readonly string[]): void {
  let at = value;
  for (const name of path) at = typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined;
  if (typeof at !== 'object' || at === null) return;
  for (const key of keys) Reflect.deleteProperty(at, key);
}

function notUnderstood(from: string, why: string, cause?: unknown): SymphonyError {
  return new SymphonyError(
    'daemon_unreachable',
    `what listens at ${from} is no Symphony daemon, or one of another version: ${why}`,
    { cause },
  );
}
