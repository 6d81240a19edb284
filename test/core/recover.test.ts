import { describe, expect, test } from 'vitest';
import { type Fact, foldedFacts, remembered } from '../../src/core/facts.js';
import { NO_REPORT } from '../../src/core/report.js';
import { issueFacts } from '../../src/domain/issue.js';
import type { RunOutcome } from '../../src/domain/run.js';
import { anIssue } from '../helpers/build.js';
import type { CoreDriver } from '../helpers/core-driver.js';
import { CoreLives } from '../helpers/core-lives.js';

// Goal: the end of a daemon loses nothing that somebody waits for: neither a question nor an order, no count and no thread.

const issue = issueFacts(anIssue({ id: 'id-1', identifier: 'MT-1' }));
const other = issueFacts(anIssue({ id: 'id-2', identifier: 'MT-2' }));
const OVERLOADED: RunOutcome = { kind: 'agentFailed', reason: 'agent_overloaded', detail: 'busy' };
const QUESTION = { kind: 'commandApproval', text: 'may I run make?', choices: [] } as const;

/** A daemon that works on MT-1, whose agent has begun a turn on a thread. */
function someLives(settings: ConstructorParameters<typeof CoreLives>[0] = {}) {
  const lives = new CoreLives(settings);
  lives.core.begin(issue);
  lives.core.send({
    type: 'runAdvanced',
    issueId: issue.id,
    runId: 1,
    phase: 'streamingTurn',
    workspace: { path: '/workspaces/MT-1', host: 'local' },
  });
  lives.core.send({
    type: 'runReported',
    issueId: issue.id,
    runId: 1,
    delta: {
      report: { ...NO_REPORT, threadId: 'thread-1', turnId: 'turn-1', turnCount: 1, processId: 77 },
      usage: { inputTokens: 30, outputTokens: 3, totalTokens: 33 },
      rateLimits: null,
      lastEventAtMs: lives.core.atMs,
    },
  });
  return lives;
}

/** Starts the daemon on a board with MT-1; tells what begins before any time passes. */
function begun(core: CoreDriver) {
  return [...core.begin(issue), ...core.pass(0)].filter(({ type }) => type === 'startRun');
}

