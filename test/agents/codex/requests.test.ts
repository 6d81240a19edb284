import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../../src/domain/json.js';
import type { Question } from '../../../src/domain/session.js';
import {
  openFixture,
  type RunningSession,
  recordingTools,
  sessionIssue,
} from '../../helpers/agent-session.js';
import '../../helpers/leaks.js';

/** What the agent got for its requests, by their ids. */
async function answers({ received }: RunningSession): Promise<Record<string, JsonValue>> {
  const replies = (await received()).filter((message) => message['method'] === undefined);
  return Object.fromEntries(replies.map(({ id, result, error }) => [String(id), result ?? error ?? null]));
}

const ALL = 'command;file;exec;patch;permission';

describe('approvals', () => {
  test('are given for the session under the policy never, each in its own words', async () => {
    const running = await openFixture('asks-approval', { env: { REQUESTS: ALL } });

    expect(await running.runTurn()).toEqual({ kind: 'completed' });

    expect(await answers(running)).toEqual({
      0: { decision: 'acceptForSession' },
      1: { decision: 'acceptForSession' },
      2: { decision: 'approved_for_session' },
      3: { decision: 'approved_for_session' },
      4: { permissions: { network: { enabled: true } }, scope: 'session' },
    });
    expect(running.events().filter((event) => event === 'approval_auto_approved')).toHaveLength(5);
  });

  test.each([
    ['command', 'commandApproval', 'run rm -rf build (to start afresh)', { decision: 'cancel' }],
    ['file', 'fileChangeApproval', 'change src/a.ts', { decision: 'cancel' }],
    ['exec', 'commandApproval', 'run git push', { decision: 'abort' }],
    ['patch', 'fileChangeApproval', 'change src/b.ts', { decision: 'abort' }],
    ['permission', 'permission', 'grant {"network":{"enabled":true}}', { permissions: {}, scope: 'turn' }],
  ])('end the turn with a question under every other policy: %s', async (request, kind, text, refusal) => {
    const running = await openFixture('asks-approval', {
      codex: { approvalPolicy: 'on-request' },
      env: { REQUESTS: request },
    });

    const result = await running.runTurn();
    await running.session.close();

    expect(result).toEqual({
      kind: 'inputRequired',
      question: { kind, text, choices: ['approve', 'decline'], subject: expect.anything() },
    });
    expect(await answers(running)).toEqual({ 0: refusal });
    expect(running.reports.at(-1)).toMatchObject({ event: 'turn_input_required', message: text });
  });

  test('are not given under an object policy that resembles never', async () => {
    const { runTurn } = await openFixture('asks-approval', {
      codex: { approvalPolicy: { granular: { sandbox_approval: false } } },
      env: { REQUESTS: 'command' },
    });

    expect(await runTurn()).toMatchObject({ kind: 'inputRequired' });
  });
});

describe('a decision of a person', () => {
  const asks = { codex: { approvalPolicy: 'on-request' } };

  /** What a session asks in its first turn. */
  async function questionOf(request: string): Promise<Question> {
    const { runTurn, session } = await openFixture('asks-approval', { ...asks, env: { REQUESTS: request } });
    const result = await runTurn();
    await session.close();
    if (result.kind !== 'inputRequired') throw new Error('nothing was asked');
    return result.question;
  }

  test.each([
    ['command', { decision: 'accept' }, { decision: 'cancel' }],
    ['file', { decision: 'accept' }, { decision: 'cancel' }],
    ['exec', { decision: 'approved' }, { decision: 'abort' }],
    ['patch', { decision: 'approved' }, { decision: 'abort' }],
    [
      'permission',
      { permissions: { network: { enabled: true } }, scope: 'turn' },
      { permissions: {}, scope: 'turn' },
    ],
  ])('lets the next session do exactly that, once: %s', async (request, once, refusal) => {
    const answered = { question: await questionOf(request), answer: { kind: 'approve' } } as const;
    const running = await openFixture('asks-approval', {
      ...asks,
      env: { REQUESTS: `${request};${request}` },
      // Also where the thread could not be kept.
      resume: { threadId: '', answered },
    });

    const result = await running.runTurn();
    await running.session.close();

    expect(result).toEqual({ kind: 'inputRequired', question: answered.question });
    expect(await answers(running)).toEqual({ 0: once, 1: refusal });
    const told = running.reports.map(({ message }) => message);
    expect(told).toContain(`decided by a person: ${answered.question.text}`);
  });

  test('does not count for another request that comes first', async () => {
    const answered = { question: await questionOf('command'), answer: { kind: 'approve' } } as const;
    const { runTurn } = await openFixture('asks-approval', {
      ...asks,
      env: { REQUESTS: 'exec;command' },
      resume: { threadId: '', answered },
    });

    expect(await runTurn()).toMatchObject({ kind: 'inputRequired', question: { text: 'run git push' } });
  });
});

