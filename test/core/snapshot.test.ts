import { describe, expect, test } from 'vitest';
import { NO_REPORT } from '../../src/core/report.js';
import { snapshot } from '../../src/core/snapshot.js';
import { someFacts } from '../helpers/build.js';
import { CoreDriver } from '../helpers/core-driver.js';

// Goal: what observers see follows from the claims, with reason and age (SPEC 13.3).

const issue = someFacts();
const usage = { inputTokens: 30, outputTokens: 5, totalTokens: 35 };
const place = {
  issueId: issue.id,
  identifier: 'MT-1',
  title: 'Title of MT-1',
  url: null,
  state: 'Todo',
  workspacePath: `/workspaces/${issue.id}`,
  host: 'local',
};
const session = {
  sessionId: 'thread-turn',
  threadId: 'thread',
  processId: 77,
  turnCount: 2,
  lastEvent: 'turn_completed',
  lastMessage: 'done',
  lastEventAtMs: 1_800_000_004_000,
  usage,
} as const;

function running(): CoreDriver {
  const core = new CoreDriver();
  core.begin(issue);
  core.prepare(issue.id);
  core.pass(4_000);
  const { sessionId: _sessionId, lastEventAtMs, ...report } = session;
  const delta = {
    report: { ...NO_REPORT, ...report, turnId: 'turn', lastEventWallMs: lastEventAtMs },
    usage,
    rateLimits: { primary: { usedPercent: 4 } },
    lastEventAtMs: core.atMs,
  };
  core.send({ type: 'runReported', issueId: issue.id, runId: 1, delta });
  return core;
}

describe('the snapshot', () => {
  test('If a snapshot API is implemented, it returns running rows, retry rows, token totals, and rate limits', () => {
    const core = running();
    const live = snapshot(core.state, core);
    core.exit(issue.id, { kind: 'agentFailed', reason: 'turn_failed', detail: 'no' });
    const waiting = snapshot(core.state, core);

    expect(live.running).toEqual([
      {
        ...place,
        ...session,
        attempt: null,
        phase: 'buildingPrompt',
        stopping: null,
        startedAtMs: 1_800_000_000_000,
        retries: 0,
      },
    ]);
    expect(live.totals).toEqual({ ...usage, secondsRunning: 4 });
    expect(live.rateLimits).toEqual({ primary: { usedPercent: 4 } });
    expect(waiting.retrying).toEqual([
      { ...place, attempt: 1, dueAtMs: core.wallMs + 10_000, error: 'turn_failed: no' },
    ]);
    expect(waiting.totals).toEqual({ ...usage, secondsRunning: 4 });
  });

  test('shows a run that is being stopped, with the cause', () => {
    const core = running();
    core.pass(30_000);
    core.answerPoll([], [{ ...issue, state: 'Done' }]);

    expect(snapshot(core.state, core).running).toMatchObject([{ state: 'Done', stopping: 'terminal' }]);
  });

  test('shows a blocked issue with its question and what its session last did', () => {
    const core = running();
    const question = { kind: 'userInput', text: 'Which one?', choices: ['a', 'b'] } as const;
    core.exit(issue.id, { kind: 'inputRequired', question });

    expect(snapshot(core.state, core).blocked).toEqual([
      {
        ...place,
        ...session,
        question,
        error: 'operator input required: the agent asks a question',
        blockedAtMs: core.wallMs,
      },
    ]);
  });

  test('shows a parked issue and the account limit with their end on the wall clock', () => {
    const core = running();
    const untilMs = core.wallMs + 3_600_000;
    core.exit(issue.id, { kind: 'usageLimited', untilWallMs: untilMs, detail: 'weekly' });

    const { parked, accountLimit } = snapshot(core.state, core);

    expect(parked).toEqual([
      { ...place, cause: 'usageLimit', reason: 'usage limit: weekly', untilMs, attempt: 1 },
    ]);
    expect(accountLimit).toEqual({ untilMs, reason: 'usage limit: weekly' });
  });

  test('tells why a due retry waits', () => {
    const core = running();
    core.exit(issue.id, { kind: 'agentFailed', reason: 'turn_failed', detail: 'no' });
    core.send({
      type: 'workflowBroke',
      failure: { code: 'workflow_parse_error', message: 'line 3', retryAfterMs: null },
    });
    core.pass(10_000);

    expect(snapshot(core.state, core).retrying).toMatchObject([{ error: 'dispatch stopped: line 3' }]);
  });

  test('knows no next poll before the start and after the shutdown', () => {
    const core = new CoreDriver();
    expect(snapshot(core.state, core).polling.nextPollAtMs).toBeNull();

    core.begin();
    expect(snapshot(core.state, core).polling).toEqual({
      checking: false,
      intervalMs: 30_000,
      configuredIntervalMs: 30_000,
      pausedUntilMs: null,
      budget: null,
      nextPollAtMs: core.wallMs + 30_000,
      lastSuccessAtMs: core.wallMs,
      failure: null,
    });

    core.send({ type: 'shutdownRequested' });
    expect(snapshot(core.state, core).polling.nextPollAtMs).toBeNull();
  });

  test('lists running issues by identifier and retries by their time', () => {
    const core = new CoreDriver();
    const [second, first] = [someFacts({ identifier: 'MT-2' }), someFacts({ identifier: 'MT-1' })];
    core.begin(second, first);
    const identifiers = (): string[] =>
      snapshot(core.state, core).running.map(({ identifier }) => identifier);

    expect(identifiers()).toEqual(['MT-1', 'MT-2']);

    core.exit(first.id, { kind: 'agentFailed', reason: 'turn_failed', detail: 'no' });
    core.exit(second.id, { kind: 'turnsExhausted', issue: second });
    expect(snapshot(core.state, core).retrying.map(({ identifier }) => identifier)).toEqual(['MT-2', 'MT-1']);
  });

  test('lists MT-9 before MT-10, as people count', () => {
    const core = new CoreDriver();
    core.begin(...['MT-10', 'MT-9', 'MT-1'].map((identifier) => someFacts({ identifier })));

    const { running: rows } = snapshot(core.state, core);

    expect(rows.map(({ identifier }) => identifier)).toEqual(['MT-1', 'MT-9', 'MT-10']);
  });

  test('names five hundred of the issues that wait, and of those that a rule keeps out', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    const issues = Array.from({ length: 1_203 }, (_, index) =>
      someFacts({ identifier: `MT-${1_000 + index}`, dispatchable: index < 602 }),
    );
    core.begin(...issues);

    const { waiting, ineligible } = snapshot(core.state, core);

    expect([waiting.count, waiting.identifiers.length, waiting.identifiers[0]]).toEqual([
      601,
      500,
      'MT-1001',
    ]);
    expect([ineligible.count, ineligible.identifiers.length, ineligible.identifiers[0]]).toEqual([
      601,
      500,
      'MT-1602',
    ]);
  });

  test('counts what waits, and keeps the newest twenty problems, each once', () => {
    const core = new CoreDriver({ maxConcurrentAgents: 1 });
    core.begin(issue, someFacts({ identifier: 'MT-2' }));
    for (let round = 0; round < 2; round += 1) {
      for (let index = 0; index < 25; index += 1)
        core.send({ type: 'problemReported', code: 'internal_error', message: `problem ${index}` });
    }

    const { waiting, problems } = snapshot(core.state, core);

    expect(waiting).toEqual({ count: 1, identifiers: ['MT-2'] });
    expect(problems.map(({ message }) => message)).toEqual(
      Array.from({ length: 20 }, (_, index) => `problem ${index + 5}`),
    );
  });
});