describe('after a crash', () => {
  test('what was worked on is tried again in its thread, as long after its beginning as after a failure', () => {
    const lives = someLives();
    const startedAtMs = lives.core.atMs;

    const core = lives.dieFor(3_000);

    expect(core.state.claims.get(issue.id)).toMatchObject({
      kind: 'retryQueued',
      attempt: 1,
      dueAtMs: startedAtMs + 10_000,
      error: 'Symphony ended while it was worked on',
      thread: { threadId: 'thread-1', answered: null },
      workspace: { path: '/workspaces/MT-1', host: 'local' },
    });
    core.begin(issue);
    core.pass(7_000);
    expect(core.answerReRead(issue)).toMatchObject([
      { type: 'startRun', attempt: 1, thread: { threadId: 'thread-1' } },
    ]);
  });

  test('a daemon that ends again and again with the same run waits longer each time', () => {
    const lives = someLives();
    const waits: number[] = [];
    for (let life = 1; life <= 4; life += 1) {
      const core = lives.dieFor(100);
      core.begin(issue);
      const claim = core.state.claims.get(issue.id);
      const dueAtMs = claim?.kind === 'retryQueued' ? claim.dueAtMs : 0;
      waits.push(dueAtMs - core.atMs);
      core.pass(dueAtMs - core.atMs);
      core.answerReRead(issue);
      expect(core.state.slots.held).toBe(1);
    }
    expect(waits).toEqual([9_900, 19_900, 39_900, 79_900]);
  });

  test('what waits for its retry waits as long as it would have, with its number and its reason', () => {
    const lives = someLives();
    lives.core.exit(issue.id, OVERLOADED);
    const before = lives.core.state.claims.get(issue.id);

    const core = lives.dieFor(4_000);

    expect(core.state.claims.get(issue.id)).toEqual(before);
    expect(before).toMatchObject({ attempt: 1, error: 'agent_overloaded: busy' });
  });

  test('what was due while nobody was there is due at once', () => {
    const lives = someLives();
    lives.core.exit(issue.id, OVERLOADED);

    const core = lives.dieFor(60_000);
    expect(begun(core)).toMatchObject([{ type: 'startRun', attempt: 1 }]);
  });

  test('a question is still asked, and its answer goes to the thread that asked', () => {
    const lives = someLives();
    lives.core.exit(issue.id, { kind: 'inputRequired', question: QUESTION });

    const core = lives.dieFor(60_000);
    core.begin(issue);
    expect(core.state.claims.get(issue.id)).toMatchObject({ kind: 'blocked', question: QUESTION });

    core.send({ type: 'questionAnswered', issueId: issue.id, answer: { kind: 'approve' } });
    expect(core.answerReRead(issue)).toMatchObject([
      {
        type: 'startRun',
        thread: { threadId: 'thread-1', answered: { question: QUESTION, answer: { kind: 'approve' } } },
      },
    ]);
  });

  test('an answer that was given before is not asked for again', () => {
    const lives = someLives();
    lives.core.exit(issue.id, { kind: 'inputRequired', question: QUESTION });
    lives.core.send({ type: 'questionAnswered', issueId: issue.id, answer: { kind: 'decline' } });

    const core = lives.dieFor(60_000);
    expect(begun(core)).toMatchObject([
      { type: 'startRun', thread: { answered: { answer: { kind: 'decline' } } } },
    ]);
  });

  test.each([
    ['launchingAgent', { question: QUESTION, answer: { kind: 'approve' } }],
    ['streamingTurn', null],
    ['finishing', null],
  ] as const)(
    'an answer goes to its thread once: of one that ended in %s with it comes %j',
    (phase, answered) => {
      const lives = someLives();
      const { core: first } = lives;
      first.exit(issue.id, { kind: 'inputRequired', question: QUESTION });
      first.send({ type: 'questionAnswered', issueId: issue.id, answer: { kind: 'approve' } });
      first.answerReRead(issue);
      first.send({ type: 'runAdvanced', issueId: issue.id, runId: 2, phase, workspace: null });

      const core = lives.dieFor(60_000);

      expect(begun(core)).toMatchObject([{ type: 'startRun', thread: { threadId: 'thread-1', answered } }]);
    },
  );

  test('what a person stopped stays aside, also when its run had not ended yet', () => {
    const lives = someLives();
    lives.core.send({ type: 'issueOrdered', issueId: issue.id, order: 'stop' });

    const core = lives.dieFor(1_000);

    expect(core.begin(issue).filter(({ type }) => type === 'startRun')).toEqual([]);
    expect(core.state.claims.get(issue.id)).toMatchObject({
      kind: 'parked',
      cause: 'operator',
      attempt: 1,
      thread: { threadId: 'thread-1' },
    });
    core.pass(3_600_000);
    expect(core.state.slots.held).toBe(0);
  });

  test('a pause still holds, and a drain does not: it ended with the daemon', () => {
    const paused = new CoreLives();
    paused.core.begin();
    paused.core.send({ type: 'dispatchOrdered', order: 'pause' });
    const since = paused.core.wallMs;
    const drained = someLives();
    drained.core.send({ type: 'dispatchOrdered', order: 'drain' });

    expect(paused.dieFor(5_000).state.hold).toEqual({ kind: 'paused', sinceWallMs: since });
    expect(drained.dieFor(5_000).state.hold).toBeNull();
  });

  test('a limit of the account holds until its reset by the wall clock', () => {
    const lives = someLives();
    const resetMs = lives.core.wallMs + 3_600_000;
    lives.core.exit(issue.id, { kind: 'usageLimited', untilWallMs: resetMs, detail: 'used up' });

    const core = lives.dieFor(600_000);

    const until = { wallMs: resetMs, atMs: core.atMs + 3_000_000, follows: 'wallClock' };
    expect(core.state.accountLimit).toMatchObject({ until });
    expect(core.state.claims.get(issue.id)).toMatchObject({ kind: 'parked', cause: 'usageLimit', until });
    expect(lives.dieFor(4_000_000).state.accountLimit).toBeNull();
  });

  test('what is finished meanwhile is let go with the first poll', () => {
    const lives = someLives();
    lives.core.exit(issue.id, OVERLOADED);

    const core = lives.dieFor(1_000);
    core.send({ type: 'started' });
    core.answerPoll([], [{ ...issue, state: 'Done' }]);

    expect(core.state.claims.size).toBe(0);
  });

  test('what was being let go is not taken up, and its workspace is swept like any other', () => {
    const lives = someLives();
    lives.core.send({ type: 'refreshRequested' });
    lives.core.answerPoll([], [{ ...issue, state: 'Done' }]);
    expect(lives.core.state.claims.get(issue.id)).toMatchObject({ kind: 'stopping', cause: 'terminal' });

    const core = lives.dieFor(1_000);

    expect(core.state.claims.size).toBe(0);
    expect(core.facts).toContainEqual({ type: 'released', issueId: issue.id });
  });

  test('tokens and time are counted on', () => {
    const lives = someLives();
    lives.core.pass(8_000);
    lives.core.exit(issue.id, OVERLOADED);
    const { totals } = lives.core.state;

    expect(lives.dieFor(1_000).state.totals).toEqual(totals);
    expect(totals).toEqual({
      usage: { inputTokens: 30, outputTokens: 3, totalTokens: 33 },
      endedRunMs: 8_000,
    });
  });

  test('a run that the crash ended counts with the time it is known to have lived, and once', () => {
    const lives = someLives();
    lives.core.pass(8_000);
    lives.core.send({
      type: 'runAdvanced',
      issueId: issue.id,
      runId: 1,
      phase: 'finishing',
      workspace: { path: '/workspaces/MT-1', host: 'local' },
    });
    lives.core.pass(5_000);

    expect(lives.dieFor(60_000).state.totals.endedRunMs).toBe(8_000);
    expect(lives.dieFor(60_000).state.totals.endedRunMs).toBe(8_000);
  });

  test('nothing waits longer than any failure does, also where the clock was lost', () => {
    const lives = someLives({ maxRetryBackoffMs: 300_000 });
    lives.core.exit(issue.id, OVERLOADED);

    const core = lives.dieFor(-900_000);

    const claim = core.state.claims.get(issue.id);
    expect(claim?.kind === 'retryQueued' ? claim.dueAtMs - core.atMs : null).toBe(300_000);
  });
});

