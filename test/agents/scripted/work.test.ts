import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createAgent } from '../../../src/agents/registry.js';
import { scriptedCommand } from '../../../src/agents/scripted/index.js';
import { systemClock } from '../../../src/engine/system-clock.js';
import { aDirectory, openSession, recordingTools, type SessionOptions } from '../../helpers/agent-session.js';
import { needs } from '../../helpers/needs.js';
import '../../helpers/leaks.js';

const open = (options: SessionOptions = {}) =>
  openSession(createAgent('scripted', { clock: systemClock }), options);

function git(directory: string, ...args: readonly string[]): string {
  const env = { PATH: process.env['PATH'], HOME: directory, GIT_CONFIG_NOSYSTEM: '1' };
  return execFileSync('git', ['-C', directory, ...args], { encoding: 'utf8', env }).trim();
}

async function aRepository(): Promise<string> {
  const directory = await aDirectory();
  git(directory, 'init', '--quiet');
  return directory;
}

/** The program itself with its streams; killed after the test if it is still there. */
function runProgram(cwd: string) {
  const child = spawn('bash', ['-c', scriptedCommand()], { cwd, stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  return { child, exited };
}

describe('the scripted agent', () => {
  test('moves the issue, edits a file, commits, comments, and sets the issue done', async (context) => {
    needs(context, 'git');
    const tools = recordingTools();
    const workspacePath = await aRepository();
    const { runTurn } = await open({ tools, workspacePath, env: { HOME: workspacePath } });

    expect(await runTurn('agent: seconds=0')).toEqual({ kind: 'completed' });

    expect(tools.calls.map(({ args }) => args)).toEqual([
      { action: 'set_state', state: 'In Progress' },
      { action: 'comment', body: expect.stringContaining('scripted agent') },
      { action: 'set_state', state: 'Done' },
    ]);
    expect(git(workspacePath, 'log', '--format=%s by %an')).toBe(
      'MT-1: Make it so (turn 1) by Scripted Agent',
    );
    expect(git(workspacePath, 'status', '--porcelain')).toBe('');
  });

  test('works in a directory that is no repository, without tools', async () => {
    const { runTurn, start } = await open({ tools: { ...recordingTools(), specs: [] } });

    expect(await runTurn('agent: seconds=0')).toEqual({ kind: 'completed' });
    expect(await readFile(join(start.workspacePath, 'SCRIPTED-AGENT.md'), 'utf8')).toContain('MT-1');
  });

  test('is done after as many turns as the script says, also when later prompts do not repeat it', async () => {
    const tools = recordingTools();
    const { runTurn } = await open({ tools });
    const states = () => tools.calls.map(({ args }) => (args as { state?: string }).state);

    await runTurn('agent: seconds=0 turns=2');
    expect(states()).toEqual(['In Progress']);

    await runTurn('Go on.');
    expect(states()).toEqual(['In Progress', undefined, 'Done']);
  });

  test('with a flaky label fails its first attempt in a workspace and succeeds in the next', async (context) => {
    needs(context, 'git');
    const workspacePath = await aRepository();
    const prompt = 'Labels: flaky\nagent: seconds=0';

    const first = await open({ workspacePath });
    expect(await first.runTurn(prompt)).toMatchObject({ kind: 'failed', reason: 'turn_failed' });
    await first.session.close();
    const second = await open({ workspacePath });
    expect(await second.runTurn(prompt)).toEqual({ kind: 'completed' });
  });

  test('takes the time that its environment says', async () => {
    const { runTurn } = await open({ env: { SYMPHONY_SCRIPTED_SECONDS: '0.2' } });
    const from = performance.now();

    expect(await runTurn('Do it.')).toEqual({ kind: 'completed' });

    expect(performance.now() - from).toBeGreaterThan(190);
  });

  test('goes on when a tool call fails', async () => {
    const tools = recordingTools(() => ({ success: false, output: 'no' }));
    const { runTurn, events } = await open({ tools });

    expect(await runTurn('agent: seconds=0')).toEqual({ kind: 'completed' });
    expect(events()).toContain('tool_call_failed');
  });

  test('ends when its stdin is closed, also in the middle of a turn', async () => {
    const { child, exited } = runProgram(await aDirectory());
    const lines = [
      { id: 1, method: 'initialize', params: {} },
      { id: 2, method: 'thread/start', params: {} },
    ];
    for (const line of lines) child.stdin.write(`${JSON.stringify(line)}\n`);
    await once(child.stdout, 'data');

    child.stdin.end();

    expect(await exited).toBe(0);
  });

  test('ends on SIGTERM', async () => {
    const { child, exited } = runProgram(await aDirectory());
    child.stdin.write(`${JSON.stringify({ id: 1, method: 'initialize', params: {} })}\n`);
    await once(child.stdout, 'data');

    child.kill('SIGTERM');

    expect(await exited).toBe(0);
  });
});
