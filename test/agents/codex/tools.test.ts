import { describe, expect, test } from 'vitest';
import { ToolCalls } from '../../../src/agents/codex/tools.js';
import type { ToolResult, TrackerTools } from '../../../src/ports/tracker.js';
import { recordingTools, sessionIssue } from '../../helpers/agent-session.js';
import { VirtualClock } from '../../helpers/virtual-clock.js';

function callsOf(execute: TrackerTools['execute'], signal = new AbortController().signal) {
  const clock = new VirtualClock();
  const context = { issue: sessionIssue, session: 'run-1' };
  const calls = new ToolCalls({ ...recordingTools(), execute }, { context, signal, clock });
  return { clock, calls };
}

describe('a call of a tracker tool', () => {
  test('is made for the issue of the session, and ends when the session does', async () => {
    const stop = new AbortController();
    const given: unknown[] = [];
    const { calls } = callsOf((name, args, context, signal) => {
      given.push({ name, args, context });
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    }, stop.signal);

    const outcome = calls.execute({ tool: 'local_issue', arguments: { issueId: 'of somebody else' } });
    stop.abort(new Error('the session has ended'));

    expect(await outcome).toMatchObject({ event: 'tool_call_failed', answer: { success: false } });
    expect(given).toEqual([
      {
        name: 'local_issue',
        args: { issueId: 'of somebody else' },
        context: { issue: sessionIssue, session: 'run-1' },
      },
    ]);
  });

  test('is recorded with its name, how long it took and what came of it, and nothing of what was said', async () => {
    const { clock, calls } = callsOf(async () => {
      await clock.advance(1_234);
      return { success: true, output: 'the answer' };
    });

    const { fields, message } = await calls.execute({
      tool: 'local_issue',
      arguments: { body: 'the question' },
    });

    expect({ fields, message }).toEqual({
      fields: { tool: 'local_issue', duration_ms: 1_234, outcome: 'completed' },
      message: 'called tool local_issue',
    });
  });

  test.each([
    [
      'throws at once',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['rejects with what is no error', () => Promise.reject('no')],
  ] as [string, () => Promise<ToolResult>][])(
    'of an adapter that %s is a failure with the reason',
    async (_what, execute) => {
      const { calls } = callsOf(execute);

      const { answer, fields } = await calls.execute({ tool: 'local_issue' });

      expect(answer).toMatchObject({ success: false, output: JSON.stringify({ error: 'no' }, null, 2) });
      expect(fields.outcome).toBe('failed');
    },
  );

  test.each([
    ['nothing', undefined],
    ['no result', 'nonsense'],
    ['a result without output', { success: true }],
    ['what JSON cannot say', { success: true, output: 1n }],
  ])('of an adapter that gives %s has an answer that the agent can read', async (_what, result) => {
    const { calls } = callsOf(async () => result as unknown as ToolResult);

    const { answer } = await calls.execute({ tool: 'local_issue' });

    expect(answer).toMatchObject({ contentItems: [{ type: 'inputText', text: expect.any(String) }] });
  });

  test.each([
    [{}, 'the tool call names no tool'],
    [{ tool: 42 }, 'the tool call names no tool'],
    [{ tool: 'local_issue2' }, 'there is no tool local_issue2'],
    [{ tool: '__proto__' }, 'there is no tool __proto__'],
    [{ tool: `bad\u001b[31m${'x'.repeat(500)}` }, expect.stringMatching(/^there is no tool badx{70,}…$/)],
  ])('that names no tool there is says which there are: %j', async (params, error) => {
    const { calls } = callsOf(() => Promise.reject(new Error('must not be called')));

    const { answer, event, fields } = await calls.execute(params);

    expect(event).toBe('unsupported_tool_call');
    expect(fields.outcome).toBe('unsupported');
    expect(JSON.parse(String(answer['output']))).toEqual({ error, supportedTools: ['local_issue'] });
  });

  test('beyond the sixteenth at once fails, until one has ended', async () => {
    const finish: (() => void)[] = [];
    const { calls } = callsOf(
      () => new Promise((resolve) => finish.push(() => resolve({ success: true, output: 'ok' }))),
    );
    const running = Array.from({ length: 16 }, () => calls.execute({ tool: 'local_issue' }));

    expect((await calls.execute({ tool: 'local_issue' })).event).toBe('tool_call_failed');
    finish[0]?.();
    await running[0];
    const next = calls.execute({ tool: 'local_issue' });
    for (const end of finish) end();

    expect((await next).event).toBe('tool_call_completed');
    expect((await Promise.all(running)).map(({ event }) => event)).toEqual(
      Array(16).fill('tool_call_completed'),
    );
  });
});