describe('after an orderly end', () => {
  /** Stops the daemon, whose run ends with it. */
  function stopped(lives: CoreLives): CoreLives {
    lives.core.send({ type: 'shutdownRequested' });
    if (lives.core.state.slots.held > 0) lives.core.exit(issue.id, { kind: 'stopped', by: 'shutdown' });
    return lives;
  }

  test('what was worked on goes on at once in its thread', () => {
    const core = stopped(someLives()).dieFor(1_000);
    expect(begun(core)).toMatchObject([{ type: 'startRun', attempt: 1, thread: { threadId: 'thread-1' } }]);
  });

  test('what waited for its retry need not wait: whoever starts the daemon again has mended something', () => {
    const lives = someLives();
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      lives.core.exit(issue.id, OVERLOADED);
      if (attempt === 5) break;
      lives.core.pass(300_000);
      lives.core.answerReRead(issue);
    }
    expect(lives.core.state.claims.get(issue.id)).toMatchObject({ kind: 'retryQueued', attempt: 5 });

    const core = stopped(lives).dieFor(1_000);

    expect(core.state.claims.get(issue.id)).toMatchObject({ attempt: 5, dueAtMs: core.atMs });
  });

  test('a run that was stopped with its daemon again and again has not failed, and its number does not grow', () => {
    const lives = someLives();
    for (let life = 1; life <= 5; life += 1) {
      const core = stopped(lives).dieFor(1_000);
      expect(begun(core)).toMatchObject([{ type: 'startRun', attempt: 1 }]);
    }
  });

  test('a run that found its issue finished as it ended leaves nothing', () => {
    const lives = someLives();
    lives.core.send({ type: 'shutdownRequested' });
    lives.core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Human Review' } });

    expect(lives.dieFor(1_000).state.claims.size).toBe(0);
  });

  test('a run that had asked somebody as it ended waits for the answer', () => {
    const lives = someLives();
    lives.core.send({ type: 'shutdownRequested' });
    lives.core.exit(issue.id, { kind: 'inputRequired', question: QUESTION });

    expect(lives.dieFor(1_000).state.claims.get(issue.id)).toMatchObject({ kind: 'blocked' });
  });
});

