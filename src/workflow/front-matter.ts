import matter from 'gray-matter';
import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import { errorMessage, SymphonyError } from '../domain/error.js';
import type { WorkflowWarning } from '../domain/workflow.js';

/** A workflow file taken apart: its settings as written, its prompt, and where each key stands. */
export interface FrontMatter {
  readonly config: { readonly [key: string]: unknown };
  /** Trimmed. */
  readonly body: string;
  /** 1-based line of the file on which the body begins. */
  readonly bodyLine: number;
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

const FENCE = '---';
/** The opening of another front matter language, as gray-matter and others know it; a rule with words is prose. */
const FOREIGN_FENCE = /^---[ \t]*[A-Za-z][\w+-]*[ \t]*$/;
const MERGE_KEY = '<<';
/** How often one anchor may be used, against files that grow without bound when they are read. */
const MAX_ALIASES = 100;

/**
 * Splits a workflow file by SPEC 5.2: front matter from a first line of exactly `---` to the next such line, or to the
 * end where there is none; without it the whole file is the prompt.
 * @throws WorkflowSyntaxError `workflow_parse_error` or `workflow_front_matter_not_a_map`
 */
export function parseFrontMatter(text: string): FrontMatter {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n/);
  const [first = ''] = lines;
  if (first.trimEnd() !== FENCE) {
    if (FOREIGN_FENCE.test(first)) throw foreignLanguage(first);
    return { config: {}, ...bodyFrom(lines, 0), warnings: [], lineOf: () => null };
  }
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === FENCE);
  const yaml = lines.slice(1, end === -1 ? undefined : end);
  const stray = yaml.findIndex((line) => line.startsWith(FENCE));
  if (stray !== -1) {
    throw parseError(stray + 2, 'the front matter ends with a line of exactly ---, this one has more on it');
  }
  return { ...parsedYaml(yaml.join('\n')), ...bodyFrom(lines, end === -1 ? lines.length : end + 1) };
}

function bodyFrom(lines: readonly string[], start: number): Pick<FrontMatter, 'body' | 'bodyLine'> {
  const rest = lines.slice(start);
  const blank = rest.findIndex((line) => line.trim() !== '');
  return { body: rest.join('\n').trim(), bodyLine: start + 1 + Math.max(blank, 0) };
}

function parsedYaml(yaml: string): Pick<FrontMatter, 'config' | 'warnings' | 'lineOf'> {
  const counter = new LineCounter();
  // The fence takes the first line of the file, and yaml counts from one.
  const lineAt = (offset: number): number => counter.linePos(offset).line + 1;
  const document = understood(() => parseDocument(yaml, { ...YAML_OPTIONS, lineCounter: counter }));
  const [error] = document.errors;
  if (error !== undefined) throw yamlError(yaml, error.message, lineAt(error.pos[0]));
  const warnings = withoutDuplicates(document, lineAt);
  const config = safely(yaml, document);
  return { config, warnings, lineOf: (key) => lineOfKey(document, key, lineAt) };
}

/** Duplicate keys are ours to judge, and `<<` is what people who write it mean. */
const YAML_OPTIONS = { uniqueKeys: false, merge: true, prettyErrors: false, logLevel: 'error' } as const;

/** gray-matter would evaluate `---js` and caches by text unless given options; it gets one engine, and only YAML. */
function safely(yaml: string, document: Document): { readonly [key: string]: unknown } {
  const refuse = (): never => {
    throw new WorkflowSyntaxError('workflow_parse_error', 1, 'front matter is YAML, nothing else is read');
  };
  const engines = { yaml: { parse: () => plainMap(document) }, js: refuse, javascript: refuse, json: refuse };
  return matter(`${FENCE}\n${yaml}\n${FENCE}\n`, { language: 'yaml', engines }).data;
}

function plainMap(document: Document): object {
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null))
    return {};
  if (!isMap(document.contents)) {
    throw new WorkflowSyntaxError(
      'workflow_front_matter_not_a_map',
      2,
      'the front matter must be a map of settings such as "tracker:", not a list or a single value',
    );
  }
  const plain: unknown = understood(() => document.toJS({ maxAliasCount: MAX_ALIASES }));
  return typeof plain === 'object' && plain !== null ? plain : {};
}

/** yaml throws plain errors for an alias without an anchor, too many aliases, or nesting beyond the stack. */
function understood<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new WorkflowSyntaxError(
      'workflow_parse_error',
      null,
      `the front matter cannot be read: ${errorMessage(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** A key written twice: the first counts, as in the reference; refusing the file would stop workflows that run today. */
function withoutDuplicates(document: Document, lineAt: (offset: number) => number): WorkflowWarning[] {
  const warnings: WorkflowWarning[] = [];
  visit(document, {
    Map(_key, map: YAMLMap) {
      const lines = new Map<string, number>();
      map.items = map.items.filter((pair) => {
        const { name, line } = keyOf(pair, lineAt);
        const first = lines.get(name);
        if (first === undefined || name === MERGE_KEY) {
          lines.set(name, line);
          return true;
        }
        warnings.push(duplicate(name, line, first));
        return false;
      });
    },
  });
  return warnings;
}

function keyOf({ key }: Pair, lineAt: (offset: number) => number): { name: string; line: number } {
  if (!isNode(key)) return { name: String(key), line: lineAt(0) };
  const line = lineAt(key.range?.[0] ?? 0);
  if (isCollection(key)) throw placeholderError(line);
  return { name: String(isScalar(key) ? key.value : key), line };
}

function duplicate(name: string, line: number, first: number): WorkflowWarning {
  return {
    code: 'duplicate_key',
    key: name,
    line,
    message: `${name} is written twice; the first one, on line ${first}, counts. Remove one of them`,
  };
}

function lineOfKey(document: Document, key: string, lineAt: (offset: number) => number): number | null {
  let node: unknown = document.contents;
  let line: number | null = null;
  for (const name of key.split('.')) {
    if (!isMap(node)) return line;
    const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === name);
    if (pair === undefined || !isScalar(pair.key)) return line;
    line = lineAt(pair.key.range?.[0] ?? 0);
    node = pair.value;
  }
  return line;
}

/** An unquoted `{{ NAME }}`, the mark of a template nobody has filled in, deserves better than what yaml says of it. */
function yamlError(yaml: string, message: string, line: number): SymphonyError {
  const lines = yaml.split('\n');
  const suspects = [line, line - 1].filter((suspect) => PLACEHOLDER.test(lines[suspect - 2] ?? ''));
  return suspects[0] === undefined
    ? parseError(line, message.replace(/\s+/g, ' '))
    : placeholderError(suspects[0]);
}

const PLACEHOLDER = /^[^'"#]*(:|-)\s+\{\{.*\}\}/;

function placeholderError(line: number): SymphonyError {
  return parseError(
    line,
    'this looks like a template placeholder in double braces; fill in the placeholder, or quote the value',
  );
}

function parseError(line: number, what: string): SymphonyError {
  return new WorkflowSyntaxError('workflow_parse_error', line, what);
}

function foreignLanguage(first: string): SymphonyError {
  const named = first.slice(FENCE.length).trim();
  return parseError(1, `front matter in "${named}" is not read; write YAML between lines of exactly ---`);
}
