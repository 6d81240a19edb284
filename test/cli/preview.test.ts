import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { aDirectory, symphony } from '../helpers/symphony.js';

const WORKFLOW = `---
tracker:
  kind: local
  provider:
    path: board
hooks:
  after_create: touch ../../ran
---
{% if attempt %}Attempt {{ attempt }} of {% endif %}{{ issue.identifier }}: {{ issue.title }}
{{ issue.description }}
`;

const ISSUE = `---
identifier: A-1
title: Say hello
state: Todo
---
Write a greeting.
`;

function aProject(workflow = WORKFLOW): string {
  const cwd = aDirectory({ 'WORKFLOW.md': workflow });
  mkdirSync(join(cwd, 'board'));
  writeFileSync(join(cwd, 'board/A-1.md'), ISSUE);
  return cwd;
}

describe('symphony preview', () => {
  test('prints the prompt of an issue and nothing else', async () => {
    const end = await symphony(['preview', '--issue', 'A-1'], { cwd: aProject() });

    expect(end).toMatchObject({ exitCode: 0, stdout: 'A-1: Say hello\nWrite a greeting.', stderr: '' });
  });

  test('prints a prompt to its end that is longer than a pipe holds', async () => {
    const long = 'Write it a hundred thousand times. '.repeat(10_000);

    const { stdout } = await symphony(['preview', '--issue', 'A-1'], {
      cwd: aProject(`---\ntracker: { kind: local, provider: { path: board } }\n---\n${long}`),
    });

    expect(stdout).toBe(long.trim());
  });

  test('prints the prompt of a later attempt', async () => {
    const args = ['preview', './WORKFLOW.md', '--issue', 'a-1', '--attempt', '2'];

    const { stdout } = await symphony(args, { cwd: aProject() });

    expect(stdout).toBe('Attempt 2 of A-1: Say hello\nWrite a greeting.');
  });

  test('runs nothing and leaves nothing behind', async () => {
    const cwd = aProject();

    await symphony(['preview', '--issue', 'A-1'], { cwd });

    expect(readdirSync(cwd).sort()).toEqual(['WORKFLOW.md', 'board']);
  });

  test('names issues that exist when there is none of this name', async () => {
    const { exitCode, stdout, stderr } = await symphony(['preview', '--issue', 'A-7'], { cwd: aProject() });

    expect(stderr).toMatch(/^symphony: .*A-7.*A-1.* \[issue_not_found\]$/);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  });

  test('tells why a template cannot be rendered', async () => {
    const cwd = aProject(WORKFLOW.replace('issue.title', 'issue.headline'));

    const { exitCode, stderr } = await symphony(['preview', '--issue', 'A-1'], { cwd });

    expect(stderr).toMatch(/issue\.headline.+\[template_render_error\]$/);
    expect(exitCode).toBe(1);
  });
});
