import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { RateLimits } from '../../domain/usage.js';
import { objectOf, textOf } from './protocol.js';

const WINDOWS = ['primary', 'secondary'] as const;
const NAMES = ['limitId', 'limit_id', 'limitName', 'limit_name'];
const CONTENTS = [...WINDOWS, 'credits'];
const LOOKED_AT_DEPTH = 6;
const LOOKED_AT_OBJECTS = 100;
const KEPT_BUCKETS = 16;
/** Seconds since 1970 stay below this for 30,000 years, milliseconds have been above it since 2001. */
const FIRST_MILLISECOND_STAMP = 1e12;

/**
 * The account's limits as an agent tells them, each message laid over what was known: most messages are nearly all null.
 * Payloads come in snake and camel case and are kept as worded.
 */
export class RateLimitReader {
  /** By limit id: an account may have several, told one at a time. */
  readonly #buckets = new Map<string, RateLimits>();

  /** The limits after this message; null when it says nothing about them. */
  read(method: string, params: JsonObject): RateLimits | null {
    if (method.startsWith('item/')) return null;
    const told = findLimits(params);
    if (told === null) return null;
    const id = textOf(told, 'limitId', 'limit_id', 'limitName', 'limit_name') ?? this.#lastId();
    const limits = merge(this.#buckets.get(id) ?? {}, told);
    if (this.#buckets.has(id) || this.#buckets.size < KEPT_BUCKETS) this.#buckets.set(id, limits);
    return limits;
  }

  /** When the exhausted windows are all open again; null when the agent did not say, or said a time that has passed. */
  exhaustedUntilWallMs(nowWallMs: number): number | null {
    const resets = [...this.#buckets.values()].flatMap((limits) =>
      WINDOWS.map((name) => objectOf(limits[name]))
        .filter(isExhausted)
        .map(resetWallMs),
    );
    const latest = Math.max(...resets.filter((reset) => reset !== null));
    return Number.isFinite(latest) && latest > nowWallMs ? latest : null;
  }

  #lastId(): string {
    return [...this.#buckets.keys()].at(-1) ?? '';
  }
}

/** The first object that looks like a limit, near the surface of a message. */
function findLimits(params: JsonObject): JsonObject | null {
  let level: JsonObject[] = [params];
  let looked = 0;
  for (let depth = 0; depth < LOOKED_AT_DEPTH && level.length > 0; depth += 1) {
    const found = level.find(isLimits);
    if (found !== undefined) return found;
    looked += level.length;
    if (looked > LOOKED_AT_OBJECTS) return null;
    level = level.flatMap((object) => Object.values(object).filter(isObject));
  }
  return null;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isLimits(object: JsonObject): boolean {
  // Nearly all that is looked at has neither.
  if (!CONTENTS.some((name) => name in object)) return false;
  const hasWindow = WINDOWS.some((name) =>
    Object.keys(objectOf(object[name])).some((key) => /^used/.test(key)),
  );
  return hasWindow || NAMES.some((name) => name in object);
}

function merge(known: JsonObject, told: JsonObject): JsonObject {
  const merged: Record<string, JsonValue> = { ...known };
  for (const [name, value] of Object.entries(told)) {
    const before = merged[name];
    if (isObject(value) && before !== undefined && isObject(before)) merged[name] = merge(before, value);
    else if (value !== null || before === undefined) merged[name] = value;
  }
  return merged;
}

function isExhausted(limitWindow: JsonObject): boolean {
  const used = limitWindow['usedPercent'] ?? limitWindow['used_percent'];
  return typeof used === 'number' && used >= 100;
}

function resetWallMs(limitWindow: JsonObject): number | null {
  const reset = limitWindow['resetsAt'] ?? limitWindow['resets_at'];
  if (typeof reset === 'string') {
    const parsed = Date.parse(reset);
    return Number.isFinite(parsed) ? parsed : null;
  }
  if (typeof reset !== 'number' || reset <= 0) return null;
  return Math.ceil(reset < FIRST_MILLISECOND_STAMP ? reset * 1_000 : reset);
}
