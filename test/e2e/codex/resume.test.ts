import { execFileSync } from 'node:child_process';
import { readdirSync, rmSync, truncateSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createAgent } from '../../../src/agents/registry.js';
import { systemClock } from '../../../src/engine/system-clock.js';
import { aDirectory, type SessionOptions } from '../../helpers/agent-session.js';
import { until } from '../../helpers/board-daemon.js';
import { needsCodex } from '../../helpers/codex/codex.js';
import { CODEX, OLD_CODEX } from '../../helpers/codex/installation.js';
import { startModelServer } from '../../helpers/codex/model-server.js';
import type { Answer, Step } from '../../helpers/codex/script.js';
import { openCodex } from './real-codex.js';
import '../../helpers/leaks.js';

// Goal: a thread goes on in a new process with all that it knew, or is begun anew when it cannot, and what it had used
// is never counted twice (issue 4, 6).

const SAY: Answer = { kind: 'say', text: 'Fine.' };

/** Sessions of one issue: one model, one home, one workspace. */
async function anIssue(version: string, steps: readonly Step[] = [], env: SessionOptions['env'] = {}) {
  const model = await startModelServer(steps, SAY);
  const home = await aDirectory();
  const workspacePath = await aDirectory();
  const open = (threadId: string | null = null) =>
    openCodex([], {
      // A thread that another process still writes is tried again after a while.
      agent: createAgent('codex', { clock: systemClock }),
      version,
      model,
      home,
      workspacePath,
      env,
      ...(threadId === null ? {} : { resume: { threadId, answered: null } }),
    });
  const tokens = (session: Awaited<ReturnType<typeof open>>) =>
    session.reports.flatMap(({ usage }) => usage?.totalTokens ?? []).at(-1);
  return { model, home, workspacePath, open, tokens, records: () => recordsIn(home) };
}

function recordsIn(home: string): string[] {
  const names = readdirSync(join(home, 'sessions'), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => name.endsWith('.jsonl')).map((name) => join(home, 'sessions', name));
}

describe.each([CODEX, OLD_CODEX])('a thread of Codex %s', (version) => {
  const installed = needsCodex(version);

  test('goes on in a new process with its history and tools, and counts only what it uses there', async (context) => {
    installed(context, { sandbox: false });
    const call: Step = { kind: 'call', name: 'local_issue', args: { action: 'read' } };
    const { model, open, tokens } = await anIssue(version, [SAY, SAY, call]);
    const first = await open();
    await first.runTurn('Remember the word swordfish.');
    await first.runTurn('Say it.');
    await first.session.close();

    const second = await open(first.session.threadId);
    expect(await second.runTurn('Go on.')).toEqual({ kind: 'completed' });
    await second.session.close();

    expect(second.session).toMatchObject({ isResumed: true, threadId: first.session.threadId });
    expect(JSON.stringify(model.inputs.at(-1))).toContain('swordfish');
    expect(second.events()).toContain('tool_call_completed');
    expect([tokens(first), tokens(second)]).toEqual([240, 240]);
  });

  test('goes on after its process was killed in the middle of a turn', async (context) => {
    installed(context, { sandbox: false });
    const { model, open, tokens } = await anIssue(version, [SAY, { kind: 'hold' }, SAY, SAY]);
    const first = await open();
    await first.runTurn('Remember the word swordfish.');
    const turn = first.runTurn('Say it.');
    await until('the model asked', () => model.isHolding());
    process.kill(first.reports[0]?.processId ?? 0, 'SIGKILL');
    expect(await turn).toMatchObject({ reason: 'port_exit' });
    await first.session.close();

    const second = await open(first.session.threadId);
    expect(await second.runTurn('Go on.')).toEqual({ kind: 'completed' });

    expect(second.session.isResumed).toBe(true);
    expect(JSON.stringify(model.inputs.at(-1))).toContain('swordfish');
    expect(tokens(second)).toBe(120);
  });

  test('goes on with its posture: secrets stay withheld from commands, and the repository untrusted', async (context) => {
    installed(context);
    const look: Step = { kind: 'exec', cmd: 'echo "[$PLANTED_TOKEN]" >> seen' };
    const { open, workspacePath } = await anIssue(version, [look, look], { PLANTED_TOKEN: 'secret' });
    await mkdir(join(workspacePath, '.codex'));
    await writeFile(
      join(workspacePath, '.codex/config.toml'),
      `[mcp_servers.planted]\ncommand = "touch"\nargs = ["${workspacePath}/planted"]\n`,
    );
    const first = await open();
    await first.runTurn();
    await first.session.close();

    const second = await open(first.session.threadId);
    await second.runTurn();
    await second.session.close();

    expect(second.session.isResumed).toBe(true);
    expect(await readFile(join(workspacePath, 'seen'), 'utf8')).toBe('[]\n[]\n');
    expect(await readdir(workspacePath)).not.toContain('planted');
  });

  test.for([
    ['is gone', (record: string) => rmSync(record)],
    ['is empty', (record: string) => truncateSync(record)],
  ] as const)('is begun anew when its record %s', async ([, spoil], context) => {
    installed(context, { sandbox: false });
    const { open, records, tokens } = await anIssue(version);
    const first = await open();
    await first.runTurn('Do it.');
    await first.session.close();
    for (const record of records()) spoil(record);

    const second = await open(first.session.threadId);

    expect(await second.runTurn('Do it again.')).toEqual({ kind: 'completed' });
    expect(second.session.isResumed).toBe(false);
    expect(tokens(second)).toBe(120);
  });
});

describe('a thread', () => {
  const installed = needsCodex();

  test('that had no turn yet, is unknown, or is somebody else’s name is begun anew', async (context) => {
    installed(context, { sandbox: false });
    const { open } = await anIssue(CODEX);
    const first = await open();
    await first.session.close();

    for (const id of [first.session.threadId, '01a1feb6-28fe-7c92-b97d-1489805fe0cb', 'thread-1']) {
      const next = await open(id);
      expect(next.session.isResumed).toBe(false);
      expect(await next.runTurn()).toEqual({ kind: 'completed' });
      await next.session.close();
    }
  });

  test('that somebody has archived is begun anew', async (context) => {
    const { native } = installed(context, { sandbox: false });
    const { home, open } = await anIssue(CODEX);
    const first = await open();
    await first.runTurn();
    await first.session.close();
    execFileSync(native, ['archive', first.session.threadId], { env: { CODEX_HOME: home, HOME: home } });

    const second = await open(first.session.threadId);

    expect(second.session.isResumed).toBe(false);
    expect(second.reports.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('is archived'),
    );
  });

  test('goes on as soon as the process that had it has ended, and is begun anew while it has not', async (context) => {
    installed(context, { sandbox: false });
    const { open } = await anIssue(CODEX);
    const first = await open();
    await first.runTurn();

    const meanwhile = await open(first.session.threadId);
    const [soon] = await Promise.all([open(first.session.threadId), first.session.close()]);

    expect(meanwhile.session.isResumed).toBe(false);
    expect(soon.session.isResumed).toBe(true);
  });
});
