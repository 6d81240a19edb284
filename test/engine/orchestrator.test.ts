import { expect, onTestFinished, test } from 'vitest';
import type { Fact } from '../../src/core/facts.js';
import type { JsonObject } from '../../src/domain/json.js';
import { Bindings } from '../../src/engine/binding.js';
import { Orchestrator } from '../../src/engine/orchestrator.js';
import type { Agent, SessionStart, TurnResult } from '../../src/ports/agent.js';
import type { Store } from '../../src/ports/store.js';
import { memoryTracker } from '../../src/trackers/memory/index.js';
import { trackerAdapters } from '../../src/trackers/registry.js';
import { parseWorkflow } from '../../src/workflow/load.js';
import { NO_TRANSCRIPT } from '../helpers/build.js';
import { type HookScript, MemoryHost, oneHost } from '../helpers/memory-host.js';
import { memoryStore } from '../helpers/memory-store.js';
import { settled, VirtualClock } from '../helpers/virtual-clock.js';

// Goal: core, loop, runs and ports together, over hours that pass in milliseconds.

const SECOND = 1_000;
const POLL_MS = 30_000;

/** What a session does with one turn: takes so long, and ends like this; a turn without end lasts until it is stopped. */
interface Turn {
  readonly lastsMs: number;
  readonly result?: TurnResult;
  /** The state it moves its issue to. */
  readonly moveTo?: string;
}
type Work = (start: SessionStart, turn: number) => Turn;

const DONE: Work = () => ({ lastsMs: SECOND, moveTo: 'Done' });
const ENDLESS: Work = () => ({ lastsMs: Number.POSITIVE_INFINITY });

interface Given {
  readonly issues: readonly JsonObject[];
  readonly work: Work;
  readonly settings?: string;
  readonly hooks?: HookScript;
  readonly host?: MemoryHost;
  /** What earlier daemons left in the journal. */
  readonly facts?: readonly Fact[];
  readonly store?: Store<Fact>;
}

/** A whole orchestrator on a board in memory; `started` and `live` are the sessions of its agents. */
async function anOrchestrator({
  issues,
  work,
  settings = '',
  hooks,
  host = new MemoryHost(hooks),
  facts = [],
  store = memoryStore(),
}: Given) {
  const clock = new VirtualClock();
  const workflowOf = (more: string) => {
    const text = `---\ntracker: {kind: memory}\nworkspace: {root: /workspaces}\n${more}\n---\nWork on {{ issue.identifier }}.`;
    return parseWorkflow('/srv/WORKFLOW.md', text, {
      env: { HOME: '/nowhere' },
      known: { trackers: trackerAdapters, agents: ['codex'] },
    });
  };
  const workflow = workflowOf(settings);
  const reportProblem = ({ message }: { message: string }): never => expect.fail(message);
  const tracker = memoryTracker({ issues, tracker: workflow.settings.tracker, clock, reportProblem });
  const started: string[] = [];
  const live = new Set<string>();
  let mostLive = 0;
  const agent: Agent = {
    kind: 'codex',
    startSession: async (start) => {
      const { identifier } = start.issue;
      started.push(`${identifier} at ${clock.nowMs() / SECOND}`);
      live.add(identifier);
      mostLive = Math.max(mostLive, live.size);
      return {
        threadId: `thread of ${identifier}`,
        isResumed: false,
        runTurn: ({ turn, signal }) =>
          new Promise((resolve, reject) => {
            const { lastsMs, result = { kind: 'completed' }, moveTo } = work(start, turn);
            start.onReport({ event: 'session_started', message: null, threadId: 't', turnId: `${turn}` });
            signal.addEventListener('abort', () => reject(signal.reason));
            if (!Number.isFinite(lastsMs)) return;
            clock.wakeAt(clock.nowMs() + lastsMs, () => {
              if (moveTo !== undefined) tracker.setState(identifier, moveTo);
              resolve(result);
            });
          }),
        close: async () => {
          live.delete(identifier);
        },
      };
    },
  };
  const bindings = new Bindings({ workflow, tracker, agent, hosts: oneHost(host) }, (error) =>
    expect.fail(String(error)),
  );
  const hooksRun: string[] = [];
  const orchestrator = new Orchestrator({
    bindings,
    clock,
    store,
    stateDirectory: '/state',
    checkWorkflow: async () => {},
    observe: () => {},
    onAgentReport: () => {},
    openTranscript: () => NO_TRANSCRIPT,
    onHook: ({ hook, event, issue }) => hooksRun.push(`${hook} ${event} ${issue.identifier}`),
    onUnforeseen: (error) => expect.fail(String(error)),
    onBug: (error) => expect.fail(String(error)),
  });
  onTestFinished(async () => {
    const ended = orchestrator.shutDown(0);
    await clock.advance(0);
    await ended;
  });
  orchestrator.start(facts);
  await settled();
  const rebind = (more: string) => orchestrator.rebind({ ...bindings.current, workflow: workflowOf(more) });
  const snapshot = () => orchestrator.snapshots.current();
  return {
    clock,
    host,
    tracker,
    orchestrator,
    started,
    live,
    hooksRun,
    rebind,
    snapshot,
    most: () => mostLive,
  };
}

