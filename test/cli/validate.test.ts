import { describe, expect, test } from 'vitest';
import { aDirectory, symphony } from '../helpers/symphony.js';

const VALID = `---
tracker:
  kind: local
  provider:
    path: board
workspace:
  root: workspaces
---
Work on {{ issue.identifier }}.
`;

async function validate(workflow: string, env: Readonly<Record<string, string>> = {}) {
  const cwd = aDirectory({ 'WORKFLOW.md': workflow });
  return { cwd, ...(await symphony(['validate'], { cwd, env })) };
}

describe('symphony validate', () => {
  test('says that a file is valid and shows what is in force, defaults and all', async () => {
    const { cwd, exitCode, stdout, stderr } = await validate(VALID);

    expect(stdout).toContain('WORKFLOW.md is valid: 0 errors, 0 warnings');
    expect(stdout).toContain('interval_ms: 30000');
    expect(stdout).toContain('kind: local');
    expect(stdout).toContain(`root: ${cwd}/workspaces`);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  test('takes the path of the file as an argument', async () => {
    const cwd = aDirectory({ 'flow.md': VALID });

    const { exitCode, stdout } = await symphony(['validate', './flow.md'], { cwd });

    expect(stdout).toContain('flow.md is valid');
    expect(exitCode).toBe(0);
  });

  test('shows every error of a file at once, with line, key and what is accepted', async () => {
    const { exitCode, stdout } = await validate(
      VALID.replace('---\nWork', 'polling:\n  interval_ms: -1\nagent:\n  max_turns: many\n---\nWork'),
    );

    expect(stdout).toMatch(
      /^WORKFLOW\.md:9: {2}error: polling\.interval_ms: .+ \[invalid_workflow_config\]$/m,
    );
    expect(stdout).toMatch(/^WORKFLOW\.md:11: error: agent\.max_turns: .+ \[invalid_workflow_config\]$/m);
    expect(stdout).toContain('WORKFLOW.md is not valid: 2 errors, 0 warnings');
    expect(exitCode).toBe(1);
  });

  test('warns of a key that is probably misspelt, and is content all the same', async () => {
    const { exitCode, stdout } = await validate(
      VALID.replace('---\nWork', 'poling:\n  interval_ms: 5\n---\nWork'),
    );

    expect(stdout).toMatch(/^WORKFLOW\.md:8: warning: poling .+ polling\? \[unknown_key\]$/m);
    expect(exitCode).toBe(0);
  });

  test('finds a template that does not parse', async () => {
    const { exitCode, stdout } = await validate(VALID.replace('}}', ''));

    expect(stdout).toMatch(/^WORKFLOW\.md:9: error: the prompt .+ \[template_parse_error\]$/m);
    expect(exitCode).toBe(1);
  });

  test('finds a filter that does not exist, as that fails each run', async () => {
    const { exitCode, stdout } = await validate(VALID.replace('issue.identifier', 'issue.title | upcas'));

    expect(stdout).toMatch(
      /^WORKFLOW\.md:9: error: the prompt .+ mean upcase\?.+ \[template_render_error\]$/m,
    );
    expect(exitCode).toBe(1);
  });

  test('warns of a template that uses a variable that does not exist', async () => {
    const { exitCode, stdout } = await validate(VALID.replace('issue.identifier', 'issue.number'));

    expect(stdout).toMatch(
      /^WORKFLOW\.md:9: warning: the prompt .+issue\.number.+ \[template_render_error\]$/m,
    );
    expect(exitCode).toBe(0);
  });

  test('masks secrets', async () => {
    const workflow = VALID.replace('path: board', 'path: board\n    api_key: key-in-the-file');

    const { stdout } = await validate(
      workflow.replace('---\nWork', 'hooks:\n  after_create: echo tok-123456\n---\nWork'),
      {
        BOARD_TOKEN: 'tok-123456',
      },
    );

    expect(stdout).toContain('after_create');
    expect(stdout).not.toContain('key-in-the-file');
    expect(stdout).not.toContain('tok-123456');
  });

  test('fails cleanly when the file does not exist', async () => {
    const { exitCode, stdout, stderr } = await symphony(['validate', 'none.md']);

    expect(stderr).toMatch(/^symphony: .+none\.md.+ \[missing_workflow_file\]$/);
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
  });
});
