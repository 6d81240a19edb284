import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Answer, Question } from '../../../src/domain/session.js';
import { aDirectory } from '../../helpers/agent-session.js';
import { needsCodex } from '../../helpers/codex/codex.js';
import { CODEX, OLD_CODEX } from '../../helpers/codex/installation.js';
import { startModelServer } from '../../helpers/codex/model-server.js';
import type { Step } from '../../helpers/codex/script.js';
import { type CodexOptions, openCodex } from './real-codex.js';
import '../../helpers/leaks.js';

// Goal: what the real Codex asks ends the turn and the process with a question, and what a person decides about it
// reaches exactly that request of the resumed thread, once (issue 4, 4).

const MCP_SERVER = fileURLToPath(new URL('../../../fixtures/agents/mcp-notes.mjs', import.meta.url));
const WITH_MCP = [
  `mcp_servers.notes.command="${process.execPath}"`,
  `mcp_servers.notes.args=["${MCP_SERVER}"]`,
];

/** Sessions of one issue, one after the other: one model, one home, one workspace. */
async function anIssueAsking(steps: readonly Step[], options: CodexOptions = {}) {
  const shared = {
    codex: { approvalPolicy: 'untrusted' },
    ...options,
    model: await startModelServer(steps),
    home: await aDirectory(),
    workspacePath: await aDirectory(),
  };

  /** Runs one turn in a session of its own; with an answer, on the thread that asked. */
  const run = async (answered: { threadId: string; question: Question; answer: Answer } | null = null) => {
    const resume = answered === null ? {} : { resume: { threadId: answered.threadId, answered } };
    const { session, runTurn, reports } = await openCodex([], { ...shared, ...resume });
    const result = await runTurn(answered === null ? 'Do it.' : 'Go on.');
    await session.close();
    return {
      result,
      threadId: session.threadId,
      isResumed: session.isResumed,
      tokens: reports.flatMap(({ usage }) => usage?.totalTokens ?? []).at(-1),
      question: result.kind === 'inputRequired' ? result.question : NO_QUESTION,
    };
  };

  return {
    run,
    /** What the model was told last, as text. */
    toldLast: () => JSON.stringify(shared.model.told.at(-1)),
    lines: (name: string) => {
      const path = join(shared.workspacePath, name);
      return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
    },
  };
}

const NO_QUESTION: Question = { kind: 'userInput', text: 'nothing was asked', choices: [] };
const APPROVE: Answer = { kind: 'approve' };

describe.each([CODEX, OLD_CODEX])('a command that Codex %s asks for', (version) => {
  const installed = needsCodex(version);
  const append: Step = { kind: 'exec', cmd: 'echo made >> log' };

  test('runs once on the resumed thread when a person approved it, and is asked for anew after that', async (context) => {
    installed(context);
    const { run, lines } = await anIssueAsking([append, append, append], { version });

    const first = await run();
    expect(first.question).toMatchObject({
      kind: 'commandApproval',
      text: expect.stringContaining('echo made >> log'),
      choices: ['approve', 'decline'],
    });
    expect(lines('log')).toEqual([]);
    const second = await run({ ...first, answer: APPROVE });

    expect(second).toMatchObject({ isResumed: true, threadId: first.threadId, question: first.question });
    expect(lines('log')).toEqual(['made']);
    // The call that asked counts for the run in which it was made.
    expect([first.tokens, second.tokens]).toEqual([120, 240]);
  });

  test('does not run in another form than the one a person approved', async (context) => {
    installed(context);
    const other: Step = { kind: 'exec', cmd: 'echo  made >> log' };
    const { run, lines } = await anIssueAsking([append, other], { version });

    const first = await run();
    const second = await run({ ...first, answer: APPROVE });

    expect(second.question.text).toContain('echo  made'.replace('  ', ' '));
    expect(second.question.subject).not.toEqual(first.question.subject);
    expect(lines('log')).toEqual([]);
  });

  test('that a person declined is declined without asking again, and the turn goes on', async (context) => {
    installed(context);
    const { run, lines, toldLast } = await anIssueAsking([append, append], { version });

    const first = await run();
    const second = await run({ ...first, answer: { kind: 'decline' } });

    expect(second.result).toEqual({ kind: 'completed' });
    expect(toldLast()).toMatch(/reject|declin/i);
    expect(lines('log')).toEqual([]);
  });
});

