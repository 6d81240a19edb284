import { describe, expect, test } from 'vitest';
import { Explanations } from '../../src/core/explain.js';
import type { CoreSettings } from '../../src/core/settings.js';
import { snapshot } from '../../src/core/snapshot.js';
import { someFacts, someSettings } from '../helpers/build.js';
import { CoreDriver, started } from '../helpers/core-driver.js';

// Goal: a run is on the host that the settings, the load and its own past call for, and nowhere else (Appendix A.2).

const [one, two, three, four, five] = [1, 2, 3, 4, 5].map((number) =>
  someFacts({ identifier: `MT-${number}`, priority: number }),
);
const issues = [one, two, three, four, five].flatMap((issue) => issue ?? []);

const UNREACHABLE = { code: 'host_unreachable', message: 'no route', retryAfterMs: null } as const;

const POOL: Partial<CoreSettings> = {
  hosts: ['a', 'b', 'c'],
  maxConcurrentAgentsPerHost: 2,
  pollIntervalMs: 3_600_000,
};

function pool(settings: Partial<CoreSettings> = {}, count = issues.length) {
  const core = new CoreDriver({ ...POOL, ...settings });
  const effects = core.begin(...issues.slice(0, count));
  // What was read at first is old by now.
  core.pass(5_000);
  return { core, effects };
}

/** Lets the retries that are due be checked and start. */
function startDue(core: CoreDriver): string[] {
  const ids = core.state.fill?.ids ?? [];
  return started(core.answerReRead(...issues.filter(({ id }) => ids.includes(id))));
}

function id(number: number): string {
  return `id of MT-${number}`;
}

describe('a run starts on', () => {
  test('the host with the fewest runs, of equals on the first as listed', () => {
    const { effects } = pool();

    expect(started(effects)).toEqual(['MT-1 on a', 'MT-2 on b', 'MT-3 on c', 'MT-4 on a', 'MT-5 on b']);
  });

  test('the first as listed, whatever their names', () => {
    const { effects } = pool({ hosts: ['z', 'a'] }, 2);

    expect(started(effects)).toEqual(['MT-1 on z', 'MT-2 on a']);
  });

  test('the host where a run has ended before', () => {
    const { core } = pool({ maxConcurrentAgents: 3 }, 4);

    core.exit(id(2), { kind: 'issueInactive', issue: null });

    expect(startDue(core)).toEqual(['MT-4 on b']);
  });

  test('no host before all have told, after a start, which of them has its workspace', () => {
    const core = new CoreDriver(POOL);
    core.send({ type: 'started' });
    const early = [
      ...core.answerPoll(issues.slice(0, 2)),
      ...core.send({ type: 'workspacesSurveyed', host: 'a', workspaces: [] }),
      ...core.send({ type: 'surveyFailed', host: 'b', failure: UNREACHABLE }),
    ];
    const explained = new Explanations(core.state, core).of('MT-1');

    const workspace = { key: 'MT-1', path: '/w/MT-1', issueId: id(1), identifier: 'MT-1' };
    const told = core.send({ type: 'workspacesSurveyed', host: 'c', workspaces: [workspace] });

    expect(started(early)).toEqual([]);
    expect(explained?.headline).toBe(
      'it starts when it is known which host has its workspace: c has yet to tell',
    );
    expect(started(told)).toEqual(['MT-1 on c', 'MT-2 on a']);
  });

  test('the only host there is without waiting for what is on it', () => {
    const core = new CoreDriver({ hosts: ['a'] });
    core.send({ type: 'started' });

    expect(started(core.answerPoll(issues.slice(0, 1)))).toEqual(['MT-1 on a']);
  });

  test('hosts without a limit of their own in turn, up to the limit for all', () => {
    const { effects } = pool({ hosts: ['a', 'b'], maxConcurrentAgentsPerHost: null, maxConcurrentAgents: 4 });

    expect(started(effects)).toEqual(['MT-1 on a', 'MT-2 on b', 'MT-3 on a', 'MT-4 on b']);
  });
});

