import { describe, expect, test } from 'vitest';
import { isDrained } from '../../src/core/idle.js';
import { judgeIssueOrder } from '../../src/core/orders.js';
import type { IssueFacts } from '../../src/domain/issue.js';
import { ISSUE_ORDERS, type IssueOrder } from '../../src/domain/order.js';
import type { RunOutcome } from '../../src/domain/run.js';
import { someFacts } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

// Goal: whoever gives an order is told what becomes of it, and exactly that becomes of it, whatever the issue does.

const issue = someFacts({ identifier: 'MT-1', state: 'In Progress' });
const other = someFacts({ identifier: 'MT-2', priority: 1 });
const FAILED: RunOutcome = { kind: 'agentFailed', reason: 'turn_failed', detail: 'it broke' };
const STOPPED: RunOutcome = { kind: 'stopped', by: 'operator' };
const ASKED: RunOutcome = {
  kind: 'inputRequired',
  question: { kind: 'userInput', text: 'Which one?', choices: [] },
};
const LIMITED: RunOutcome = { kind: 'usageLimited', untilWallMs: null, detail: 'used up' };

function ordered(core: CoreDriver, order: IssueOrder, issueId = issue.id) {
  return core.send({ type: 'issueOrdered', issueId, order });
}

/** The issue in each place where an order may find it. */
const PLACES = {
  unknown: () => new CoreDriver(),
  excluded: () => begun(new CoreDriver(), { ...issue, dispatchable: false }),
  waiting: () => begun(new CoreDriver({ maxConcurrentAgents: 1 }), other, issue),
  running: () => begun(new CoreDriver(), issue),
  'stopping, stalled': () => {
    const core = begun(new CoreDriver({ pollIntervalMs: 3_600_000 }), issue);
    core.beginTurn(issue.id, 'thread-1');
    core.pass(400_000);
    return core;
  },
  'stopping, finished': () => {
    const core = begun(new CoreDriver(), issue);
    core.pass(30_000);
    core.answerPoll([], [{ ...issue, state: 'Done' }]);
    return core;
  },
  'stopping, by order': () => after(PLACES.running(), (core) => ordered(core, 'stop')),
  'retry later': () => after(PLACES.running(), (core) => core.exit(issue.id, FAILED)),
  'retry due': () => after(PLACES['retry later'](), (core) => core.pass(10_000)),
  blocked: () =>
    after(PLACES.running(), (core) => {
      core.beginTurn(issue.id, 'thread-1');
      core.exit(issue.id, ASKED);
    }),
  'parked, used up': () => after(PLACES.running(), (core) => core.exit(issue.id, LIMITED)),
  'parked, by order': () => after(PLACES['stopping, by order'](), (core) => core.exit(issue.id, STOPPED)),
  'parked, before its first run': () => after(PLACES.waiting(), (core) => ordered(core, 'stop')),
} as const;
type Place = keyof typeof PLACES;

function begun(core: CoreDriver, ...issues: readonly IssueFacts[]): CoreDriver {
  return after(core, () => core.begin(...issues));
}

function after(core: CoreDriver, happens: (core: CoreDriver) => unknown): CoreDriver {
  happens(core);
  return core;
}

/** Where the issue is, in a few words. */
function whereabouts({ state }: CoreDriver): string {
  const claim = state.claims.get(issue.id);
  if (claim === undefined)
    return state.queue.waiting.some(({ id }) => id === issue.id) ? 'waiting' : 'not waiting';
  switch (claim.kind) {
    case 'stopping':
      return `stopping for ${claim.cause}, then ${claim.onExit}`;
    case 'retryQueued':
      return `attempt ${claim.attempt} ${claim.stage}`;
    case 'parked':
      return `parked by ${claim.cause}, then attempt ${claim.attempt}`;
    default:
      return claim.kind;
  }
}

const ASIDE = 'MT-1 is set aside until someone orders a retry or its release.';
const SOON = 'MT-1 goes on as soon as there is a slot.';
const AFRESH = 'MT-1 is released: as long as it is active it is taken as if it were new.';
const AT_WORK = 'MT-1 is being worked on; stop it first.';
const STOPS = 'MT-1 is being stopped; order the retry once its run has ended.';
const EXPLAINED = 'MT-1 is not worked on; "symphony explain MT-1" says why.';
const FIRST = 'MT-1 waits for its first run; "symphony explain MT-1" says what for.';
const REFUSED = null;

