import { expect, test } from 'vitest';
import { SymphonyError } from '../../src/domain/error.js';
import { type Issue, issueFacts } from '../../src/domain/issue.js';
import { runTurns } from '../../src/engine/turns.js';
import type { TurnRequest, TurnResult } from '../../src/ports/agent.js';
import { anIssue } from '../helpers/build.js';
import { settled, VirtualClock } from '../helpers/virtual-clock.js';

const tracker = {
  kind: 'memory',
  provider: {},
  activeStates: ['Todo', 'In Progress'],
  terminalStates: ['Done'],
  requiredLabels: [],
};

/** Runs turns against answers given in order; the last answer of each list repeats. */
function turnsWith(given: {
  results?: readonly TurnResult[];
  issues?: readonly (Issue | null | Error)[];
  maxTurns?: number;
  signal?: AbortSignal;
}) {
  const clock = new VirtualClock();
  const requests: TurnRequest[] = [];
  const results = given.results ?? [{ kind: 'completed' }];
  const issues = given.issues ?? [anIssue()];
  const waits: string[] = [];
  let reads = 0;
  const outcome = runTurns({
    session: {
      threadId: 'thread',
      isResumed: false,
      runTurn: async (request) => {
        requests.push(request);
        return results[Math.min(requests.length, results.length) - 1] ?? { kind: 'completed' };
      },
      close: async () => {},
    },
    prompt: 'the whole task',
    clock,
    signal: given.signal ?? new AbortController().signal,
    maxTurns: () => given.maxTurns ?? 3,
    tracker: () => tracker,
    refresh: async () => {
      reads += 1;
      const answer = issues[Math.min(reads, issues.length) - 1] ?? null;
      if (answer instanceof Error) throw answer;
      return answer;
    },
    onWait: (error, delayMs) => waits.push(`${error.message}: ${delayMs}`),
  });
  return { clock, requests, outcome, waits, reads: () => reads };
}

test('sends the full prompt first and only guidance on the same thread after it', async () => {
  const { outcome, requests } = turnsWith({ maxTurns: 3 });

  await expect(outcome).resolves.toMatchObject({ kind: 'turnsExhausted' });
  expect(requests.map(({ turn }) => turn)).toEqual([1, 2, 3]);
  expect(requests[0]?.prompt).toBe('the whole task');
  for (const { prompt } of requests.slice(1)) expect(prompt).not.toContain('the whole task');
  expect(requests[1]?.prompt).toContain('turn 2 of at most 3');
});

test('ends when the issue is no longer active, and says what it became', async () => {
  const done = anIssue({ state: 'Done' });

  const { outcome, requests } = turnsWith({ issues: [anIssue(), done] });

  await expect(outcome).resolves.toEqual({ kind: 'issueInactive', issue: issueFacts(done) });
  expect(requests).toHaveLength(2);
});

test('ends when the issue is gone', async () => {
  const { outcome } = turnsWith({ issues: [null] });

  await expect(outcome).resolves.toEqual({ kind: 'issueInactive', issue: null });
});

test('ends when the issue is no longer routable', async () => {
  const unroutable = anIssue({ dispatchable: false });

  const { outcome } = turnsWith({ issues: [unroutable] });

  await expect(outcome).resolves.toEqual({ kind: 'issueInactive', issue: issueFacts(unroutable) });
});

test.each<[TurnResult, object]>([
  [
    { kind: 'failed', reason: 'turn_failed', detail: 'bad' },
    { kind: 'agentFailed', reason: 'turn_failed', detail: 'bad' },
  ],
  [
    { kind: 'timedOut', detail: 'silent' },
    { kind: 'timedOut', detail: 'silent' },
  ],
  [
    { kind: 'usageLimited', untilWallMs: 5, detail: 'used up' },
    { kind: 'usageLimited', untilWallMs: 5, detail: 'used up' },
  ],
])('a turn that ended as %o ends the run, without a look at the tracker', async (result, expected) => {
  const { outcome, reads } = turnsWith({ results: [result] });

  await expect(outcome).resolves.toEqual(expected);
  expect(reads()).toBe(0);
});

test('one failing look at the tracker does not cost the session', async () => {
  const failure = new SymphonyError('tracker_request', 'no network');

  const { clock, outcome, reads } = turnsWith({ issues: [failure, anIssue({ state: 'Done' })] });
  await settled();
  await clock.advance(1_000);

  await expect(outcome).resolves.toMatchObject({ kind: 'issueInactive' });
  expect(reads()).toBe(2);
});

test('a tracker that is away for minutes does not cost the session, and each wait is told', async () => {
  const failure = new SymphonyError('tracker_request', 'no network');
  const { clock, outcome, waits } = turnsWith({
    issues: [...Array.from({ length: 12 }, () => failure), anIssue({ state: 'Done' })],
  });

  await settled();
  await clock.advance(300_000);

  await expect(outcome).resolves.toMatchObject({ kind: 'issueInactive' });
  expect(waits.slice(0, 6)).toEqual([1, 2, 4, 8, 16, 30].map((seconds) => `no network: ${seconds * 1_000}`));
});

test('a tracker that stays away ends the run after ten minutes', async () => {
  const { clock, outcome } = turnsWith({ issues: [new SymphonyError('tracker_request', 'no network')] });
  let isOver = false;
  const ended = expect(outcome.finally(() => (isOver = true))).rejects.toThrow('no network');

  await settled();
  await clock.advance(570_000);
  expect(isOver).toBe(false);
  await clock.advance(60_000);

  await ended;
});

test('a throttled tracker is not asked before it wants to be', async () => {
  const throttle = new SymphonyError('tracker_rate_limited', 'slow down', { retryAfterMs: 45_000 });
  const { clock, outcome, reads } = turnsWith({ issues: [throttle, anIssue({ state: 'Done' })] });

  await settled();
  await clock.advance(44_999);
  expect(reads()).toBe(1);
  await clock.advance(1);

  await expect(outcome).resolves.toMatchObject({ kind: 'issueInactive' });
});

test('a stop ends the wait for the tracker at once', async () => {
  const controller = new AbortController();
  const failure = new SymphonyError('tracker_request', 'no network');
  const { clock, outcome } = turnsWith({ issues: [failure], signal: controller.signal });
  const ended = expect(outcome).rejects.toThrow('stopped');
  await settled();
  await clock.advance(10);

  controller.abort(new Error('stopped'));

  await ended;
  expect(clock.pending).toBe(0);
});
