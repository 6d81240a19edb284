import { describe, expect, test } from 'vitest';
import { picks } from '../../src/core/dispatch.js';
import { Explanations } from '../../src/core/explain.js';
import { type Explanation, RULES, type RuleName, type RuleVerdict } from '../../src/domain/explanation.js';
import type { IssueFacts } from '../../src/domain/issue.js';
import type { RunOutcome } from '../../src/domain/run.js';
import { someFacts, someSettings } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';
import fc from '../helpers/properties.js';

// Goal: why an issue is or is not worked on is told by the rules that dispatch asks, each with the fact behind it.

const issue = someFacts({ identifier: 'MT-1' });
const first = someFacts({ identifier: 'MT-4', state: 'In Progress', priority: 1 });
const second = someFacts({ identifier: 'MT-9', state: 'In Progress', priority: 1 });
const FAILED: RunOutcome = { kind: 'agentFailed', reason: 'agent_overloaded', detail: 'try later' };

function explained(core: CoreDriver, identifier = 'MT-1'): Explanation {
  const explanation = new Explanations(core.state, core).of(identifier);
  if (explanation === null) throw new Error(`${identifier} is not known`);
  return explanation;
}

function rule(core: CoreDriver, name: RuleName): Omit<RuleVerdict, 'rule'> | undefined {
  const found = explained(core).rules.find((verdict) => verdict.rule === name);
  return found && { verdict: found.verdict, fact: found.fact };
}

/** MT-1 waits, because MT-4 and MT-9 hold all slots. */
function waiting(fields: Partial<IssueFacts> = {}): CoreDriver {
  const core = new CoreDriver({ maxConcurrentAgents: 2 });
  core.begin(first, second, { ...issue, ...fields });
  return core;
}

function after(core: CoreDriver, ...happens: ((core: CoreDriver) => unknown)[]): CoreDriver {
  for (const happen of happens) happen(core);
  return core;
}

const breaks = (core: CoreDriver) =>
  core.send({
    type: 'workflowBroke',
    failure: { code: 'workflow_parse_error', message: 'WORKFLOW.md line 14: bad indent', retryAfterMs: null },
  });
const reloads = (core: CoreDriver, fields: Parameters<typeof someSettings>[0]) =>
  core.send({ type: 'workflowReloaded', settings: someSettings({ maxConcurrentAgents: 2, ...fields }) });
const usesUp = (core: CoreDriver) =>
  core.exit(first.id, { kind: 'usageLimited', untilWallMs: core.wallMs + 3_600_000, detail: 'weekly' });

/** MT-1 was finished, is open again, and its old workspace is still being removed. */
function reopened(): CoreDriver {
  const core = new CoreDriver();
  core.begin(issue);
  core.prepare(issue.id);
  core.exit(issue.id, { kind: 'issueInactive', issue: { ...issue, state: 'Done' } });
  core.pass(1_000);
  core.answerPoll([issue]);
  return core;
}

