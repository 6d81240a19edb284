import { describe, expect, test } from 'vitest';
import type { AgentReport } from '../../src/domain/session.js';
import type { Agent } from '../../src/ports/agent.js';
import {
  aSessionStart,
  openSession,
  type RunningSession,
  type SessionOptions,
} from '../helpers/agent-session.js';

/** What an agent can be made to do; how is the adapter's own business. */
export type Behaviour = 'completes' | 'fails' | 'asks' | 'hangs' | 'crashes';

export interface AgentUnderTest {
  readonly agent: Agent;
  /** Options of a session, and the prompt of its turns, that bring the behaviour about. */
  readonly behave: (behaviour: Behaviour) => { readonly options: SessionOptions; readonly prompt: string };
}

/** What every agent adapter must do. */
export function agentContract(name: string, setup: () => AgentUnderTest): void {
  const open = async (
    behaviour: Behaviour,
    more: SessionOptions = {},
  ): Promise<
    RunningSession & { readonly turn: (signal?: AbortSignal) => ReturnType<RunningSession['runTurn']> }
  > => {
    const { agent, behave } = setup();
    const { options, prompt } = behave(behaviour);
    const running = await openSession(agent, { ...options, ...more });
    return { ...running, turn: (signal) => running.runTurn(prompt, signal) };
  };

  describe(`${name} keeps the agent contract`, () => {
    test('runs several turns on one thread', async () => {
      const { session, turn, reports } = await open('completes');
      const { threadId } = session;

      expect(await turn()).toEqual({ kind: 'completed' });
      expect(await turn()).toEqual({ kind: 'completed' });

      const started = reports.filter(({ event }) => event === 'session_started');
      expect(started.map((report) => report.threadId)).toEqual([threadId, threadId]);
      expect(new Set(started.map((report) => report.turnId)).size).toBe(2);
    });

    test('reports its process, and token totals that only grow', async () => {
      const { turn, reports } = await open('completes');

      await turn();
      await turn();

      expect(new Set(reports.map(({ processId }) => processId)).size).toBe(1);
      expect(reports[0]?.processId).toBeGreaterThan(0);
      const totals = reports.flatMap(({ usage }) => usage?.totalTokens ?? []);
      expect(totals.length).toBeGreaterThan(1);
      expect(totals).toEqual([...totals].sort((a, b) => a - b));
    });

    test('says in one printable line of at most 140 characters what it does', async () => {
      const { turn, reports } = await open('completes');

      await turn();

      const messages = reports.flatMap(({ message }) => message ?? []);
      expect(messages.filter((message) => message.length > 140 || /\p{Cc}/u.test(message))).toEqual([]);
    });

    test('tells of a failed turn by its result', async () => {
      const { turn } = await open('fails');

      expect(await turn()).toMatchObject({ kind: 'failed', reason: 'turn_failed' });
    });

    test('ends a turn that asks a person, with the question, and can be closed after it', async () => {
      const { session, turn, events } = await open('asks');

      const result = await turn();
      await session.close();

      expect(result).toMatchObject({ kind: 'inputRequired', question: { text: expect.stringMatching(/./) } });
      expect(events().at(-1)).toBe('turn_input_required');
    });

    test('tells of the end of its process by the result of the turn', async () => {
      const { turn } = await open('crashes');

      expect(await turn()).toMatchObject({ kind: 'failed', reason: 'port_exit' });
    });

    test('ends a turn at once when it is stopped', async () => {
      const stop = new AbortController();
      const onReport = ({ event }: AgentReport): void => {
        if (event === 'session_started') stop.abort();
      };
      const { turn, session } = await open('hangs', { onReport });

      expect(await turn(stop.signal)).toMatchObject({ kind: 'failed', reason: 'turn_cancelled' });
      await session.close();
    });

    test('leaves no process after it is closed, also when it is closed twice', async () => {
      const { session, turn, reports } = await open('completes');
      await turn();

      await Promise.all([session.close(), session.close()]);

      const processId = reports[0]?.processId ?? 0;
      expect(() => process.kill(processId, 0)).toThrow('ESRCH');
    });

    test('does not start once it is stopped', async () => {
      const { agent, behave } = setup();
      const { start, events } = await aSessionStart({
        ...behave('completes').options,
        signal: AbortSignal.abort(),
      });

      await expect(agent.startSession(start)).rejects.toMatchObject({ code: 'turn_cancelled' });
      expect(events()).toEqual(['startup_failed']);
    });
  });
}
