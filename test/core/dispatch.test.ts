import { describe, expect, test } from 'vitest';
import { type IssueFacts, issueFacts } from '../../src/domain/issue.js';
import { someFacts, someSettings } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

// Goal: what starts, in which order, and within which limits (SPEC 8.2, 8.3).

function identifiersStarted(core: CoreDriver, issues: readonly IssueFacts[]): string[] {
  return core
    .begin(...issues)
    .flatMap((effect) => (effect.type === 'startRun' ? [effect.issue.identifier] : []));
}

describe('dispatch order', () => {
  test('Dispatch sort order is priority then oldest creation time', () => {
    const issues = [
      someFacts({ identifier: 'MT-1', priority: 2, createdAt: '2026-01-01T00:00:00Z' }),
      someFacts({ identifier: 'MT-2', priority: 1, createdAt: '2026-01-03T00:00:00Z' }),
      someFacts({ identifier: 'MT-3', priority: 1, createdAt: '2026-01-02T00:00:00Z' }),
    ];

    expect(identifiersStarted(new CoreDriver(), issues)).toEqual(['MT-3', 'MT-2', 'MT-1']);
  });

  test('priority 0, above 4 and none come after 4; issues without a time come last; ties go by identifier', () => {
    const issues = [
      someFacts({ identifier: 'MT-6', priority: null }),
      someFacts({ identifier: 'MT-5', priority: 9 }),
      someFacts({ identifier: 'MT-4', priority: 0, createdAt: '2026-01-01T00:00:00Z' }),
      someFacts({ identifier: 'MT-7', priority: 4 }),
    ];

    expect(identifiersStarted(new CoreDriver(), issues)).toEqual(['MT-7', 'MT-4', 'MT-5', 'MT-6']);
  });
});

describe('an issue is not eligible', () => {
  const active = someFacts();

  test('`dispatchable=false` issues are not eligible', () => {
    expect(identifiersStarted(new CoreDriver(), [{ ...active, dispatchable: false }])).toEqual([]);
  });

  test.each([
    ['terminal', { state: ' done ' }],
    ['in no active state', { state: 'Backlog' }],
    ['without a title', { title: ' ' }],
    ['without an identifier', { identifier: '' }],
  ])('when it is %s', (_why, fields) => {
    expect(identifiersStarted(new CoreDriver(), [{ ...active, ...fields }])).toEqual([]);
  });

  test('when its state is both active and terminal', () => {
    const core = new CoreDriver({ activeStates: ['Todo'], terminalStates: ['todo'] });

    expect(identifiersStarted(core, [active])).toEqual([]);
  });

  test('Required-label filtering is case-insensitive and applies after adapter normalization', () => {
    const core = new CoreDriver({ requiredLabels: ['agent', 'backend'] });
    const issues = [
      someFacts({ identifier: 'MT-1', labels: ['backend', 'agent'] }),
      someFacts({ identifier: 'MT-2', labels: [' Agent ', 'BACKEND'] }),
      someFacts({ identifier: 'MT-3', labels: ['agent'] }),
    ];

    expect(identifiersStarted(core, issues)).toEqual(['MT-1', 'MT-2']);
  });

  test('while a blank label is required', () => {
    expect(identifiersStarted(new CoreDriver({ requiredLabels: [''] }), [active])).toEqual([]);
  });
});

