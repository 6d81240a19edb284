import {
  type Alias,
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { errorMessage, SymphonyError } from '../domain/error.js';
import type { WorkflowWarning } from '../domain/workflow.js';
import { yamlMistake } from '../domain/yaml-mistake.js';

/** Settings as they are written, and where. */
export interface YamlMap {
  readonly config: { readonly [key: string]: unknown };
  readonly warnings: readonly WorkflowWarning[];
  /** 1-based line of a dotted key, or of the nearest one above it that is written; null when none is. */
  lineOf(key: string): number | null;
}

/** Front matter that cannot be understood; `line` is 1-based, null when unknown. */
export class WorkflowSyntaxError extends SymphonyError {
  readonly line: number | null;

  constructor(
    code: 'workflow_parse_error' | 'workflow_front_matter_not_a_map',
    line: number | null,
    message: string,
    options: { cause?: unknown } = {},
  ) {
    super(code, message, options);
    this.line = line;
  }
}

/** The line before and after front matter. */
export const FENCE = '---';
const MERGE_KEY = '<<';
/** How often one anchor may be used, against files that grow without bound when they are read. */
const MAX_ALIASES = 100;
/** Duplicate keys are ours to judge, and `<<` is what people who write it mean. */
const OPTIONS = { uniqueKeys: false, merge: true, prettyErrors: false, logLevel: 'error' } as const;

type LineAt = (offset: number) => number;

/**
 * Reads the YAML of front matter; lines are those of its file, where the opening fence is the first.
 * @throws WorkflowSyntaxError `workflow_parse_error` or `workflow_front_matter_not_a_map`
 */
export function parseYamlMap(yaml: string): YamlMap {
  const counter = new LineCounter();
  const lineAt: LineAt = (offset) => counter.linePos(offset).line + 1;
  const document = understood(() => parseDocument(yaml, { ...OPTIONS, lineCounter: counter }));
  const [error] = document.errors;
  if (error !== undefined) throw syntaxError({ yaml, document, error, lineAt });
  const warnings = [...withoutDuplicates(document, lineAt), ...tagsLeftOut(document, lineAt)];
  refuseDangling(document, lineAt);
  const config = plainMap(document);
  return { config, warnings, lineOf: (key) => lineOfKey(document.contents, key, lineAt) };
}

function plainMap(document: Document): { readonly [key: string]: unknown } {
  const { contents } = document;
  if (contents === null || (isScalar(contents) && contents.value === null)) return {};
  if (!isMap(contents)) {
    const what =
      'the front matter must be a map of settings such as "tracker:", not a list or a single value';
    throw new WorkflowSyntaxError('workflow_front_matter_not_a_map', 2, what);
  }
  return understood(() => document.toJS({ maxAliasCount: MAX_ALIASES }) as { [key: string]: unknown });
}

/** yaml throws plain errors for too many aliases, a `<<` of no map, or nesting beyond the stack. */
function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const what = `the front matter cannot be read: ${errorMessage(cause)}; write it more plainly`;
    throw new WorkflowSyntaxError('workflow_parse_error', null, what, { cause });
  }
}

/** A key written twice: the first counts, as in the reference; refusing the file would stop workflows that run today. */
function withoutDuplicates(document: Document, lineAt: LineAt): WorkflowWarning[] {
  const warnings: WorkflowWarning[] = [];
  visit(document, {
    Map(_key, map: YAMLMap, ancestors) {
      const lines = new Map<string, number>();
      map.items = map.items.filter((pair) => {
        const { name, line } = nameOf(pair, lineAt);
        const first = lines.get(name);
        if (first === undefined || name === MERGE_KEY) {
          lines.set(name, line);
          return true;
        }
        warnings.push(duplicate(dotted([...ancestors, pair]), line, first));
        return false;
      });
    },
  });
  return warnings;
}

function dotted(path: readonly unknown[]): string {
  return path
    .filter((node): node is Pair => isPair(node))
    .map(({ key }) => String(isScalar(key) ? key.value : key))
    .join('.');
}

function duplicate(key: string, line: number, first: number): WorkflowWarning {
  const message = `${key} is written twice; the first one, on line ${first}, counts. Remove one of them`;
  return { code: 'duplicate_key', key, line, message };
}