/** What each order is answered, and where it leaves the issue; REFUSED leaves everything as it is. */
const RULES: readonly [Place, IssueOrder, string, string | null][] = [
  ['excluded', 'stop', EXPLAINED, REFUSED],
  ['excluded', 'retry', EXPLAINED, REFUSED],
  ['excluded', 'release', EXPLAINED, REFUSED],
  ['waiting', 'stop', ASIDE, 'parked by operator, then attempt null'],
  ['waiting', 'retry', FIRST, REFUSED],
  ['waiting', 'release', FIRST, REFUSED],
  [
    'running',
    'stop',
    'The run of MT-1 is being stopped; then it is set aside until a retry or its release.',
    'stopping for operator, then park',
  ],
  ['running', 'retry', 'MT-1 is being worked on.', REFUSED],
  ['running', 'release', AT_WORK, REFUSED],
  [
    'stopping, stalled',
    'stop',
    'MT-1 is being stopped already; then it is set aside until a retry or its release.',
    'stopping for operator, then park',
  ],
  ['stopping, stalled', 'retry', STOPS, REFUSED],
  ['stopping, stalled', 'release', AT_WORK, REFUSED],
  ['stopping, finished', 'stop', 'MT-1 is being stopped already.', REFUSED],
  ['stopping, finished', 'retry', STOPS, REFUSED],
  ['stopping, finished', 'release', AT_WORK, REFUSED],
  ['stopping, by order', 'stop', 'MT-1 is being stopped already.', REFUSED],
  ['stopping, by order', 'retry', STOPS, REFUSED],
  ['stopping, by order', 'release', AT_WORK, REFUSED],
  ['retry later', 'stop', ASIDE, 'parked by operator, then attempt 1'],
  ['retry later', 'retry', SOON, 'attempt 1 due'],
  ['retry later', 'release', AFRESH, 'waiting'],
  ['retry due', 'stop', ASIDE, 'parked by operator, then attempt 1'],
  ['retry due', 'retry', SOON, 'attempt 1 due'],
  ['retry due', 'release', AFRESH, 'waiting'],
  ['blocked', 'stop', ASIDE, 'parked by operator, then attempt 1'],
  ['blocked', 'retry', 'MT-1 goes on, without an answer, as soon as there is a slot.', 'attempt 1 due'],
  ['blocked', 'release', AFRESH, 'waiting'],
  ['parked, used up', 'stop', ASIDE, 'parked by operator, then attempt 1'],
  ['parked, used up', 'retry', SOON, 'attempt 1 due'],
  ['parked, used up', 'release', AFRESH, 'waiting'],
  ['parked, by order', 'stop', 'MT-1 is set aside already.', REFUSED],
  ['parked, by order', 'retry', SOON, 'attempt 1 due'],
  ['parked, by order', 'release', AFRESH, 'waiting'],
  ['parked, before its first run', 'stop', 'MT-1 is set aside already.', REFUSED],
  ['parked, before its first run', 'retry', SOON, 'waiting'],
  ['parked, before its first run', 'release', AFRESH, 'waiting'],
];

describe('an order', () => {
  test.each(RULES)(
    'that finds an issue %s: %s is answered, and done as answered',
    (place, order, message, left) => {
      const core = PLACES[place]();
      const { state } = core;

      expect(judgeIssueOrder(state, issue.id, order)).toEqual({
        kind: left === REFUSED ? 'refused' : 'taken',
        message,
      });
      const effects = ordered(core, order);

      if (left !== REFUSED) expect(whereabouts(core)).toBe(left);
      else {
        expect(core.state).toBe(state);
        expect([effects, core.facts]).toEqual([[], []]);
      }
    },
  );

  test('is decided for every place', () => {
    const places = Object.keys(PLACES).filter((place) => place !== 'unknown');

    expect(RULES.map(([place, order]) => `${place} ${order}`).sort()).toEqual(
      places.flatMap((place) => ISSUE_ORDERS.map((order) => `${place} ${order}`)).sort(),
    );
  });

  test.each(ISSUE_ORDERS)('about an issue that is not known is told so and dropped: %s', (order) => {
    const core = PLACES.unknown();
    const { state } = core;

    expect(judgeIssueOrder(state, issue.id, order)).toEqual({ kind: 'unknown' });
    expect(ordered(core, order)).toEqual([]);
    expect(core.state).toBe(state);
  });

  test.each(Object.keys(PLACES) as Place[])('is refused while the daemon stops: %s', (place) => {
    const core = PLACES[place]();
    core.send({ type: 'shutdownRequested' });
    const { state } = core;

    for (const order of ISSUE_ORDERS) {
      expect(judgeIssueOrder(state, issue.id, order)).toEqual({
        kind: 'refused',
        message: 'The daemon is stopping.',
      });
      expect(ordered(core, order)).toEqual([]);
      expect(core.state).toBe(state);
    }
  });

  test('to stop an issue whose old workspace is being removed waits until it is gone', () => {
    const core = new CoreDriver();
    core.begin(issue);
    core.prepare(issue.id);
    core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Done' } });
    core.pass(1_000);
    core.answerPoll([issue]);
    expect(core.state.removing.has(issue.id)).toBe(true);
    expect(whereabouts(core)).toBe('waiting');

    expect(judgeIssueOrder(core.state, issue.id, 'stop')).toEqual({
      kind: 'refused',
      message: 'MT-1 waits until its old workspace is removed; order the stop once it is.',
    });
    ordered(core, 'stop');

    expect(core.state.claims.size).toBe(0);
  });
});