describe('the limit per host', () => {
  test('125: of hosts a and b with a limit of one each has one run; the third waits, and never runs locally', () => {
    const { core, effects } = pool({ hosts: ['a', 'b'], maxConcurrentAgentsPerHost: 1 }, 3);
    const waits = core.pass(600_000);

    core.prepare(id(1));
    core.exit(id(1), { kind: 'issueInactive', issue: null });

    expect(started([...effects, ...waits])).toEqual(['MT-1 on a', 'MT-2 on b']);
    expect(startDue(core)).toEqual(['MT-3 on a']);
  });

  test('that is lowered below what runs lets all go on, and nothing start before there is room', () => {
    const { core } = pool({ hosts: ['a'], maxConcurrentAgentsPerHost: 3 });

    core.send({
      type: 'workflowReloaded',
      settings: someSettings({ ...POOL, hosts: ['a'], maxConcurrentAgentsPerHost: 1 }),
    });
    const afterReload = core.answerPoll(issues);
    core.exit(id(1), { kind: 'issueInactive', issue: null });
    core.exit(id(2), { kind: 'issueInactive', issue: null });

    expect(started(afterReload)).toEqual([]);
    expect(core.state.fill).toBeNull();
    core.exit(id(3), { kind: 'issueInactive', issue: null });
    expect(core.state.fill?.ids).toEqual([id(4)]);
  });

  test('does not let an issue pass that waits for a state, and lets one pass that does not', () => {
    const { core } = pool({ hosts: ['a'], maxConcurrentAgentsByState: { todo: 1 } }, 1);
    const inProgress = someFacts({ identifier: 'MT-7', state: 'In Progress', priority: 4 });
    const alsoTodo = someFacts({ identifier: 'MT-6', priority: 1 });

    core.send({ type: 'refreshRequested' });

    expect(started(core.answerPoll([alsoTodo, inProgress]))).toEqual(['MT-7 on a']);
  });

  test('makes no request for candidates while only the end of a run could make room', () => {
    const { core } = pool({ hosts: ['a', 'b'], maxConcurrentAgentsPerHost: 1, pollIntervalMs: 30_000 });

    expect(core.pass(30_000)).toMatchObject([{ type: 'poll', states: null }]);
  });
});

describe('a retry', () => {
  function failed(core: CoreDriver, number: number): void {
    core.prepare(id(number));
    core.exit(id(number), { kind: 'timedOut', detail: 'silent' });
  }

  test('is on its host again, though others have fewer runs', () => {
    const { core } = pool({ maxConcurrentAgents: 4 }, 4);
    failed(core, 1);
    core.pass(10_000);

    expect(startDue(core)).toEqual(['MT-1 on a as attempt 1']);
  });

  test('is on another host when its own is full', () => {
    const { core } = pool({ hosts: ['a', 'b'], maxConcurrentAgentsPerHost: 2, maxConcurrentAgents: 3 }, 4);
    failed(core, 1);
    expect(startDue(core)).toEqual(['MT-4 on a']);
    core.exit(id(2), { kind: 'issueInactive', issue: null });
    core.pass(10_000);

    expect(startDue(core)).toEqual(['MT-1 on b as attempt 1']);
  });

  test('128: when preparing failed on a, b is not used within the run, and the retry prefers a', () => {
    const { core, effects } = pool({ hosts: ['b', 'a', 'c'] }, 2);
    const failing = core.exit(id(2), { kind: 'workspaceFailed', step: 'afterCreate', detail: 'exit 1' });
    core.exit(id(1), { kind: 'issueInactive', issue: null });
    core.pass(10_000);

    expect(started(effects)).toEqual(['MT-1 on b', 'MT-2 on a']);
    expect(started(failing)).toEqual([]);
    expect(core.state.fill?.ids).toEqual([id(2)]);
    expect(startDue(core)).toEqual(['MT-2 on a as attempt 1']);
  });

  test('that waits for room keeps its attempt and its delay', () => {
    const { core } = pool({ hosts: ['a', 'b'], maxConcurrentAgentsPerHost: 1 }, 3);
    failed(core, 1);
    const dueAtMs = core.atMs + 10_000;
    expect(startDue(core)).toEqual(['MT-3 on a']);
    core.pass(600_000);

    expect(core.claim(id(1))).toMatchObject({ kind: 'retryQueued', attempt: 1, dueAtMs, stage: 'due' });
    expect(snapshot(core.state, core).retrying).toMatchObject([
      { identifier: 'MT-1', attempt: 1, error: 'no worker host has room: a 1/1, b 1/1' },
    ]);
    core.exit(id(2), { kind: 'issueInactive', issue: null });
    expect(startDue(core)).toEqual(['MT-1 on b as attempt 1']);
  });

  test('goes on with its thread on its own host, and begins a new one elsewhere', () => {
    const threads = [['a'], ['b']].map((hosts) => {
      const { core } = pool({ hosts: ['a'] }, 1);
      core.prepare(id(1));
      core.beginTurn(id(1), 'thread-1');
      core.exit(id(1), { kind: 'timedOut', detail: 'silent' });
      core.send({ type: 'workflowReloaded', settings: someSettings({ ...POOL, hosts }) });
      core.answerPoll([]);
      core.pass(10_000);
      const effects = core.answerReRead(...issues);
      return effects.flatMap((effect) => (effect.type === 'startRun' ? [effect.thread] : []));
    });

    expect(threads).toEqual([[{ threadId: 'thread-1', answered: null }], [null]]);
  });

  test('takes an answer along to another host, but not the thread it was asked on', () => {
    const question = { kind: 'commandApproval', text: 'run make', choices: ['approve'] } as const;
    const answered = { question, answer: { kind: 'approve' } } as const;
    const { core } = pool({ hosts: ['a', 'b'], maxConcurrentAgentsPerHost: 1 }, 1);
    core.prepare(id(1));
    core.beginTurn(id(1), 'thread-1');
    core.exit(id(1), { kind: 'inputRequired', question });
    core.send({ type: 'workflowReloaded', settings: someSettings({ ...POOL, hosts: ['b'] }) });
    core.answerPoll([]);

    core.send({ type: 'questionAnswered', issueId: id(1), answer: answered.answer });

    expect(core.answerReRead(...issues)).toMatchObject([
      { type: 'startRun', host: 'b', thread: { threadId: '', answered } },
    ]);
  });

  test('has its thread again on its own host when it could not be begun on another one', () => {
    const { core } = pool({ hosts: ['a', 'b'], maxConcurrentAgentsPerHost: 1 }, 3);
    core.prepare(id(1));
    core.beginTurn(id(1), 'thread-1');
    core.exit(id(1), { kind: 'timedOut', detail: 'silent' });
    expect(startDue(core)).toEqual(['MT-3 on a']);
    core.pass(10_000);
    core.exit(id(2), { kind: 'issueInactive', issue: null });
    const elsewhere = core.answerReRead(...issues);
    core.exit(id(3), { kind: 'issueInactive', issue: null });

    core.loseHost(id(1), false);

    expect(elsewhere).toMatchObject([{ type: 'startRun', host: 'b', thread: null }]);
    expect(core.answerReRead(...issues)).toMatchObject([
      { type: 'startRun', host: 'a', attempt: 1, thread: { threadId: 'thread-1', answered: null } },
    ]);
  });
});

