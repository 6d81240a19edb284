import { normalizedLabels } from '../domain/issue.js';
import type { JsonObject, JsonValue } from '../domain/json.js';
import { DEFAULT_STATE } from './board-states.js';
import { parseInstant } from './instant.js';

/** One issue as a board keeps it: normalized, but blockers are still names. */
export interface BoardRecord {
  readonly identifier: string;
  readonly title: string;
  readonly description: string | null;
  readonly priority: number | null;
  readonly state: string;
  readonly branchName: string | null;
  readonly url: string | null;
  readonly assigneeId: string | null;
  readonly labels: readonly string[];
  readonly blockers: readonly string[];
  readonly createdAt: string | null;
  readonly updatedAt: string | null;
  readonly nativeRef: JsonObject | null;
}

/** What a board record may stand on when its fields say nothing. */
export interface RecordDefaults {
  readonly identifier: string | null;
  readonly title: string | null;
  readonly description: string | null;
  readonly nativeRef: JsonObject | null;
}

/** A record with what had to be repaired, or why there is none. */
export type RecordReading =
  | { readonly kind: 'record'; readonly record: BoardRecord; readonly repairs: readonly string[] }
  | { readonly kind: 'malformed'; readonly reason: string };

const PRIORITY_WORDS: Readonly<Record<string, number | null>> = {
  urgent: 1,
  high: 2,
  medium: 3,
  low: 4,
  none: null,
};

/** Normalizes one issue's fields, named as in a file's front matter (SPEC 11.3). */
export function readRecord(fields: JsonObject, defaults: RecordDefaults): RecordReading {
  const required = {
    identifier: text(fields['identifier']),
    title: text(fields['title']),
    state: text(fields['state']),
  };
  for (const [key, value] of Object.entries(required)) {
    if (value === undefined) return { kind: 'malformed', reason: `${key} must be text` };
  }
  const identifier = required.identifier ?? defaults.identifier;
  if (identifier === null) return { kind: 'malformed', reason: 'identifier is missing' };
  // It names directories, branches and lines of the log.
  if (/\p{Cc}/u.test(identifier))
    return { kind: 'malformed', reason: 'identifier holds a control character' };
  const repairs: string[] = [];
  const optional = (key: string): string | null => {
    const value = text(fields[key]);
    if (value === undefined) repairs.push(`${key} must be text and is ignored`);
    return value ?? null;
  };
  const record: BoardRecord = {
    identifier,
    title: required.title ?? defaults.title ?? identifier,
    description: defaults.description,
    priority: readPriority(fields['priority'], repairs),
    state: required.state ?? DEFAULT_STATE,
    branchName: optional('branch_name'),
    url: readUrl(optional('url'), repairs),
    assigneeId: optional('assignee_id'),
    labels: normalizedLabels(readList('labels', fields['labels'], repairs)),
    blockers: [...new Set(readList('blocked_by', fields['blocked_by'], repairs))],
    createdAt: readInstant('created_at', fields['created_at'], repairs),
    updatedAt: readInstant('updated_at', fields['updated_at'], repairs),
    nativeRef: defaults.nativeRef,
  };
  return { kind: 'record', record, repairs };
}

/** Trimmed text, null when there is none, undefined when it is something else. */
function text(value: JsonValue | undefined): string | null | undefined {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const trimmed = String(value).trim();
  return trimmed === '' ? null : trimmed;
}

function readPriority(value: JsonValue | undefined, repairs: string[]): number | null {
  const written = text(value);
  if (written === null) return null;
  if (written !== undefined) {
    const word = PRIORITY_WORDS[written.toLowerCase()];
    if (word !== undefined) return word;
    const number = /^[+-]?\d+$/.test(written) ? Number(written) : Number.NaN;
    if (Number.isSafeInteger(number)) return number;
  }
  repairs.push('priority must be a whole number, urgent, high, medium, low or none, and is ignored');
  return null;
}

/** A list, or text separated by commas. */
function readList(key: string, value: JsonValue | undefined, repairs: string[]): string[] {
  const entries = Array.isArray(value) ? (value as readonly JsonValue[]) : text(value)?.split(',');
  if (entries === undefined && text(value) === undefined)
    repairs.push(`${key} must be a list and is ignored`);
  return (entries ?? []).flatMap((entry) => {
    const item = text(entry);
    if (item === undefined) repairs.push(`${key} holds an entry that is not text and is ignored`);
    return item ?? [];
  });
}

function readInstant(key: string, value: JsonValue | undefined, repairs: string[]): string | null {
  const written = text(value);
  if (written === null) return null;
  const instant = written === undefined ? null : parseInstant(written);
  if (instant === null) repairs.push(`${key} must be a time such as 2026-01-31T09:00:00Z and is ignored`);
  return instant;
}

/** Pages make links of it, so nothing but the web's own kind passes. */
function readUrl(written: string | null, repairs: string[]): string | null {
  if (written === null || /^https?:\/\//i.test(written)) return written;
  repairs.push('url must begin with https:// or http:// and is ignored');
  return null;
}
