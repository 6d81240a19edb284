import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { recordingTools, sessionIssue } from '../../helpers/agent-session.js';
import { aRepository, codexCommand, openCodex, withCodex } from './real-codex.js';
import '../../helpers/leaks.js';

// Goal: what we believe about the app-server is true of the real one, with a model on loopback.

const COMMIT =
  'echo hello > a.txt && git add a.txt && git -c user.name=A -c user.email=a@example.invalid commit -qm hello';

describe('the real Codex', () => {
  test('says hello, calls a tool of the tracker, and counts its tokens over the turns of one thread', async (context) => {
    withCodex(context);
    const tools = recordingTools();
    const args = { action: 'set_state', state: 'Done' };
    const { runTurn, reports, model } = await openCodex(
      [
        { kind: 'say', text: 'Hello.' },
        { kind: 'call', name: 'local_issue', args },
        { kind: 'say', text: 'Moved.' },
      ],
      { tools },
    );

    expect(await runTurn('Say hello.')).toEqual({ kind: 'completed' });
    expect(await runTurn('Move it.')).toEqual({ kind: 'completed' });

    expect(tools.calls).toEqual([{ name: 'local_issue', args, issue: sessionIssue }]);
    expect(model.told[2]).toMatchObject({
      type: 'function_call_output',
      output: JSON.stringify({ ok: true }, null, 2),
    });
    expect(reports.map(({ message }) => message)).toEqual(expect.arrayContaining(['Hello.', 'Moved.']));
    expect(reports.flatMap(({ usage }) => usage ?? []).at(-1)).toEqual({
      inputTokens: 300,
      outputTokens: 60,
      totalTokens: 360,
    });
    expect(reports.flatMap(({ rateLimits }) => rateLimits ?? []).at(-1)).toMatchObject({
      primary: { usedPercent: 100 },
    });
  });

  test.for([
    ['that lets it write', null],
    ['with network', { type: 'workspaceWrite', networkAccess: true }],
  ] as const)('commits in its sandbox %s', async ([, turnSandboxPolicy], context) => {
    withCodex(context);
    const workspacePath = await aRepository();
    const { runTurn } = await openCodex([{ kind: 'call', name: 'exec_command', args: { cmd: COMMIT } }], {
      workspacePath,
      codex: { turnSandboxPolicy },
    });

    expect(await runTurn('Commit.')).toEqual({ kind: 'completed' });

    const log = execFileSync('git', ['-C', workspacePath, 'log', '--format=%s'], { encoding: 'utf8' });
    expect(log.trim()).toBe('hello');
  });

  test('asks before a command under another policy than never, and ends when it is closed', async (context) => {
    withCodex(context);
    const { runTurn, session, reports } = await openCodex(
      [{ kind: 'call', name: 'exec_command', args: { cmd: 'touch made' } }],
      { codex: { approvalPolicy: 'untrusted' } },
    );

    const result = await runTurn('Touch it.');
    await session.close();

    expect(result).toMatchObject({
      kind: 'inputRequired',
      question: { kind: 'commandApproval', text: expect.stringContaining('touch made') },
    });
    expect(() => process.kill(reports[0]?.processId ?? 0, 0)).toThrow('ESRCH');
  });

  test('tells of a used-up account and when it is open again, and the thread stays usable', async (context) => {
    withCodex(context);
    const { runTurn } = await openCodex([
      { kind: 'say', text: 'Hello.' },
      { kind: 'fail', code: 'insufficient_quota' },
      { kind: 'say', text: 'Back.' },
    ]);

    expect(await runTurn()).toEqual({ kind: 'completed' });
    expect(await runTurn()).toMatchObject({ kind: 'usageLimited', untilWallMs: 4_000_000_000_000 });
    expect(await runTurn()).toEqual({ kind: 'completed' });
  });

  test('that cannot start says why', async (context) => {
    withCodex(context);
    const command = `${codexCommand('http://127.0.0.1:9/v1')} -c model_provider=nowhere`;

    const opened = openCodex([], { codex: { command } });

    await expect(opened).rejects.toMatchObject({
      code: 'port_exit',
      message: expect.stringContaining('nowhere'),
    });
  });
});
