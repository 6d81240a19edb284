import { describe, expect, test } from 'vitest';
import { judgeAnswer } from '../../src/core/questions.js';
import { AGENT_FAILURES, type AgentFailure, type RunOutcome } from '../../src/domain/run.js';
import type { Answer } from '../../src/domain/session.js';
import { someFacts } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

const issue = someFacts();
const QUESTION = { kind: 'commandApproval', text: 'run make', choices: ['approve', 'decline'] } as const;
const APPROVED: Answer = { kind: 'approve' };
const THREAD = { threadId: 'thread-1', answered: null };

/** A daemon whose one run has begun a turn on a thread. */
function inTurn(): CoreDriver {
  const core = new CoreDriver({ pollIntervalMs: 3_600_000, maxConcurrentAgents: 1, stallTimeoutMs: 60_000 });
  core.begin(issue, someFacts({ identifier: 'MT-2' }));
  core.prepare(issue.id);
  core.beginTurn(issue.id, 'thread-1');
  return core;
}

function failed(reason: AgentFailure): RunOutcome {
  return { kind: 'agentFailed', reason, detail: 'it broke' };
}

describe('a retry', () => {
  test('goes on with the thread of the run that failed', () => {
    const core = inTurn();

    core.exit(issue.id, failed('port_exit'));

    expect(core.claim(issue.id)).toMatchObject({ kind: 'retryQueued', thread: THREAD });
  });

  test.each<[string, RunOutcome]>([
    ['timed out', { kind: 'timedOut', detail: 'silent' }],
    ['lost its host', { kind: 'hostUnreachable', host: 'local', began: true, detail: 'gone' }],
  ])('goes on with the thread of a run that %s', (_what, outcome) => {
    const core = inTurn();

    core.exit(issue.id, outcome);

    expect(core.claim(issue.id)).toMatchObject({ thread: THREAD });
  });

  test('goes on with the thread of a run that stalled, and of one that waits for its account', () => {
    const stalled = inTurn();
    stalled.pass(60_001);
    stalled.exit(issue.id, { kind: 'stopped', by: 'stalled' });
    const limited = inTurn();
    limited.exit(issue.id, { kind: 'usageLimited', untilWallMs: null, detail: 'used up' });

    expect(stalled.claim(issue.id)).toMatchObject({ kind: 'retryQueued', thread: THREAD });
    expect(limited.claim(issue.id)).toMatchObject({ kind: 'parked', thread: THREAD });
    expect(limited.pass(300_000)).toMatchObject([{ type: 'refreshIssues' }]);
    expect(limited.answerReRead(issue)).toMatchObject([{ type: 'startRun', thread: THREAD }]);
  });

  test('keeps its thread while its check fails', () => {
    const core = inTurn();
    core.exit(issue.id, failed('port_exit'));
    core.send({ type: 'issuesRefreshed', request: core.reReadRequest, issues: [] });
    core.pass(10_000);
    core.failReRead();

    expect(core.claim(issue.id)).toMatchObject({ thread: THREAD });
  });

  test('opens a new thread when no turn had begun on the old one', () => {
    const core = new CoreDriver({ pollIntervalMs: 3_600_000 });
    core.begin(issue);

    core.exit(issue.id, failed('response_timeout'));

    expect(core.claim(issue.id)).toMatchObject({ thread: null });
  });

  test.each<AgentFailure>(['context_window_exceeded', 'agent_bad_request'])(
    'after %s opens a new thread',
    (reason) => {
      const core = inTurn();

      core.exit(issue.id, failed(reason));

      expect(core.claim(issue.id)).toMatchObject({ thread: null });
    },
  );

  test('after all turns of a session opens a new thread', () => {
    const core = inTurn();

    core.exit(issue.id, { kind: 'turnsExhausted', issue });

    expect(core.claim(issue.id)).toMatchObject({ thread: null });
  });

  test.each(AGENT_FAILURES)('after %s comes no sooner than after ten seconds', (reason) => {
    const core = inTurn();

    core.exit(issue.id, failed(reason));

    expect(core.claim(issue.id)).toMatchObject({ kind: 'retryQueued' });
    expect(
      Number('dueAtMs' in core.claim(issue.id) && Reflect.get(core.claim(issue.id), 'dueAtMs')),
    ).toBeGreaterThanOrEqual(core.atMs + 10_000);
  });

  test.each<AgentFailure>(['agent_bad_request', 'agent_auth_failed'])(
    'after %s, which a person must mend, waits as long as a failure ever does',
    (reason) => {
      const core = inTurn();

      core.exit(issue.id, failed(reason));

      expect(core.claim(issue.id)).toMatchObject({ dueAtMs: core.atMs + 300_000 });
    },
  );
});

