import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createAgent } from '../../../src/agents/registry.js';
import { aDirectory, openSession, type RunningSession } from '../../helpers/agent-session.js';
import { until } from '../../helpers/board-daemon.js';
import { needsCodex } from '../../helpers/codex/codex.js';
import { codexCommand } from '../../helpers/codex/codex-command.js';
import { CODEX, OLD_CODEX } from '../../helpers/codex/installation.js';
import { startModelServer } from '../../helpers/codex/model-server.js';
import type { Step } from '../../helpers/codex/script.js';
import { VirtualClock } from '../../helpers/virtual-clock.js';
import '../../helpers/leaks.js';

// Goal: signs of life are given while the real Codex waits for a command, and not while it waits for its model. Our time
// is virtual here, that of Codex is not.

const MINUTE_MS = 60_000;
const TURN_MS = 10 * MINUTE_MS;

interface Line {
  readonly direction: 'sent' | 'received';
  readonly method: string;
}

interface Scene extends RunningSession {
  readonly clock: VirtualClock;
  readonly lines: readonly Line[];
  /** Waits until Codex has told this for the `times`th time. */
  readonly told: (method: string, times?: number) => Promise<unknown>;
  readonly signs: () => readonly string[];
}

async function aSession(
  version: string,
  steps: readonly Step[],
  codex: { readonly commandTimeoutMs?: number } = {},
): Promise<Scene> {
  const model = await startModelServer(steps, { kind: 'silence' });
  const home = await aDirectory();
  const clock = new VirtualClock();
  const lines: Line[] = [];
  const session = await openSession(createAgent('codex', { clock }), {
    codex: {
      command: codexCommand(model.baseUrl, { version }),
      threadSandbox: 'danger-full-access',
      turnTimeoutMs: TURN_MS,
      stallTimeoutMs: 5 * MINUTE_MS,
      ...codex,
    },
    env: { HOME: home, CODEX_HOME: home, LOOPBACK_KEY: 'none' },
    transcript: {
      write: (direction, line) => {
        const { method = '' } = JSON.parse(line) as { readonly method?: string };
        lines.push({ direction, method });
      },
      close: () => {},
    },
  });
  const count = (method: string): number => lines.filter((line) => line.method === method).length;
  return {
    ...session,
    clock,
    lines,
    told: (method, times = 1) => until(`${method} ${times} times`, () => count(method) >= times),
    signs: () =>
      session.reports.flatMap(({ message }) => (/^still running/.test(message ?? '') ? (message ?? '') : [])),
  };
}

describe.each([CODEX, OLD_CODEX])('Codex %s', (version) => {
  const installed = needsCodex(version);

  test('that waits for a silent command gives signs of life for as long as it may do so', async (context) => {
    installed(context, { sandbox: false });
    const { runTurn, told, clock, signs, start } = await aSession(version, [
      { kind: 'exec', cmd: 'until test -e go; do sleep 0.1; done', args: { yield_time_ms: 60_000 } },
      { kind: 'say', text: 'Done.' },
    ]);

    const turn = runTurn();
    await told('item/started', 2);
    await clock.advance(5 * MINUTE_MS);

    expect(signs()).toHaveLength(29);
    expect(signs().at(-1)).toBe('still running (4 min): until test -e go; do sleep 0.1; done');
    await writeFile(join(start.workspacePath, 'go'), '');
    expect(await turn).toEqual({ kind: 'completed' });
  });

  test('that has left a command in the background and waits for its model gives none for long', async (context) => {
    installed(context, { sandbox: false });
    const { runTurn, told, clock, signs } = await aSession(version, [
      { kind: 'exec', cmd: 'sleep 1000', args: { yield_time_ms: 250 } },
      { kind: 'silence' },
    ]);

    const turn = runTurn();
    await told('item/started', 2);
    await clock.advance(60 * MINUTE_MS);

    expect(signs().length).toBeGreaterThan(0);
    expect(signs().at(-1)).toMatch(/^still running \((4|5) min\): sleep 1000$/);
    expect(await turn).toMatchObject({ kind: 'timedOut', detail: expect.stringContaining('was silent') });
  });

  test('that never hears of its model gives none', async (context) => {
    installed(context, { sandbox: false });
    const { runTurn, told, clock, reports } = await aSession(version, [{ kind: 'silence' }]);

    const turn = runTurn();
    await told('item/completed');
    const before = reports.length;
    await clock.advance(TURN_MS);

    expect(await turn).toMatchObject({ kind: 'timedOut' });
    expect(reports.slice(before).map(({ event }) => event)).toEqual(['turn_ended_with_error']);
  });

  test('whose command is silent for too long has its turn ended, which names the command', async (context) => {
    installed(context, { sandbox: false });
    const { runTurn, told, clock } = await aSession(
      version,
      [{ kind: 'exec', cmd: 'sleep 1000', args: { yield_time_ms: 30_000 } }],
      { commandTimeoutMs: 2 * MINUTE_MS },
    );

    const turn = runTurn();
    await told('item/started', 2);
    await clock.advance(60 * MINUTE_MS);

    expect(await turn).toEqual({
      kind: 'timedOut',
      detail: 'codex.command_timeout_ms: nothing was heard for 2 min of sleep 1000',
    });
  });

  test('sends what a command prints only when its silence has a limit', async (context) => {
    installed(context, { sandbox: false });
    const steps: readonly Step[] = [
      { kind: 'exec', cmd: 'for i in 1 2 3; do echo tick; sleep 0.2; done', args: { yield_time_ms: 30_000 } },
      { kind: 'say', text: 'Done.' },
    ];
    const plain = await aSession(version, steps);
    const limited = await aSession(version, steps, { commandTimeoutMs: 30 * MINUTE_MS });

    expect(await plain.runTurn()).toEqual({ kind: 'completed' });
    expect(await limited.runTurn()).toEqual({ kind: 'completed' });

    expect(plain.reports.map(({ message }) => message)).not.toContain('command output');
    expect(limited.reports.map(({ message }) => message)).toContain('command output');
  });

  test('is heard while it writes, a few times, and its pieces are in no transcript', async (context) => {
    installed(context, { sandbox: false });
    const { runTurn, lines, reports } = await aSession(version, [
      { kind: 'say', text: 'word '.repeat(500), pieces: 500 },
    ]);

    expect(await runTurn()).toEqual({ kind: 'completed' });

    const writing = reports.filter(({ message }) => message === 'writing a message');
    expect(writing.length).toBeGreaterThan(0);
    expect(writing.length).toBeLessThan(10);
    expect(lines.filter(({ method }) => /delta/i.test(method))).toEqual([]);
    expect(lines.filter(({ direction }) => direction === 'received').length).toBeLessThan(40);
  });
});