const issue = (identifier: string, fields: JsonObject = {}): JsonObject => ({
  identifier,
  state: 'Todo',
  ...fields,
});

test('thirty issues of a second on five slots take six seconds and no poll in between', async () => {
  const issues = Array.from({ length: 30 }, (_, index) => issue(`A-${index + 1}`));
  const { clock, tracker, started, most, host } = await anOrchestrator({
    issues,
    work: DONE,
    settings: 'agent: {max_concurrent_agents: 5}',
  });

  await clock.advance(POLL_MS / 3);

  expect(started).toHaveLength(30);
  expect(most()).toBe(5);
  expect(await host.list('/workspaces')).toEqual(['.symphony']);
  expect(Number(started.at(-1)?.split(' at ')[1])).toBeLessThan(8);
  // One poll, one look after each turn, and at most one re-read for each slot that became free.
  expect(tracker.requests).toBeLessThanOrEqual(1 + 30 + 30);
});

test('a crash is retried after 10 s, then 20 s, then 40 s, up to the limit', async () => {
  const { clock, started, snapshot } = await anOrchestrator({
    issues: [issue('A-1')],
    work: () => ({ lastsMs: 0, result: { kind: 'failed', reason: 'port_exit', detail: 'it crashed' } }),
    settings: 'agent: {max_retry_backoff_ms: 60000}',
  });

  await clock.advance(5 * SECOND);
  expect(snapshot().retrying).toMatchObject([
    { identifier: 'A-1', attempt: 1, error: 'port_exit: it crashed' },
  ]);
  await clock.advance(200 * SECOND);

  const times = started.map((line) => Number(line.split(' at ')[1]));
  const waits = times.slice(1).map((time, index) => Math.round(time - (times[index] ?? 0)));
  expect(waits).toEqual([10, 20, 40, 60, 60]);
});

test('a session without a word is stopped at its limit and retried, and its workspace stays', async () => {
  const { clock, started, live, host, snapshot } = await anOrchestrator({
    issues: [issue('A-1')],
    work: ENDLESS,
    settings: 'codex: {stall_timeout_ms: 60000}',
  });

  await clock.advance(59 * SECOND);
  expect([...live]).toEqual(['A-1']);
  await clock.advance(2 * SECOND);

  expect(snapshot().retrying).toMatchObject([
    { attempt: 1, error: expect.stringMatching(/^stalled for 60\d\d\dms/) },
  ]);
  expect([...live]).toEqual([]);
  expect(host.directories.has('/workspaces/A-1')).toBe(true);
  await clock.advance(10 * SECOND);
  expect(started).toHaveLength(2);
});

test('a workspace is held while its issue is claimed, also between runs, and free for other daemons afterwards', async () => {
  const { clock, tracker, host, snapshot } = await anOrchestrator({
    issues: [issue('A-1')],
    work: () => ({ lastsMs: 0, result: { kind: 'failed', reason: 'port_exit', detail: 'it crashed' } }),
  });
  await clock.advance(5 * SECOND);
  expect(snapshot().retrying).toHaveLength(1);
  await clock.advance(POLL_MS);
  expect([...host.holds.keys()]).toEqual(['/workspaces/.symphony/A-1.hold']);

  tracker.setState('A-1', 'Human Review');
  await clock.advance(3 * POLL_MS);

  expect([...host.holds.keys()]).toEqual([]);
  expect(host.directories.has('/workspaces/A-1')).toBe(true);
});

test('an issue whose workspace another daemon holds waits as after a failure, and runs once that is free', async () => {
  const host = new MemoryHost();
  const other = { id: 'another', note: '{"pid":7,"machine":"build-1","state_directory":"/state/two"}' };
  host.holds.set('/workspaces/.symphony/A-1.hold', other);
  const { clock, started, snapshot } = await anOrchestrator({ issues: [issue('A-1')], work: DONE, host });

  await clock.advance(15 * SECOND);
  expect(snapshot().retrying).toMatchObject([
    {
      attempt: 2,
      error: expect.stringContaining(
        'in use by another daemon (pid 7 on build-1, state directory /state/two)',
      ),
    },
  ]);
  expect(started).toEqual([]);
  host.holds.clear();
  await clock.advance(20 * SECOND);

  expect(started).toHaveLength(1);
});

