import { perObject } from '../domain/per-object.js';
import type {
  BlockedRow,
  ParkedRow,
  RetryingRow,
  RunningRow,
  Snapshot,
  SnapshotSource,
} from '../domain/snapshot.js';

/** What a reader sees in place of a secret. */
export const REDACTED = '[redacted]';

/** Shorter secrets would eat parts of ordinary words, so they stay; choose longer ones. */
const MIN_SECRET_LENGTH = 6;
/** A line of a private key identifies it; a shorter line may be ordinary text. */
const MIN_SECRET_LINE_LENGTH = 20;

/** Redacts a text that arrives in pieces; holds back only an end that may turn out to be a secret. */
export interface TextRedactor {
  /** Returns what may be shown by now. */
  push(chunk: string): string;
  /** Returns what was held back; call at the end of the text. */
  end(): string;
}

/**
 * The secret values known to the daemon, which no sink may show (SPEC 15.3): logs, API, transcripts, dashboards.
 *
 * Each value is also found URL-encoded and JSON-escaped, also when that JSON is a string in JSON again. Values of fewer
 * than six characters are not replaced. The set only grows: a secret that left the settings may still be in a buffer.
 */
export class Secrets {
  readonly #forms = new Set<string>();
  #longestFirst: readonly string[] = [];
  #pattern: RegExp | null = null;
  /** The same without memory of where it looked last. */
  #probe = /(?!)/u;

  constructor(values: Iterable<string> = []) {
    this.add(values);
  }

