import { describe, expect, test } from 'vitest';
import type { Effect } from '../../src/core/effects.js';
import { isIdle } from '../../src/core/idle.js';
import type { CoreSettings } from '../../src/core/settings.js';
import { someFacts, someSettings } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

// Goal: every workspace of a finished issue is removed, once, on the host that has it, and none is forgotten (A.3).

const issue = someFacts();
const done = { ...issue, state: 'Done' };
const POOL: Partial<CoreSettings> = { hosts: ['a', 'b'], maxConcurrentAgentsPerHost: 1, stallTimeoutMs: 0 };
const UNREACHABLE = { code: 'host_unreachable', message: 'no route', retryAfterMs: null } as const;

function pool(settings: Partial<CoreSettings> = {}): CoreDriver {
  const core = new CoreDriver({ ...POOL, ...settings });
  core.begin(issue);
  core.pass(5_000);
  return core;
}

/** Work began on a, went on on b, and a answers again. */
function workedOnBoth(): CoreDriver {
  const core = pool();
  core.prepare(issue.id);
  core.loseHost(issue.id, true);
  core.pass(10_000);
  core.answerReRead(issue);
  core.prepare(issue.id);
  core.hostAnswers('a');
  core.pass(5_000);
  return core;
}

/** The same, and a is down again. */
function workedOnBothWithOneDown(): CoreDriver {
  const core = workedOnBoth();
  const failure = UNREACHABLE;
  core.send({ type: 'surveyFailed', host: 'a', failure });
  return core;
}

function finish(core: CoreDriver): readonly Effect[] {
  return core.exit(issue.id, { kind: 'issueInactive', issue: done });
}

type Removal = Extract<Effect, { type: 'removeWorkspace' }>;

function removals(effects: readonly Effect[]): Removal[] {
  return effects.flatMap((effect) => (effect.type === 'removeWorkspace' ? [effect] : []));
}

function places(effects: readonly Effect[]): string[] {
  return removals(effects).map(({ host, path }) => `${host}:${path ?? '?'}`);
}

function answer(core: CoreDriver, removal: Removal | undefined, failure: typeof UNREACHABLE | null = null) {
  if (removal === undefined) throw new Error('there is no such removal');
  const { request, issueId, host, path } = removal;
  return core.send({ type: 'workspaceRemoved', request, issueId, host, path, failure });
}

/** Lets the next poll tell that the issue is finished, until nothing is asked any more. */
function polled(core: CoreDriver): readonly Effect[] {
  const effects = [...core.pass(30_000)];
  if (core.state.poll.flight !== null) effects.push(...core.answerPoll([], [done]));
  return effects;
}

describe('a finished issue that was worked on on two hosts', () => {
  test('has both workspaces removed, each on the host that has it', () => {
    const core = workedOnBoth();

    const asked = removals(finish(core));

    expect(places(asked)).toEqual([`b:/workspaces/${issue.id}`, `a:/workspaces/${issue.id}`]);
    for (const removal of asked) answer(core, removal);
    expect(core.state.kept.isEmpty() && core.state.elsewhere.isEmpty()).toBe(true);
    expect(places(polled(core))).toEqual([]);
  });

  test('is not started before both are gone', () => {
    const core = workedOnBoth();
    const [first, second] = removals(finish(core));
    core.answerPoll([issue], [issue]);
    const afterOne = answer(core, first);

    expect(afterOne).toEqual([]);
    expect(answer(core, second)).toMatchObject([{ type: 'refreshIssues', ids: [issue.id] }]);
  });

  test('keeps the one that could not be removed out of the way of the other', () => {
    const core = workedOnBoth();
    const [onB, onA] = removals(finish(core));
    answer(core, onB, UNREACHABLE);
    answer(core, onA);

    expect(core.state.kept.get(issue.id)?.workspace).toEqual({ host: 'b', path: `/workspaces/${issue.id}` });
    expect(core.state.elsewhere.isEmpty()).toBe(true);
  });

  test('has each removed once when it went to and fro', () => {
    const core = workedOnBoth();
    core.loseHost(issue.id, true);
    core.pass(20_000);
    core.answerPoll([]);
    core.hostAnswers('b');
    core.answerReRead(issue);
    expect(core.hostOf(issue.id)).toBe('a');
    core.prepare(issue.id);

    expect(places(finish(core))).toEqual([`a:/workspaces/${issue.id}`, `b:/workspaces/${issue.id}`]);
  });
});

