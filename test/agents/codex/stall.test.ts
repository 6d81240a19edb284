import { describe, expect, test } from 'vitest';
import { Patience } from '../../../src/agents/codex/patience.js';
import type { JsonObject } from '../../../src/domain/json.js';
import type { CodexSettings } from '../../../src/domain/settings.js';
import { aSessionStart, openFixture, recordingTools } from '../../helpers/agent-session.js';
import { until } from '../../helpers/board-daemon.js';
import { VirtualClock } from '../../helpers/virtual-clock.js';
import '../../helpers/leaks.js';

// Goal: a long quiet command is told from a dead agent. The orchestrator counts every report as a sign of life, so what
// matters is when there is one, and when the turn ends by itself.

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** The turn timeout of the tests: what ends a turn in which nothing is open. */
const TURN_MS = 10 * MINUTE_MS;

type Note = readonly [method: string, params: JsonObject];

const started = (item: JsonObject, threadId = 'thread-1'): Note => ['item/started', { threadId, item }];
const completed = (id: string, threadId = 'thread-1'): Note => ['item/completed', { threadId, item: { id } }];
/** Codex has waited on a terminal, or typed into it. */
const polled = (itemId: string, stdin = ''): Note => [
  'item/commandExecution/terminalInteraction',
  { threadId: 'thread-1', itemId, stdin },
];
const COMMAND = { type: 'commandExecution', id: 'c', command: 'npm test', source: 'agent' };
const TERMINAL = { ...COMMAND, source: 'unifiedExecStartup' };

async function aPatience(settings: Partial<CodexSettings> = {}) {
  const { start } = await aSessionStart({
    codex: { turnTimeoutMs: TURN_MS, stallTimeoutMs: 5 * MINUTE_MS, ...settings },
  });
  const clock = new VirtualClock();
  const signs: { readonly atMs: number; readonly message: string }[] = [];
  const ends: { readonly atMs: number; readonly detail: string }[] = [];
  const patience = new Patience(clock, start.settings.codex, {
    onWaiting: (message) => signs.push({ atMs: clock.nowMs(), message }),
    onOut: (detail) => ends.push({ atMs: clock.nowMs(), detail }),
  });
  const hear = (...notes: readonly Note[]): void => {
    patience.heard();
    for (const [method, params] of notes) patience.note(method, params);
  };
  /** The longest time without a sign up to now, as the orchestrator sees it. */
  const longestSilenceMs = (): number => {
    const times = [0, ...signs.map(({ atMs }) => atMs), clock.nowMs()];
    return Math.max(...times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0)));
  };
  return { patience, clock, signs, ends, hear, longestSilenceMs };
}

