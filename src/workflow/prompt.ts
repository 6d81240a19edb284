import { Liquid, type Template } from 'liquidjs';
import { errorMessage, SymphonyError } from '../domain/error.js';
import type { Issue } from '../domain/issue.js';
import type { Attempt } from '../domain/run.js';

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

/**
 * Makes the renderer of a body, which begins on `bodyLine` of its file; it is parsed once, at its first use, so that a
 * broken template fails only attempts.
 */
export function promptRenderer(body: string, bodyLine = 1): RenderPrompt {
  const source = body === '' ? DEFAULT_PROMPT : body;
  let parsed: Template[] | null = null;
  return async (issue, attempt) => {
    try {
      parsed ??= engine.parse(source);
    } catch (error) {
      throw templateError(
        isUnknownFilter(error) ? 'template_render_error' : 'template_parse_error',
        error,
        bodyLine,
      );
    }
    try {
      return String(await engine.render(parsed, { issue: promptIssue(issue), attempt }));
    } catch (error) {
      throw templateError('template_render_error', error, bodyLine);
    }
  };
}

/** liquidjs 10 looks filters up when it parses; an unknown one is a rendering error all the same (SPEC 5.5). */
function isUnknownFilter(error: unknown): boolean {
  return /^undefined filter: /.test(errorMessage(error));
}

const MENDS = {
  template_parse_error: 'mend the template below the front matter',
  template_render_error: 'templates know "issue" and "attempt", docs/workflow.md lists their fields',
} as const;

function templateError(code: keyof typeof MENDS, error: unknown, bodyLine: number): SymphonyError {
  // The position that liquidjs appends counts from the beginning of the template.
  const [what = ''] = errorMessage(error).split('\n');
  const [, text = what, row] = /^(.*?)(?:, file:.*?)?, line:(\d+), col:\d+$/.exec(what) ?? [];
  const place = row === undefined ? '' : `line ${bodyLine + Number(row) - 1}: `;
  return new SymphonyError(code, `${place}the prompt could not be made: ${text}; ${MENDS[code]}`, {
    cause: error,
  });
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