describe('user input requests', () => {
  const labels = (...names: string[]) => names.map((label) => ({ label, description: '' }));
  const mcp = (id: string, ...names: string[]) => ({
    id: `mcp_tool_call_approval_${id}`,
    options: labels(...names),
  });

  test('that approve MCP tools are answered under never', async () => {
    const questions = [
      mcp('1', 'Deny', 'Approve Once', 'Approve this Session'),
      mcp('2', 'Deny', 'Approve Once'),
      mcp('3', 'Deny', 'Allow it'),
    ];
    const running = await openFixture('asks-input', { env: { QUESTIONS: JSON.stringify(questions) } });

    expect(await running.runTurn()).toEqual({ kind: 'completed' });

    expect(await answers(running)).toEqual({
      0: {
        answers: {
          mcp_tool_call_approval_1: { answers: ['Approve this Session'] },
          mcp_tool_call_approval_2: { answers: ['Approve Once'] },
          mcp_tool_call_approval_3: { answers: ['Allow it'] },
        },
      },
    });
  });

  test.each([
    [
      'a question with options',
      [{ id: 'q1', question: 'Deploy?', options: labels('Allow', 'Deny') }],
      'Deploy?',
      ['Allow', 'Deny'],
    ],
    ['a question without options', [{ id: 'q1', question: 'Which\u0007 branch?' }], 'Which branch?', []],
    [
      'an approval beside another question',
      [mcp('1', 'Approve Once'), { id: 'q2', question: 'Sure?' }],
      'the agent asks for input (Approve Once) / Sure?',
      [],
    ],
    ['an approval without an approving option', [mcp('1', 'Deny')], 'the agent asks for input', ['Deny']],
    ['no question at all', [], 'the agent asks for input', []],
  ])('end the turn without stalling, also under never: %s', async (_name, questions, text, choices) => {
    const running = await openFixture('asks-input', { env: { QUESTIONS: JSON.stringify(questions) } });

    const result = await running.runTurn();
    await running.session.close();

    expect(result).toMatchObject({ kind: 'inputRequired', question: { kind: 'userInput', text, choices } });
    expect(await answers(running)).toEqual({ 0: { answers: {} } });
  });

  test('of MCP tools in the form of elicitations are accepted under never, others end the turn', async () => {
    const META = JSON.stringify({ codex_approval_kind: 'mcp_tool_call' });
    const approved = await openFixture('asks-elicitation', { env: { META } });
    expect(await approved.runTurn()).toEqual({ kind: 'completed' });
    expect(await answers(approved)).toEqual({ 0: { action: 'accept', content: {} } });

    const refused = await openFixture('asks-elicitation', { env: { META: 'null' } });
    expect(await refused.runTurn()).toMatchObject({
      kind: 'inputRequired',
      question: {
        kind: 'elicitation',
        text: 'notes asks: Allow create_page?',
        choices: ['approve', 'decline'],
      },
    });
    await refused.session.close();
    expect(await answers(refused)).toEqual({ 0: { action: 'cancel', content: null } });
  });

  test('told by a notification end the turn', async () => {
    const { runTurn } = await openFixture('needs-input');

    expect(await runTurn()).toMatchObject({ kind: 'inputRequired', question: { text: 'Which branch?' } });
  });
});

describe('other server requests', () => {
  test('that we do not serve are refused at once, also when their id is that of a request of ours', async () => {
    const { runTurn } = await openFixture('unknown-request');

    expect(await runTurn()).toEqual({ kind: 'completed' });
  });
});

describe('client-side tools', () => {
  const call = (calls: readonly object[]) => ({ CALLS: JSON.stringify(calls) });
  const args = { action: 'set_state', state: 'Done' };

  test('are executed by the tracker adapter with the current issue and its native_ref', async () => {
    const tools = recordingTools();
    const running = await openFixture('calls-tools', {
      tools,
      env: call([
        { tool: 'local_issue', arguments: args },
        { name: 'local_issue', arguments: args },
      ]),
    });

    expect(await running.runTurn()).toEqual({ kind: 'completed' });

    expect(tools.calls).toEqual(Array(2).fill({ name: 'local_issue', args, issue: sessionIssue }));
    const text = JSON.stringify({ ok: true }, null, 2);
    const answer = { success: true, contentItems: [{ type: 'inputText', text }], output: text };
    expect(await answers(running)).toEqual({ 0: answer, 1: answer });
    expect(running.events()).toContain('tool_call_completed');
  });

  test('that fail, are unknown or nameless get a structured failure, and the turn goes on', async () => {
    const tools = recordingTools(() => ({ success: false, output: { error: 'no such state' } }));
    const running = await openFixture('calls-tools', {
      tools,
      env: call([{ tool: 'local_issue' }, { tool: 'made_up' }, { arguments: {} }]),
    });

    expect(await running.runTurn()).toEqual({ kind: 'completed' });

    const texts = Object.values(await answers(running)).map((answer) => {
      const { success, output } = answer as { success: boolean; output: string };
      return { success, output: JSON.parse(output) as JsonValue };
    });
    expect(texts).toEqual([
      { success: false, output: { error: 'no such state' } },
      { success: false, output: { error: 'there is no tool made_up', supportedTools: ['local_issue'] } },
      { success: false, output: { error: 'the tool call names no tool', supportedTools: ['local_issue'] } },
    ]);
    expect(tools.calls.map(({ args: given }) => given)).toEqual([{}]);
    const told = running.events().filter((event) => /tool_call/.test(event));
    expect(told).toEqual(['tool_call_failed', 'unsupported_tool_call', 'unsupported_tool_call']);
  });

  test('may answer with megabytes, and survive an adapter that throws', async () => {
    const big = 'x'.repeat(3 * 1024 * 1024);
    let count = 0;
    const tools = recordingTools(() => {
      count += 1;
      if (count > 1) throw new Error('the tracker is on fire');
      return { success: true, output: big };
    });
    const running = await openFixture('calls-tools', {
      tools,
      env: call([{ tool: 'local_issue' }, { tool: 'local_issue' }]),
    });

    expect(await running.runTurn()).toEqual({ kind: 'completed' });

    expect(await answers(running)).toMatchObject({
      0: { success: true, output: big },
      1: { success: false, output: expect.stringContaining('on fire') },
    });
  });
});