/** Each rule as it passes and as it holds, with the fact that it rests on. */
const FACTS: readonly [RuleName, RuleVerdict['verdict'], string, () => CoreDriver][] = [
  ['complete', 'passes', 'id, identifier, title and state are there', waiting],
  ['complete', 'holds', 'its title is blank', () => waiting({ title: ' ' })],
  ['not_terminal', 'passes', 'state Todo is not terminal', waiting],
  [
    'not_terminal',
    'holds',
    'state Todo is terminal',
    () => after(waiting(), (core) => reloads(core, { terminalStates: ['Todo'] })),
  ],
  ['active', 'passes', 'state Todo is active', waiting],
  [
    'active',
    'holds',
    'state Todo is not among the active ones: In Progress, Rework',
    () => after(waiting(), (core) => reloads(core, { activeStates: ['In Progress', 'Rework'] })),
  ],
  ['dispatchable', 'passes', 'the tracker calls it dispatchable', waiting],
  [
    'dispatchable',
    'holds',
    'blocked by MT-7 (In Review)',
    () => waiting({ dispatchable: false, notDispatchableBecause: 'blocked by MT-7 (In Review)' }),
  ],
  ['dispatchable', 'holds', 'the tracker calls it not dispatchable', () => waiting({ dispatchable: false })],
  ['required_labels', 'passes', 'no label is required', waiting],
  [
    'required_labels',
    'passes',
    'it has the required labels agent-ok',
    () => after(waiting({ labels: ['agent-ok'] }), (core) => reloads(core, { requiredLabels: ['agent-ok'] })),
  ],
  [
    'required_labels',
    'holds',
    'label `agent-ok` missing',
    () => after(waiting(), (core) => reloads(core, { requiredLabels: ['agent-ok'] })),
  ],
  [
    'required_labels',
    'holds',
    'labels `agent-ok`, `night` missing',
    () => after(waiting(), (core) => reloads(core, { requiredLabels: ['agent-ok', 'night'] })),
  ],
  ['workspace_free', 'passes', 'its workspace is not being removed', waiting],
  ['workspace_free', 'holds', 'its old workspace is being removed', reopened],
  ['claim', 'passes', 'nobody works on it', waiting],
  ['daemon_running', 'passes', 'the daemon is running', waiting],
  [
    'daemon_running',
    'holds',
    'the daemon is stopping',
    () => after(waiting(), (core) => core.send({ type: 'shutdownRequested' })),
  ],
  ['not_held', 'passes', 'dispatch is not paused', waiting],
  [
    'not_held',
    'holds',
    'dispatch is paused since 08:00:00 UTC',
    () => after(waiting(), (core) => core.send({ type: 'dispatchOrdered', order: 'pause' })),
  ],
  [
    'not_held',
    'holds',
    'dispatch is draining since 08:00:00 UTC',
    () => after(waiting(), (core) => core.send({ type: 'dispatchOrdered', order: 'drain' })),
  ],
  ['workflow_valid', 'passes', 'the workflow file is valid', waiting],
  [
    'workflow_valid',
    'holds',
    'dispatch stopped: WORKFLOW.md line 14: bad indent',
    () => after(waiting(), breaks),
  ],
  ['account_not_limited', 'passes', 'no limit of the agent’s account is in force', waiting],
  ['account_not_limited', 'holds', 'usage limit: weekly, until 09:00:00 UTC', () => after(waiting(), usesUp)],
  ['tracker_answers', 'passes', 'the tracker answered at 08:00:00 UTC', waiting],
  [
    'tracker_answers',
    'holds',
    'the tracker is asked nothing until 08:01:30 UTC: the tracker answered 500',
    () =>
      after(
        waiting(),
        (core) => core.pass(30_000),
        (core) => core.failPoll(60_000),
      ),
  ],
  [
    'tracker_answers',
    'holds',
    'the tracker did not answer, it is asked again with the next poll',
    () =>
      after(
        waiting(),
        (core) => core.pass(5_000),
        (core) => core.exit(first.id, { kind: 'issueInactive', issue: null }),
        (core) => core.failReRead(),
      ),
  ],
  ['slot_free', 'holds', '2/2 slots used by MT-4, MT-9', waiting],
  [
    'slot_free',
    'passes',
    '1/2 slots used by MT-9',
    () =>
      after(
        waiting(),
        (core) => core.pass(5_000),
        (core) => core.exit(first.id, { kind: 'issueInactive', issue: null }),
      ),
  ],
  ['state_slot_free', 'passes', 'Todo has no limit of its own', waiting],
  [
    'state_slot_free',
    'holds',
    'In Progress 2/2 slots used by MT-4, MT-9',
    () => {
      const core = new CoreDriver({ maxConcurrentAgentsByState: { 'in progress': 2 } });
      core.begin(first, second, { ...issue, state: 'In Progress' });
      return core;
    },
  ],
  [
    'state_slot_free',
    'passes',
    'Todo 0/1 slots used',
    () => after(waiting(), (core) => reloads(core, { maxConcurrentAgentsByState: { todo: 1 } })),
  ],
  ['turn', 'holds', 'number 1 of 1 that wait, in order of priority and age', waiting],
  [
    'turn',
    'holds',
    'number 2 of 2 that wait, in order of priority and age',
    () => {
      const core = new CoreDriver({ maxConcurrentAgents: 1 });
      core.begin(first, second, issue);
      core.pass(5_000);
      core.exit(first.id, { kind: 'issueInactive', issue: null });
      return core;
    },
  ],
  ['turn', 'holds', 'it does not stand in the queue', () => waiting({ dispatchable: false })],
  ['turn', 'holds', 'it does not stand in the queue', () => after(alone(fails))],
];

