import { describe, expect, test } from 'vitest';
import type { IssueFacts } from '../../src/domain/issue.js';
import { someFacts } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

const one = someFacts({ identifier: 'MT-1' });
const two = someFacts({ identifier: 'MT-2' });
const GONE = { kind: 'issueInactive', issue: null } as const;

/** A daemon with one slot, in which the first issue runs while the second waits, long after the last poll. */
function aBusyDaemon(): CoreDriver {
  const core = new CoreDriver({ maxConcurrentAgents: 1 });
  core.begin(one, two);
  core.pass(20_000);
  return core;
}

describe('an issue that was read along with the check of a turn', () => {
  function seen(core: CoreDriver, askedAtMs: number, ...issues: readonly IssueFacts[]): void {
    core.send({ type: 'issuesSeen', askedAtMs, ids: [two.id], issues });
  }

  test('starts without another question when a slot becomes free a moment later, as it was seen', () => {
    const core = aBusyDaemon();
    const renamed = { ...two, title: 'Renamed' };

    seen(core, core.atMs, renamed);
    core.pass(2_900);

    expect(core.exit(one.id, GONE)).toEqual([
      { type: 'startRun', issue: renamed, runId: 2, host: 'local', attempt: null, thread: null },
    ]);
  });

  test('is read again when the slot becomes free later', () => {
    const core = aBusyDaemon();

    seen(core, core.atMs, two);
    core.pass(3_001);

    expect(core.exit(one.id, GONE)).toMatchObject([{ type: 'refreshIssues', ids: [two.id] }]);
  });

  test('leaves the queue when it was seen finished, or no longer', () => {
    for (const issues of [[], [{ ...two, state: 'Done' }]]) {
      const core = aBusyDaemon();

      seen(core, core.atMs, ...issues);

      expect(core.state.queue.waiting).toEqual([]);
    }
  });

  test('is not known by an answer that was asked for before a younger one', () => {
    const core = aBusyDaemon();
    const askedAtMs = core.atMs;
    core.pass(1_000);
    seen(core, core.atMs, { ...two, title: 'Younger' });

    seen(core, askedAtMs, { ...two, title: 'Older' });

    expect(core.state.queue.waiting).toMatchObject([{ title: 'Younger' }]);
  });

  test('says nothing about an issue whose run began after the question', () => {
    const core = aBusyDaemon();
    const askedAtMs = core.atMs;
    core.exit(one.id, GONE);
    core.answerReRead(two);

    seen(core, askedAtMs);

    expect(core.claim(two.id).kind).toBe('running');
  });

  test('is read again when the tracker says meanwhile that it changed', () => {
    const core = aBusyDaemon();
    seen(core, core.atMs, two);
    core.send({ type: 'trackerChanged' });
    core.failPoll();

    expect(core.exit(one.id, GONE)).toMatchObject([{ type: 'refreshIssues', ids: [two.id] }]);
  });
});

describe('issues that the tracker names as changed', () => {
  const named = (core: CoreDriver, ...issueIds: readonly string[]) =>
    core.send({ type: 'issuesChanged', issueIds });

  test('are read alone, and work among them starts at once', () => {
    const core = new CoreDriver();
    core.begin();
    core.pass(5_000);

    expect(named(core, one.id)).toMatchObject([{ type: 'refreshIssues', ids: [one.id] }]);
    expect(core.answerReRead(one)).toEqual([
      { type: 'startRun', issue: one, runId: 1, host: 'local', attempt: null, thread: null },
    ]);
  });

  test('are stopped when they are no longer wanted', () => {
    const core = aBusyDaemon();
    named(core, one.id);

    const effects = core.answerReRead({ ...one, state: 'Done' });

    expect(effects).toMatchObject([{ type: 'stopRun', cause: 'terminal' }]);
  });

  test('are not started when they are of another scope, finished or gone', () => {
    const core = new CoreDriver();
    core.begin();
    core.pass(5_000);
    named(core, one.id, two.id, 'gone');

    const effects = core.answerReRead({ ...one, dispatchable: false }, { ...two, state: 'Done' });

    expect(effects.filter(({ type }) => type === 'startRun')).toEqual([]);
  });

  test('make a poll of it when one of them ended and may have set others free', () => {
    const core = new CoreDriver();
    core.begin();
    core.pass(5_000);
    named(core, one.id);

    expect(core.answerReRead({ ...one, state: 'Done' })).toMatchObject([{ type: 'poll' }]);
  });

  test('wait for the poll under way, which is followed by another', () => {
    const core = new CoreDriver();
    core.begin();
    core.pass(30_000);

    expect(named(core, one.id)).toEqual([]);
    core.answerPoll([]);
    expect(core.pass(250)).toMatchObject([{ type: 'poll' }]);
  });

  test('are polled for when they are very many', () => {
    const core = new CoreDriver();
    core.begin();
    core.pass(5_000);

    const ids = Array.from({ length: 51 }, (_, index) => `issue ${index}`);

    expect(named(core, ...ids)).toMatchObject([{ type: 'poll' }]);
  });

  test('are asked for by a poll when their read fails, and no retry counts it as its own failure', () => {
    const core = new CoreDriver();
    core.begin(one);
    core.exit(one.id, { kind: 'agentFailed', reason: 'port_exit', detail: 'gone' });
    core.pass(5_000);
    named(core, one.id);

    expect(core.failReRead()).toMatchObject([{ type: 'poll' }]);
    expect(core.claim(one.id)).toMatchObject({ kind: 'retryQueued', attempt: 1 });
  });

  test('are not asked about while the tracker throttles', () => {
    const core = new CoreDriver();
    core.begin(one);
    core.pass(30_000);
    core.failPoll(40_000);

    expect(named(core, one.id)).toEqual([]);
    expect(core.pass(39_999)).toEqual([]);
    expect(core.pass(1)).toMatchObject([{ type: 'poll' }]);
  });
});
