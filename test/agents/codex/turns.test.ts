import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { codexAgent } from '../../../src/agents/codex/index.js';
import type { AgentReport } from '../../../src/domain/session.js';
import type { HostProcess, SpawnSpec } from '../../../src/ports/host.js';
import { aDirectory, aSessionStart, fixtureCommand, openFixture } from '../../helpers/agent-session.js';
import { VirtualClock } from '../../helpers/virtual-clock.js';
import '../../helpers/leaks.js';

/** Resolves with the first report that fits. */
function reportWatch() {
  let check: (report: AgentReport) => void = () => {};
  return {
    onReport: (report: AgentReport) => check(report),
    next: (fits: (report: AgentReport) => boolean) =>
      new Promise<AgentReport>((resolve) => {
        check = (report) => fits(report) && resolve(report);
      }),
  };
}

describe('the end of a turn', () => {
  test('is read from its status: failed is a failure with its reason, and the thread stays usable', async () => {
    const { runTurn, events } = await openFixture('failed-turn');

    expect(await runTurn()).toEqual({
      kind: 'failed',
      reason: 'turn_failed',
      detail: 'it fell apart',
    });
    expect(await runTurn()).toEqual({ kind: 'completed' });
    expect(events()).toContain('turn_failed');
    expect(events().at(-1)).toBe('turn_completed');
  });

  test.each([
    [
      'what was repeated last',
      [{ responseStreamDisconnected: { httpStatusCode: 401 } }],
      'agent_auth_failed',
    ],
    ['a refusal, when nothing was repeated', [], 'agent_bad_request'],
    [
      'a refusal, when what was repeated has come to its end since',
      [{ responseStreamDisconnected: { httpStatusCode: null } }, 'usage'],
      'agent_bad_request',
    ],
  ])('by an error called other is %s', async (_what, before, reason) => {
    const ERROR = JSON.stringify({ message: 'no', codexErrorInfo: 'other' });
    const { runTurn } = await openFixture('failed-turn', { env: { ERROR, BEFORE: JSON.stringify(before) } });

    expect(await runTurn()).toMatchObject({ kind: 'failed', reason });
  });

  test('is not told by an error that is repeated, which is progress', async () => {
    const BEFORE = JSON.stringify(['usageLimitExceeded']);
    const { runTurn, reports } = await openFixture('failed-turn', { env: { ERROR: 'null', BEFORE } });

    expect(await runTurn()).toEqual({ kind: 'completed' });
    expect(reports.map(({ message }) => message)).toContainEqual(expect.stringMatching(/^retrying/));
  });

  test('that somebody interrupted is a cancelled turn', async () => {
    const { runTurn, events } = await openFixture('interrupted-turn');

    expect(await runTurn()).toMatchObject({ kind: 'failed', reason: 'turn_cancelled' });
    expect(events().at(-1)).toBe('turn_cancelled');
  });

  test('by a usage limit says until when, from the window that is used up', async () => {
    const resetsAt = Math.ceil(Date.now() / 1_000) + 7_200;
    const { runTurn } = await openFixture('usage-limit', { env: { RESETS_AT: String(resetsAt) } });

    expect(await runTurn()).toEqual({
      kind: 'usageLimited',
      untilWallMs: resetsAt * 1_000,
      detail: 'You have hit your usage limit. (usageLimitExceeded)',
    });
  });

  test('by a usage limit without a time to come says so', async () => {
    const { runTurn } = await openFixture('usage-limit', { env: { RESETS_AT: '1700000000' } });

    expect(await runTurn()).toMatchObject({ kind: 'usageLimited', untilWallMs: null });
  });

  test('by the end of the process is a failure with its status and last words', async () => {
    const { runTurn, events } = await openFixture('crashes-in-turn');

    expect(await runTurn()).toEqual({
      kind: 'failed',
      reason: 'port_exit',
      detail: 'the agent exited with status 9: panicked at the second step',
    });
    expect(events().at(-1)).toBe('turn_ended_with_error');
  });

  test('counts when the process exits right after it, all in one write; a further turn fails', async () => {
    const { runTurn } = await openFixture('coalesces');

    expect(await runTurn()).toEqual({ kind: 'completed' });
    expect(await runTurn()).toMatchObject({ kind: 'failed', reason: 'port_exit' });
  });

  test('is recognised also when every turn has the same id', async () => {
    const { runTurn } = await openFixture('same-ids');

    expect(await runTurn()).toEqual({ kind: 'completed' });
    expect(await runTurn()).toEqual({ kind: 'completed' });
  });

  test('of a sub-agent does not end ours, and its tokens count', async () => {
    const { runTurn, reports } = await openFixture('sub-agent');

    expect(await runTurn()).toEqual({ kind: 'completed' });
    expect(reports.flatMap(({ usage }) => usage?.totalTokens ?? [])).toEqual([100, 130, 180]);
  });
});

