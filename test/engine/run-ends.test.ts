import { describe, expect, test } from 'vitest';
import { SymphonyError } from '../../src/domain/error.js';
import { type Issue, issueFacts } from '../../src/domain/issue.js';
import type { AnsweredQuestion, ThreadRef } from '../../src/domain/session.js';
import { Bindings } from '../../src/engine/binding.js';
import { IssueReads } from '../../src/engine/issue-reads.js';
import { runAttempt } from '../../src/engine/run.js';
import type { AgentSession, SessionStart } from '../../src/ports/agent.js';
import { parseWorkflow } from '../../src/workflow/load.js';
import { aLoadContext, anIssue, NO_BYSTANDERS, NO_TRANSCRIPT } from '../helpers/build.js';
import { type HookScript, MemoryHost, oneHost } from '../helpers/memory-host.js';
import { settled, VirtualClock } from '../helpers/virtual-clock.js';
import { aDaemon } from '../helpers/workspace-work.js';

// Goal: every way in which an attempt ends is an outcome, and the session, after_run and the tracker are let go of in each.

const issue = anIssue();
const HOOKS = 'hooks: {after_create: create, before_run: before, after_run: after}';

interface Given {
  /** What the tracker shows, or how it fails. */
  readonly board?: readonly Issue[] | SymphonyError;
  readonly startSession?: (start: SessionStart) => Promise<AgentSession>;
  readonly hooks?: HookScript;
  readonly thread?: ThreadRef;
  /** More of the workflow's front matter. */
  readonly settings?: string;
}

/** An attempt under way, whose end is `outcome`; `happened` are sessions, hooks and trackers that ended. */
function anAttempt({
  board = [{ ...issue, state: 'Done' }],
  startSession,
  hooks,
  thread,
  settings = '',
}: Given) {
  const clock = new VirtualClock();
  const happened: string[] = [];
  const bindings = new Bindings(
    {
      workflow: parseWorkflow(
        '/srv/WORKFLOW.md',
        `---\ntracker: {kind: board}\nworkspace: {root: /workspaces}\n${HOOKS}\n${settings}\n---\nWork.`,
        aLoadContext(),
      ),
      tracker: {
        kind: 'board',
        issuesByStates: async () => [],
        issuesByIds: async () => {
          if (board instanceof SymphonyError) throw board;
          return board;
        },
        tools: {
          specs: [],
          secretEnvironmentNames: [],
          execute: async () => ({ success: false, output: null }),
        },
        close: async () => {
          happened.push('tracker closed');
        },
      },
      agent: { kind: 'codex', startSession: startSession ?? (async () => aSession()) },
      hosts: oneHost(new MemoryHost(hooks)),
    },
    (error) => expect.fail(String(error)),
  );
  const aSession = (): AgentSession => ({
    threadId: 'thread-1',
    isResumed: false,
    runTurn: async () => ({ kind: 'completed' }),
    close: async () => {
      happened.push('session closed');
    },
  });
  const controller = new AbortController();
  const reads = new IssueReads(clock, () => bindings.current.tracker, NO_BYSTANDERS);
  const outcome = runAttempt(
    {
      bindings,
      reads,
      clock,
      holds: aDaemon(),
      marker: (purpose) => purpose,
      onPhase: () => {},
      onReport: () => {},
      openTranscript: () => NO_TRANSCRIPT,
      onHook: ({ hook, event }) => event !== 'started' && happened.push(`${hook} ${event}`),
    },
    {
      type: 'startRun',
      issue: issueFacts(issue),
      runId: 1,
      host: 'local',
      attempt: null,
      thread: thread ?? null,
    },
    controller.signal,
  );
  return { clock, bindings, controller, happened, outcome };
}

/** Lets the reads of the tracker come to their end, which take a moment each. */
async function ended<T>(clock: VirtualClock, outcome: Promise<T>): Promise<T> {
  await clock.advance(60_000);
  return await outcome;
}

test('an issue that is gone before its run began needs no workspace', async () => {
  const { clock, outcome, happened } = anAttempt({ board: [] });

  expect(await ended(clock, outcome)).toEqual({ kind: 'issueInactive', issue: null });

  expect(happened).toEqual([]);
});

test('a tracker that fails before the run began fails the attempt by the words for it', async () => {
  const { clock, outcome } = anAttempt({ board: new SymphonyError('tracker_status', 'it answered 500') });

  expect(await ended(clock, outcome)).toEqual({
    kind: 'agentFailed',
    reason: 'issue_refresh_failed',
    detail: 'it answered 500',
  });
});

