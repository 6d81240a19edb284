import { Liquid, type Template, Tokenizer, TokenKind } from 'liquidjs';
import { errorMessage, SymphonyError } from '../domain/error.js';
import type { Issue } from '../domain/issue.js';
import type { Attempt } from '../domain/run.js';
import { located, type Place } from './place.js';
import { renderMend, type TemplateWords } from './prompt-mend.js';

/** What an agent is told when the file has no prompt (SPEC 5.4). */
const DEFAULT_PROMPT = `You are working on issue {{ issue.identifier }} of the configured tracker.

Title: {{ issue.title }}

{% if issue.description == blank %}No description was given.{% else %}{{ issue.description }}{% endif %}`;

/** A template may be long and loop over issues, but must not hold the daemon. */
const LIMITS = { parseLimit: 10_000_000, renderLimit: 2_000, memoryLimit: 50_000_000 };

/** Strict where the reference is, lenient in conditions as it is; reads no files and no inherited properties. */
const engine = new Liquid({
  strictVariables: true,
  strictFilters: true,
  lenientIf: true,
  ownPropertyOnly: true,
  templates: {},
  ...LIMITS,
});

/** Renders prompts of one workflow version. */
export type RenderPrompt = (issue: Issue, attempt: Attempt) => Promise<string>;

/** Where a template stands. */
export interface PromptSource {
  /** As people call the file; null where there is none. */
  readonly file: string | null;
  /** 1-based line of the file on which the template begins. */
  readonly bodyLine: number;
}

/** Makes the renderer of a body; it is parsed once, at its first use, so that a broken template fails only attempts. */
export function promptRenderer(body: string, from: PromptSource = { file: null, bodyLine: 1 }): RenderPrompt {
  const source = body === '' ? DEFAULT_PROMPT : body;
  let parsed: Template[] | null = null;
  return async (issue, attempt) => {
    parsed ??= parsedTemplate(source, from);
    try {
      return String(await engine.render(parsed, { issue: promptIssue(issue), attempt }));
    } catch (error) {
      throw promptError({ code: 'template_render_error', failsEachRun: false, error }, source, from);
    }
  };
}

/** What will fail each run whatever its issue, for whoever reads the file; null when the body can be parsed. */
export function templateFault(body: string, from: PromptSource): PromptError | null {
  try {
    parsedTemplate(body, from);
    return null;
  } catch (error) {
    if (!(error instanceof PromptError)) throw error;
    return error;
  }
}

function parsedTemplate(source: string, from: PromptSource): Template[] {
  try {
    const parsed = engine.parse(source);
    refuseConditions(source);
    return parsed;
  } catch (error) {
    const code = isUnknownFilter(error) ? 'template_render_error' : 'template_parse_error';
    throw promptError({ code, failsEachRun: true, error }, source, from);
  }
}

/** Conditions belong in tags; liquidjs would print `true` for `{{ issue.description or "" }}`. */
function refuseConditions(source: string): void {
  const { operators } = engine.options;
  for (const token of new Tokenizer(source).readTopLevelTokens(engine.options)) {
    if (token.kind !== TokenKind.Output) continue;
    const content = token.getText().replace(/^\{\{-?|-?\}\}$/g, '');
    const { initial } = new Tokenizer(content, operators).readFilteredValue();
    const operator = initial.postfix.find(({ kind }) => kind === TokenKind.Operator);
    if (operator === undefined) continue;
    const [line, column] = token.getPosition();
    throw new Error(`"${operator.getText()}" stands in an output, line:${line}, col:${column}`);
  }
}

/** liquidjs 10 looks filters up when it parses; an unknown one is a rendering error all the same (SPEC 5.5). */
function isUnknownFilter(error: unknown): boolean {
  return /^undefined filter: /.test(errorMessage(error));
}

/** A prompt that cannot be made. */
export class PromptError extends SymphonyError {
  /** 1-based line of the file, null when unknown. */
  readonly line: number | null;
  /** The message without its place. */
  readonly what: string;
  /** Whether it was seen without an issue, so that none can change it. */
  readonly failsEachRun: boolean;

