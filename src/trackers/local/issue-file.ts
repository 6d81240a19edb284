import { basename } from 'node:path';
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import type { JsonObject, JsonValue } from '../../domain/json.js';
import { yamlMistake } from '../../domain/yaml-mistake.js';
import { type BoardRecord, readRecord } from '../board-record.js';

/** An issue's file, cut into its parts; joined in order they are the file. */
export interface IssueFileParts {
  readonly byteOrderMark: string;
  /** The opening `---` line with its line end; empty when there is no front matter. */
  readonly opening: string;
  readonly yaml: string;
  readonly closing: string;
  readonly body: string;
}

/** What a file says, or why it says nothing; `identifier` is then the best guess at whose it is. */
export type IssueFileReading =
  | { readonly kind: 'record'; readonly record: BoardRecord; readonly repairs: readonly string[] }
  | { readonly kind: 'broken'; readonly reason: string; readonly identifier: string };

const BYTE_ORDER_MARK = '\uFEFF';
const OPENING = /^---[ \t]*(?:\r\n|\n|$)/;
const CLOSING = /^---[ \t]*(?:\r\n|\n|$)/m;
const PLAIN_NULL = new Set(['', '~', 'null', 'Null', 'NULL']);

/** Reads one file of the board. */
export function readIssueFile(name: string, text: string): IssueFileReading {
  const stem = fileStem(name);
  const broken = (reason: string): IssueFileReading => ({
    kind: 'broken',
    reason: `${name}: ${reason}`,
    identifier: guessIdentifier(text) ?? stem,
  });
  // Some editors empty a file before they write it; nothing must be concluded from that moment.
  if (text.trim() === '') return broken('the file is empty; write the issue or remove the file');
  const parts = splitIssueFile(text);
  if (parts === null) return broken('line 1: the front matter has no closing --- line');
  const { document, problem } = parseFrontMatter(parts.yaml);
  if (problem !== null) return broken(problem);
  const reading = readRecord(frontMatterFields(document), {
    identifier: stem,
    title: firstHeading(parts.body) ?? stem,
    description: parts.body.replaceAll('\r\n', '\n').trim() || null,
    nativeRef: { file: name },
  });
  if (reading.kind === 'malformed') return broken(reading.reason);
  return { ...reading, repairs: reading.repairs.map((repair) => `${name}: ${repair}`) };
}

/** Cuts a file into its parts; null when its front matter does not end. */
export function splitIssueFile(text: string): IssueFileParts | null {
  const byteOrderMark = text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : '';
  const rest = text.slice(byteOrderMark.length);
  const opening = OPENING.exec(rest)?.[0] ?? '';
  if (opening === '') return { byteOrderMark, opening, yaml: '', closing: '', body: rest };
  const inside = rest.slice(opening.length);
  const end = CLOSING.exec(inside);
  if (end === null) return null;
  const [closing] = end;
  const body = inside.slice(end.index + closing.length);
  return { byteOrderMark, opening, yaml: inside.slice(0, end.index), closing, body };
}

/**
 * Parses front matter with every scalar as text, so that `identifier: 0012` and `state: No` stay what was written.
 * The problem names a line of the file, where the front matter begins on line 2.
 */
export function parseFrontMatter(yaml: string): { document: Document; problem: string | null } {
  const lines = new LineCounter();
  const document = parseDocument(yaml, {
    schema: 'failsafe',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    lineCounter: lines,
  });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line } = lines.linePos(error.pos[0]);
    const what = yamlMistake(error, yaml.split('\n')[line - 1] ?? '');
    return { document, problem: `line ${line + 1}: ${what}` };
  }
  const isFields = document.contents === null || isMap(document.contents) || yaml.trim() === '';
  return {
    document,
    problem: isFields ? null : 'line 2: the front matter is not a list of `key: value` lines',
  };
}

/** The last pair of a key, as most readers of YAML with repeated keys see it. */
export function lastPair(map: YAMLMap, key: string) {
  return map.items.findLast((pair) => isScalar(pair.key) && pair.key.value === key);
}

/** The file's name without `.md`. */
export function fileStem(name: string): string {
  return basename(name).replace(/\.md$/i, '');
}

/** The fields of front matter; of a repeated key the last one counts. */
export function frontMatterFields(document: Document): JsonObject {
  if (!isMap(document.contents)) return {};
  const fields = new Map<string, JsonValue>();
  for (const { key, value } of document.contents.items) {
    if (isScalar(key)) fields.set(String(key.value), fieldValue(value, document));
  }
  return Object.fromEntries(fields);
}

/** Text, a list of texts, or an empty map for anything deeper, which no field accepts. */
function fieldValue(node: unknown, document: Document): JsonValue {
  const value = isAlias(node) ? node.resolve(document) : node;
  if (isSeq(value)) return value.items.map((item) => scalarText(item, document));
  return value === null ? null : scalarText(value, document);
}

function scalarText(node: unknown, document: Document): JsonValue {
  const value = isAlias(node) ? node.resolve(document) : node;
  if (!isScalar(value)) return {};
  const text = String(value.value ?? '');
  return value.type === 'PLAIN' && PLAIN_NULL.has(text) ? null : text;
}

function firstHeading(body: string): string | null {
  return /^#[ \t]+(.*?)[ \t]*#*[ \t]*$/m.exec(body.replaceAll('\r\n', '\n'))?.[1] || null;
}

/** A broken file may still show whose it is; then asking for that issue must fail and not find nothing. */
function guessIdentifier(text: string): string | null {
  const written = /^identifier:[ \t]*(['"]?)(.*?)\1[ \t]*(?:#.*)?\r?$/m.exec(text)?.[2];
  return written?.trim() || null;
}