describe('a stopped run', () => {
  test('ends, and its issue is set aside with its workspace, its attempt and its thread', () => {
    const core = PLACES.running();
    core.prepare(issue.id);
    core.beginTurn(issue.id, 'thread-1');

    expect(ordered(core, 'stop')).toEqual([
      { type: 'stopRun', issueId: issue.id, runId: 1, cause: 'operator' },
    ]);
    expect(core.state.slots.held).toBe(1);
    core.exit(issue.id, STOPPED);

    expect(core.state.slots.held).toBe(0);
    expect(core.claim(issue.id)).toEqual({
      kind: 'parked',
      cause: 'operator',
      issue,
      workspace: { path: `/workspaces/${issue.id}`, host: 'local' },
      attempt: 1,
      reason: 'stopped by an operator',
      until: null,
      thread: { threadId: 'thread-1', answered: null },
    });
  });

  test('makes room for the next one, and is not started again by itself', () => {
    const core = begun(
      new CoreDriver({ maxConcurrentAgents: 1 }),
      { ...issue, priority: 1 },
      { ...other, priority: 2 },
    );
    ordered(core, 'stop');

    expect(core.exit(issue.id, STOPPED)).toMatchObject([{ type: 'startRun', issue: { id: other.id } }]);
    core.pass(24 * 3_600_000);

    expect(whereabouts(core)).toBe('parked by operator, then attempt 1');
  });

  test.each([FAILED, ASKED, { kind: 'turnsExhausted', issue } as const])(
    'is set aside however it ends: $kind',
    (outcome) => {
      const core = PLACES['stopping, by order']();

      core.exit(issue.id, outcome);

      expect(whereabouts(core)).toBe('parked by operator, then attempt 1');
    },
  );

  test('that ends at a usage limit is set aside, and the limit holds the account', () => {
    const core = PLACES['stopping, by order']();

    core.exit(issue.id, LIMITED);

    expect(whereabouts(core)).toBe('parked by operator, then attempt 1');
    expect(core.state.accountLimit?.reason).toBe('usage limit: used up');
  });

  test('whose own last look finds its issue finished is not set aside', () => {
    const core = PLACES['stopping, by order']();
    core.prepare(issue.id);

    const effects = core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Done' } });

    expect(effects.map(({ type }) => type)).toContain('removeWorkspace');
    expect(core.state.claims.size).toBe(0);
  });

  test('whose issue finishes meanwhile has its workspace removed once it has ended', () => {
    const core = PLACES['stopping, by order']();
    core.prepare(issue.id);
    core.pass(30_000);

    expect(core.answerPoll([], [{ ...issue, state: 'Done' }])).toEqual([]);
    expect(whereabouts(core)).toBe('stopping for operator, then releaseAndRemove');

    expect(core.exit(issue.id, STOPPED)[0]).toMatchObject({ type: 'removeWorkspace', issueId: issue.id });
  });

  test('whose issue finishes and is reopened meanwhile stays set aside', () => {
    const core = PLACES['stopping, by order']();
    core.pass(30_000);
    core.answerPoll([], [{ ...issue, state: 'Done' }]);
    core.pass(30_000);
    core.answerPoll([], [issue]);

    core.exit(issue.id, STOPPED);

    expect(whereabouts(core)).toBe('parked by operator, then attempt 1');
  });

  test('of a daemon that is shut down is released like any other', () => {
    const core = PLACES['stopping, by order']();

    core.send({ type: 'shutdownRequested' });
    core.exit(issue.id, STOPPED);

    expect(isDrained(core.state)).toBe(true);
  });

  test('that had stalled is set aside instead of tried again', () => {
    const core = PLACES['stopping, stalled']();
    ordered(core, 'stop');

    core.exit(issue.id, { kind: 'stopped', by: 'stalled' });

    expect(whereabouts(core)).toBe('parked by operator, then attempt 1');
  });
});

