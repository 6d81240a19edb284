import { Liquid, type Template } from 'liquidjs';
import { errorMessage, SymphonyError } from '../domain/error.js';
import type { Issue } from '../domain/issue.js';
import type { Attempt } from '../domain/run.js';

/** What an agent is told when the file has no prompt (SPEC 5.4). */
const DEFAULT_PROMPT = `You are working on issue {{ issue.identifier }} of the configured tracker.

Title: {{ issue.title }}

{% if issue.description %}{{ issue.description }}{% else %}No description was given.{% endif %}`;

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

/** Makes the renderer of a body; it is parsed once, at its first use, so that a broken template fails only attempts. */
export function promptRenderer(body: string): RenderPrompt {
  const source = body === '' ? DEFAULT_PROMPT : body;
  let parsed: readonly Template[] | null = null;
  return async (issue, attempt) => {
    parsed ??= parse(source);
    try {
      const text: unknown = await engine.render([...parsed], { issue: promptIssue(issue), attempt });
      return String(text);
    } catch (error) {
      throw templateError('template_render_error', error);
    }
  };
}

function parse(source: string): readonly Template[] {
  try {
    return engine.parse(source);
  } catch (error) {
    throw templateError('template_parse_error', error);
  }
}

function templateError(
  code: 'template_parse_error' | 'template_render_error',
  error: unknown,
): SymphonyError {
  const [what = ''] = errorMessage(error).split('\n');
  const mend =
    code === 'template_parse_error'
      ? 'mend the template in the body of the workflow file'
      : 'templates know "issue" and "attempt"; see docs/workflow.md';
  return new SymphonyError(code, `the prompt could not be made: ${what}; ${mend}`, { cause: error });
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