describe('limits', () => {
  const issues = ['MT-1', 'MT-2', 'MT-3'].map((identifier) => someFacts({ identifier }));

  test('never more runs than agents are allowed', () => {
    expect(identifiersStarted(new CoreDriver({ maxConcurrentAgents: 2 }), issues)).toEqual(['MT-1', 'MT-2']);
  });

  test('a limit of a state holds for that state alone, its name read trimmed and lower-cased', () => {
    const core = new CoreDriver({ maxConcurrentAgentsByState: { todo: 1 } });
    const others = [
      someFacts({ identifier: 'MT-4', state: ' TODO ' }),
      someFacts({ identifier: 'MT-5', state: 'In Progress' }),
    ];

    expect(identifiersStarted(core, [...issues, ...others])).toEqual(['MT-1', 'MT-5']);
  });

  test('a state named like a property of every object has no limit', () => {
    const core = new CoreDriver({ activeStates: ['constructor'] });

    expect(identifiersStarted(core, [someFacts({ state: 'constructor' })])).toEqual(['MT-1']);
  });

  test('runs count in the state they were last seen in', () => {
    const [first, second] = [someFacts({ identifier: 'MT-1' }), someFacts({ identifier: 'MT-2' })];
    const core = new CoreDriver({ maxConcurrentAgentsByState: { todo: 1 } });
    core.begin(first, second);
    core.pass(30_000);

    const effects = core.answerPoll([second], [{ ...first, state: 'In Progress' }]);

    expect(effects).toEqual([
      { type: 'startRun', issue: second, runId: 2, host: 'local', attempt: null, thread: null },
    ]);
  });

  test('limits lowered below the live runs stop none and start none', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 2 });
    core.begin(...issues);

    const reloaded = core.send({
      type: 'workflowReloaded',
      settings: someSettings({ maxConcurrentAgents: 1 }),
    });
    core.answerPoll([]);
    const freed = core.exit('id of MT-1', { kind: 'issueInactive', issue: null });

    expect(reloaded).toEqual([{ type: 'poll', request: 2, states: null, ids: ['id of MT-1', 'id of MT-2'] }]);
    expect(freed).toEqual([]);
    expect([...core.state.claims.keys()]).toEqual(['id of MT-2']);
  });
});

describe('a freed slot', () => {
  const [first, second, third] = ['MT-1', 'MT-2', 'MT-3'].map((identifier) => someFacts({ identifier })) as [
    IssueFacts,
    IssueFacts,
    IssueFacts,
  ];

  test('is filled at once from the last known candidates, after reading that one issue again', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    core.begin(first, second, third);

    core.pass(4_000);
    const freed = core.exit(first.id, { kind: 'issueInactive', issue: null });
    const read = core.answerReRead(second);

    expect(freed).toEqual([{ type: 'refreshIssues', request: 2, ids: [second.id] }]);
    expect(read).toEqual([
      { type: 'startRun', issue: second, runId: 2, host: 'local', attempt: null, thread: null },
    ]);
  });

  test('is filled without another question by an issue that was listed a moment ago', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    core.begin(first, second);
    core.pass(3_000);

    const freed = core.exit(first.id, { kind: 'issueInactive', issue: null });

    expect(freed).toEqual([
      { type: 'startRun', issue: second, runId: 2, host: 'local', attempt: null, thread: null },
    ]);
  });

  test('goes to the next candidate when the first is no longer eligible', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    core.begin(first, second, third);
    core.pass(4_000);
    core.exit(first.id, { kind: 'issueInactive', issue: null });

    const effects = core.answerReRead({ ...second, state: 'Backlog' });

    expect(effects).toEqual([{ type: 'refreshIssues', request: 3, ids: [third.id] }]);
  });

  test('starts the issue as it is read, not as it was listed', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    core.begin(first, second);
    core.pass(4_000);
    core.exit(first.id, { kind: 'issueInactive', issue: null });
    const renamed = { ...second, title: 'Renamed', state: 'In Progress' };

    const effects = core.answerReRead(renamed);

    expect(effects).toEqual([
      { type: 'startRun', issue: renamed, runId: 2, host: 'local', attempt: null, thread: null },
    ]);
  });

  test('waits for the next successful poll when the re-read fails', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    core.begin(first, second, third);
    core.pass(4_000);
    core.exit(first.id, { kind: 'issueInactive', issue: null });

    expect(core.failReRead()).toEqual([]);
    expect(core.pass(26_000)).toEqual([
      { type: 'poll', request: 3, states: ['Todo', 'In Progress'], ids: [first.id] },
    ]);
    expect(core.answerPoll([second, third])).toEqual([
      { type: 'startRun', issue: second, runId: 2, host: 'local', attempt: null, thread: null },
    ]);
  });

  test('is not given away while the account is used up, and is once it is not', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    core.begin(first, second);

    const limited = core.exit(first.id, {
      kind: 'usageLimited',
      untilWallMs: core.wallMs + 20_000,
      detail: 'weekly limit',
    });

    expect(limited).toEqual([]);
    expect(core.pass(19_999)).toEqual([]);
    expect(core.pass(1)).toEqual([{ type: 'refreshIssues', request: 2, ids: [first.id] }]);
  });
});

test('an issue that two pages of one list show is started once', () => {
  const issue = issueFacts({ ...someFacts(), description: null, nativeRef: null });

  const effects = new CoreDriver().begin(issue, { ...issue });

  expect(effects).toEqual([
    { type: 'startRun', issue, runId: 1, host: 'local', attempt: null, thread: null },
  ]);
});
