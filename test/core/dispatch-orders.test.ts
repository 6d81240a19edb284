import { describe, expect, test } from 'vitest';
import { isDrained } from '../../src/core/idle.js';
import { judgeDispatchOrder } from '../../src/core/orders.js';
import type { RunOutcome } from '../../src/domain/run.js';
import { someFacts } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

// Goal: a pause holds what is new and nothing else; a drain is a pause that ends with the daemon; both can be taken back.

const issue = someFacts({ identifier: 'MT-1', state: 'In Progress' });
const other = someFacts({ identifier: 'MT-2', priority: 1 });
const FAILED: RunOutcome = { kind: 'agentFailed', reason: 'turn_failed', detail: 'it broke' };
const STOPPED: RunOutcome = { kind: 'stopped', by: 'operator' };

function atWork(): CoreDriver {
  const core = new CoreDriver();
  core.begin(issue);
  return core;
}

function afterFailure(): CoreDriver {
  const core = atWork();
  core.exit(issue.id, FAILED);
  return core;
}

describe('a limit of the account', () => {
  const LIMITED: RunOutcome = { kind: 'usageLimited', untilWallMs: null, detail: 'used up' };

  function limited(): CoreDriver {
    const core = atWork();
    core.exit(issue.id, LIMITED);
    return core;
  }

  test('is taken for over by who resumes, also when its issue is gone, and what it set aside goes on', () => {
    const core = limited();
    const parked = core.claim(issue.id);

    expect(judgeDispatchOrder(core.state, 'resume')).toMatchObject({
      kind: 'taken',
      message: expect.stringContaining('not waited for any more'),
    });
    const effects = core.send({ type: 'dispatchOrdered', order: 'resume' });

    expect(core.state.accountLimit).toBeNull();
    expect(core.facts).toContainEqual({ type: 'limited', limit: null });
    expect(effects).toContainEqual(expect.objectContaining({ type: 'refreshIssues', ids: [issue.id] }));
    expect(core.answerReRead(issue)).toMatchObject([
      { type: 'startRun', attempt: parked.kind === 'parked' ? parked.attempt : null },
    ]);
  });

  test('outlives the end of a pause, and whoever resumes is told so', () => {
    const core = limited();
    core.send({ type: 'dispatchOrdered', order: 'pause' });

    expect(judgeDispatchOrder(core.state, 'resume')).toEqual({
      kind: 'taken',
      message: expect.stringMatching(
        /^Dispatch goes on once the limit .* has passed at .*; resume again to try/,
      ),
    });
    core.send({ type: 'dispatchOrdered', order: 'resume' });

    expect(core.state.hold).toBeNull();
    expect(core.state.accountLimit).not.toBeNull();
  });

  test('leaves alone what a person had set aside', () => {
    const core = limited();
    core.send({ type: 'issueOrdered', issueId: issue.id, order: 'stop' });

    core.send({ type: 'dispatchOrdered', order: 'resume' });

    expect(core.claim(issue.id)).toMatchObject({ kind: 'parked', cause: 'operator' });
    expect(core.state.accountLimit).toBeNull();
  });
});

describe('a pause', () => {
  test('lets nothing new begin, neither a candidate nor a due retry nor a re-read, until it is taken back', () => {
    const core = afterFailure();
    expect(judgeDispatchOrder(core.state, 'pause')).toEqual({
      kind: 'taken',
      message: 'Nothing new is started.',
    });
    core.send({ type: 'dispatchOrdered', order: 'pause' });
    const sinceWallMs = core.wallMs;

    const effects = core.pass(30_000);
    expect(effects.map(({ type }) => type)).toEqual(['poll']);
    expect(core.answerPoll([other])).toEqual([]);
    expect(core.claim(issue.id)).toMatchObject({ kind: 'retryQueued', stage: 'due' });
    expect(core.state.hold).toEqual({ kind: 'paused', sinceWallMs });

    expect(judgeDispatchOrder(core.state, 'resume').kind).toBe('taken');
    expect(core.send({ type: 'dispatchOrdered', order: 'resume' }).map(({ type }) => type)).toEqual([
      'startRun',
      'poll',
    ]);
    expect(core.state.hold).toBeNull();
  });

  test('leaves what runs alone, and reconciling goes on', () => {
    const core = atWork();

    expect(core.send({ type: 'dispatchOrdered', order: 'pause' })).toEqual([]);
    core.pass(30_000);

    expect(core.answerPoll([], [{ ...issue, state: 'Done' }])).toMatchObject([
      { type: 'stopRun', cause: 'terminal' },
    ]);
  });

  test('starts nothing that a re-read under way brings', () => {
    const core = afterFailure();
    core.pass(10_000);
    core.send({ type: 'dispatchOrdered', order: 'pause' });

    expect(core.answerReRead(issue)).toEqual([]);
    expect(core.claim(issue.id)).toMatchObject({ kind: 'retryQueued', stage: 'due' });
  });

  test('ordered twice keeps its time, and is said to be there', () => {
    const core = atWork();
    core.send({ type: 'dispatchOrdered', order: 'pause' });
    const { hold } = core.state;
    core.pass(5_000);

    expect(judgeDispatchOrder(core.state, 'pause')).toEqual({
      kind: 'taken',
      message: 'Dispatch is paused already.',
    });
    core.send({ type: 'dispatchOrdered', order: 'pause' });

    expect(core.state.hold).toBe(hold);
  });

  test('that was not ordered is taken back without harm', () => {
    const core = atWork();
    const { state } = core;

    expect(judgeDispatchOrder(state, 'resume').kind).toBe('taken');
    expect(core.send({ type: 'dispatchOrdered', order: 'resume' })).toEqual([]);
    expect(core.state).toBe(state);
  });
});

