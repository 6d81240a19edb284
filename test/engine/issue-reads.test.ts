import { expect, test } from 'vitest';
import { SymphonyError } from '../../src/domain/error.js';
import type { Issue } from '../../src/domain/issue.js';
import { IssueReads } from '../../src/engine/issue-reads.js';
import type { Tracker } from '../../src/ports/tracker.js';
import { anIssue } from '../helpers/build.js';
import { settled, VirtualClock } from '../helpers/virtual-clock.js';

const one = anIssue({ identifier: 'MT-1' });
const two = anIssue({ identifier: 'MT-2', state: 'In Progress' });
const board = [one, two];

/** Reads of a board that remembers what it was asked; without `combined` it has no request for both reads. */
function someReads({
  combined = false,
  fails = null as SymphonyError | null,
  hangs = false,
  next = [] as readonly string[],
} = {}) {
  const clock = new VirtualClock();
  const asked: string[] = [];
  const signals: AbortSignal[] = [];
  const answer = async (question: string, issues: readonly Issue[], signal: AbortSignal) => {
    asked.push(question);
    signals.push(signal);
    if (hangs) await new Promise(() => {});
    if (fails !== null) throw fails;
    return issues;
  };
  const byStates = (states: readonly string[]) => board.filter(({ state }) => states.includes(state));
  const byIds = (ids: readonly string[]) => board.filter(({ id }) => ids.includes(id));
  const tracker: Tracker = {
    kind: 'board',
    issuesByStates: (states, signal) => answer(`states ${states}`, byStates(states), signal),
    issuesByIds: (ids, signal) => answer(`ids ${ids}`, byIds(ids), signal),
    tools: { specs: [], secretEnvironmentNames: [], execute: async () => ({ success: false, output: null }) },
    close: async () => {},
  };
  const poll: Tracker['poll'] = async ({ states, ids }, signal) => {
    await answer(`states ${states} ids ${ids}`, [], signal);
    return { byStates: byStates(states), byIds: byIds(ids) };
  };
  const seen: string[] = [];
  const reads = new IssueReads(clock, () => (combined ? { ...tracker, poll } : tracker), {
    next: (count) => next.slice(0, count),
    seen: (ids, issues, askedAtMs) => seen.push(`${ids} at ${askedAtMs}: ${issues.map(({ id }) => id)}`),
  });
  return { clock, asked, signals, reads, seen };
}

test('a poll is one request where the tracker has such a one, and two where not', async () => {
  const combined = someReads({ combined: true });
  const separate = someReads();
  const answer = { byStates: [one], byIds: [two] };

  expect(await combined.reads.poll(['Todo'], [two.id])).toEqual(answer);
  expect(await separate.reads.poll(['Todo'], [two.id])).toEqual(answer);

  expect(combined.asked).toEqual([`states Todo ids ${two.id}`]);
  expect(separate.asked).toEqual(['states Todo', `ids ${two.id}`]);
});

test('a poll that wants no candidates does not ask for them', async () => {
  const { reads, asked } = someReads();

  expect(await reads.poll(null, [one.id])).toEqual({ byStates: [], byIds: [one] });

  expect(asked).toEqual([`ids ${one.id}`]);
});

test('what was read is known in full until nobody wants it', async () => {
  const { reads } = someReads();
  await reads.poll(['Todo'], [two.id]);
  expect([reads.known(one.id), reads.known(two.id)]).toEqual([one, two]);

  reads.keepOnly((issueId) => issueId === two.id);

  expect([reads.known(one.id), reads.known(two.id)]).toEqual([undefined, two]);
});

test('single issues wanted at the same moment are asked for together, each once', async () => {
  const { clock, reads, asked } = someReads();

  const answers = Promise.all([reads.one(one.id), reads.one(two.id), reads.one(one.id), reads.one('gone')]);
  await clock.advance(50);

  expect(await answers).toEqual([one, two, one, null]);
  expect(asked).toEqual([`ids ${one.id},${two.id},gone`]);
});

test('single issues wanted later are a request of their own', async () => {
  const { clock, reads, asked } = someReads();
  const first = reads.one(one.id);
  await clock.advance(50);

  const second = reads.one(one.id);
  await clock.advance(50);

  expect(await Promise.all([first, second])).toEqual([one, one]);
  expect(asked).toHaveLength(2);
});

test('a look at one issue asks about as many of those that wait for a slot, and tells what it saw', async () => {
  const { clock, reads, asked, seen } = someReads({ next: [two.id, 'gone'] });

  const answers = Promise.all([reads.one(one.id), reads.one('other')]);
  await clock.advance(50);

  expect(await answers).toEqual([one, null]);
  expect(asked).toEqual([`ids ${one.id},other,${two.id},gone`]);
  expect(seen).toEqual([`${two.id},gone at 20: ${two.id}`]);
});

test('a look that fails tells nothing of those that wait', async () => {
  const fails = new SymphonyError('tracker_status', 'the tracker answered 500');
  const { clock, reads, seen } = someReads({ fails, next: [two.id] });

  const answer = reads.one(one.id).catch(() => 'failed');
  await clock.advance(50);

  expect(await answer).toBe('failed');
  expect(seen).toEqual([]);
});

test('a failed request fails all who waited for it', async () => {
  const failure = new SymphonyError('tracker_status', 'the tracker answered 500');
  const { clock, reads } = someReads({ fails: failure });

  const answers = Promise.allSettled([reads.one(one.id), reads.one(two.id)]);
  await clock.advance(50);

  expect((await answers).map((answer) => 'reason' in answer && answer.reason)).toEqual([failure, failure]);
});

test('a tracker that never answers has failed after a minute, and is told to stop', async () => {
  const { clock, reads, signals } = someReads({ hangs: true });
  const answer = reads.poll(['Todo'], []).then(
    () => 'answered',
    (error: unknown) => error,
  );

  await clock.advance(60_000);

  expect(await answer).toMatchObject({ code: 'tracker_timeout' });
  expect(signals.every(({ aborted }) => aborted)).toBe(true);
  expect(clock.pending).toBe(0);
});

test('an answer in time leaves no timer', async () => {
  const { clock, reads } = someReads();

  await reads.byIds([one.id]);
  await settled();

  expect(clock.pending).toBe(0);
});
