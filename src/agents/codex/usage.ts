import type { JsonObject, JsonValue } from '../../domain/json.js';
import { NO_USAGE, type Usage } from '../../domain/usage.js';
import { objectOf, textOf } from './protocol.js';

/** Sub-agents have threads of their own; more than this many are added to the last one kept. */
const KEPT_THREADS = 500;

/**
 * Reads what a session has used (SPEC 13.5). Only absolute totals count: `last` and `last_token_usage` are deltas, and a
 * plain `usage` is taken only from `turn/completed` of an agent that tells no totals. Totals of a session's own thread
 * and of the threads of its sub-agents are summed; each only grows.
 *
 * A thread that goes on from another process brings the total of its whole life. What it was before belongs to the runs
 * before, so it is taken off: a session's total begins with nothing, whatever its thread has used.
 */
export class UsageReader {
  readonly #byThread = new Map<string, Usage>();
  /** What threads had used before this session, by thread; only of a session that resumes. */
  readonly #before = new Map<string, Usage>();
  readonly #isResuming: boolean;
  #hasActed = false;

  constructor({ isResuming }: { readonly isResuming: boolean }) {
    this.#isResuming = isResuming;
  }

  /** The session has a new thread after all. */
  beginsAnew(threadId: string): void {
    this.#before.set(threadId, NO_USAGE);
  }

  /** The session's total after this message; null when the message says nothing about usage. */
  read(method: string, params: JsonObject, ownThreadId: string): Usage | null {
    this.#hasActed ||= isActOfAgent(method, params);
    const threadId = textOf(params, 'threadId', 'conversationId') ?? ownThreadId;
    const key = this.#byThread.has(threadId) || this.#byThread.size < KEPT_THREADS ? threadId : ownThreadId;
    const used = this.#usedBy(key, params) ?? (method === 'turn/completed' ? this.#turnUsage(params) : null);
    if (used === null) return null;
    this.#byThread.set(key, highest(this.#byThread.get(key), used));
    return [...this.#byThread.values()].reduce(sum);
  }

  /** What a thread has used in this session, by its total; null when the message has none. */
  #usedBy(threadId: string, params: JsonObject): Usage | null {
    const total = absoluteTotal(params);
    if (total === null || !this.#isResuming) return total;
    const before = this.#before.get(threadId) ?? this.#usageBefore(params, total);
    this.#before.set(threadId, before);
    return difference(total, before);
  }

  /**
   * What a thread had used before its first total in this session. Codex repeats the old total first, 0.169 with the
   * answer to `thread/resume`, 0.118 as the next turn begins. A total that comes only after the agent has done something
   * includes that; then it is the last call alone that is new.
   */
  #usageBefore(params: JsonObject, total: Usage): Usage {
    const last = this.#hasActed ? lastUsage(params) : null;
    return last === null ? total : difference(total, last);
  }

  #turnUsage(params: JsonObject): Usage | null {
    return this.#byThread.size === 0 ? readCounts(params['usage']) : null;
  }
}

/** Whether the agent has done something, other than taking the prompt. */
function isActOfAgent(method: string, params: JsonObject): boolean {
  return method.startsWith('item/') && objectOf(params['item'])['type'] !== 'userMessage';
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

/** What the last model call alone has used, where it is told. */
function lastUsage(params: JsonObject): Usage | null {
  return readCounts(objectOf(params['tokenUsage'])['last']);
}

const INPUT = ['inputTokens', 'input_tokens', 'promptTokens', 'prompt_tokens', 'input'];
const OUTPUT = ['outputTokens', 'output_tokens', 'completionTokens', 'completion_tokens', 'output'];
const TOTAL = ['totalTokens', 'total_tokens', 'total'];

function readCounts(value: unknown): Usage | null {
  // Most messages have no counts in any of the places.
  if (typeof value !== 'object' || value === null) return null;
  const counts = objectOf(value);
  const input = count(counts, INPUT);
  const output = count(counts, OUTPUT);
  const total = count(counts, TOTAL);
  if (input === null && output === null && total === null) return null;
  const inputTokens = input ?? 0;
  const outputTokens = output ?? 0;
  return { inputTokens, outputTokens, totalTokens: total ?? inputTokens + outputTokens };
}

function count(counts: JsonObject, names: readonly string[]): number | null {
  for (const name of names) {
    const value = counts[name];
    const number = typeof value === 'string' && /^\d{1,15}$/.test(value.trim()) ? Number(value) : value;
    if (typeof number === 'number' && Number.isFinite(number) && number >= 0) return Math.trunc(number);
  }
  return null;
}

function highest(known: Usage | undefined, told: Usage): Usage {
  return known === undefined ? told : combine(known, told, Math.max);
}

function sum(a: Usage, b: Usage): Usage {
  return combine(a, b, (x, y) => x + y);
}

function difference(total: Usage, before: Usage): Usage {
  return combine(total, before, (x, y) => Math.max(0, x - y));
}

function combine(a: Usage, b: Usage, operation: (x: number, y: number) => number): Usage {
  return {
    inputTokens: operation(a.inputTokens, b.inputTokens),
    outputTokens: operation(a.outputTokens, b.outputTokens),
    totalTokens: operation(a.totalTokens, b.totalTokens),
  };
}