test.each([
  [new SymphonyError('codex_not_found', 'no codex'), 'codex_not_found'],
  [new SymphonyError('process_spawn_failed', 'too many processes'), 'internal_error'],
])(
  'an agent that cannot be started because of %o fails the attempt, and after_run runs',
  async (error, reason) => {
    const { clock, outcome, happened } = anAttempt({ startSession: () => Promise.reject(error) });

    expect(await ended(clock, outcome)).toEqual({ kind: 'agentFailed', reason, detail: error.message });

    expect(happened).toEqual(['after_create completed', 'before_run completed', 'after_run completed']);
  },
);

test('what nobody foresaw is thrown on, and after_run runs all the same', async () => {
  const { clock, outcome, happened } = anAttempt({
    startSession: () => Promise.reject(new TypeError('x is undefined')),
  });
  const failure = expect(outcome).rejects.toThrow('x is undefined');

  await clock.advance(60_000);
  await failure;

  expect(happened.at(-1)).toBe('after_run completed');
});

test('a run stopped in a hook ends that hook, starts no agent, and runs after_run to its end', async () => {
  const { clock, controller, outcome, happened } = anAttempt({
    hooks: ({ command }) => (command.includes('before') ? 'hangs' : 0),
    startSession: async () => expect.fail('an agent was started'),
  });
  const failure = expect(outcome).rejects.toThrow('a person moved it');
  await clock.advance(100);

  controller.abort(new Error('a person moved it'));
  await clock.advance(0);
  await failure;

  expect(happened).toEqual(['after_create completed', 'before_run stopped', 'after_run completed']);
});

test('a run stopped in a turn closes its session before after_run', async () => {
  const { clock, controller, outcome, happened } = anAttempt({
    startSession: async ({ signal }) => ({
      threadId: 'thread-1',
      isResumed: false,
      runTurn: () =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      close: async () => {
        happened.push('session closed');
      },
    }),
  });
  const failure = expect(outcome).rejects.toThrow('a person moved it');
  await clock.advance(100);

  controller.abort(new Error('a person moved it'));
  await clock.advance(0);
  await failure;

  expect(happened.slice(-2)).toEqual(['session closed', 'after_run completed']);
});

test('a tracker that was replaced meanwhile is closed when the attempt is over', async () => {
  const { clock, bindings, outcome, happened } = anAttempt({});
  const { current } = bindings;

  bindings.replace({ ...current, tracker: { ...current.tracker, close: async () => {} } });
  await settled();
  expect(happened).not.toContain('tracker closed');
  expect(await ended(clock, outcome)).toMatchObject({ kind: 'issueInactive', issue: { state: 'Done' } });

  expect(happened.at(-1)).toBe('tracker closed');
});

describe('a run that follows an answer', () => {
  const answered: AnsweredQuestion = {
    question: { kind: 'commandApproval', text: 'run make', choices: ['approve', 'decline'] },
    answer: { kind: 'approve' },
  };

  /** What the session is started with, and the prompt of its first turn. */
  async function started(isResumed: boolean, settings = '') {
    let seen: ThreadRef | null = null;
    const prompts: string[] = [];
    const { clock, outcome } = anAttempt({
      thread: { threadId: 'thread-1', answered },
      settings,
      startSession: async ({ resume }) => {
        seen = resume;
        return {
          threadId: 'thread-1',
          isResumed,
          runTurn: async ({ prompt }) => {
            prompts.push(prompt);
            return { kind: 'completed' };
          },
          close: async () => {},
        };
      },
    });
    await ended(clock, outcome);
    return { seen, prompt: prompts[0] };
  }

  test('goes on in its thread, which is told the answer and not the task', async () => {
    const { seen, prompt } = await started(true);

    expect(seen).toEqual({ threadId: 'thread-1', answered });
    expect(prompt).toContain('You asked: run make');
    expect(prompt).not.toContain('Work.');
  });

  test('tells a new thread the task and the answer, when there is none to go on with', async () => {
    const { prompt } = await started(false);

    expect(prompt).toMatch(/^Work\.\n\nYou asked: run make\nA person approved/);
  });

  test('keeps what was approved also where threads are not gone on with', async () => {
    const { seen } = await started(false, 'codex: {resume: false}');

    expect(seen).toEqual({ threadId: '', answered });
  });
});
