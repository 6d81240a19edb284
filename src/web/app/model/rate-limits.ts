import type { StateResponse } from '../daemon/wire.js';
import { grouped, span } from './format.js';
import { plainLine } from './text.js';

type Json = NonNullable<StateResponse['rate_limits']>[string];
type JsonObject = { readonly [name: string]: Json };

/** One limit of the agent's account. */
export interface Limit {
  readonly name: string;
  /** 0 to 100; null where the agent tells amounts only. */
  readonly usedPercent: number | null;
  readonly text: string;
}

/** The limits of the agent's account. Agents spell them in snake or camel case; what is not understood is left out. */
export function limitsOf(payload: StateResponse['rate_limits'], nowMs: number): readonly Limit[] {
  if (payload === null) return [];
  const inner = field(payload, 'rate_limits', 'rateLimits');
  const limits = isObject(inner) ? inner : payload;
  const found = [
    windowLimit('primary', field(limits, 'primary'), nowMs),
    windowLimit('secondary', field(limits, 'secondary'), nowMs),
    credits(field(limits, 'credits')),
  ];
  return found.filter((limit) => limit !== null);
}

function windowLimit(name: string, value: Json | undefined, nowMs: number): Limit | null {
  if (!isObject(value)) return null;
  const used = number(field(value, 'used_percent', 'usedPercent'));
  const amount = amountOf(value);
  if (used === null && amount === null) return null;
  const minutes = number(field(value, 'window_minutes', 'windowMinutes', 'windowDurationMins'));
  const resetMs = resetInMs(value, nowMs);
  const parts = [
    used === null ? null : `${Math.round(used)}% used`,
    amount,
    resetMs === null ? null : `resets in ${span(resetMs)}`,
  ];
  return {
    name: minutes === null ? name : windowName(minutes),
    usedPercent: used === null ? null : Math.min(Math.max(used, 0), 100),
    text: parts.filter((part) => part !== null).join(', '),
  };
}

function windowName(minutes: number): string {
  if (minutes % 1_440 === 0) return minutes === 10_080 ? 'weekly' : `${minutes / 1_440} days`;
  return minutes % 60 === 0 ? `${minutes / 60} hours` : `${minutes} minutes`;
}

function amountOf(value: JsonObject): string | null {
  const remaining = number(field(value, 'remaining'));
  const limit = number(field(value, 'limit'));
  if (remaining !== null) return `${grouped(remaining)}${limit === null ? '' : ` of ${grouped(limit)}`} left`;
  return limit === null ? null : `limit ${grouped(limit)}`;
}

function resetInMs(value: JsonObject, nowMs: number): number | null {
  const at = number(field(value, 'resets_at', 'resetsAt', 'reset_at', 'resetAt'));
  if (at !== null) return at * 1_000 - nowMs;
  const inSeconds = number(
    field(value, 'reset_in_seconds', 'resetInSeconds', 'resets_in_seconds', 'resetsInSeconds'),
  );
  return inSeconds === null ? null : inSeconds * 1_000;
}

function credits(value: Json | undefined): Limit | null {
  if (!isObject(value)) return null;
  const text = creditsText(value);
  return text === null ? null : { name: 'credits', usedPercent: null, text: plainLine(text, 40) };
}

function creditsText(value: JsonObject): string | null {
  if (field(value, 'unlimited') === true) return 'unlimited';
  const has = field(value, 'has_credits', 'hasCredits');
  if (has === false) return 'none';
  const balance = number(field(value, 'balance'));
  if (balance !== null) return balance.toFixed(2);
  return has === true ? 'available' : null;
}

function field(object: JsonObject, ...names: readonly string[]): Json | undefined {
  const name = names.find((candidate) => object[candidate] !== undefined && object[candidate] !== null);
  return name === undefined ? undefined : object[name];
}

/** Agents write some numbers as texts. */
function number(value: Json | undefined): number | null {
  const parsed = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof parsed === 'number' && Number.isFinite(parsed) ? parsed : null;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