describe('a workspace on a host that is down', () => {
  test('waits, while those elsewhere go, and goes when the host is back', () => {
    const core = workedOnBothWithOneDown();
    const first = removals(finish(core));
    expect(places(first)).toEqual([`b:/workspaces/${issue.id}`]);
    answer(core, first[0]);
    core.answerPoll([], [done]);
    const whileDown = core.pass(20_000);

    const back = core.hostAnswers('a');
    const told = core.answerPoll([], [done]);

    expect(places([...whileDown, ...back])).toEqual([]);
    expect(core.state.kept.size).toBe(1);
    expect(places(told)).toEqual([`a:/workspaces/${issue.id}`]);
  });

  test('goes once it is back also when that was noticed only by the removal', () => {
    const core = pool();
    core.prepare(issue.id);
    const [removal] = removals(finish(core));

    answer(core, removal, UNREACHABLE);
    core.answerPoll([], [done]);
    const whileDown = core.pass(10_000);
    core.hostAnswers('a');

    expect(places(whileDown)).toEqual([]);
    expect(places(core.answerPoll([], [done]))).toEqual([`a:/workspaces/${issue.id}`]);
  });

  test('is kept when its issue is reopened before the host is back', () => {
    const core = workedOnBothWithOneDown();
    answer(core, removals(finish(core))[0]);
    core.answerPoll([issue], [issue]);
    core.pass(1_000);
    core.answerReRead(issue);
    core.pass(20_000);

    core.hostAnswers('a');

    expect(places(core.answerPoll([], [issue]))).toEqual([]);
    expect(core.hostOf(issue.id)).toBe('b');
    expect(core.claim(issue.id).workspace).toEqual({ host: 'a', path: `/workspaces/${issue.id}` });
  });

  test('does not keep the daemon from being idle; once the host answers it does, until the workspace is gone', () => {
    const core = pool();
    core.prepare(issue.id);
    const [removal] = removals(finish(core));
    answer(core, removal, UNREACHABLE);
    core.answerPoll([], [done]);
    const whileDown = isIdle(core.state);
    core.pass(10_000);

    core.hostAnswers('a');

    expect(whileDown).toBe(true);
    expect(isIdle(core.state)).toBe(false);
    const [again] = removals(core.answerPoll([], [done]));
    expect(isIdle(core.state)).toBe(false);
    answer(core, again);
    expect(isIdle(core.state)).toBe(true);
  });

  test('that left the settings is tried once, told, and not tried again', () => {
    const core = pool();
    core.prepare(issue.id);
    core.send({ type: 'workflowReloaded', settings: someSettings({ ...POOL, hosts: ['b'] }) });
    core.answerPoll([issue], [issue]);

    const [removal] = removals(finish(core));
    answer(core, removal, UNREACHABLE);

    expect(places(removal === undefined ? [] : [removal])).toEqual([`a:/workspaces/${issue.id}`]);
    expect(core.state.problems).toMatchObject([{ code: 'host_unreachable', identifier: 'MT-1' }]);
    expect(places(polled(core))).toEqual([]);
    expect(core.state.kept.isEmpty()).toBe(true);
  });
});

test('a workspace on a host that left the settings is removed there all the same', () => {
  const core = pool();
  core.prepare(issue.id);
  core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Backlog' } });
  core.send({ type: 'workflowReloaded', settings: someSettings({ ...POOL, hosts: ['b'] }) });
  core.answerPoll([], []);
  core.pass(1_000);

  expect(places(polled(core))).toEqual([`a:/workspaces/${issue.id}`]);
});

test('a workspace of this machine is removed here after work has moved to hosts', () => {
  const core = pool({ hosts: ['local'], maxConcurrentAgentsPerHost: null });
  core.prepare(issue.id);
  core.send({ type: 'workflowReloaded', settings: someSettings(POOL) });
  core.answerPoll([issue], [issue]);

  expect(places(finish(core))).toEqual([`local:/workspaces/${issue.id}`]);
});

describe('what a run left that could not tell where it was', () => {
  test.each<[string, (core: CoreDriver) => unknown]>([
    [
      'was stopped',
      (core) => {
        core.send({ type: 'issueOrdered', issueId: issue.id, order: 'stop' });
        core.exit(issue.id, { kind: 'stopped', by: 'operator' });
      },
    ],
    [
      'failed to prepare its workspace',
      (core) => core.exit(issue.id, { kind: 'workspaceFailed', step: 'afterCreate', detail: 'exit 1' }),
    ],
    ['lost its host while it prepared', (core) => core.loseHost(issue.id, true)],
  ])('is looked for on its host when the issue is finished: it %s', (_what, happen) => {
    const core = pool({ hosts: ['b', 'a'] });
    happen(core);
    if (core.state.hosts.get('b')?.down !== null) {
      core.pass(10_000);
      core.hostAnswers('b');
    }
    core.send({ type: 'refreshRequested' });

    expect(places(core.answerPoll([], [done]))).toEqual(['b:?']);
  });

  test('is looked for beside the workspace that stands on another host', () => {
    const core = pool();
    core.prepare(issue.id);
    core.loseHost(issue.id, true);
    core.pass(10_000);
    core.answerReRead(issue);
    core.hostAnswers('a');
    core.exit(issue.id, { kind: 'workspaceFailed', step: 'prepare', detail: 'disk full' });
    core.send({ type: 'refreshRequested' });

    expect(places(core.answerPoll([], [done])).sort()).toEqual([`a:/workspaces/${issue.id}`, 'b:?']);
  });

  test('is nothing where nothing could begin', () => {
    const core = pool();
    core.loseHost(issue.id, false);
    core.send({ type: 'refreshRequested' });

    expect(places(core.answerPoll([], [done]))).toEqual([]);
  });

  test('is the workspace that stands on that host, if one does', () => {
    const core = workedOnBoth();
    core.exit(issue.id, { kind: 'timedOut', detail: 'silent' });
    core.send({ type: 'surveyFailed', host: 'b', failure: UNREACHABLE });
    core.pass(20_000);
    core.answerReRead(issue);
    expect(core.hostOf(issue.id)).toBe('a');

    core.exit(issue.id, { kind: 'workspaceFailed', step: 'prepare', detail: 'disk full' });

    expect(core.claim(issue.id).workspace).toEqual({ host: 'a', path: `/workspaces/${issue.id}` });
    expect(core.state.elsewhere.get(issue.id)).toEqual([{ host: 'b', path: `/workspaces/${issue.id}` }]);
  });
});