describe('a drain', () => {
  test('lets what runs end by itself, starts nothing more, and then ends the daemon', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    core.begin(other, issue);

    expect(core.send({ type: 'dispatchOrdered', order: 'drain' })).toEqual([]);
    expect(core.state.mode).toBe('running');
    expect(core.exit(other.id, FAILED)).toEqual([]);

    expect(core.state.mode).toBe('stopping');
    expect(isDrained(core.state)).toBe(true);
  });

  test('of a daemon at rest ends it at once', () => {
    const core = new CoreDriver();
    core.begin();

    core.send({ type: 'dispatchOrdered', order: 'drain' });

    expect(isDrained(core.state)).toBe(true);
  });

  test('waits until no workspace is being removed', () => {
    const core = atWork();
    core.prepare(issue.id);
    core.send({ type: 'dispatchOrdered', order: 'drain' });

    core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Done' } });
    expect(core.state.mode).toBe('running');
    const request = core.state.removing.get(issue.id)?.first() ?? -1;
    core.send({
      type: 'workspaceRemoved',
      request,
      issueId: issue.id,
      host: 'local',
      path: null,
      failure: null,
    });

    expect(core.state.mode).toBe('stopping');
  });

  test('can be taken back as long as something lives', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    core.begin(other, issue);
    core.send({ type: 'dispatchOrdered', order: 'drain' });

    core.send({ type: 'dispatchOrdered', order: 'resume' });
    expect(core.state.hold).toBeNull();
    const effects = core.exit(other.id, { kind: 'issueInactive', issue: null });

    expect(core.state.mode).toBe('running');
    expect(effects).toMatchObject([{ type: 'startRun', issue: { id: issue.id } }]);
  });

  test('is not weakened to a pause, and follows one', () => {
    const core = atWork();
    core.send({ type: 'dispatchOrdered', order: 'pause' });
    core.send({ type: 'dispatchOrdered', order: 'drain' });
    expect(core.state.hold?.kind).toBe('draining');

    expect(judgeDispatchOrder(core.state, 'pause')).toEqual({
      kind: 'refused',
      message: 'The daemon is draining; resume it first.',
    });
    core.send({ type: 'dispatchOrdered', order: 'pause' });

    expect(core.state.hold?.kind).toBe('draining');
  });

  test('obeys orders about issues meanwhile', () => {
    const core = atWork();
    core.send({ type: 'dispatchOrdered', order: 'drain' });

    expect(core.send({ type: 'issueOrdered', issueId: issue.id, order: 'stop' })).toMatchObject([
      { type: 'stopRun', cause: 'operator' },
    ]);
    core.exit(issue.id, STOPPED);

    expect(isDrained(core.state)).toBe(true);
  });

  test.each(['pause', 'resume', 'drain'] as const)(
    'or any order of dispatch comes too late once it stops: %s',
    (order) => {
      const core = atWork();
      core.send({ type: 'shutdownRequested' });
      const { state } = core;

      expect(judgeDispatchOrder(state, order)).toEqual({
        kind: 'refused',
        message: 'The daemon is stopping.',
      });
      core.send({ type: 'dispatchOrdered', order });

      expect(core.state).toBe(state);
    },
  );
});
