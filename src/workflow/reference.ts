import { WorkflowSchema } from './schema.js';
import { metaOf, type SettingMeta } from './setting.js';
import { knownKeys } from './unknown-keys.js';

const WHEN: { readonly [applies in SettingMeta['applies']]: string } = {
  live: 'at once',
  'new sessions': 'for new sessions',
  restart: 'after a restart',
};

/** The reference of the workflow file as Markdown, made from the schema; docs/workflow.md is its text. */
export function workflowReference(): string {
  const keys = knownKeys();
  const sections = Object.keys(WorkflowSchema.shape).map((section) => {
    const rows = [...keys].flatMap(([key, schema]) => {
      const meta = key.startsWith(`${section}.`) ? metaOf(schema) : null;
      return meta === null ? [] : [row(key, meta)];
    });
    return [
      `## ${section}`,
      '',
      '| Key | Type | Default | A change counts | Meaning |',
      '|---|---|---|---|---|',
      ...rows,
    ].join('\n');
  });
  return `${[HEAD, ...sections, TAIL].join('\n\n')}\n`;
}

function row(key: string, { type, fallback, applies, description }: SettingMeta): string {
  const cells = [`\`${key}\``, type, shown(fallback), WHEN[applies], description];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function shown(fallback: unknown): string {
  if (fallback === null) return 'none';
  return `\`${typeof fallback === 'string' ? fallback : JSON.stringify(fallback)}\``;
}

const HEAD = `# WORKFLOW.md

One file holds a team's settings and prompt: YAML front matter between two lines of exactly \`---\`, then the prompt.
\`symphony validate\` says everything that is wrong with one. The file is followed while the daemon runs: a valid change
counts as soon as it is saved, settings and prompt together; an invalid one is reported, the last good version stays in
force, nothing new is started until it is mended, and what runs is looked after all the same.

This page is made from the schema in \`src/workflow/schema.ts\`; \`npx vitest run test/workflow/reference.test.ts -u\`
writes it anew, and without \`-u\` that test fails when the two differ.

- A key that is missing or \`null\` has its default. Unknown keys are ignored with a warning.
- Whole numbers, \`true\` and \`false\` may be quoted. A number is not taken for a text, except in lists of states and labels.
- Lists of states and labels may be one text with commas.
- When a key stands twice, the first one counts, with a warning.
- The front matter is YAML and nothing else; \`---js\` and the like are refused. It begins on the first line of the file.
  Without it the whole file is the prompt; without its end all of the file is front matter.
- \`{{ … }}\` in front matter is not rendered. Unquoted, as a value, it is taken for a placeholder that nobody filled in.`;

const TAIL = `## The prompt

The body is a [Liquid](https://liquidjs.com) template, rendered once for each run attempt. It is strict: an unknown
variable or filter fails that attempt, and only that. An empty body gives a short default prompt.

| Variable | Meaning |
|---|---|
| \`issue\` | \`id\`, \`native_ref\`, \`identifier\`, \`title\`, \`description\`, \`priority\`, \`state\`, \`branch_name\`, \`url\`, \`assignee_id\`, \`labels\`, \`blocked_by\` (each with \`id\`, \`identifier\`, \`state\`), \`dispatchable\`, \`created_at\`, \`updated_at\`; what the tracker does not know is \`null\` or empty |
| \`attempt\` | \`null\` on a first run, then 1, 2, … on retries and continuations |

\`{{ issue.labels }}\` prints labels without anything between them; write \`{{ issue.labels | join: ", " }}\`.

## Hooks

Each hook is one bash script, run as \`bash -lc\` in the workspace. Its environment is the daemon's without the tracker's
secrets, and: \`SYMPHONY_ISSUE_ID\`, \`SYMPHONY_ISSUE_IDENTIFIER\`, \`SYMPHONY_ISSUE_TITLE\`, \`SYMPHONY_ISSUE_STATE\`,
\`SYMPHONY_ISSUE_URL\`, \`SYMPHONY_ISSUE_BRANCH\`, \`SYMPHONY_WORKSPACE\`, \`SYMPHONY_ATTEMPT\` (empty on a first run). The
name of the workspace directory is the issue's identifier, with other characters than letters, digits, \`.\`, \`_\` and \`-\`
replaced and a hash appended when anything was replaced. When a hook ends, times out or is stopped, everything it started
ends with it.`;
