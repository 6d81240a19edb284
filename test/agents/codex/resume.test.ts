import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Rpc } from '../../../src/agents/codex/rpc.js';
import { DiedResuming, openThread } from '../../../src/agents/codex/thread.js';
import { aDirectory, openFixture, type SessionOptions } from '../../helpers/agent-session.js';
import { VirtualClock } from '../../helpers/virtual-clock.js';
import '../../helpers/leaks.js';

const noted = (): void => {};
const OLD_THREAD = { threadId: 'thread-old', answered: null };

/** A session that is to go on with a thread; how the server answers to that. */
function resuming(answer: string, { env, ...options }: SessionOptions = {}) {
  return openFixture('resumes', { resume: OLD_THREAD, env: { RESUME: answer, ...env }, ...options });
}

/** The methods of what a server received, with the thread they were about. */
async function asked({ received }: { received: () => Promise<object[]> }) {
  const messages = (await received()) as { method?: string; params?: { threadId?: string } }[];
  return messages.map(({ method, params }) => [method, params?.threadId]);
}

describe('a session that is to go on with a thread', () => {
  test('resumes it with the policies of a new one, without its history, and runs turns on it', async () => {
    const fresh = await openFixture('resumes');
    const running = await resuming('ok');

    expect(await running.runTurn()).toEqual({ kind: 'completed' });

    expect(running.session).toMatchObject({ isResumed: true, threadId: 'thread-old' });
    expect(await asked(running)).toEqual([
      ['initialize', undefined],
      ['initialized', undefined],
      ['thread/resume', 'thread-old'],
      ['turn/start', 'thread-old'],
    ]);
    const { dynamicTools, ...policies } = paramsOf(await fresh.received(), 'thread/start');
    expect(dynamicTools).toHaveLength(1);
    expect(paramsOf(await running.received(), 'thread/resume')).toEqual({
      ...policies,
      cwd: running.start.workspacePath,
      config: expect.anything(),
      threadId: 'thread-old',
      excludeTurns: true,
    });
  });

  test.each([
    'no rollout found for thread id thread-old',
    'session thread-old is archived. Run `codex unarchive thread-old`',
    'unknown',
    'empty',
  ])('begins a new one when the server has none to go on with: %s', async (answer) => {
    const running = await resuming(answer);

    expect(await running.runTurn()).toEqual({ kind: 'completed' });

    expect(running.session).toMatchObject({ isResumed: false, threadId: 'thread-1' });
    expect(running.reports.map(({ message }) => message)).toContainEqual(
      expect.stringContaining('begins a new thread: '),
    );
  });

  test('does not try without an id', async () => {
    const running = await openFixture('resumes', { resume: { threadId: '', answered: null } });

    expect(running.session.isResumed).toBe(false);
    expect((await asked(running)).map(([method]) => method)).toEqual([
      'initialize',
      'initialized',
      'thread/start',
    ]);
  });

  test('begins a new one in a new process when the old one dies of it', async () => {
    const DIED = join(await aDirectory(), 'died');
    const running = await resuming('dies', { env: { DIED } });

    expect(await running.runTurn()).toEqual({ kind: 'completed' });

    expect(running.session.isResumed).toBe(false);
    expect(await readFile(DIED, 'utf8')).toBe('x');
  });
});

describe('a thread that another process still writes', () => {
  const BUSY = { error: { code: -32600, message: 'thread thread-old already has an active writer' } };

  /** A server in memory that answers each `thread/resume` with the next of these, and every other request. */
  async function opening(answers: object[]) {
    const clock = new VirtualClock();
    const notes: string[] = [];
    let tries = 0;
    const rpc = new Rpc({
      clock,
      write: (line) => {
        const { id, method } = JSON.parse(line) as { id: number; method: string };
        const isResume = method === 'thread/resume';
        if (isResume) tries += 1;
        const answer = isResume ? answers.shift() : { result: { thread: { id: 'thread-new' } } };
        if (answer !== undefined) rpc.receive(JSON.stringify({ id, ...answer }));
      },
      listener: { onNotification: noted, onRequest: noted, onOther: noted, onMalformed: noted },
      readTimeoutMs: 60_000,
      requestLimitMs: 60_000,
      nameOnly: new Set(),
    });
    const onNote = (message: string): void => void notes.push(message);
    const thread = openThread({ rpc, clock, params: {}, dynamicTools: [], resume: OLD_THREAD, onNote });
    // Until the first answer is read.
    await clock.advance(0);
    return { clock, rpc, thread: () => thread, notes, tries: () => tries };
  }

  test('is tried again until it is free', async () => {
    const { clock, thread, tries } = await opening([
      BUSY,
      BUSY,
      { result: { thread: { id: 'thread-old' } } },
    ]);

    await clock.advance(249);
    expect(tries()).toBe(1);
    await clock.advance(251);

    expect(await thread()).toEqual({ threadId: 'thread-old', isResumed: true });
    expect(tries()).toBe(3);
  });

  test('is given up after three seconds for a new one', async () => {
    const { clock, thread, notes, tries } = await opening(Array<object>(50).fill(BUSY));

    await clock.advance(3_000);

    expect(await thread()).toEqual({ threadId: 'thread-new', isResumed: false });
    expect(tries()).toBe(13);
    expect(notes).toEqual([expect.stringMatching(/^begins a new thread.*active writer/)]);
  });

  test('is not waited for once the process has ended', async () => {
    const { clock, rpc, thread } = await opening([BUSY]);
    const failed = thread().catch((error: unknown) => error);

    rpc.end({ reason: 'port_exit', detail: 'the agent was stopped' });
    await clock.advance(250);

    expect(await failed).toBeInstanceOf(DiedResuming);
    expect(clock.pending).toBe(0);
  });
});

describe('the tokens of a thread that goes on', () => {
  test.each(['resume', 'turn', 'never'])(
    'begin with nothing, whenever its old total is told: %s',
    async (TOLD) => {
      const { runTurn, reports } = await resuming('ok', { env: { TOLD } });

      await runTurn();
      await runTurn();

      expect(reports.flatMap(({ usage }) => usage?.totalTokens ?? []).filter((total) => total > 0)).toEqual([
        10, 20,
      ]);
    },
  );

  test('are all its own when it is a new one after all', async () => {
    const { runTurn, reports } = await resuming('unknown');

    await runTurn();
    await runTurn();

    expect(reports.flatMap(({ usage }) => usage?.totalTokens ?? [])).toEqual([10, 20]);
  });
});

function paramsOf(messages: readonly object[], method: string): { readonly [name: string]: unknown } {
  const found = (messages as { method?: string; params?: { [name: string]: unknown } }[]).find(
    (message) => message.method === method,
  );
  return found?.params ?? {};
}