  /** Takes further secrets, as after a reload; redactors in use know them from now on. */
  add(values: Iterable<string>): void {
    const sizeBefore = this.#forms.size;
    for (const value of values) for (const form of formsOf(value)) this.#forms.add(form);
    if (this.#forms.size === sizeBefore) return;
    this.#longestFirst = [...this.#forms].sort((a, b) => b.length - a.length);
    const source = this.#longestFirst.map(escapePattern).join('|');
    this.#pattern = new RegExp(source, 'g');
    this.#probe = new RegExp(source);
  }

  /** Grows when further secrets become known: what was redacted before may still hold them. */
  get revision(): number {
    return this.#forms.size;
  }

  /** The text without secrets; the same string when there are none in it. */
  readonly redact = (text: string): string =>
    this.#pattern === null ? text : text.replace(this.#pattern, REDACTED);

  /** A plain value without secrets in any string or key of it; the same value when there are none in it. */
  redactValue<Value>(value: Value): Value {
    if (this.#pattern === null) return value;
    // Most values hold no secret, and to look costs a third of making a copy.
    if (!hasMatch(value, this.#probe)) return value;
    // The copy has the shape of its model: only texts inside strings differ.
    return redactDeep(value, this.redact) as Value;
  }

  /** One JSON document without secrets, and still JSON when a secret looks like a number or like punctuation. */
  redactJson(json: string): string {
    const redacted = this.redact(json);
    if (redacted === json || isJson(redacted)) return redacted;
    return JSON.stringify(redactDeep(JSON.parse(json), this.redact));
  }

  /** A redactor for one stream of text, whatever the pieces it comes in. */
  textRedactor(): TextRedactor {
    let held = '';
    return {
      push: (chunk) => {
        const { shown, rest } = this.#split(held + chunk);
        held = rest;
        return shown;
      },
      end: () => {
        const shown = this.redact(held);
        held = '';
        return shown;
      },
    };
  }

  /** Redacts up to the first place from where on the text could still grow into a secret. */
  #split(text: string): { shown: string; rest: string } {
    if (this.#pattern === null) return { shown: text, rest: '' };
    const pattern = new RegExp(this.#pattern);
    let shown = '';
    let start = 0;
    for (;;) {
      const hold = this.#holdFrom(text, start);
      pattern.lastIndex = start;
      const match = pattern.exec(text);
      if (match === null || match.index >= hold) {
        return { shown: shown + text.slice(start, hold), rest: text.slice(hold) };
      }
      shown += text.slice(start, match.index) + REDACTED;
      start = match.index + match[0].length;
    }
  }

  #holdFrom(text: string, start: number): number {
    const longest = this.#longestFirst[0]?.length ?? 0;
    for (let index = Math.max(start, text.length - longest + 1); index < text.length; index += 1) {
      const end = text.slice(index);
      if (this.#longestFirst.some((form) => form.length > end.length && form.startsWith(end))) return index;
    }
    return text.length;
  }
}

/**
 * The same snapshots without secrets, for every observer at once. Redacts a snapshot once, and only when asked; of its rows
 * only those that are new since the last one.
 */
export function redactedSource(source: SnapshotSource, secrets: Secrets): SnapshotSource {
  let redactor = snapshotRedactor(secrets);
  let { revision } = secrets;
  const redact = (original: Snapshot): Snapshot => {
    if (revision !== secrets.revision) {
      redactor = snapshotRedactor(secrets);
      revision = secrets.revision;
    }
    return redactor(original);
  };
  return {
    current: () => redact(source.current()),
    subscribe: (listener) => source.subscribe((snapshot) => listener(redact(snapshot))),
  };
}

/** For as long as no secrets are added. */
function snapshotRedactor(secrets: Secrets): (original: Snapshot) => Snapshot {
  const runningRow = perObject((row: RunningRow) => secrets.redactValue(row));
  const retryingRow = perObject((row: RetryingRow) => secrets.redactValue(row));
  const blockedRow = perObject((row: BlockedRow) => secrets.redactValue(row));
  const parkedRow = perObject((row: ParkedRow) => secrets.redactValue(row));
  return perObject(
    ({ running, retrying, blocked, parked, ...rest }: Snapshot): Snapshot => ({
      ...secrets.redactValue(rest),
      running: running.map(runningRow),
      retrying: retrying.map(retryingRow),
      blocked: blocked.map(blockedRow),
      parked: parked.map(parkedRow),
    }),
  );
}

function formsOf(secret: string): string[] {
  const trimmed = secret.trim();
  const lines = trimmed.split(/\r?\n/u);
  const parts =
    lines.length === 1
      ? [trimmed]
      : [
          trimmed,
          ...lines.filter((line) => line.length >= MIN_SECRET_LINE_LENGTH && !line.startsWith('-----')),
        ];
  return parts
    .filter((part) => part.length >= MIN_SECRET_LENGTH)
    .flatMap((part) => {
      const json = jsonEscaped(part);
      const url = encodeURIComponent(wellFormed(part));
      return [part, json, jsonEscaped(json), url, url.replaceAll('%20', '+'), lowerCaseEscapes(url)];
    });
}

function jsonEscaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** encodeURIComponent refuses half a character. */
function wellFormed(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

function lowerCaseEscapes(url: string): string {
  return url.replace(/%[0-9A-F]{2}/gu, (code) => code.toLowerCase());
}

function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Whether a pattern is found in any string or key of a value. */
function hasMatch(value: unknown, pattern: RegExp): boolean {
  if (typeof value === 'string') return pattern.test(value);
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) {
    for (const item of value) if (hasMatch(item, pattern)) return true;
    return false;
  }
  // Not by entries: each would be an array of its own, and thousands of rows are looked at.
  for (const key of Object.keys(value)) if (pattern.test(key)) return true;
  for (const item of Object.values(value)) if (hasMatch(item, pattern)) return true;
  return false;
}

function redactDeep(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => redactDeep(item, redact));
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  if (typeof value !== 'object' || value === null) return value;
  let changed = false;
  const entries = Object.entries(value).map(([key, item]) => {
    const entry = [redact(key), redactDeep(item, redact)] as const;
    changed ||= entry[0] !== key || entry[1] !== item;
    return entry;
  });
  return changed ? Object.fromEntries(entries) : value;
}
