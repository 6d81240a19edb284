import { expect, test } from 'vitest';
import type { EventBody } from '../../src/core/events.js';
import { issueFacts } from '../../src/domain/issue.js';
import type { RunOutcome } from '../../src/domain/run.js';
import { type RunAttempt, Runs } from '../../src/engine/runs.js';
import { anIssue } from '../helpers/build.js';
import { settled, VirtualClock } from '../helpers/virtual-clock.js';

// Goal: whatever an attempt does, its start is answered by exactly one end (C4).

const issue = issueFacts(anIssue());
const start = { type: 'startRun', issue, runId: 7, host: 'local', attempt: null, thread: null } as const;
const failed: RunOutcome = { kind: 'agentFailed', reason: 'port_exit', detail: 'it crashed' };

/** Runs that do as told, and in order what they told. */
function someRuns(attempt: RunAttempt) {
  const clock = new VirtualClock();
  const told: (EventBody | string)[] = [];
  const runs = new Runs({
    clock,
    post: (event) => told.push(event),
    attempt,
    hookTimeoutMs: () => 60_000,
    onEnd: (runId) => told.push(`run ${runId} over`),
    onUnforeseen: (error) => told.push(String(error)),
  });
  return { clock, runs, told };
}

function exited(outcome: RunOutcome): EventBody {
  return { type: 'runExited', issueId: issue.id, runId: 7, outcome };
}

/** An attempt that goes on until it is stopped, and then ends as told. */
function untilStopped(outcome: RunOutcome | null): RunAttempt {
  return async (_start, signal) => {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    if (outcome === null) throw signal.reason;
    return outcome;
  };
}

test('a run that ends is told once, after what belongs to it was closed', async () => {
  const { runs, told } = someRuns(async () => failed);

  runs.start(start);
  expect(runs.size).toBe(1);
  await runs.ended();

  expect(told).toEqual(['run 7 over', exited(failed)]);
  expect(runs.size).toBe(0);
});

test('an attempt that throws what nobody foresaw is reported, and ends as a failure', async () => {
  const { runs, told } = someRuns(async () => {
    throw new Error('undefined is not a function');
  });

  runs.start(start);
  await runs.ended();

  const detail = 'undefined is not a function';
  expect(told).toEqual([
    'Error: undefined is not a function',
    'run 7 over',
    exited({ kind: 'agentFailed', reason: 'internal_error', detail }),
  ]);
});

test.each([
  ['ends as a failure', failed],
  ['throws the reason of the stop', null],
])('a stopped run whose attempt %s ends as stopped, by the first cause', async (_how, outcome) => {
  const { clock, runs, told } = someRuns(untilStopped(outcome));
  runs.start(start);

  runs.stop(7, 'stalled');
  runs.stop(7, 'shutdown');
  await runs.ended();

  expect(told).toEqual(['run 7 over', exited({ kind: 'stopped', by: 'stalled' })]);
  expect(clock.pending).toBe(0);
});

test('a stopped run that found its issue finished says so: that is newer than the cause of the stop', async () => {
  const finished: RunOutcome = { kind: 'issueInactive', issue: { ...issue, state: 'Done' } };
  const { runs, told } = someRuns(untilStopped(finished));
  runs.start(start);

  runs.stop(7, 'stalled');
  await runs.ended();

  expect(told.at(-1)).toEqual(exited(finished));
});

test('a run that cannot be ended is given up after its hook had its time, and its late end changes nothing', async () => {
  let end: (outcome: RunOutcome) => void = () => {};
  const { clock, runs, told } = someRuns(
    () =>
      new Promise((resolve) => {
        end = resolve;
      }),
  );
  runs.start(start);
  runs.stop(7, 'terminal');

  await clock.advance(89_999);
  expect(told).toEqual([]);
  await clock.advance(1);

  expect(told).toEqual([
    expect.stringContaining('could not be ended within 90000 ms'),
    'run 7 over',
    exited({ kind: 'stopped', by: 'terminal' }),
  ]);
  end(failed);
  await settled();
  expect(told).toHaveLength(3);
});

test('a stop of a run that is over is nothing', async () => {
  const { clock, runs, told } = someRuns(async () => failed);
  runs.start(start);
  await runs.ended();

  runs.stop(7, 'terminal');

  expect(told).toHaveLength(2);
  expect(clock.pending).toBe(0);
});