  constructor(code: PromptErrorCode, place: Place, { what, failsEachRun, cause }: PromptFault) {
    super(code, located(place, what), { cause });
    this.line = place.line;
    this.what = what;
    this.failsEachRun = failsEachRun;
  }
}

interface PromptFault extends Pick<PromptError, 'what' | 'failsEachRun'> {
  readonly cause: unknown;
}

type PromptErrorCode = 'template_parse_error' | 'template_render_error';

function promptError(
  {
    code,
    failsEachRun,
    error,
  }: { readonly code: PromptErrorCode; readonly failsEachRun: boolean; readonly error: unknown },
  source: string,
  { file, bodyLine }: PromptSource,
): PromptError {
  // The position that liquidjs appends counts from the beginning of the template.
  const [first = ''] = errorMessage(error).split('\n');
  const [, text = first, row] = /^(.*?)(?:, file:.*?)?, line:(\d+), col:\d+$/.exec(first) ?? [];
  const line = row === undefined ? null : bodyLine + Number(row) - 1;
  const what = `the prompt could not be made: ${reworded(text) ?? `${text}; ${foreign(source) ?? mend(code, text)}`}`;
  return new PromptError(code, { file, line }, { what, failsEachRun, cause: error });
}

function mend(code: PromptErrorCode, text: string): string {
  return code === 'template_parse_error'
    ? 'mend the template below the front matter'
    : renderMend(text, WORDS);
}

/** Cause and mend where the words of liquidjs tell neither: it looks for partials among none, like a file system. */
function reworded(text: string): string | null {
  const [, name] = /^ENOENT: Failed to lookup "(.*?)"/.exec(text) ?? [];
  if (name !== undefined) return `"${name}" is another file, and a prompt stands in one: put its text here`;
  const limit = LIMITS.parseLimit.toLocaleString('en-US');
  return text === 'parse length limit exceeded'
    ? `the template has more than ${limit} characters; make it shorter`
    : null;
}

/** Other template languages in double braces, by what is theirs alone. */
const FOREIGN: readonly { readonly name: string; readonly mark: RegExp; readonly instead: string }[] = [
  {
    name: 'Go',
    mark: /\{\{-?\s*(\/\*|\.\w|(if|range|with|else if)\s+(\w+\s+)?[.$]|end\s*-?\}\})/,
    instead: '{{ issue.title }}',
  },
  { name: 'Handlebars', mark: /\{\{[#/^]\s*\w/, instead: '{% if attempt %} … {% endif %}' },
  {
    name: 'Jinja',
    mark: /\{\{[^}|]*(\|\s*\w+\(|\s(or|and|if)\s)|\{%-?\s*set\s/,
    instead: '{{ issue.labels | join: ", " }}',
  },
];

function foreign(source: string): string | null {
  const language = FOREIGN.find(({ mark }) => mark.test(source));
  if (language === undefined) return null;
  return `this looks like a template for ${language.name}; prompts are Liquid, such as ${language.instead}`;
}

/** The issue as templates see it: SPEC 4.1.1's names, every one present. */
function promptIssue(issue: Issue): { readonly [name: string]: unknown } {
  return {
    id: issue.id,
    native_ref: issue.nativeRef,
    identifier: issue.identifier,
    title: issue.title,
    description: issue.description,
    priority: issue.priority,
    state: issue.state,
    branch_name: issue.branchName,
    url: issue.url,
    assignee_id: issue.assigneeId,
    labels: [...issue.labels],
    blocked_by: issue.blockedBy.map((blocker) => ({ ...blocker })),
    dispatchable: issue.dispatchable,
    created_at: issue.createdAt,
    updated_at: issue.updatedAt,
  };
}

/** What a misspelt name may have meant. */
const WORDS: TemplateWords = {
  roots: ['issue', 'attempt'],
  fields: [
    ...['id', 'native_ref', 'identifier', 'title', 'description', 'priority', 'state', 'branch_name', 'url'],
    ...['assignee_id', 'labels', 'blocked_by', 'dispatchable', 'created_at', 'updated_at'],
  ],
  filters: Object.keys(engine.filters),
};
