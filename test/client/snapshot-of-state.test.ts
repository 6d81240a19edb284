import { expect, test } from 'vitest';
import { stateResponse } from '../../src/api/state.js';
import { snapshotOfState } from '../../src/client/snapshot-of-state.js';
import type { Snapshot } from '../../src/domain/snapshot.js';
import fc from '../helpers/properties.js';
import {
  aBlockedRow,
  aParkedRow,
  aProblem,
  aRetryingRow,
  aRunningRow,
  aSnapshot,
} from '../helpers/snapshots.js';

// Goal: a dashboard at the other end of a socket shows what the one in the daemon's own process shows.

const LATEST_MS = Date.UTC(2100, 0);
const count = fc.nat(10_000_000);
const time = fc.integer({ min: 0, max: LATEST_MS });
const text = fc.string();

function orNull<T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.option(some, { nil: null });
}

const usage = fc.record({ inputTokens: count, outputTokens: count, totalTokens: count });
const problem = fc
  .record({ atMs: time, code: text, message: text, identifier: orNull(text) })
  .map((fields) => aProblem(fields));
const issue = fc.record({
  issueId: text,
  identifier: text,
  title: text,
  url: orNull(text),
  state: text,
  workspacePath: orNull(text),
  host: orNull(text),
});
const session = fc.record({
  sessionId: orNull(text),
  turnCount: count,
  lastEvent: orNull(fc.constantFrom('session_started', 'turn_failed', 'malformed', 'notification')),
  lastMessage: orNull(text),
  lastEventAtMs: orNull(time),
  usage,
});
const running = fc
  .tuple(
    issue,
    session,
    fc.record({
      attempt: orNull(count),
      phase: fc.constantFrom('preparingWorkspace', 'buildingPrompt', 'launchingAgent', 'finishing'),
      stopping: orNull(fc.constantFrom('terminal', 'gone', 'shutdown', 'operator')),
      startedAtMs: time,
      processId: orNull(count),
    }),
  )
  .map(([a, b, c]) => aRunningRow({ ...a, ...b, ...c }));
const retrying = fc
  .tuple(issue, fc.record({ attempt: count, dueAtMs: time, error: orNull(text) }))
  .map(([a, b]) => aRetryingRow({ ...a, ...b }));
const blocked = fc
  .tuple(
    issue,
    session,
    fc.record({
      error: text,
      blockedAtMs: time,
      question: fc.record({
        kind: fc.constantFrom('commandApproval', 'permission', 'elicitation'),
        text,
        choices: fc.array(text),
      }),
    }),
  )
  .map(([a, b, c]) => aBlockedRow({ ...a, ...b, ...c }));
const parked = fc
  .tuple(
    issue,
    fc.record({
      cause: fc.constantFrom('usageLimit', 'operator'),
      reason: text,
      untilMs: orNull(time),
      attempt: orNull(count),
    }),
  )
  .map(([a, b]) => aParkedRow({ ...a, ...b }));

const snapshots: fc.Arbitrary<Snapshot> = fc
  .record({
    generatedAtMs: time,
    startedAtMs: time,
    mode: fc.constantFrom('running', 'stopping'),
    hold: orNull(fc.record({ kind: fc.constantFrom('paused', 'draining'), sinceWallMs: time })),
    maxConcurrentAgents: count,
    trackerKind: text,
    running: fc.array(running, { maxLength: 3 }),
    retrying: fc.array(retrying, { maxLength: 3 }),
    blocked: fc.array(blocked, { maxLength: 3 }),
    parked: fc.array(parked, { maxLength: 3 }),
    waiting: fc.record({ count, identifiers: fc.array(text) }),
    ineligible: fc.record({ count, identifiers: fc.array(text) }),
    totals: fc
      .tuple(usage, fc.double({ min: 0, max: 1e9, noNaN: true }))
      .map(([tokens, secondsRunning]) => ({ ...tokens, secondsRunning })),
    throughput: fc.record({ tokensPerSecond: count, samples: fc.array(count), sampleMs: count }),
    rateLimits: orNull(fc.constant({ primary: { used_percent: 12 } })),
    polling: fc.record({
      checking: fc.boolean(),
      intervalMs: count,
      configuredIntervalMs: count,
      pausedUntilMs: orNull(time),
      budget: orNull(fc.record({ limit: count, remaining: count, windowMs: count, requestsPerPoll: count })),
      nextPollAtMs: orNull(time),
      lastSuccessAtMs: orNull(time),
      failure: orNull(problem),
    }),
    workflowProblem: orNull(problem),
    accountLimit: orNull(fc.record({ untilMs: time, reason: text })),
    problems: fc.array(problem, { maxLength: 3 }),
  })
  .map((fields) => aSnapshot(fields));

test('a snapshot that was made of the wire says on the wire exactly what the original says', () => {
  fc.assert(
    fc.property(snapshots, (snapshot) => {
      const told = stateResponse(snapshot);

      expect(stateResponse(snapshotOfState(told))).toEqual(told);
    }),
  );
});

test('a snapshot survives the wire, but for what is not told and parts of a second', () => {
  const seconds = (ms: number): number => Math.floor(ms / 1_000) * 1_000;
  const row = aRunningRow({ attempt: 3, retries: 2, threadId: null });
  const snapshot = aSnapshot({ running: [row], problems: [aProblem()] });

  const { running, problems, generatedAtMs } = snapshotOfState(stateResponse(snapshot));

  expect(running).toEqual([
    { ...row, startedAtMs: seconds(row.startedAtMs), lastEventAtMs: seconds(row.lastEventAtMs ?? 0) },
  ]);
  expect(problems).toEqual([{ ...aProblem(), atMs: seconds(aProblem().atMs) }]);
  expect(generatedAtMs).toBe(seconds(snapshot.generatedAtMs));
});

test('words of a later version become the least that they can mean', () => {
  const told = stateResponse(aSnapshot({ running: [aRunningRow()], blocked: [aBlockedRow()] }));
  const [running, blocked] = [told.running[0], told.blocked[0]];
  if (running === undefined || blocked === undefined) throw new Error('nothing was told');
  const later = {
    ...told,
    running: [{ ...running, phase: 'reviewing', stopping: 'overBudget', last_event: 'toString' }],
    blocked: [{ ...blocked, question: { ...blocked.question, kind: 'signature' } }],
  };

  const snapshot = snapshotOfState(later);

  expect(snapshot.running[0]).toMatchObject({
    phase: 'streamingTurn',
    stopping: 'operator',
    lastEvent: 'other_message',
  });
  expect(snapshot.blocked[0]?.question.kind).toBe('userInput');
});