describe('what Codex asks besides', () => {
  const installed = needsCodex();

  test('is a change of files, known again by its diff', async (context) => {
    installed(context);
    const patch = (text: string): Step => ({
      kind: 'input',
      name: 'apply_patch',
      input: `*** Begin Patch\n*** Add File: a.txt\n+${text}\n*** End Patch\n`,
    });
    const { run, lines } = await anIssueAsking([patch('hello'), patch('bye'), patch('hello')]);

    const first = await run();
    const second = await run({ ...first, answer: APPROVE });
    expect(lines('a.txt')).toEqual([]);
    const third = await run({ ...first, answer: APPROVE });

    expect(first.question).toMatchObject({ kind: 'fileChangeApproval', text: 'add a.txt' });
    expect(second.question).toMatchObject({ text: 'add a.txt' });
    expect(third.result).toEqual({ kind: 'completed' });
    expect(lines('a.txt')).toEqual(['hello']);
  });

  test('is a permission, granted for the turn', async (context) => {
    installed(context);
    const args = { reason: 'to fetch', permissions: { network: { enabled: true } } };
    const ask: Step = { kind: 'call', name: 'request_permissions', args };
    const { run, toldLast } = await anIssueAsking([ask, ask], {
      codex: { approvalPolicy: 'on-request' },
      config: ['features.request_permissions_tool=true'],
    });

    const first = await run();
    const second = await run({ ...first, answer: APPROVE });

    expect(first.question).toMatchObject({
      kind: 'permission',
      text: expect.stringMatching(/^grant .*network.*\(to fetch\)$/),
    });
    expect(second.result).toEqual({ kind: 'completed' });
    expect(toldLast()).toMatch(/enabled\\+":true.*turn/);
  });

  test('is a question, answered in words when it comes again', async (context) => {
    installed(context);
    const options = [
      { label: 'Red', description: 'r' },
      { label: 'Blue', description: 'b' },
    ];
    const questions = [{ id: 'colour', header: 'Colour', question: 'Which colour?', options }];
    const ask: Step = { kind: 'call', name: 'request_user_input', args: { questions } };
    const { run, toldLast } = await anIssueAsking([ask, ask], {
      codex: { approvalPolicy: 'never' },
      config: ['features.default_mode_request_user_input=true'],
    });

    const first = await run();
    const second = await run({ ...first, answer: { kind: 'text', text: 'Blue' } });

    expect(first.question).toMatchObject({ text: 'Which colour?', choices: ['Red', 'Blue'] });
    expect(second.result).toEqual({ kind: 'completed' });
    expect(toldLast()).toContain('Blue');
  });
});

describe.each([
  [CODEX, { name: 'create_page', namespace: 'mcp__notes' }, { name: 'pick', namespace: 'mcp__notes' }],
  [OLD_CODEX, { name: 'mcp__notes__create_page' }, { name: 'mcp__notes__pick' }],
])('an MCP server with Codex %s', (version, create, pick) => {
  const installed = needsCodex(version);
  const asks = { version, codex: { approvalPolicy: 'on-request' }, config: WITH_MCP };
  const page = (title: string): Step => ({ kind: 'call', ...create, args: { title } });

  test('has its tool called once for exactly the arguments that a person approved', async (context) => {
    installed(context);
    const { run, toldLast } = await anIssueAsking([page('One'), page('One'), page('Two')], asks);

    const first = await run();
    const second = await run({ ...first, answer: APPROVE });

    expect(first.question).toMatchObject({
      kind: 'elicitation',
      text: expect.stringContaining('{"title":"One"}'),
      choices: ['approve', 'decline'],
    });
    expect(toldLast()).toContain('created One');
    expect(second.question.text).toContain('{"title":"Two"}');
  });

  test('gets what a person has picked in its form', async (context) => {
    installed(context);
    const ask: Step = { kind: 'call', ...pick, args: {} };
    const { run, toldLast } = await anIssueAsking([ask, ask], asks);

    const first = await run();
    const second = await run({ ...first, answer: { kind: 'text', text: 'dev' } });

    expect(first.question).toMatchObject({ text: 'notes asks: Which stage?', choices: ['dev', 'prod'] });
    expect(second.result).toEqual({ kind: 'completed' });
    expect(toldLast()).toContain('picked dev');
  });
});

describe('under the policy never', () => {
  const installed = needsCodex(OLD_CODEX);

  test('old Codex has its tools of MCP servers approved', async (context) => {
    installed(context);
    const call: Step = { kind: 'call', name: 'mcp__notes__create_page', args: { title: 'One' } };
    const { run, toldLast } = await anIssueAsking([call], {
      version: OLD_CODEX,
      codex: { approvalPolicy: 'never' },
      config: WITH_MCP,
    });

    expect((await run()).result).toEqual({ kind: 'completed' });
    expect(toldLast()).toContain('created One');
  });
});