test('an issue closed by a person ends its agent, then runs after_run, then before_remove, then loses its workspace', async () => {
  const { clock, tracker, live, host, hooksRun } = await anOrchestrator({
    issues: [issue('A-1')],
    work: ENDLESS,
    settings: "hooks: {after_run: 'true', before_remove: 'true'}",
  });
  await clock.advance(SECOND);
  expect(host.directories.has('/workspaces/A-1')).toBe(true);

  tracker.setState('A-1', 'Closed');
  await clock.advance(POLL_MS);

  expect([...live]).toEqual([]);
  expect(hooksRun.filter((hook) => hook.includes('completed'))).toEqual([
    'after_run completed A-1',
    'before_remove completed A-1',
  ]);
  expect(host.directories.has('/workspaces/A-1')).toBe(false);
});

test('a question waits for a person and gives its slot away', async () => {
  const { clock, tracker, started, snapshot } = await anOrchestrator({
    issues: [issue('A-1', { priority: 1 }), issue('A-2')],
    work: ({ issue: { identifier } }) =>
      identifier === 'A-1'
        ? {
            lastsMs: SECOND,
            result: { kind: 'inputRequired', question: { kind: 'userInput', text: 'Which?', choices: [] } },
          }
        : { lastsMs: Number.POSITIVE_INFINITY },
    settings: 'agent: {max_concurrent_agents: 1}\ncodex: {stall_timeout_ms: 0}',
  });

  await clock.advance(3_600 * SECOND);
  expect(snapshot()).toMatchObject({
    blocked: [{ identifier: 'A-1', question: { text: 'Which?' } }],
    running: [{ identifier: 'A-2' }],
    retrying: [],
  });
  expect(started).toHaveLength(2);

  tracker.setState('A-1', 'In Progress');
  tracker.setState('A-2', 'Backlog');
  await clock.advance(2 * POLL_MS);
  expect(snapshot()).toMatchObject({ blocked: [{ identifier: 'A-1' }], running: [] });
});

test('an answer reaches the question that a person read, and none that was asked since', async () => {
  const asked = ['Which name?', 'Which port?'];
  const { clock, orchestrator, snapshot } = await anOrchestrator({
    issues: [issue('A-1')],
    work: () => {
      const question = { kind: 'userInput', text: asked.shift() ?? 'Anything else?', choices: [] } as const;
      return { lastsMs: SECOND, result: { kind: 'inputRequired', question } };
    },
  });
  await clock.advance(POLL_MS);
  const answer = { kind: 'text', text: 'cache' } as const;

  expect(orchestrator.order('A-1', 'retry')).toMatchObject({ kind: 'taken' });
  await clock.advance(2 * POLL_MS);

  expect(orchestrator.answer('A-1', answer, 'Which name?')).toEqual({
    kind: 'changed',
    message: 'Nothing was answered: A-1 asks something else now: Which port?',
  });
  expect(snapshot()).toMatchObject({ blocked: [{ question: { text: 'Which port?' } }] });
  expect(orchestrator.answer('A-1', answer, 'Which port?')).toEqual({
    kind: 'queued',
    message: 'A-1 is answered and goes on as soon as there is a slot.',
  });
  expect(orchestrator.answer('A-1', answer, 'Which port?')).toMatchObject({ kind: 'notBlocked' });
  expect(orchestrator.answer('A-2', answer, 'Which port?')).toEqual({ kind: 'unknown' });
});

test('an order counts as committed once the journal has it, and is waited for a second at most', async () => {
  const writes: (() => void)[] = [];
  let isSlow = false;
  const append = () => (isSlow ? new Promise<void>((resolve) => writes.push(resolve)) : undefined);
  const store = { ...memoryStore<Fact>(), append };
  const { clock, orchestrator } = await anOrchestrator({ issues: [], work: ENDLESS, store });
  const told: string[] = [];
  const tell = (order: string) => orchestrator.committed().then((is) => told.push(`${order} ${is}`));
  isSlow = true;

  orchestrator.orderDispatch('pause');
  const paused = tell('pause');
  await clock.advance(SECOND - 1);
  expect(told).toEqual([]);
  for (const write of writes.splice(0)) write();
  await paused;
  expect(told).toEqual(['pause true']);

  orchestrator.orderDispatch('resume');
  const resumed = tell('resume');
  await clock.advance(SECOND);
  await resumed;
  expect(told).toEqual(['pause true', 'resume false']);

  isSlow = false;
  for (const write of writes) write();
});

