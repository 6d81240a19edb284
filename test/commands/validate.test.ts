import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { validate } from '../../src/commands/validate.js';
import { GRANULAR_SCHEMA, LIKE_CODEX } from '../agents/codex/like-codex.js';
import { aDirectory } from '../helpers/symphony.js';

// Goal: `symphony validate` knows what the installed agent will say of a file, as far as it can be asked.

/** What is said of a file with this for Codex on its seventh line. */
async function saidOf(setting: string, command = LIKE_CODEX) {
  const lines = ['tracker:', '  kind: local', '  provider: {path: board}', 'codex:'];
  const file = ['---', ...lines, `  command: ${JSON.stringify(command)}`, `  ${setting}`, '---', 'Work.', ''];
  const stdout = new PassThrough();
  const exitCode = await validate({
    workflowPath: join(aDirectory({ 'WORKFLOW.md': file.join('\n') }), 'WORKFLOW.md'),
    env: { PATH: process.env['PATH'], SCHEMA: GRANULAR_SCHEMA },
    stdout,
  });
  stdout.end();
  const report = await text(stdout);
  return { exitCode, findings: report.slice(report.indexOf('\n\n') + 2) };
}

describe('symphony validate', () => {
  test('has what the installed agent refuses as an error with its line', async () => {
    const { exitCode, findings } = await saidOf('approval_policy: sometimes');

    expect(findings).toMatch(
      /WORKFLOW\.md:7: error: codex\.approval_policy is "sometimes", .* set it to untrusted, .* \[agent_bad_request\]\n.*not valid: 1 error, 0 warnings\n$/,
    );
    expect(exitCode).toBe(1);
  });

  test('has what it is told in other words as a warning with its line', async () => {
    const { exitCode, findings } = await saidOf('approval_policy: on-failure');

    expect(findings).toMatch(
      /WORKFLOW\.md:7: warning: codex\.approval_policy: "on-failure" .*"on-request".* \[setting_translated\]\n.*valid: 0 errors, 1 warning\n$/,
    );
    expect(exitCode).toBe(0);
  });

  test('finds nothing wrong with what it cannot ask about', async () => {
    const { exitCode, findings } = await saidOf('approval_policy: sometimes', 'exit 3');

    expect(findings).toMatch(/valid: 0 errors, 0 warnings\n$/);
    expect(exitCode).toBe(0);
  });
});