describe('the patience of a turn', () => {
  test.each([
    ['a command', COMMAND],
    ['a tool of an MCP server', { type: 'mcpToolCall', id: 'c', server: 's', tool: 'build' }],
    ['a pause', { type: 'sleep', id: 'c', durationMs: 1 }],
  ])('lasts as long as %s takes', async (_what, item) => {
    const { clock, ends, hear, longestSilenceMs } = await aPatience();

    hear(started(item));
    await clock.advance(20 * HOUR_MS);

    expect(ends).toEqual([]);
    expect(longestSilenceMs()).toBe(10 * SECOND_MS);
  });

  test('lasts as long as a hook, and as a call of a tool of ours', async () => {
    const { patience, clock, ends, hear, signs } = await aPatience();

    hear(['hook/started', { threadId: 'thread-1', run: { id: 'h' } }]);
    await clock.advance(HOUR_MS);
    hear(['hook/completed', { threadId: 'thread-1', run: { id: 'h' } }]);
    patience.called('call-1', 'linear_graphql');
    await clock.advance(HOUR_MS);

    expect(ends).toEqual([]);
    expect(signs.at(-1)?.message).toBe('still running (60 min): tool linear_graphql');
  });

  test('ends with the turn timeout after the last item has, and gives no more signs', async () => {
    const { patience, clock, ends, hear, signs } = await aPatience();

    patience.called('call-1', 'linear_graphql');
    hear(started(COMMAND));
    await clock.advance(HOUR_MS);
    patience.answered('call-1');
    hear(completed('c'));
    signs.length = 0;
    await clock.advance(HOUR_MS);

    expect(signs).toEqual([]);
    expect(ends).toEqual([{ atMs: HOUR_MS + TURN_MS, detail: `the agent was silent for ${TURN_MS} ms` }]);
  });

  test.each([
    ['nothing', []],
    ['a message that the model writes', [started({ type: 'agentMessage', id: 'm' })]],
    ['a thought', [started({ type: 'reasoning', id: 'm' })]],
    ['a compaction', [started({ type: 'contextCompaction', id: 'm' })]],
    ['a wait for a sub-agent', [started({ type: 'collabAgentToolCall', id: 'm', tool: 'wait' })]],
    ['a command that has ended', [started(COMMAND), completed('c')]],
  ])('gives no sign of life for %s', async (_what, notes: readonly Note[]) => {
    const { clock, signs, ends, hear } = await aPatience();

    hear(...notes);
    await clock.advance(HOUR_MS);

    expect(signs).toEqual([]);
    expect(ends).toEqual([{ atMs: TURN_MS, detail: `the agent was silent for ${TURN_MS} ms` }]);
  });

  test('lasts for the command of a sub-agent, whose items have the thread of the sub-agent', async () => {
    const { clock, ends, hear } = await aPatience();

    hear(started(COMMAND, 'thread-2'), completed('c', 'thread-1'));
    await clock.advance(HOUR_MS);
    expect(ends).toEqual([]);

    hear(completed('c', 'thread-2'));
    await clock.advance(HOUR_MS);
    expect(ends).toHaveLength(1);
  });

  test('outlasts a development server only by the longest wait of Codex: then the model is silent', async () => {
    const { clock, signs, ends, hear } = await aPatience();

    hear(started(TERMINAL));
    await clock.advance(HOUR_MS);

    expect(signs.at(-1)?.atMs).toBe(5 * MINUTE_MS - 10 * SECOND_MS);
    expect(ends).toHaveLength(1);
    expect(ends[0]?.atMs).toBeLessThan(5 * MINUTE_MS + TURN_MS);
  });

  test('goes on while Codex comes back to a command in a terminal, also to one of an earlier turn', async () => {
    const { clock, signs, ends, hear, longestSilenceMs } = await aPatience();

    for (let poll = 0; poll < 20; poll += 1) {
      hear(polled('earlier'));
      await clock.advance(5 * MINUTE_MS);
    }

    expect(ends).toEqual([]);
    expect(signs.at(-1)?.message).toMatch(/^still running .*: a command$/);
    expect(longestSilenceMs()).toBeLessThan(MINUTE_MS);
  });

  test('has a limit of its own for one silent command, which is named', async () => {
    const { clock, signs, ends, hear } = await aPatience({ commandTimeoutMs: 30 * MINUTE_MS });

    hear(started(COMMAND));
    await clock.advance(10 * HOUR_MS);

    expect(signs.at(-1)?.atMs).toBeLessThan(30 * MINUTE_MS);
    expect(ends).toEqual([
      {
        atMs: 30 * MINUTE_MS,
        detail: 'codex.command_timeout_ms: nothing was heard for 30 min of npm test',
      },
    ]);
  });

  test('has that limit also for a command in a terminal, while Codex comes back to it', async () => {
    const { clock, ends, hear } = await aPatience({ commandTimeoutMs: 30 * MINUTE_MS });

    hear(started(TERMINAL));
    for (let polls = 0; polls < 20; polls += 1) {
      await clock.advance(4 * MINUTE_MS);
      hear(polled('c', polls === 4 ? 'y\n' : ''));
    }

    expect(ends).toEqual([{ atMs: 50 * MINUTE_MS, detail: expect.stringContaining('npm test') }]);
  });

  test('is not ended by a development server that has nothing to say', async () => {
    const { clock, ends, hear } = await aPatience({ commandTimeoutMs: 30 * MINUTE_MS });

    hear(started(TERMINAL));
    for (let minutes = 0; minutes < 120; minutes += 1) {
      await clock.advance(MINUTE_MS);
      hear(started({ type: 'agentMessage', id: `m${minutes}` }));
    }

    expect(ends).toEqual([]);
  });

  test('is not used up by a command that says something', async () => {
    const { clock, ends, hear } = await aPatience({ commandTimeoutMs: 30 * MINUTE_MS });

    hear(started(COMMAND));
    for (let times = 0; times < 10; times += 1) {
      await clock.advance(20 * MINUTE_MS);
      hear(['item/commandExecution/outputDelta', { threadId: 'thread-1', itemId: 'c' }]);
    }

    expect(ends).toEqual([]);
  });

  test('gives three signs within the shortest of its limits', async () => {
    const { clock, hear, longestSilenceMs } = await aPatience({ stallTimeoutMs: 900, turnTimeoutMs: 6_000 });

    hear(started(COMMAND));
    await clock.advance(HOUR_MS);

    expect(longestSilenceMs()).toBe(300);
  });

  test('forgets at the end of a turn, and leaves no timer', async () => {
    const { patience, clock, signs, hear } = await aPatience();

    hear(started(COMMAND), ['turn/completed', { threadId: 'thread-1' }]);
    await clock.advance(MINUTE_MS);
    expect(signs).toEqual([]);

    patience.stop();
    expect(clock.pending).toBe(0);
  });
});