test('an issue that is taken up again is on the host that has its workspace', () => {
  const { core } = pool({}, 2);
  core.prepare(id(2));
  for (const number of [1, 2]) core.exit(id(number), { kind: 'issueInactive', issue: null });
  const again = issues.slice(1, 2);
  core.answerPoll(again, again);

  expect(startDue(core)).toEqual(['MT-2 on b']);
});

describe('the explanation', () => {
  function fact(core: CoreDriver, identifier: string) {
    const { rules, headline } = new Explanations(core.state, core).of(identifier) ?? {};
    const rule = rules?.find((verdict) => verdict.rule === 'host_free');
    return { headline, verdict: rule?.verdict, fact: rule?.fact };
  }

  test('tells how full each host is, and that this is what holds an issue', () => {
    const { core } = pool({ hosts: ['a', 'b'], maxConcurrentAgentsPerHost: 1 }, 3);

    expect(fact(core, 'MT-3')).toEqual({
      headline: 'runs on hosts: a 1/1, b 1/1',
      verdict: 'holds',
      fact: 'runs on hosts: a 1/1, b 1/1',
    });
  });

  test('tells why a host is not used, and when it is tried next', () => {
    const { core } = pool({ hosts: ['a', 'b'], maxConcurrentAgentsPerHost: 1 }, 3);
    core.loseHost(id(2), true);

    expect(fact(core, 'MT-3').fact).toBe('runs on hosts: a 1/1, b is down: no route, next try 08:00:15 UTC');
    core.pass(10_000);
    expect(fact(core, 'MT-3').fact).toBe('runs on hosts: a 1/1, b is down: no route, being tried now');
  });

  test('names some of many hosts, and says of one machine that it is this one', () => {
    const many = pool({ hosts: ['a', 'b', 'c', 'd', 'e', 'f', 'g'], maxConcurrentAgents: 1 }, 2).core;
    const local = pool(
      { hosts: ['local'], maxConcurrentAgentsPerHost: null, maxConcurrentAgents: 1 },
      2,
    ).core;

    expect(fact(many, 'MT-2')).toMatchObject({
      verdict: 'passes',
      fact: 'runs on hosts: a 1/2, b 0/2, c 0/2, d 0/2, e 0/2, and 2 more',
    });
    expect(fact(local, 'MT-2')).toMatchObject({ verdict: 'passes', fact: 'runs are on this machine' });
  });
});