describe('the turn timeout', () => {
  const turnTimeoutMs = 1_000;

  test('ends a turn that is silent for so long', async () => {
    const clock = new VirtualClock();
    const { onReport, next } = reportWatch();
    const { runTurn } = await openFixture('hangs-in-turn', { clock, codex: { turnTimeoutMs }, onReport });
    const started = next(({ message }) => message === 'turn started');
    const turn = runTurn();
    await started;

    await clock.advance(turnTimeoutMs);

    expect(await turn).toEqual({ kind: 'timedOut', detail: 'the agent was silent for 1000 ms' });
  });

  test('starts anew with each output', async () => {
    const clock = new VirtualClock();
    const { onReport, next } = reportWatch();
    const PACE = join(await aDirectory(), 'pace');
    await writeFile(PACE, '');
    const { runTurn } = await openFixture('keeps-talking', {
      clock,
      codex: { turnTimeoutMs },
      env: { PACE },
      onReport,
    });
    const started = next(({ message }) => message === 'turn started');
    const turn = runTurn();
    await started;

    for (const word of ['one', 'two', 'three', 'four']) {
      await clock.advance(turnTimeoutMs / 2);
      const told = next(({ message }) => message === word);
      await appendFile(PACE, `${word}\n`);
      await told;
    }
    await appendFile(PACE, 'end\n');

    expect(await turn).toEqual({ kind: 'completed' });
    expect(clock.pending).toBe(0);
  });
});

describe('stopping', () => {
  test('a turn interrupts it at the agent', async () => {
    const stop = new AbortController();
    const onReport = ({ event }: AgentReport): void => {
      if (event === 'session_started') stop.abort();
    };
    const { runTurn, session, received } = await openFixture('hangs-in-turn', { onReport });

    expect(await runTurn('Do it.', stop.signal)).toMatchObject({ reason: 'turn_cancelled' });
    await session.close();

    expect((await received()).find(({ method }) => method === 'turn/interrupt')).toEqual({
      id: 4,
      method: 'turn/interrupt',
      params: { threadId: 'thread-1', turnId: 'turn-1' },
    });
  });

  test('the whole run ends the turn and the process', async () => {
    const stop = new AbortController();
    const onReport = ({ event }: AgentReport): void => {
      if (event === 'session_started') stop.abort();
    };
    const { runTurn, session, reports } = await openFixture('hangs-in-turn', {
      onReport,
      signal: stop.signal,
    });

    expect(await runTurn()).toMatchObject({ reason: 'turn_cancelled' });
    await session.close();

    expect(() => process.kill(reports[0]?.processId ?? 0, 0)).toThrow('ESRCH');
  });

  test('is bounded when the host cannot end the process', async () => {
    const { start } = await aSessionStart({ codex: { command: fixtureCommand('hangs-in-turn') } });
    const spawn = async (spec: SpawnSpec): Promise<HostProcess> => {
      const real = await start.host.spawn(spec);
      onTestFinished(async () => {
        await real.stop(0);
      });
      const { processId } = real;
      return {
        processId,
        exited: new Promise(() => {}),
        write: (text) => real.write(text),
        closeStdin: () => {},
        stop: async () => ({ survivors: [processId] }),
      };
    };
    const clock = new VirtualClock();
    const agent = codexAgent({ clock, kind: 'codex' });
    const session = await agent.startSession({ ...start, host: { ...start.host, spawn } });
    const turn = session.runTurn({ prompt: 'Do it.', turn: 1, signal: new AbortController().signal });

    await session.close();

    expect(await turn).toMatchObject({ reason: 'turn_cancelled' });
    expect(clock.pending).toBe(0);
  });

  test('does not wait for the end of a turn whose process has gone', async () => {
    // Time that stands still: a wait would never end.
    const clock = new VirtualClock();
    const { onReport, next } = reportWatch();
    const { runTurn, session } = await openFixture('leaves-when-interrupted', { clock, onReport });
    const started = next(({ message }) => message === 'turn started');
    const turn = runTurn();
    await started;

    await session.close();

    expect(await turn).toMatchObject({ reason: 'turn_cancelled' });
    expect(clock.pending).toBe(0);
  });

  test('ends a process that ignores its closed stdin and SIGTERM', async () => {
    const { runTurn, session, reports } = await openFixture('ignores-stdin-close');
    const turn = runTurn();

    await session.close();

    expect(await turn).toMatchObject({ kind: 'failed', reason: 'turn_cancelled' });
    expect(() => process.kill(reports[0]?.processId ?? 0, 0)).toThrow('ESRCH');
  });
});
