import type { JsonObject, JsonValue } from '../../domain/json.js';
import type { RateLimits } from '../../domain/usage.js';
import { grouped, span } from './format.js';
import { plainLine } from './text.js';

/** An agent account's limits in one line. Agents spell the payload in snake or in camel case; unknown parts are left out. */
export function rateLimitsLine(limits: RateLimits | null, nowMs: number): string {
  if (limits === null) return 'unavailable';
  const inner = field(limits, 'rate_limits', 'rateLimits');
  const payload = isObject(inner) ? inner : limits;
  const name = field(payload, 'limit_id', 'limitId', 'limit_name', 'limitName');
  const parts = [
    typeof name === 'string' ? plainLine(name) : null,
    bucket('primary', field(payload, 'primary'), nowMs),
    bucket('secondary', field(payload, 'secondary'), nowMs),
    credits(field(payload, 'credits')),
  ].filter((part) => part !== null);
  return parts.length === 0 ? 'unavailable' : parts.join(' | ');
}

function bucket(name: string, value: JsonValue | undefined, nowMs: number): string | null {
  if (!isObject(value)) return null;
  const used = number(field(value, 'used_percent', 'usedPercent'));
  const remaining = number(field(value, 'remaining'));
  const limit = number(field(value, 'limit'));
  const amounts = [
    used === null ? null : `${Math.round(used)}% used`,
    remaining !== null && limit !== null ? `${grouped(remaining)}/${grouped(limit)}` : null,
    remaining !== null && limit === null ? `remaining ${grouped(remaining)}` : null,
    remaining === null && limit !== null ? `limit ${grouped(limit)}` : null,
  ].filter((amount) => amount !== null);
  if (amounts.length === 0) return null;
  const resetMs = resetInMs(value, nowMs);
  const reset = resetMs === null ? '' : `, resets in ${span(resetMs)}`;
  return `${name} ${amounts.join(' ')}${reset}`;
}

function resetInMs(value: JsonObject, nowMs: number): number | null {
  const atSeconds = number(field(value, 'resets_at', 'resetsAt', 'reset_at', 'resetAt'));
  if (atSeconds !== null) return atSeconds * 1_000 - nowMs;
  const inSeconds = number(
    field(value, 'reset_in_seconds', 'resetInSeconds', 'resets_in_seconds', 'resetsInSeconds'),
  );
  return inSeconds === null ? null : inSeconds * 1_000;
}

function credits(value: JsonValue | undefined): string | null {
  if (!isObject(value)) return null;
  if (field(value, 'unlimited') === true) return 'credits unlimited';
  const balance = number(field(value, 'balance'));
  const has = field(value, 'has_credits', 'hasCredits');
  if (has === false) return 'credits none';
  if (balance !== null) return `credits ${balance.toFixed(2)}`;
  return has === true ? 'credits available' : null;
}

function field(object: JsonObject, ...names: readonly string[]): JsonValue | undefined {
  const name = names.find((candidate) => object[candidate] !== undefined && object[candidate] !== null);
  return name === undefined ? undefined : object[name];
}

/** Agents write some numbers as texts. */
function number(value: JsonValue | undefined): number | null {
  const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof parsed === 'number' && Number.isFinite(parsed) ? parsed : null;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
