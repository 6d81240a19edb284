import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Notices } from '../../../src/agents/notices.js';
import { createAgent } from '../../../src/agents/registry.js';
import type { JsonValue } from '../../../src/domain/json.js';
import { aDirectory } from '../../helpers/agent-session.js';
import { needsCodex } from '../../helpers/codex/codex.js';
import { CODEX, OLD_CODEX } from '../../helpers/codex/installation.js';
import type { Step } from '../../helpers/codex/script.js';
import { VirtualClock } from '../../helpers/virtual-clock.js';
import { type CodexOptions, openCodex } from './real-codex.js';
import '../../helpers/leaks.js';

// Goal: approval policies of any time mean the same on every installed version, or fail with what it accepts.

/** A command that the model wants to run outside of the sandbox. */
const ESCALATES: Step = {
  kind: 'exec',
  cmd: 'touch escalated',
  args: { sandbox_permissions: 'require_escalated', justification: 'to see' },
};

const RULE = 'prefix_rule(pattern=["touch", "ruled"], decision="prompt")\n';
/** A command that the user's own rules want asked about. */
const RULED: Step = { kind: 'exec', cmd: 'touch ruled' };

async function aHomeWith(path: string, text: string): Promise<string> {
  const home = await aDirectory();
  await mkdir(join(home, dirname(path)), { recursive: true });
  await writeFile(join(home, path), text);
  return home;
}

async function open(steps: readonly Step[], approvalPolicy: JsonValue, options: CodexOptions) {
  const warnings: string[] = [];
  const notices = new Notices((code, message) => warnings.push(`${code}: ${message}`));
  const agent = createAgent('codex', { clock: new VirtualClock(), notices });
  const running = await openCodex(steps, { ...options, agent, codex: { approvalPolicy } });
  return { ...running, translations: () => warnings.filter((text) => text.includes('approval_policy')) };
}

describe.each([CODEX, OLD_CODEX])('an approval policy on Codex %s', (version) => {
  const installed = needsCodex(version);

  test('of the reference asks nothing, and one warning says what is sent in its place', async (context) => {
    installed(context);
    const reject = { sandbox_approval: true, rules: true, mcp_elicitations: true };

    const { runTurn, model, translations } = await open([ESCALATES], { reject }, { version });

    expect(await runTurn()).toEqual({ kind: 'completed' });
    expect(JSON.stringify(model.told.at(-1))).toContain('you cannot ask for escalated permissions');
    expect(translations()).toEqual([
      expect.stringMatching(new RegExp(`reject.*${version}.*"granular":.*"sandbox_approval":false`)),
    ]);
  });

  test('that rejects in part asks what it does not reject', async (context) => {
    installed(context);
    const reject = { sandbox_approval: true, rules: false, mcp_elicitations: true };
    const home = await aHomeWith('rules/default.rules', RULE);

    const { runTurn, model } = await open([ESCALATES, RULED], { reject }, { version, home });

    expect(await runTurn()).toMatchObject({
      kind: 'inputRequired',
      question: { kind: 'commandApproval', text: expect.stringContaining('touch ruled') },
    });
    expect(JSON.stringify(model.told)).toContain('you cannot ask for escalated permissions');
  });

  test('that was dropped becomes the nearest one, and stays where it is still known', async (context) => {
    installed(context);

    const { runTurn, translations } = await open([{ kind: 'say', text: 'Hello.' }], 'on-failure', {
      version,
    });

    expect(await runTurn()).toEqual({ kind: 'completed' });
    expect(translations()).toEqual(
      version === OLD_CODEX ? [] : [expect.stringMatching(/"on-failure".*"on-request"/)],
    );
  });

  test('that nobody knows fails before a turn, and tells what this version accepts', async (context) => {
    installed(context);
    const words =
      version === OLD_CODEX ? 'untrusted, on-failure, on-request, never' : 'untrusted, on-request, never';

    const opened = open([], 'bypassPermissions', { version });

    await expect(opened).rejects.toMatchObject({
      code: 'agent_bad_request',
      message: expect.stringContaining(`does not accept; set it to ${words}, or a map granular`),
    });
  });
});
