import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { Issue } from '../../src/domain/issue.js';
import { parseWorkflow } from '../../src/workflow/load.js';
import { promptRenderer } from '../../src/workflow/prompt.js';
import { aLoadContext, anIssue } from '../helpers/build.js';

const FULL: Issue = anIssue({
  id: 'a1b2',
  nativeRef: { team: { key: 'MT' } },
  identifier: 'MT-7',
  title: 'Mend the roof',
  description: 'It leaks.\n',
  priority: 2,
  state: 'In Progress',
  branchName: 'mt-7-mend-the-roof',
  url: 'https://tracker.example/MT-7',
  assigneeId: 'u1',
  labels: ['bug', 'p1'],
  blockedBy: [
    { id: 'x', identifier: 'MT-1', state: 'Done' },
    { id: null, identifier: null, state: null },
  ],
  createdAt: '2026-01-02T03:04:05.000Z',
  updatedAt: '2026-02-03T04:05:06.000Z',
});

function render(template: string, issue: Issue = FULL, attempt: number | null = null): Promise<string> {
  return promptRenderer(template)(issue, attempt);
}

describe('a prompt', () => {
  test('sees every field of an issue under its name in the specification', async () => {
    const seen: unknown = JSON.parse(await render('{{ issue | json }}'));

    expect(seen).toEqual({
      id: 'a1b2',
      native_ref: { team: { key: 'MT' } },
      identifier: 'MT-7',
      title: 'Mend the roof',
      description: 'It leaks.\n',
      priority: 2,
      state: 'In Progress',
      branch_name: 'mt-7-mend-the-roof',
      url: 'https://tracker.example/MT-7',
      assignee_id: 'u1',
      labels: ['bug', 'p1'],
      blocked_by: [
        { id: 'x', identifier: 'MT-1', state: 'Done' },
        { id: null, identifier: null, state: null },
      ],
      dispatchable: true,
      created_at: '2026-01-02T03:04:05.000Z',
      updated_at: '2026-02-03T04:05:06.000Z',
    });
  });

  test('prints nothing for what the tracker does not know', async () => {
    const template =
      '[{{ issue.description }}{{ issue.priority }}{{ issue.url }}{{ issue.native_ref }}{{ issue.labels }}]';

    expect(await render(template, anIssue())).toBe('[]');
  });

  test('iterates over labels and blockers, and into what they hold', async () => {
    const template =
      '{% for label in issue.labels %}#{{ label }} {% endfor %}' +
      '{% for blocker in issue.blocked_by %}{{ blocker.identifier | default: "?" }}={{ blocker.state }};{% endfor %}' +
      '{{ issue.blocked_by.size }}{{ issue.blocked_by.first.id }}{{ issue.native_ref.team.key }}';

    expect(await render(template)).toBe('#bug #p1 MT-1=Done;?=;2xMT');
  });

  test('prints labels bare without anything between them, as the reference does', async () => {
    expect(await render('{{ issue.labels }} {{ issue.labels | join: ", " }} {{ issue.labels.size }}')).toBe(
      'bugp1 bug, p1 2',
    );
  });

  test('tells a first run from a later one', async () => {
    const template = '{% if attempt %}again: {{ attempt }}{% else %}first{{ attempt }}{% endif %}';

    expect(await render(template, FULL, null)).toBe('first');
    expect(await render(template, FULL, 1)).toBe('again: 1');
    expect(await render(template, FULL, 2)).toBe('again: 2');
  });

  test('keeps text of the issue as it is, braces and all', async () => {
    const issue = anIssue({ title: '{{ issue.id }} <b>&amp;</b> {% raw %} ✅', description: '{% endraw %}' });

    expect(await render('{{ issue.title }}{{ issue.description }}', issue)).toBe(
      `${issue.title}${issue.description}`,
    );
  });

  test('does what the templates of real files do', async () => {
    const template = [
      '{%- if issue.state == "In Progress" and issue.labels contains "bug" -%}busy{%- endif -%}',
      '{% unless issue.description %}none{% else %}{{ issue.description | strip | downcase }}{% endunless %}',
      '{% case issue.priority %}{% when 1 %}urgent{% when 2 %}high{% endcase %}',
      '{% raw %}{{ left }}{% endraw %}',
      '{{ issue.title | replace: "roof", "door" | remove: "the " }}',
      '{% comment %}{{ nothing }}{% endcomment %}',
    ].join('|');

    expect(await render(template)).toBe('busy|it leaks.|high|{{ left }}|Mend door|');
  });

  test('of an empty body names the issue, its title and its description', async () => {
    expect(await render('')).toBe(
      'You are working on issue MT-7 of the configured tracker.\n\nTitle: Mend the roof\n\nIt leaks.\n',
    );
    expect(await render('', anIssue())).toContain('No description was given.');
  });

  test('is made anew for each issue from one template', async () => {
    const prompt = promptRenderer('{{ issue.identifier }}');

    const made = await Promise.all(
      ['A-1', 'A-2', 'A-3'].map((identifier) => prompt(anIssue({ identifier }), null)),
    );

    expect(made).toEqual(['A-1', 'A-2', 'A-3']);
  });
});