test('a usage limit holds all that is new until its reset', async () => {
  let limited = true;
  const untilWallMs = new VirtualClock().wallMs() + 3_600 * SECOND;
  const { clock, started, snapshot, tracker } = await anOrchestrator({
    issues: [issue('A-1', { priority: 1 })],
    work: () =>
      limited
        ? { lastsMs: SECOND, result: { kind: 'usageLimited', untilWallMs, detail: 'used up' } }
        : { lastsMs: SECOND, moveTo: 'Done' },
    settings: 'agent: {max_concurrent_agents: 3}',
  });
  await clock.advance(2 * SECOND);
  tracker.put(issue('A-2'));

  await clock.advance(3_000 * SECOND);
  expect(started).toHaveLength(1);
  expect(snapshot()).toMatchObject({
    accountLimit: { untilMs: untilWallMs },
    parked: [{ identifier: 'A-1' }],
    waiting: { identifiers: ['A-2'] },
  });
  limited = false;
  await clock.advance(700 * SECOND);

  expect(started.map((line) => line.split(' ')[0]).sort()).toEqual(['A-1', 'A-1', 'A-2']);
  expect(snapshot()).toMatchObject({ accountLimit: null, parked: [], running: [], retrying: [] });
});

test('another version of the workflow rules what starts after it', async () => {
  const { clock, live, rebind } = await anOrchestrator({
    issues: ['A-1', 'A-2', 'A-3'].map((identifier) => issue(identifier)),
    work: ENDLESS,
    settings: 'agent: {max_concurrent_agents: 1}',
  });
  await clock.advance(SECOND);
  expect(live.size).toBe(1);

  rebind('agent: {max_concurrent_agents: 3}');
  await clock.advance(SECOND);

  expect(live.size).toBe(3);
});

test('a shutdown ends all runs with their after_run, and starts nothing more', async () => {
  const { clock, orchestrator, started, live, hooksRun } = await anOrchestrator({
    issues: ['A-1', 'A-2', 'A-3'].map((identifier) => issue(identifier)),
    work: ENDLESS,
    settings: "agent: {max_concurrent_agents: 2}\nhooks: {after_run: 'true'}",
  });
  await clock.advance(SECOND);

  await orchestrator.shutDown(8_000);

  expect([...live]).toEqual([]);
  expect(hooksRun).toEqual(expect.arrayContaining(['after_run completed A-1', 'after_run completed A-2']));
  await clock.advance(3_600 * SECOND);
  expect(started).toHaveLength(2);
  expect(clock.pending).toBe(0);
});

test('a shutdown does not wait longer than its limit for a hook that hangs', async () => {
  const { clock, orchestrator } = await anOrchestrator({
    issues: [issue('A-1')],
    work: ENDLESS,
    settings: "hooks: {after_run: 'sleep 600'}",
    hooks: () => 'hangs',
  });
  await clock.advance(SECOND);
  let ended = false;
  const ending = orchestrator.shutDown(8_000).then(() => {
    ended = true;
  });

  await clock.advance(7_999);
  expect(ended).toBe(false);
  await clock.advance(1);
  await ending;

  expect(ended).toBe(true);
});

test('what earlier daemons used is in the totals, and is no throughput of this one', async () => {
  const usage = { inputTokens: 40_000, outputTokens: 10_000, totalTokens: 50_000 };
  const facts: Fact[] = [
    { type: 'began', board: 'memory' },
    { type: 'totalled', usage, endedRunMs: 90_000 },
  ];
  const { clock, snapshot } = await anOrchestrator({ issues: [], work: DONE, facts });
  await clock.advance(SECOND);

  expect(snapshot()).toMatchObject({
    totals: { ...usage, secondsRunning: 90 },
    throughput: { tokensPerSecond: 0 },
  });
});

test('an order to poll is told as queued, and as coalesced while a poll is under way', async () => {
  const { clock, orchestrator } = await anOrchestrator({ issues: [], work: DONE });
  await clock.advance(SECOND);

  expect(orchestrator.refresh()).toEqual({ queued: true, coalesced: false });
  expect(orchestrator.refresh()).toEqual({ queued: true, coalesced: true });

  await orchestrator.shutDown(0);

  expect(orchestrator.refresh()).toMatchObject({ queued: false });
});