/** What YAML itself does not mean by a `!`; a script that begins with one loses it, and so does the opposite. */
function tagsLeftOut(document: Document, lineAt: LineAt): WorkflowWarning[] {
  const warnings: WorkflowWarning[] = [];
  visit(document, {
    Value(_key, node, ancestors) {
      if (node.tag === undefined || node.tag.startsWith('tag:yaml.org,2002:')) return;
      const key = dotted(ancestors);
      const what = `${key}: "${node.tag}" before the value is a tag of YAML's and is left out`;
      const message = `${what}; put the value into quotes, or below "|", when it begins with this`;
      warnings.push({ code: 'tag_left_out', key, line: lineAt(node.range?.[0] ?? 0), message });
    },
  });
  return warnings;
}

function nameOf({ key }: Pair, lineAt: LineAt): { name: string; line: number } {
  const line = lineAt(isNode(key) ? (key.range?.[0] ?? 0) : 0);
  if (isMap(key)) throw placeholderError(line);
  if (isNode(key) && !isScalar(key)) {
    throw new WorkflowSyntaxError('workflow_parse_error', line, 'a key must be a plain text');
  }
  return { name: String(isScalar(key) ? key.value : key), line };
}

/** An alias that names nothing, or something that contains it. */
function refuseDangling(document: Document, lineAt: LineAt): void {
  visit(document, {
    Alias(_key, alias: Alias, ancestors) {
      const target = alias.resolve(document);
      if (target !== undefined && !ancestors.includes(target)) return;
      const what = target === undefined ? 'names no anchor above it' : 'is inside of what it names';
      const line = lineAt(alias.range?.[0] ?? 0);
      throw new WorkflowSyntaxError('workflow_parse_error', line, `the alias *${alias.source} ${what}`);
    },
  });
}

/** Names may have dots in them, so the longest written key that fits is taken. */
function lineOfKey(node: unknown, key: string, lineAt: LineAt): number | null {
  if (!isMap(node)) return null;
  const fitting = node.items
    .map((pair) => ({ pair, name: isScalar(pair.key) ? String(pair.key.value) : '' }))
    .filter(({ name }) => name !== '' && (key === name || key.startsWith(`${name}.`)))
    .sort((a, b) => b.name.length - a.name.length);
  const [best] = fitting;
  if (best === undefined || !isScalar(best.pair.key)) return null;
  const line = lineAt(best.pair.key.range?.[0] ?? 0);
  return lineOfKey(best.pair.value, key.slice(best.name.length + 1), lineAt) ?? line;
}

/** An unquoted `{{ NAME }}` or `{% tag %}`, the mark of a template nobody has filled in. */
const PLACEHOLDER = /^[^'"#]*(:|-)\s+\{[{%].*[%}]\}/;
/** The same on a line of its own, as what is put in place of a script. */
const LONE_PLACEHOLDER = /^\s*\{[{%].*[%}]\}\s*$/;

interface SyntaxFault {
  readonly yaml: string;
  readonly document: Document;
  readonly error: YAMLError;
  readonly lineAt: LineAt;
}

/** What yaml says, with what to do about it. */
function syntaxError({ yaml, document, error, lineAt }: SyntaxFault): WorkflowSyntaxError {
  const line = lineAt(error.pos[0]);
  const lines = yaml.split('\n');
  const textAt = (at: number): string => lines[at - 2] ?? '';
  const suspect = [line, line - 1].find((at) => PLACEHOLDER.test(textAt(at)));
  const lone = LONE_PLACEHOLDER.test(textAt(line)) ? line : null;
  // One that yaml could read comes first in the file, and is the same mistake.
  const placeholder = suspect ?? lone ?? null;
  if (placeholder !== null) return placeholderError(placeholderIn(document, lineAt) ?? placeholder);
  const what = yamlMistake(error, textAt(line));
  return new WorkflowSyntaxError('workflow_parse_error', line, what, { cause: error });
}

/** The line of the first map that is a key, which is how yaml reads `{{ NAME }}`; null when there is none. */
function placeholderIn(document: Document, lineAt: LineAt): number | null {
  let line: number | null = null;
  visit(document, {
    Pair(_key, { key }) {
      if (!isMap(key)) return undefined;
      line = lineAt(key.range?.[0] ?? 0);
      return visit.BREAK;
    },
  });
  return line;
}

function placeholderError(line: number): WorkflowSyntaxError {
  const what =
    'this looks like a template placeholder in double braces; fill in the placeholder, or quote the value';
  return new WorkflowSyntaxError('workflow_parse_error', line, what);
}