describe('an issue that was set aside', () => {
  test.each(['Done', 'Backlog'])('is let go when the tracker moves it to %s', (state) => {
    const core = PLACES['parked, by order']();
    core.pass(30_000);

    const effects = core.answerPoll([], [{ ...issue, state }]);

    expect(core.state.claims.size).toBe(0);
    expect(effects.some(({ type }) => type === 'removeWorkspace')).toBe(state === 'Done');
  });

  test('is let go when the tracker no longer shows it', () => {
    const core = PLACES['parked, by order']();
    core.pass(30_000);

    core.answerPoll([], []);

    expect(core.state.claims.size).toBe(0);
  });

  test('stays set aside, as it is now, while it is active', () => {
    const core = PLACES['parked, by order']();
    core.pass(30_000);

    core.answerPoll([issue], [{ ...issue, title: 'Renamed' }]);

    expect(core.claim(issue.id)).toMatchObject({ kind: 'parked', issue: { title: 'Renamed' } });
  });

  test('is not stopped a second time by a shutdown', () => {
    const core = PLACES['parked, by order']();

    expect(core.send({ type: 'shutdownRequested' })).toEqual([]);
    expect(isDrained(core.state)).toBe(true);
  });

  test('goes on with its next attempt in its thread when that is ordered', () => {
    const core = PLACES.running();
    core.beginTurn(issue.id, 'thread-1');
    ordered(core, 'stop');
    core.exit(issue.id, STOPPED);

    expect(ordered(core, 'retry')).toEqual([{ type: 'refreshIssues', request: 2, ids: [issue.id] }]);
    expect(core.answerReRead(issue)).toEqual([
      {
        type: 'startRun',
        issue,
        runId: 2,
        host: 'local',
        attempt: 1,
        thread: { threadId: 'thread-1', answered: null },
      },
    ]);
  });

  test('before its first run begins with it when a retry is ordered', () => {
    const core = PLACES['parked, before its first run']();
    core.exit(other.id, { kind: 'issueInactive', issue: { ...other, state: 'Human Review' } });

    ordered(core, 'retry');

    expect(core.answerReRead(issue)).toEqual([
      { type: 'startRun', issue, runId: 2, host: 'local', attempt: null, thread: null },
    ]);
  });
});

describe('a retry', () => {
  test('does not wait for its time, and keeps its reason', () => {
    const core = PLACES['retry later']();

    expect(ordered(core, 'retry')).toEqual([{ type: 'refreshIssues', request: 2, ids: [issue.id] }]);

    expect(core.claim(issue.id)).toMatchObject({ dueAtMs: core.atMs, error: 'turn_failed: it broke' });
    expect(core.answerReRead(issue)).toMatchObject([{ type: 'startRun', attempt: 1 }]);
  });

  test('of an issue that used up its account lifts the limit for all', () => {
    const core = PLACES['parked, used up']();
    expect(core.state.accountLimit).not.toBeNull();

    ordered(core, 'retry');

    expect(core.state.accountLimit).toBeNull();
    expect(core.answerReRead(issue)).toMatchObject([{ type: 'startRun', attempt: 1 }]);
  });

  test('of any other issue leaves a limit of the account in force', () => {
    const core = new CoreDriver();
    core.begin(issue, other);
    core.exit(issue.id, LIMITED);
    core.exit(other.id, FAILED);

    expect(ordered(core, 'retry', other.id)).toEqual([]);

    expect(core.state.accountLimit).not.toBeNull();
    expect(core.claim(other.id)).toMatchObject({ kind: 'retryQueued', stage: 'due' });
  });

  test('of a question goes on in its thread, without an answer', () => {
    const core = PLACES.blocked();

    ordered(core, 'retry');

    expect(core.answerReRead(issue)).toMatchObject([
      { type: 'startRun', attempt: 1, thread: { threadId: 'thread-1', answered: null } },
    ]);
  });

  test('waits for a slot like every other', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    core.begin(other, issue);
    core.exit(other.id, FAILED);

    expect(ordered(core, 'retry', other.id)).toEqual([]);
    expect(core.exit(issue.id, { kind: 'issueInactive', issue: null }).map(({ type }) => type)).toEqual([
      'refreshIssues',
    ]);
  });
});

describe('a release', () => {
  test('has the issue read again and taken as if it were new, with the workspace that it has', () => {
    const core = PLACES.running();
    core.prepare(issue.id);
    core.exit(issue.id, FAILED);

    expect(ordered(core, 'release')).toEqual([{ type: 'refreshIssues', request: 2, ids: [issue.id] }]);
    expect(core.facts).toEqual([{ type: 'released', issueId: issue.id }]);
    expect(core.state.kept.get(issue.id)?.workspace.path).toBe(`/workspaces/${issue.id}`);

    expect(core.answerReRead(issue)).toEqual([
      { type: 'startRun', issue, runId: 2, host: 'local', attempt: null, thread: null },
    ]);
    expect(core.claim(issue.id).workspace?.path).toBe(`/workspaces/${issue.id}`);
  });

  test('of an issue that has left the board starts nothing', () => {
    const core = PLACES.blocked();
    ordered(core, 'release');

    const effects = core.answerReRead();

    expect(effects.filter(({ type }) => type === 'startRun')).toEqual([]);
    expect(whereabouts(core)).toBe('not waiting');
  });
});
