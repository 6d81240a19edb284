import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { Usage } from '../../domain/usage.js';
import { objectOf, textOf } from './protocol.js';

/** Sub-agents have threads of their own; more than this many are added to the last one kept. */
const KEPT_THREADS = 500;

/**
 * Reads what a session has used (SPEC 13.5). Only absolute totals count: `last` and `last_token_usage` are deltas, and a
 * plain `usage` is taken only from `turn/completed` of an agent that tells no totals. Totals of a session's own thread
 * and of the threads of its sub-agents are summed; each only grows.
 */
export class UsageReader {
  readonly #byThread = new Map<string, Usage>();

  /** The session's total after this message; null when the message says nothing about usage. */
  read(method: string, params: JsonObject, ownThreadId: string): Usage | null {
    const total = absoluteTotal(params) ?? (method === 'turn/completed' ? this.#turnUsage(params) : null);
    if (total === null) return null;
    const threadId = textOf(params, 'threadId', 'conversationId') ?? ownThreadId;
    const key = this.#byThread.has(threadId) || this.#byThread.size < KEPT_THREADS ? threadId : ownThreadId;
    this.#byThread.set(key, highest(this.#byThread.get(key), total));
    return [...this.#byThread.values()].reduce(sum);
  }

  #turnUsage(params: JsonObject): Usage | null {
    return this.#byThread.size === 0 ? readCounts(params['usage']) : null;
  }
}

/** The places where versions of the app-server have put a thread's running total. */
function absoluteTotal(params: JsonObject): Usage | null {
  const message = objectOf(params['msg']);
  const places: readonly JsonValue[] = [
    objectOf(objectOf(message['payload'])['info'])['total_token_usage'] ?? null,
    objectOf(message['info'])['total_token_usage'] ?? null,
    objectOf(params['tokenUsage'])['total'] ?? null,
    objectOf(params['info'])['total_token_usage'] ?? null,
    objectOf(params['token_usage'])['total'] ?? null,
  ];
  for (const place of places) {
    const counts = readCounts(place);
    if (counts !== null) return counts;
  }
  return null;
}

function readCounts(value: unknown): Usage | null {
  const counts = objectOf(value);
  const input = count(counts, 'inputTokens', 'input_tokens', 'promptTokens', 'prompt_tokens', 'input');
  const output = count(
    counts,
    'outputTokens',
    'output_tokens',
    'completionTokens',
    'completion_tokens',
    'output',
  );
  const total = count(counts, 'totalTokens', 'total_tokens', 'total');
  if (input === null && output === null && total === null) return null;
  const inputTokens = input ?? 0;
  const outputTokens = output ?? 0;
  return { inputTokens, outputTokens, totalTokens: total ?? inputTokens + outputTokens };
}

function count(counts: JsonObject, ...names: readonly string[]): number | null {
  for (const name of names) {
    const value = counts[name];
    const number = typeof value === 'string' && /^\d{1,15}$/.test(value.trim()) ? Number(value) : value;
    if (typeof number === 'number' && Number.isFinite(number) && number >= 0) return Math.trunc(number);
  }
  return null;
}

function highest(known: Usage | undefined, told: Usage): Usage {
  if (known === undefined) return told;
  return {
    inputTokens: Math.max(known.inputTokens, told.inputTokens),
    outputTokens: Math.max(known.outputTokens, told.outputTokens),
    totalTokens: Math.max(known.totalTokens, told.totalTokens),
  };
}

function sum(a: Usage, b: Usage): Usage {
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    totalTokens: a.totalTokens + b.totalTokens,
  };
}
