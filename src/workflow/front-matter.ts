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
import { SymphonyError } from '../domain/error.js';
import type { WorkflowWarning } from '../domain/workflow.js';

/** A workflow file taken apart: its settings as written, its prompt, and where each key stands. */
export interface FrontMatter {
  readonly config: { readonly [key: string]: unknown };
  /** Trimmed. */
  readonly body: string;
  readonly warnings: readonly WorkflowWarning[];
  /** 1-based line of a dotted key, or of the nearest one above it that is written; null when none is. */
  lineOf(key: string): number | null;
}

const FENCE = '---';
const MERGE_KEY = '<<';

/**
 * Splits a workflow file by SPEC 5.2: front matter from a first line of exactly `---` to the next such line, or to the
 * end where there is none; without it the whole file is the prompt.
 * @throws SymphonyError `workflow_parse_error` or `workflow_front_matter_not_a_map`
 */
export function parseFrontMatter(text: string): FrontMatter {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n/);
  const [first = ''] = lines;
  if (first.trimEnd() !== FENCE) {
    if (/^---\s*[A-Za-z]/.test(first)) throw foreignLanguage(first);
    return { config: {}, body: lines.join('\n').trim(), warnings: [], lineOf: () => null };
  }
  const end = lines.findIndex((line, index) => index > 0 && line.trimEnd() === FENCE);
  const yaml = lines.slice(1, end === -1 ? undefined : end);
  const stray = yaml.findIndex((line) => line.startsWith(FENCE));
  if (stray !== -1) {
    throw parseError(stray + 2, 'the front matter ends with a line of exactly ---, this one has more on it');
  }
  return {
    ...parsedYaml(yaml.join('\n')),
    body:
      end === -1
        ? ''
        : lines
            .slice(end + 1)
            .join('\n')
            .trim(),
  };
}

function parsedYaml(yaml: string): Pick<FrontMatter, 'config' | 'warnings' | 'lineOf'> {
  const counter = new LineCounter();
  const document = parseDocument(yaml, {
    lineCounter: counter,
    uniqueKeys: false,
    merge: true,
    prettyErrors: false,
  });
  // The fence takes the first line of the file, and yaml counts from one.
  const lineAt = (offset: number): number => counter.linePos(offset).line + 1;
  const [error] = document.errors;
  const placeholder = placeholderAt(yaml);
  if (error !== undefined) throw yamlError(error.message, lineAt(error.pos[0]), placeholder);
  const warnings = withoutDuplicates(document, lineAt);
  const config = safely(yaml, document);
  return { config, warnings, lineOf: (key) => lineOfKey(document, key, lineAt) };
}

/** gray-matter would evaluate `---js` and caches by text unless given options; it gets one engine, and only YAML. */
function safely(yaml: string, document: Document): { readonly [key: string]: unknown } {
  const refuse = (): never => {
    throw new SymphonyError('workflow_parse_error', 'front matter is YAML; other languages are not read');
  };
  const engines = { yaml: { parse: () => plainMap(document) }, js: refuse, javascript: refuse, json: refuse };
  return matter(`${FENCE}\n${yaml}\n${FENCE}\n`, { language: 'yaml', engines }).data;
}

function plainMap(document: Document): object {
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null))
    return {};
  if (!isMap(document.contents)) {
    throw new SymphonyError(
      'workflow_front_matter_not_a_map',
      'the front matter must be a map of settings such as "tracker:", not a list or a single value',
    );
  }
  const plain: unknown = document.toJS({ maxAliasCount: 100 });
  return typeof plain === 'object' && plain !== null ? plain : {};
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

/** The line of an unquoted `{{ NAME }}`, the mark of a template nobody has filled in; null without one. */
function placeholderAt(yaml: string): number | null {
  const index = yaml.split('\n').findIndex((line) => /^[^'"#]*:\s*\{\{.*\}\}/.test(line));
  return index === -1 ? null : index + 2;
}

function yamlError(message: string, line: number, placeholder: number | null): SymphonyError {
  return placeholder === null
    ? parseError(line, message.replace(/\s+/g, ' '))
    : placeholderError(placeholder);
}

function placeholderError(line: number): SymphonyError {
  return parseError(
    line,
    'this looks like a template placeholder in double braces; fill in the value, or quote it',
  );
}

function parseError(line: number, what: string): SymphonyError {
  return new SymphonyError('workflow_parse_error', `line ${line}: ${what}`);
}

function foreignLanguage(first: string): SymphonyError {
  return new SymphonyError(
    'workflow_parse_error',
    `line 1: front matter in "${first.slice(FENCE.length).trim()}" is not read; write YAML between lines of exactly ---`,
  );
}