describe('a session', () => {
  test('reports signs of life while a command runs in silence, and none without one', async () => {
    const clock = new VirtualClock();
    const TELLS = JSON.stringify([['item/started', { item: COMMAND }]]);
    const { runTurn, reports } = await openFixture('tells', {
      clock,
      env: { TELLS },
      codex: { stallTimeoutMs: 60_000 },
    });

    const turn = runTurn();
    await until('the command', () => reports.find(({ message }) => message === 'running npm test'));
    await clock.advance(30_000);
    const signs = reports.filter(({ message }) => message?.startsWith('still running'));

    expect(signs).toHaveLength(3);
    expect(signs.at(-1)).toMatchObject({
      event: 'notification',
      message: 'still running (30 s): npm test',
      threadId: 'thread-1',
      turnId: 'turn-1',
    });
    await clock.advance(HOUR_MS);
    expect(await Promise.race([turn, Promise.resolve('goes on')])).toBe('goes on');
  });

  test('ends a turn whose command was silent for too long as timed out', async () => {
    const clock = new VirtualClock();
    const TELLS = JSON.stringify([['item/started', { item: COMMAND }]]);
    const { runTurn, reports } = await openFixture('tells', {
      clock,
      env: { TELLS },
      codex: { commandTimeoutMs: MINUTE_MS },
    });

    const turn = runTurn();
    await until('the command', () => reports.find(({ message }) => message === 'running npm test'));
    await clock.advance(2 * MINUTE_MS);

    expect(await turn).toEqual({
      kind: 'timedOut',
      detail: 'codex.command_timeout_ms: nothing was heard for 60 s of npm test',
    });
  });

  test('reports signs of life while a tool of the tracker takes its time', async () => {
    const clock = new VirtualClock();
    let answer: (() => void) | null = null;
    const tools = {
      ...recordingTools(),
      execute: () =>
        new Promise<{ success: boolean; output: string }>((resolve) => {
          answer = () => resolve({ success: true, output: 'late' });
        }),
    };
    const { runTurn, reports } = await openFixture('tells', { clock, tools, env: { CALLS: 'local_issue' } });

    const turn = runTurn();
    const finish = await until('the call', () => answer);
    await clock.advance(HOUR_MS);
    finish();
    await until('the answer', () => reports.find(({ event }) => event === 'tool_call_completed'));
    await clock.advance(2 * MINUTE_MS);

    expect(reports.find(({ message }) => message?.startsWith('still running'))?.message).toContain(
      'tool local_issue',
    );
    expect(await turn).toMatchObject({ kind: 'timedOut', detail: expect.stringContaining('was silent') });
  });
});
