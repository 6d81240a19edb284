import matter from 'gray-matter';
import type { WorkflowWarning } from '../domain/workflow.js';
import { FENCE, parseYamlMap, WorkflowSyntaxError, type YamlMap } from './yaml-map.js';

/** A workflow file taken apart: its settings as written, its prompt, and where each key stands. */
export interface FrontMatter extends YamlMap {
  /** Trimmed. */
  readonly body: string;
  /** 1-based line of the file on which the body begins. */
  readonly bodyLine: number;
}

/** The opening of another front matter language, as gray-matter and others know it; a rule with words is prose. */
const FOREIGN_FENCE = /^---[ \t]*[A-Za-z][\w+-]*[ \t]*$/;

/**
 * Splits a workflow file by SPEC 5.2: front matter from a first line of exactly `---` to the next such line, or to the
 * end where there is none; without it the whole file is the prompt.
 * @throws WorkflowSyntaxError `workflow_parse_error` or `workflow_front_matter_not_a_map`
 */
export function parseFrontMatter(text: string): FrontMatter {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n/);
  const [first = ''] = lines;
  if (!isFence(first)) {
    if (FOREIGN_FENCE.test(first)) throw foreignLanguage(first);
    return { config: {}, ...bodyFrom(lines, 0), warnings: [withoutFrontMatter(lines)], lineOf: () => null };
  }
  const end = lines.findIndex((line, index) => index > 0 && isFence(line));
  const yaml = lines.slice(1, end === -1 ? undefined : end);
  const stray = yaml.findIndex((line) => line.startsWith(FENCE));
  if (stray !== -1) {
    const what = `the front matter ends with a line of exactly ${FENCE}, this one has more on it`;
    throw new WorkflowSyntaxError('workflow_parse_error', stray + 2, what);
  }
  if (end === -1) return unterminated(lines, yaml.join('\n'));
  return { ...safely(yaml.join('\n')), ...bodyFrom(lines, end + 1) };
}

/** Where the end is missing, the prompt is what is no YAML. */
function unterminated(lines: readonly string[], yaml: string): FrontMatter {
  try {
    const parsed = safely(yaml);
    return { ...parsed, ...bodyFrom(lines, lines.length), warnings: [UNTERMINATED, ...parsed.warnings] };
  } catch (error) {
    if (!(error instanceof WorkflowSyntaxError && error.code === 'workflow_parse_error')) throw error;
    const what =
      `the front matter is not ended by a line of exactly ${FENCE}, so what stands here is read as settings ` +
      `(${error.message}); write that line above the prompt`;
    throw new WorkflowSyntaxError('workflow_parse_error', error.line, what, { cause: error });
  }
}

/** gray-matter would evaluate `---js` and caches by text unless given options; it gets one engine, and only YAML. */
function safely(yaml: string): YamlMap {
  let parsed: YamlMap = { config: {}, warnings: [], lineOf: () => null };
  const read = (): object => {
    parsed = parseYamlMap(yaml);
    return parsed.config;
  };
  const refuse = (): never => {
    throw new WorkflowSyntaxError('workflow_parse_error', 1, 'front matter is YAML, nothing else is read');
  };
  const engines = { yaml: { parse: read }, js: refuse, javascript: refuse, json: refuse };
  matter(`${FENCE}\n${yaml}\n${FENCE}\n`, { language: 'yaml', engines });
  return parsed;
}

function isFence(line: string): boolean {
  return line.trimEnd() === FENCE;
}

function bodyFrom(lines: readonly string[], start: number): Pick<FrontMatter, 'body' | 'bodyLine'> {
  const rest = lines.slice(start);
  const blank = rest.findIndex((line) => line.trim() !== '');
  return { body: rest.join('\n').trim(), bodyLine: start + 1 + Math.max(blank, 0) };
}

const UNTERMINATED: WorkflowWarning = {
  code: 'unterminated_front_matter',
  key: null,
  line: 1,
  message: `the front matter is not ended by a line of exactly ${FENCE}, so the file has no prompt and the default one is used`,
};

/** A licence or a comment above the front matter makes all of it prompt, which nobody means. */
function withoutFrontMatter(lines: readonly string[]): WorkflowWarning {
  const index = lines.findIndex((line, at) => isFence(line) && /^[a-z_]+:/.test(lines[at + 1] ?? ''));
  if (index === -1) return NO_FRONT_MATTER;
  const message =
    'front matter counts only from the first line of the file; what stands here is part of the prompt';
  return { code: 'misplaced_front_matter', key: null, line: index + 1, message };
}

const NO_FRONT_MATTER: WorkflowWarning = {
  code: 'no_front_matter',
  key: null,
  line: 1,
  message: `there is no front matter, so all of the file is the prompt; settings stand at its beginning, between two lines of exactly ${FENCE}`,
};

function foreignLanguage(first: string): WorkflowSyntaxError {
  const named = first.slice(FENCE.length).trim();
  const what = `front matter in "${named}" is not read; write YAML between lines of exactly ${FENCE}`;
  return new WorkflowSyntaxError('workflow_parse_error', 1, what);
}