describe('with another board', () => {
  test('nothing is taken up, which is told, and nothing of it comes back later', () => {
    const lives = someLives({ board: 'linear' });

    const core = lives.dieFor(1_000, { board: 'local /boards/b' });

    expect(core.state.claims.size).toBe(0);
    expect(core.state.problems).toMatchObject([
      {
        code: 'board_changed',
        message: 'what was left to do on the board "linear" is forgotten: the board is "local /boards/b" now',
      },
    ]);
    core.begin();
    expect(lives.dieFor(1_000, { board: 'linear' }).state.claims.size).toBe(0);
  });

  test('that it got while the daemon ran, the next one goes on with what that one went on with', () => {
    const lives = someLives({ board: 'local /boards/a' });
    lives.core.send({ type: 'issueOrdered', issueId: issue.id, order: 'stop' });
    lives.core.exit(issue.id, { kind: 'stopped', by: 'operator' });
    const { settings } = lives.core.state;
    lives.core.send({ type: 'workflowReloaded', settings: { ...settings, board: 'local /boards/b' } });
    expect(lives.core.state.claims.get(issue.id)).toMatchObject({ kind: 'parked' });

    const core = lives.dieFor(1_000, { board: 'local /boards/b' });

    expect(core.state.claims.get(issue.id)).toMatchObject({ kind: 'parked', cause: 'operator' });
    expect(core.state.problems).toEqual([]);
  });
});

test('a run on another host than before, which had not begun there, does not go on with the thread of the first', () => {
  const hosts = ['build-1', 'build-2'];
  const lives = new CoreLives({ hosts });
  lives.core.begin(issue);
  const claim = lives.core.state.claims.get(issue.id);
  const first = claim?.kind === 'running' ? claim.host : '';
  const second = hosts.find((host) => host !== first) ?? '';
  const facts: Fact[] = [
    { type: 'began', board: 'memory' },
    {
      type: 'claimed',
      issueId: issue.id,
      claim: {
        ...(claim?.kind === 'running' ? claim : expect.fail('it does not run')),
        workspace: { path: '/workspaces/MT-1', host: first },
        host: second,
        attempt: 2,
        thread: { threadId: 'thread-1', answered: null },
      },
    },
  ];

  const next = lives.dieFor(1_000);
  next.send({ type: 'recovered', facts });

  expect(next.state.claims.get(issue.id)).toMatchObject({
    kind: 'retryQueued',
    thread: null,
    workspace: { host: second },
  });
});

test('with another board a pause still holds, in each of the lives that follow', () => {
  const lives = new CoreLives({ board: 'local /boards/a' });
  lives.core.begin();
  lives.core.send({ type: 'dispatchOrdered', order: 'pause' });

  const first = lives.dieFor(1_000, { board: 'local /boards/b' });
  expect(first.state.hold).toMatchObject({ kind: 'paused' });
  first.begin();
  expect(lives.dieFor(1_000, { board: 'local /boards/b' }).state.hold).toMatchObject({ kind: 'paused' });
});

describe('folded facts', () => {
  test('are few, and come to the same', () => {
    const facts: Fact[] = [];
    const lives = someLives();
    const { core } = lives;
    core.observe = (_event, decision) => facts.push(...decision.facts);
    core.send({ type: 'issueOrdered', issueId: issue.id, order: 'stop' });
    core.exit(issue.id, { kind: 'stopped', by: 'operator' });
    core.send({ type: 'dispatchOrdered', order: 'pause' });
    core.send({ type: 'refreshRequested' });
    core.answerPoll([other], [issue]);
    for (let count = 0; count < 20; count += 1) {
      core.send({ type: 'issueOrdered', issueId: other.id, order: 'stop' });
      core.send({ type: 'issueOrdered', issueId: other.id, order: 'release' });
    }
    core.send({ type: 'shutdownRequested' });

    const folded = foldedFacts(facts);

    expect(folded.map(({ type }) => type)).toEqual(['claimed', 'totalled', 'held', 'ended']);
    expect(remembered(folded)).toEqual(remembered(facts));
    expect(foldedFacts(folded)).toEqual(folded);
  });
});