describe('a rule', () => {
  test.each(FACTS)('tells %s: it %s, for "%s"', (name, verdict, fact, happens) => {
    expect(rule(happens(), name)).toEqual({ verdict, fact });
  });

  test('is told for every issue that waits, in the order in which dispatch asks', () => {
    expect(explained(waiting()).rules.map((verdict) => verdict.rule)).toEqual(RULES);
  });

  test('that could not end a live run is not told of it', () => {
    expect(explained(waiting(), 'MT-4').rules.map((verdict) => verdict.rule)).toEqual(
      RULES.slice(0, RULES.indexOf('claim') + 1),
    );
  });

  test('names five of those that hold the slots, and counts the others', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 8 });
    const others = Array.from({ length: 8 }, (_, index) =>
      someFacts({ identifier: `MT-2${index}`, priority: 1 }),
    );
    core.begin(...others, issue);

    expect(rule(core, 'slot_free')?.fact).toBe(
      '8/8 slots used by MT-20, MT-21, MT-22, MT-23, MT-24 and 3 more',
    );
  });
});

/** An issue of its own, through its life. */
function alone(...happens: ((core: CoreDriver) => unknown)[]): CoreDriver {
  return after(new CoreDriver(), (core) => core.begin(issue), ...happens);
}

const fails = (core: CoreDriver) => core.exit(issue.id, FAILED);
const stops = (core: CoreDriver) => core.send({ type: 'issueOrdered', issueId: issue.id, order: 'stop' });
const starts = (core: CoreDriver) => {
  core.send({ type: 'issueOrdered', issueId: issue.id, order: 'retry' });
  core.answerReRead(issue);
};

describe('an issue', () => {
  test.each<[Explanation['standing'], string, () => CoreDriver]>([
    [
      'running',
      'being worked on: first run since 08:00:00 UTC, its agent works, turn 1',
      () =>
        alone(
          (core) => core.beginTurn(issue.id, 'thread-1'),
          (core) =>
            core.send({
              type: 'runAdvanced',
              issueId: issue.id,
              runId: 1,
              phase: 'streamingTurn',
              workspace: null,
            }),
        ),
    ],
    [
      'stopping',
      'its run is being stopped (operator): first run since 08:00:00 UTC, preparing its workspace',
      () => alone(stops),
    ],
    ['retrying', 'retry 1 at 08:00:10 UTC: agent_overloaded: try later', () => alone(fails)],
    [
      'retrying',
      'retry 3 at 08:00:40 UTC: agent_overloaded: try later',
      () => alone(fails, starts, fails, starts, fails),
    ],
    [
      'retrying',
      'retry 1 at 08:00:01 UTC: continuation',
      () => alone((core) => core.exit(issue.id, { kind: 'turnsExhausted', issue })),
    ],
    [
      'retrying',
      'dispatch is paused since 08:00:00 UTC',
      () =>
        alone(
          fails,
          (core) => core.send({ type: 'dispatchOrdered', order: 'pause' }),
          (core) => core.pass(10_000),
        ),
    ],
    ['retrying', 'it is read again and then starts', () => alone(fails, (core) => core.pass(10_000))],
    [
      'blocked',
      'blocked since 08:00:00 UTC, approval required: the agent wants to run a command: rm -rf?',
      () =>
        alone((core) =>
          core.exit(issue.id, {
            kind: 'inputRequired',
            question: { kind: 'commandApproval', text: 'rm -rf?', choices: [] },
          }),
        ),
    ],
    [
      'parked',
      'set aside until 09:00:00 UTC: usage limit: used up',
      () =>
        alone((core) =>
          core.exit(issue.id, {
            kind: 'usageLimited',
            untilWallMs: core.wallMs + 3_600_000,
            detail: 'used up',
          }),
        ),
    ],
    [
      'parked',
      'set aside until someone orders a retry or its release: stopped by an operator',
      () => alone(stops, (core) => core.exit(issue.id, { kind: 'stopped', by: 'operator' })),
    ],
    ['waiting', '2/2 slots used by MT-4, MT-9', () => waiting()],
    ['ineligible', 'its title is blank', () => waiting({ title: ' ' })],
    ['waiting', 'its old workspace is being removed', reopened],
    [
      'ineligible',
      'label `agent-ok` missing',
      () => after(waiting(), (core) => reloads(core, { requiredLabels: ['agent-ok'] })),
    ],
  ])('is %s: %s', (standing, headline, happens) => {
    expect(explained(happens())).toMatchObject({ standing, headline });
  });

  test('is told with what is known of it, and how old that is', () => {
    const core = waiting({ url: 'https://tracker/MT-1' });
    const readAtMs = core.wallMs;
    core.pass(7_000);

    expect(explained(core)).toMatchObject({
      issueId: issue.id,
      identifier: 'MT-1',
      title: issue.title,
      url: 'https://tracker/MT-1',
      state: 'Todo',
      generatedAtMs: readAtMs + 7_000,
      readAtMs,
    });
  });

  test('that is neither claimed nor listed is not known', () => {
    const core = waiting();

    expect(new Explanations(core.state, core).of('MT-99')).toBeNull();
    expect(new Explanations(new CoreDriver().state, core).of('MT-1')).toBeNull();
  });
});