describe('a survey', () => {
  const marked = (path: string) => ({ key: 'MT-1', path, issueId: issue.id, identifier: 'MT-1' });
  const unmarked = { key: 'MT-1', path: '/ws/MT-1', issueId: null, identifier: null };

  test('that shows an issue on two hosts has both removed once it is finished', () => {
    const core = new CoreDriver(POOL);
    core.send({ type: 'started' });
    for (const host of ['a', 'b'])
      core.send({ type: 'workspacesSurveyed', host, workspaces: [marked('/ws/MT-1')] });
    core.answerPoll([]);
    core.pass(1_000);

    expect(places(core.answerPoll([], [done]))).toEqual(['a:/ws/MT-1', 'b:/ws/MT-1']);
  });

  test('that comes twice shows nothing twice', () => {
    const core = new CoreDriver(POOL);
    core.send({ type: 'started' });
    for (const host of ['a', 'b', 'a', 'b'])
      core.send({ type: 'workspacesSurveyed', host, workspaces: [marked('/ws/MT-1')] });
    core.answerPoll([]);
    core.pass(1_000);

    expect(places(core.answerPoll([], [done]))).toEqual(['a:/ws/MT-1', 'b:/ws/MT-1']);
  });

  test('tells where the workspace stands of which only the host was known', () => {
    const core = pool();
    core.exit(issue.id, { kind: 'workspaceFailed', step: 'afterCreate', detail: 'exit 1' });
    expect(core.claim(issue.id).workspace).toEqual({ host: 'a', path: null });

    core.send({ type: 'workspacesSurveyed', host: 'a', workspaces: [marked('/ws/MT-1')] });

    expect(core.claim(issue.id).workspace).toEqual({ host: 'a', path: '/ws/MT-1' });
  });

  test('lists finished issues only once all hosts have answered or failed', () => {
    const core = new CoreDriver(POOL);
    core.send({ type: 'started' });

    const first = core.send({ type: 'workspacesSurveyed', host: 'a', workspaces: [unmarked] });
    const second = core.send({ type: 'surveyFailed', host: 'b', failure: UNREACHABLE });

    expect(first).toEqual([]);
    expect(second).toMatchObject([{ type: 'listTerminalIssues' }]);
    expect(places(core.send({ type: 'terminalIssuesListed', issues: [issue] }))).toEqual(['a:/ws/MT-1']);
  });

  test('of an unmarked workspace on a host that goes down before the list came is not forgotten', () => {
    const core = new CoreDriver(POOL);
    core.send({ type: 'started' });
    core.send({ type: 'workspacesSurveyed', host: 'b', workspaces: [] });
    core.send({ type: 'workspacesSurveyed', host: 'a', workspaces: [unmarked] });
    core.answerPoll([]);
    core.send({ type: 'surveyFailed', host: 'a', failure: UNREACHABLE });

    const listed = core.send({ type: 'terminalIssuesListed', issues: [issue] });
    core.pass(10_000);
    core.hostAnswers('a');

    expect(places(listed)).toEqual([]);
    expect(places(core.answerPoll([], [done]))).toEqual(['a:/ws/MT-1']);
  });

  test('of an unmarked workspace beside one that is looked after adds to what is removed in the end', () => {
    const core = new CoreDriver(POOL);
    core.send({ type: 'started' });
    core.send({ type: 'workspacesSurveyed', host: 'a', workspaces: [unmarked] });
    core.send({ type: 'workspacesSurveyed', host: 'b', workspaces: [marked('/ws/MT-1')] });
    core.send({ type: 'terminalIssuesListed', issues: [issue] });
    core.answerPoll([]);
    core.pass(1_000);

    expect(places(core.answerPoll([], [done]))).toEqual(['b:/ws/MT-1', 'a:/ws/MT-1']);
  });
});