describe('strictness', () => {
  test.each([
    '{{ nothing }}',
    '{{ issue.number }}',
    '{{ issue.native_ref.team.name }}',
    '{{ identifier }}',
    '{{ issue.title | append: nothing }}',
    '{% for comment in issue.comments %}{{ comment }}{% endfor %}',
    '{{ issue.title | shout }}',
  ])('an unknown variable or filter fails the rendering: %s', async (template) => {
    await expect(render(template)).rejects.toMatchObject({
      name: 'SymphonyError',
      code: 'template_render_error',
    });
  });

  test('the failure names the variable, its line, and what there is', async () => {
    await expect(render('One\n\n{{ issue.number }}')).rejects.toThrow(
      /line 3: .*undefined variable: issue\.number.*"issue" and "attempt"/,
    );
  });

  test('the line is that of the file', async () => {
    const text = '---\ntracker: {kind: board}\n---\n\nOne\n{{ issue.number }}\n';
    const workflow = parseWorkflow('WORKFLOW.md', text, aLoadContext());

    await expect(workflow.prompt(FULL, null)).rejects.toThrow(/^WORKFLOW\.md, line 6: /);
  });

  test.each([
    [
      '{{ issue.titel }}',
      'undefined variable: issue.titel; did you mean issue.title? Templates know "issue"',
    ],
    ['{{ isue.title }}', 'undefined variable: isue; did you mean issue? Templates know "issue"'],
    [
      '{{ issue.blocked_by[0].identifer }}',
      'issue.blocked_by.0.identifer; did you mean issue.blocked_by.0.identifier?',
    ],
    [
      '{{ issue.title | upcas }}',
      'undefined filter: upcas; did you mean upcase? Filters are those of Liquid',
    ],
    ['{{ issue.title | shout_loudly }}', 'undefined filter: shout_loudly; filters are those of Liquid'],
    [
      '{% for i in (1..100000000) %}x{% endfor %}',
      'memory alloc limit exceeded; let its loops and texts grow less',
    ],
  ])('the failure of %s says what was meant, or what would mend it', async (template, message) => {
    await expect(render(template)).rejects.toThrow(message);
  });

  test('that is larger than any prompt is told to be', async () => {
    await expect(render('x'.repeat(10_000_001))).rejects.toThrow(
      'the template has more than 10,000,000 characters; make it shorter',
    );
  });

  test.each([
    ['Go', '{{ .issue.title }}{{/* a comment */}}'],
    ['Go', '{{ if .issue.url }}x{{ end }}'],
    ['Handlebars', '{{#if issue.url}}x{{/if}}'],
    ['Jinja', '{{ issue.labels | join(", ") }}'],
    ['Jinja', '{{ issue.description or "" }}'],
  ])('a template for %s is told to be one: %s', async (language, template) => {
    await expect(render(template)).rejects.toThrow(
      `looks like a template for ${language}; prompts are Liquid`,
    );
  });

  test.each([
    '{{ issue.description or "" }}',
    '{{ issue.priority == 1 }}',
    '{% if attempt %}{{ issue.labels contains "x" }}{% endif %}',
    '{{- issue.title and issue.url | upcase -}}',
  ])('a condition in an output fails, it would print true or false: %s', async (template) => {
    await expect(render(`One\n${template}`)).rejects.toMatchObject({
      code: 'template_parse_error',
      message: expect.stringMatching(/^line 2: .*stands in an output/),
    });
  });

  test('words of conditions may stand in texts, in keys and in raw blocks', async () => {
    const template = '{{ "a or b" | append: " and " }}{% raw %}{{ a or b }}{% endraw %}';

    expect(await render(template)).toBe('a or b and {{ a or b }}');
  });

  test('a broken template that is Liquid is not taken for another language', async () => {
    await expect(render('{% if issue.title or attempt %}{{ issue.labels | join: " or " }}')).rejects.toThrow(
      /mend the template below the front matter$/,
    );
  });

  test.each([
    '{% if nothing %}a{% else %}b{% endif %}',
    '{% unless nothing %}b{% endunless %}',
    '{% if issue.comments.size > 3 %}a{% else %}b{% endif %}',
  ])('asking in a condition is allowed: %s', async (template) => {
    expect(await render(template)).toBe('b');
  });

  test.each([
    '{% if issue.title %}',
    '{{ issue.title',
    '{% endfor %}',
    '{% unknown %}',
    '{{#if issue}}x{{/if}}',
    '{{ issue.labels | join(", ") }}',
    '{{ }}{% range .x %}',
  ])('a template that cannot be parsed fails at its use, each time: %s', async (template) => {
    const text = `---\ntracker: {kind: board}\n---\n${template}\n`;

    const workflow = parseWorkflow('WORKFLOW.md', text, aLoadContext());

    for (const attempt of [null, 1]) {
      await expect(workflow.prompt(FULL, attempt)).rejects.toMatchObject({
        code: 'template_parse_error',
        message: expect.stringContaining('line 4: '),
      });
    }
  });
});

