import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../../src/domain/json.js';
import type { AgentReport } from '../../../src/domain/session.js';
import type { ToolResult } from '../../../src/ports/tracker.js';
import { recordingTools, sessionIssue } from '../../helpers/agent-session.js';
import { needsCodex } from '../../helpers/codex/codex.js';
import { CODEX, OLD_CODEX } from '../../helpers/codex/installation.js';
import type { Step } from '../../helpers/codex/script.js';
import { openCodex } from './real-codex.js';
import '../../helpers/leaks.js';

// Goal: the tracker's tools work from within the real Codex, whatever is called and whatever comes of it (issue 4, 5).

const TWO_MEGABYTES = 2 * 1024 * 1024;

const call = (args: object): Step => ({ kind: 'call', name: 'local_issue', args });

/** Runs one turn in which the model makes these calls, one after the other. */
async function calling(version: string, steps: readonly Step[], answer?: () => ToolResult) {
  const tools = recordingTools(answer);
  const running = await openCodex(steps, { version, tools });
  const result = await running.runTurn();
  return { ...running, tools, result, told: running.model.told.map((item) => JSON.stringify(item)) };
}

function recorded(reports: readonly AgentReport[]): (readonly [string, JsonValue | undefined])[] {
  return reports
    .filter(({ event }) => event.includes('tool_call'))
    .map(({ event, fields }) => [event, fields?.['outcome']] as const);
}

describe.each([CODEX, OLD_CODEX])('a tool of the tracker in Codex %s', (version) => {
  const installed = needsCodex(version);

  test('is bound to the issue of the session, and its call is recorded without what was said', async (context) => {
    installed(context, { sandbox: false });
    const args = { action: 'comment', body: 'token-like-secret' };

    const { tools, result, reports } = await calling(version, [call(args)]);

    expect(result).toEqual({ kind: 'completed' });
    expect(tools.calls).toEqual([{ name: 'local_issue', args, issue: sessionIssue }]);
    const { fields, message } = reports.find(({ event }) => event === 'tool_call_completed') ?? {};
    expect({ fields, message }).toEqual({
      fields: { tool: 'local_issue', duration_ms: expect.any(Number), outcome: 'completed' },
      message: 'called tool local_issue',
    });
  });

  test('may answer two megabytes', async (context) => {
    installed(context, { sandbox: false });
    const big = 'word '.repeat(TWO_MEGABYTES / 5);

    const { result, told, events } = await calling(version, [call({})], () => ({
      success: true,
      output: big,
    }));

    expect(result).toEqual({ kind: 'completed' });
    expect(told[1]).toContain('word word');
    expect(events()).not.toContain('malformed');
  });

  test('may fail, reject, or answer nonsense: the model is told, and the turn goes on', async (context) => {
    installed(context, { sandbox: false });
    const outcomes: (() => ToolResult)[] = [
      () => ({ success: false, output: { error: 'no such state' } }),
      () => {
        throw new Error('the tracker is on fire');
      },
      () => nonsense(undefined),
      () => nonsense({}),
    ];
    const next = (): ToolResult => (outcomes.shift() ?? (() => ({ success: true, output: 'done' })))();

    const { result, told, reports } = await calling(version, Array<Step>(5).fill(call({})), next);

    expect(result).toEqual({ kind: 'completed' });
    expect(told[1]).toContain('no such state');
    expect(told[2]).toContain('on fire');
    expect(told[5]).toContain('done');
    expect(recorded(reports).map(([, outcome]) => outcome)).toEqual([
      'failed',
      'failed',
      'failed',
      'failed',
      'completed',
    ]);
  });

  test('is told of when it does not exist, or is called with what is no object', async (context) => {
    installed(context, { sandbox: false });
    const unknown: Step = { kind: 'call', name: 'made_up', args: {} };

    const { result, told, tools } = await calling(version, [unknown, call(['a', 'list'])]);

    expect(result).toEqual({ kind: 'completed' });
    // Codex knows its tools: calls of others do not reach us.
    expect(told[1]).toContain('made_up');
    expect(tools.calls.map(({ args }) => args)).toEqual([['a', 'list']]);
  });
});

/** What an adapter must not give and its type forbids. */
function nonsense(value: unknown): ToolResult {
  return value as ToolResult;
}