test('the board tells of every issue once, with the line that its own explanation begins with', () => {
  const core = new CoreDriver({ maxConcurrentAgents: 2 });
  core.begin(first, second, issue, someFacts({ identifier: 'MT-5', dispatchable: false }));

  const board = new Explanations(core.state, core).board();

  expect(board.map(({ identifier, standing }) => [identifier, standing])).toEqual([
    ['MT-4', 'running'],
    ['MT-9', 'running'],
    ['MT-1', 'waiting'],
    ['MT-5', 'ineligible'],
  ]);
  for (const { identifier, reason } of board) expect(reason).toBe(explained(core, identifier).headline);
});

/** Answers re-reads with the issues as they are until none is asked for any more; returns what starts. */
function answersReReads(core: CoreDriver, issues: readonly IssueFacts[]): string[] {
  const started: string[] = [];
  for (let ids = core.state.fill?.ids; ids !== undefined; ids = core.state.fill?.ids) {
    const asked = issues.filter(({ id }) => ids?.includes(id));
    for (const effect of core.answerReRead(...asked)) {
      if (effect.type === 'startRun') started.push(effect.issue.id);
    }
  }
  return started;
}

describe('whatever the board and the settings', () => {
  const anyIssue = fc.record({
    state: fc.constantFrom('Todo', 'In Progress', 'Backlog', 'Done'),
    priority: fc.constantFrom(null, 1, 2),
    labels: fc.constantFrom([], ['agent']),
    dispatchable: fc.boolean(),
  });
  const anySettings = fc.record({
    maxConcurrentAgents: fc.integer({ min: 1, max: 4 }),
    maxConcurrentAgentsByState: fc.constantFrom({}, { todo: 1 }, { 'in progress': 1, todo: 2 }),
    requiredLabels: fc.constantFrom([], ['agent']),
  });
  const anything = fc.constantFrom<((core: CoreDriver) => unknown)[]>(
    () => {},
    (core) => core.send({ type: 'dispatchOrdered', order: 'pause' }),
    breaks,
  );

  test('exactly those start whom no rule holds', () => {
    let count = 0;
    fc.assert(
      fc.property(
        fc.array(anyIssue, { minLength: 2, maxLength: 9 }),
        anySettings,
        anything,
        fc.integer({ min: 1, max: 4 }),
        (fields, settings, happens, exits) => {
          const core = new CoreDriver(settings);
          const issues = fields.map((field, index) => someFacts({ ...field, identifier: `MT-${index}` }));
          core.begin(...issues);
          // What was read is old by then, so that nothing starts without another look.
          core.pass(5_000);
          happens(core);
          for (const { issue: ended } of [...core.state.claims.values()].slice(0, exits)) {
            if (core.claim(ended.id).kind === 'running') core.exit(ended.id, FAILED);
          }
          core.pass(10_000);

          const explanations = new Explanations(core.state, core);
          const unheld = issues
            .filter(({ identifier }) =>
              explanations.of(identifier)?.rules.every(({ verdict }) => verdict === 'passes'),
            )
            .filter(({ id }) => core.state.claims.get(id)?.kind !== 'running')
            .map(({ id }) => id);
          expect(picks(core.state).map((pick) => pick.issue.id)).toEqual(expect.arrayContaining(unheld));
          const started = answersReReads(core, issues);

          expect(started.sort()).toEqual(unheld.sort());
          count += started.length;
        },
      ),
      { numRuns: 300 },
    );
    expect(count).toBeGreaterThan(30);
  });
});

describe('the board', () => {
  test('lists what is claimed as people count, and then what waits in the order of dispatch', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 12 });
    const names = Array.from({ length: 12 }, (_, index) => `MT-${12 - index}`);
    const claimed = names.map((identifier) => someFacts({ identifier, priority: 1 }));
    const later = someFacts({ identifier: 'MT-20', priority: 3 });
    core.begin(...claimed, later, someFacts({ identifier: 'MT-30', priority: 2 }));

    const board = new Explanations(core.state, core).board();

    expect(board.map(({ identifier }) => identifier)).toEqual([...names.reverse(), 'MT-30', 'MT-20']);
    expect(board.at(-1)?.reason).toContain('by MT-1, MT-2, MT-3, MT-4, MT-5 and 7 more');
  });
});