describe('an answer to a blocked issue', () => {
  /** The run has asked, and the other issue has its slot. */
  function blocked(): CoreDriver {
    const core = inTurn();
    core.exit(issue.id, { kind: 'inputRequired', question: QUESTION });
    core.answerReRead(someFacts({ identifier: 'MT-2' }));
    return core;
  }
  const answered = (core: CoreDriver, answer: Answer = APPROVED, expected: string = QUESTION.text) =>
    core.send({ type: 'questionAnswered', issueId: issue.id, answer, expected });

  test('waits for a slot, and goes on in the thread with question and answer', () => {
    const core = blocked();

    answered(core);
    const thread = { threadId: 'thread-1', answered: { question: QUESTION, answer: APPROVED } };

    expect(core.claim(issue.id)).toMatchObject({ kind: 'retryQueued', stage: 'due', attempt: 1, thread });
    core.exit('id of MT-2', { kind: 'issueInactive', issue: null });
    expect(core.answerReRead(issue)).toEqual([
      { type: 'startRun', issue, runId: 3, host: 'local', attempt: 1, thread },
    ]);
  });

  test('starts at once when there is a slot, after the issue was read again', () => {
    const core = blocked();
    core.exit('id of MT-2', { kind: 'issueInactive', issue: null });
    core.answerPoll([]);

    expect(answered(core)).toMatchObject([{ type: 'refreshIssues', ids: [issue.id] }]);
  });

  test('is not lost when the run that it starts fails before its first turn', () => {
    const core = blocked();
    answered(core);
    core.exit('id of MT-2', { kind: 'issueInactive', issue: null });
    core.answerReRead(issue);

    core.exit(issue.id, failed('response_timeout'));

    expect(core.claim(issue.id)).toMatchObject({
      kind: 'retryQueued',
      thread: { threadId: 'thread-1', answered: { answer: APPROVED } },
    });
  });

  test('changes nothing when the issue asks nothing, or is not known', () => {
    const core = inTurn();
    const { state } = core;

    expect(answered(core)).toEqual([]);
    expect(core.send({ type: 'questionAnswered', issueId: 'nobody', answer: APPROVED })).toEqual([]);
    expect(core.state).toBe(state);
  });

  test('reaches no other question than the one that was read, and says what is asked now', () => {
    const core = blocked();
    const { state } = core;

    expect(judgeAnswer(state, issue.id, { answer: APPROVED, expected: 'run rm' })).toEqual({
      kind: 'changed',
      message: `Nothing was answered: ${issue.identifier} asks something else now: run make`,
    });
    expect(answered(core, APPROVED, 'run rm')).toEqual([]);
    expect(core.state).toBe(state);
  });

  test.each<[string, readonly string[], Answer, string]>([
    ['an approval of one of some things', ['Blue', 'Red'], APPROVED, 'unfit'],
    ['a choice in words', ['Blue', 'Red'], { kind: 'text', text: 'Blue' }, 'queued'],
    ['a refusal', ['Blue', 'Red'], { kind: 'decline' }, 'queued'],
    ['an approval where that is a choice', ['Yes, go on', 'No'], APPROVED, 'queued'],
    ['an approval where any words would do', [], APPROVED, 'queued'],
  ])('that is %s is judged by what was asked', (_what, choices, answer, kind) => {
    const core = inTurn();
    core.exit(issue.id, {
      kind: 'inputRequired',
      question: { kind: 'userInput', text: 'Which?', choices },
    });
    const { state } = core;

    expect(judgeAnswer(state, issue.id, { answer }).kind).toBe(kind);
    core.send({ type: 'questionAnswered', issueId: issue.id, answer });
    expect(core.claim(issue.id).kind === 'blocked').toBe(kind === 'unfit');
  });

  test('reaches the same question that was asked anew, and whatever is asked when nobody says which', () => {
    const core = blocked();

    expect(judgeAnswer(core.state, issue.id, { answer: APPROVED, expected: QUESTION.text })).toEqual({
      kind: 'queued',
      message: `${issue.identifier} is answered and goes on as soon as there is a slot.`,
    });
    core.send({ type: 'questionAnswered', issueId: issue.id, answer: APPROVED });
    expect(core.claim(issue.id)).toMatchObject({
      kind: 'retryQueued',
      thread: { answered: { question: QUESTION } },
    });
  });

  test('of an issue that was finished meanwhile starts nothing', () => {
    const core = blocked();
    answered(core);
    core.exit('id of MT-2', { kind: 'issueInactive', issue: null });

    expect(core.answerReRead({ ...issue, state: 'Done' })).toMatchObject([{ type: 'removeWorkspace' }]);
    expect(core.state.claims.has(issue.id)).toBe(false);
  });
});
