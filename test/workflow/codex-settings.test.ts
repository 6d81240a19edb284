import { describe, expect, test } from 'vitest';
import { parseWorkflow } from '../../src/workflow/load.js';
import { aLoadContext } from '../helpers/build.js';

/** The settings of Codex in a file, and what is told of them. */
function codexOf(...lines: readonly string[]) {
  const yaml = ['---', 'tracker: {kind: board}', 'codex:', ...lines.map((line) => `  ${line}`), '---', ''];
  const { settings, warnings } = parseWorkflow('WORKFLOW.md', yaml.join('\n'), aLoadContext());
  return { codex: settings.codex, told: warnings.map(({ line, message }) => `${line} ${message}`) };
}

describe('what Codex is handed', () => {
  test.each([
    ['workspace-write', 'workspaceWrite'],
    ['workspaceWrite', 'workspaceWrite'],
    ['danger-full-access', 'dangerFullAccess'],
    ['readOnly', 'readOnly'],
  ])('a sandbox by name for each turn (%s) becomes the map that Codex wants', (name, type) => {
    const other = type === 'readOnly' ? 'workspace-write' : 'read-only';

    const { codex, told } = codexOf(`thread_sandbox: ${other}`, `turn_sandbox_policy: ${name}`);

    expect(codex.turnSandboxPolicy).toEqual({ type });
    expect(told).toEqual([
      `5 codex.turn_sandbox_policy: "${name}" is taken for {type: ${type}}, as Codex wants a map`,
    ]);
  });

  test("a turn's sandbox that is the thread's is made from it, with the folders of the workspace", () => {
    expect(codexOf('turn_sandbox_policy: workspaceWrite').codex.turnSandboxPolicy).toBeNull();
    expect(
      codexOf('thread_sandbox: danger-full-access', 'turn_sandbox_policy: dangerFullAccess').codex
        .turnSandboxPolicy,
    ).toBeNull();
  });

  test('a name that is no sandbox goes through with a warning, as only Codex can know it', () => {
    const { codex, told } = codexOf('turn_sandbox_policy: inherit');

    expect(codex.turnSandboxPolicy).toBe('inherit');
    expect(told).toEqual([
      '4 codex.turn_sandbox_policy: expected a map with a type, one of readOnly, workspaceWrite, dangerFullAccess (got "inherit")',
    ]);
  });

  test('an empty sandbox of the turn is none', () => {
    expect(codexOf("turn_sandbox_policy: ''")).toMatchObject({
      codex: { turnSandboxPolicy: null },
      told: [],
    });
  });

  test('a map goes through unchanged and without a word', () => {
    const { codex, told } = codexOf('turn_sandbox_policy: {type: workspaceWrite, networkAccess: true}');

    expect(codex.turnSandboxPolicy).toEqual({ type: 'workspaceWrite', networkAccess: true });
    expect(told).toEqual([]);
  });

  test.each(['auto', 'auto-edit', 'full-auto', 'bypassPermissions', 'acceptEdits'])(
    'the mode of another agent (%s) goes through with a warning',
    (mode) => {
      const { codex, told } = codexOf(`approval_policy: ${mode}`);

      expect(codex.approvalPolicy).toBe(mode);
      expect(told).toEqual([
        `4 codex.approval_policy: "${mode}" is a mode of other agents; Codex knows untrusted, on-request and never`,
      ]);
    },
  );

  test.each(['untrusted', 'on-failure', 'on-request', 'never'])('%s is a policy of Codex', (policy) => {
    expect(codexOf(`approval_policy: ${policy}`).told).toEqual([]);
  });
});