describe('a workflow', () => {
  const withPrompt = (prompt: string) =>
    parseWorkflow('WORKFLOW.md', `---\ntracker: {kind: board}\n---\n\n${prompt}\n`, aLoadContext());

  test.each([
    ['{{ issue.title', 'template_parse_error'],
    ['{{ issue.title | upcas }}', 'template_render_error'],
  ])('whose template will fail each run says so when it is read: %s', (template, code) => {
    expect(withPrompt(template).warnings).toMatchObject([
      { code, key: null, line: 5, message: expect.stringMatching(/^no run can be given its prompt: /) },
    ]);
  });

  test('whose template may do is read without a word', () => {
    expect(withPrompt('{{ issue.native_ref.number }}').warnings).toEqual([]);
  });
});

describe('what a template cannot do', () => {
  test('take in another file, and it says where the text belongs', async () => {
    await expect(render('{% render "prompts/all.liquid" %}')).rejects.toThrow(
      /^line 1: .*"prompts\/all\.liquid" is another file.*put its text here/,
    );
  });

  test.each(['render', 'include', 'layout'])('read a file with %s', async (tag) => {
    const directory = await mkdtemp(join(tmpdir(), 'symphony-prompt-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const file = join(directory, 'secret.liquid');
    await writeFile(file, 'the secret');

    for (const named of [file, './package.json', '../package.json', 'package.json']) {
      await expect(render(`{% ${tag} "${named}" %}`)).rejects.toMatchObject({
        code: 'template_render_error',
      });
    }
  });

  test.each([
    '{{ issue.constructor }}',
    '{{ issue.__proto__ }}',
    '{{ issue.labels.constructor }}',
    '{{ issue.title.constructor }}',
    '{{ issue.toString }}',
    '{{ issue["constructor"]["constructor"] }}',
    '{{ issue.title | constructor }}',
    '{{ issue.title | toString }}',
    '{{ issue.title | __proto__ }}',
  ])('reach what objects inherit: %s', async (template) => {
    await expect(render(template)).rejects.toMatchObject({ code: 'template_render_error' });
  });

  test('change the issue for the next rendering', async () => {
    const prompt = promptRenderer('{% assign issue = "x" %}{% assign labels = "y" %}{{ issue }}');

    expect(await prompt(FULL, null)).toBe('x');
    expect(await prompt(FULL, null)).toBe('x');
    expect(await render('{{ issue.identifier }}')).toBe('MT-7');
  });

  test.each([
    '{% for a in (1..100000) %}{% for b in (1..100000) %}x{% endfor %}{% endfor %}',
    '{% for a in (1..100000) %}{% for b in (1..100000) %}{% endfor %}{% endfor %}',
    '{% for a in (1..10000000000) %}x{% endfor %}',
    '{% assign s = "xxxxxxxxxx" %}{% for a in (1..64) %}{% assign s = s | append: s %}{% endfor %}',
  ])('go on for ever or grow without end: %s', async (template) => {
    const startedAtMs = performance.now();

    await expect(render(template)).rejects.toMatchObject({
      code: 'template_render_error',
      message: expect.stringMatching(/limit exceeded/),
    });
    expect(performance.now() - startedAtMs).toBeLessThan(25_000);
  });
});
