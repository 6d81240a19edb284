import { normalizedLabels, normalizedState } from '../domain/issue.js';
import type { JsonObject, JsonValue } from '../domain/json.js';
import type { Reading } from './setting.js';

function shownValue(value: unknown): string {
  const shown = JSON.stringify(value) ?? String(value);
  return shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
}

/** What a value is, for people, without showing it. */
export function kindOfValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'string' ? 'a text' : `a ${typeof value}`;
}

function wrong<T>(expected: string, value: unknown): Reading<T> {
  return { problem: `expected ${expected} (got ${shownValue(value)})` };
}

/** Goes on with what was read. */
export function mapped<A, B>(reading: Reading<A>, change: (value: A) => B): Reading<B> {
  return 'problem' in reading ? reading : { value: change(reading.value) };
}

/** Numeric strings count: people quote them, and the reference accepts it. */
export function wholeNumber(value: unknown, least: number): Reading<number> {
  const read = typeof value === 'string' && /^\s*[+-]?\d+\s*$/.test(value) ? Number(value) : value;
  if (typeof read === 'number' && Number.isSafeInteger(read) && read >= least) return { value: read };
  if (least === 1) return wrong('a whole number greater than 0', value);
  return wrong(least === 0 ? 'a whole number of at least 0' : 'a whole number', value);
}

/** A TCP port; 0 lets the system choose. */
export function port(value: unknown): Reading<number> {
  const reading = wholeNumber(value, 0);
  return 'problem' in reading || reading.value > 65_535
    ? wrong('a port from 0 to 65535, or no key for no server', value)
    : reading;
}

/** Quoted ones count, as in the reference. */
export function boolean(value: unknown): Reading<boolean> {
  if (value === true || value === 'true' || value === '1' || value === 1) return { value: true };
  if (value === false || value === 'false' || value === '0' || value === 0) return { value: false };
  return wrong('true or false', value);
}

/** A text that says something; a number is not one. */
export function text(value: unknown): Reading<string> {
  return typeof value === 'string' && value.trim() !== ''
    ? { value }
    : wrong('a text that is not empty', value);
}

/** As `text`, but what stands there is never shown. */
export function secretText(value: unknown): Reading<string> {
  if (typeof value === 'string' && value.trim() !== '') return { value: value.trim() };
  const got = typeof value === 'string' ? 'an empty text' : kindOfValue(value);
  return {
    problem: `expected $NAME of the variable that holds it, or a text that is not empty (got ${got})`,
  };
}

/** Codex judges its own settings. */
export function anyText(value: unknown): Reading<string> {
  return typeof value === 'string' ? { value } : wrong('a text', value);
}

/** A blank script does nothing, so it is none. */
export function script(value: unknown): Reading<string | null> {
  if (Array.isArray(value)) {
    return { problem: 'expected one script (got a list); join into one script, its lines below "|"' };
  }
  return typeof value === 'string'
    ? { value: value.trim() === '' ? null : value }
    : wrong('a bash script as text', value);
}

/** A list of names, or one text with commas. YAML reads an unquoted 42 as a number; in a list of names it is a name. */
export function nameList(value: unknown): Reading<readonly string[]> {
  if (typeof value === 'string') return { value: value.split(',').map((name) => name.trim()) };
  const isList =
    Array.isArray(value) && value.every((name) => typeof name === 'string' || typeof name === 'number');
  return isList ? { value: value.map(String) } : wrong('a list of texts', value);
}

/** Blank names can match nothing. */
export function textList(value: unknown): Reading<readonly string[]> {
  return mapped(nameList(value), (names) => names.map((name) => name.trim()).filter((name) => name !== ''));
}

/** Names of machines. A blank one in a list is kept, to be refused: somebody meant a machine by it. */
export function destinations(value: unknown): Reading<readonly string[]> {
  if (typeof value === 'string') return textList(value);
  return mapped(nameList(value), (names) => names.map((name) => name.trim()));
}

/** A blank label is kept: it matches nothing, so it holds all work (SPEC 5.3.1). */
export function requiredLabels(labels: readonly string[]): readonly string[] {
  const blank = labels.some((label) => label.trim() === '');
  return [...normalizedLabels(labels), ...(blank ? [''] : [])];
}

/** A map whose keys are somebody else's. */
export function map(value: unknown): Reading<JsonObject> {
  // What stands in the place of the tracker's keys may be one of its secrets.
  return isMap(value)
    ? { value: value as JsonObject }
    : { problem: `expected a map of the tracker's own keys (got ${kindOfValue(value)})` };
}

/** What Codex takes in either form. */
export function textOrMap(value: unknown): Reading<JsonValue> {
  return typeof value === 'string' || isMap(value)
    ? { value: value as JsonValue }
    : wrong('a text or a map', value);
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Entries that are not positive integers are ignored (SPEC 5.3.5); see `ignoredLimits`. The first spelling counts. */
export function limitsByState(value: unknown): Reading<{ readonly [state: string]: number }> {
  if (!isMap(value)) return wrong('a map of state names to whole numbers', value);
  const limits = new Map<string, number>();
  for (const [name, limit] of Object.entries(value)) {
    const reading = wholeNumber(limit, 1);
    const state = normalizedState(name);
    if ('value' in reading && state !== '' && !limits.has(state)) limits.set(state, reading.value);
  }
  return { value: Object.fromEntries(limits) };
}

/** The entries of `max_concurrent_agents_by_state` that do not count, each with the reason. */
export function ignoredLimits(value: unknown): { readonly state: string; readonly reason: string }[] {
  if (!isMap(value)) return [];
  const seen = new Set<string>();
  return Object.entries(value).flatMap(([name, limit]) => {
    const reading = wholeNumber(limit, 1);
    const state = normalizedState(name);
    if ('problem' in reading) return [{ state: name, reason: reading.problem }];
    if (state === '') return [{ state: name, reason: 'the name of the state is blank' }];
    if (seen.has(state)) return [{ state: name, reason: 'the state is written twice, the first counts' }];
    seen.add(state);
    return [];
  });
}
