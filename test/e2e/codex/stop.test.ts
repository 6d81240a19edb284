import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createAgent } from '../../../src/agents/registry.js';
import { aDirectory, openSession, type RunningSession } from '../../helpers/agent-session.js';
import { until } from '../../helpers/board-daemon.js';
import { type InstalledCodex, needsCodex } from '../../helpers/codex/codex.js';
import { codexCommand } from '../../helpers/codex/codex-command.js';
import { CODEX, OLD_CODEX } from '../../helpers/codex/installation.js';
import { startModelServer } from '../../helpers/codex/model-server.js';
import { alive, leftOf } from '../../helpers/processes.js';
import { VirtualClock } from '../../helpers/virtual-clock.js';
import '../../helpers/leaks.js';

// Goal: however a session is stopped, whatever it runs, and whichever program of the package it is, nothing is left of it.
// The sandbox is off, as it would end its commands by itself.

/** Writes its number to the file `pids`, then waits for a thousand seconds, whoever asks it to end. */
const STUBBORN = `sh -c 'trap "" TERM INT HUP; echo $$ >> pids; while :; do sleep 1000; done'`;
/** The same in each of the ways out of the process tree that a command has, and itself. */
const COMMAND = [
  `${STUBBORN} &`,
  `setsid ${STUBBORN} &`,
  `(setsid ${STUBBORN} &)`,
  `setsid sh -c '(${STUBBORN.replaceAll("'", "'\\''")} &)'`,
  `env -i PATH="$PATH" ${STUBBORN} >/dev/null 2>&1 </dev/null &`,
  `exec ${STUBBORN}`,
].join('\n');
const NUMBER_OF_THEM = 6;
/** Wait for stdin to be heeded, TERM, sweep, KILL: as long as the host waits before it gives up. */
const BOUND_MS = 30_000;

interface Scene extends RunningSession {
  readonly controller: AbortController;
  readonly sent: () => readonly string[];
  /** All that must be gone. */
  readonly pids: () => Promise<number[]>;
}

/** A session whose turn runs the command: in the foreground, or left behind in the background while the model is quiet. */
async function aBusySession(
  version: string,
  program: keyof Pick<InstalledCodex, 'wrapper' | 'native'>,
  codex: InstalledCodex,
  waitMs: number,
): Promise<Scene> {
  const model = await startModelServer(
    [{ kind: 'exec', cmd: COMMAND, args: { yield_time_ms: waitMs } }, { kind: 'silence' }],
    { kind: 'silence' },
  );
  const home = await aDirectory();
  const workspacePath = await aDirectory();
  const controller = new AbortController();
  const sent: string[] = [];
  const command = codexCommand(model.baseUrl, { version }).replace(codex.wrapper, codex[program]);
  const session = await openSession(createAgent('codex', { clock: new VirtualClock() }), {
    codex: { command, threadSandbox: 'danger-full-access' },
    env: { HOME: home, CODEX_HOME: home, LOOPBACK_KEY: 'none' },
    workspacePath,
    signal: controller.signal,
    transcript: {
      write: (direction, line) => {
        const { method } = JSON.parse(line) as { readonly method?: string };
        if (direction === 'sent' && method !== undefined) sent.push(method);
      },
      close: () => {},
    },
  });
  await mkdir(home, { recursive: true });
  const pids = async (): Promise<number[]> => {
    const text = await readFile(join(workspacePath, 'pids'), 'utf8').catch(() => '');
    const agent = session.reports.flatMap(({ processId }) => processId ?? []).at(-1) ?? 0;
    return [...text.trim().split('\n').filter(Boolean).map(Number), agent];
  };
  return { ...session, controller, sent: () => sent, pids };
}

const PROGRAMS = [
  [CODEX, 'wrapper'],
  [CODEX, 'native'],
  [OLD_CODEX, 'wrapper'],
  [OLD_CODEX, 'native'],
] as const;

describe.each(PROGRAMS)('Codex %s, started by its %s', (version, program) => {
  const installed = needsCodex(version);

  test('leaves nothing of a command that the turn waits for', { timeout: 90_000 }, async (context) => {
    const codex = installed(context, { sandbox: false });
    const scene = await aBusySession(version, program, codex, 30_000);
    const turn = scene.runTurn('Run it.', scene.controller.signal);
    const running = await until('the commands', async () => {
      const pids = await scene.pids();
      return pids.length > NUMBER_OF_THEM && pids;
    });
    expect(alive(running)).toHaveLength(NUMBER_OF_THEM + 1);
    const fromMs = performance.now();

    scene.controller.abort();
    expect(await turn).toMatchObject({ kind: 'failed', reason: 'turn_cancelled' });
    await scene.session.close();

    expect(performance.now() - fromMs).toBeLessThan(BOUND_MS);
    expect(await leftOf(running)).toEqual([]);
    expect(scene.sent().slice(-2)).toEqual(['turn/interrupt', 'thread/backgroundTerminals/clean']);
  });

  test('leaves nothing of commands in the background', { timeout: 90_000 }, async (context) => {
    const codex = installed(context, { sandbox: false });
    const scene = await aBusySession(version, program, codex, 250);
    void scene.runTurn('Run it.');
    const running = await until('the commands', async () => {
      const pids = await scene.pids();
      return pids.length > NUMBER_OF_THEM && pids;
    });

    await scene.session.close();

    expect(await leftOf(running)).toEqual([]);
  });
});
