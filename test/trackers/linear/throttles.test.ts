import { describe, expect, test } from 'vitest';
import { failureOf, LinearUnderTest } from '../../helpers/linear/linear-tracker.js';
import { VirtualClock } from '../../helpers/virtual-clock.js';
import { arrival } from './arrival.js';

// Goal: a throttled daemon asks nothing for a while, says for how long, and goes on by itself; it always knows what is
// left of its allowance.

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

async function setUp(requestsPerHour?: number) {
  const clock = new VirtualClock();
  const now = () => clock.wallMs();
  const setup = requestsPerHour === undefined ? { clock, now } : { clock, now, requestsPerHour };
  const linear = await LinearUnderTest.forTest(setup);
  const { id } = linear.board.put();
  const { faults } = linear.linear;
  await linear.poll();
  linear.linear.forgetRequests();
  /** Is throttled, and tells for how long. */
  const throttled = async () => {
    faults.next({ kind: 'throttled400' });
    return (await failureOf(linear.poll())).retryAfterMs ?? 0;
  };
  return { clock, linear, id, faults, throttled };
}

describe('a throttle', () => {
  test('ends all asking until its time is over: reads fail at once, without a request', async () => {
    const { clock, linear, id, throttled } = await setUp();
    const waitMs = await throttled();
    linear.linear.forgetRequests();

    await clock.advance(waitMs - 1_500);
    for (const read of [() => linear.poll([id]), () => linear.byIds([id]), () => linear.inStates(['Todo'])]) {
      const error = await failureOf(read());
      expect(error).toMatchObject({ code: 'tracker_rate_limited', retryAfterMs: 1_500 });
      expect(error.message).toMatch(/^Linear throttled us; nothing is asked for 2 s\. /);
    }
    expect(linear.asked).toEqual([]);

    await clock.advance(1_500);
    expect(await linear.byIds([id])).toMatchObject([{ id }]);
  });

  test('that follows another makes the wait twice as long, up to two minutes', async () => {
    const { clock, throttled } = await setUp();
    const waits: number[] = [];

    for (let time = 0; time < 6; time += 1) {
      waits.push(await throttled());
      await clock.advance(waits.at(-1) ?? 0);
    }

    expect(waits).toEqual([11_520, 23_040, 46_080, 92_160, 120_000, 120_000]);
  });

  test('after an answer is a first one again', async () => {
    const { clock, linear, throttled } = await setUp();
    await clock.advance(await throttled());
    await clock.advance(await throttled());

    await linear.poll();

    expect(await throttled()).toBe(11_520);
  });

  test.each([
    [5_000, 10 * SECOND_MS],
    [2_500, 11_520],
    [600, 48 * SECOND_MS],
    [100, 120 * SECOND_MS],
  ])(
    'of %i requests an hour waits for eight of them to flow back: %i ms',
    async (requestsPerHour, waitMs) => {
      const { throttled } = await setUp(requestsPerHour);

      expect(await throttled()).toBe(waitMs);
    },
  );

  test('that several requests meet at the same time is one', async () => {
    const { clock, linear, id, faults, throttled } = await setUp();
    faults.next({ kind: 'throttled429' }, { times: 3 });

    const errors = await Promise.all([1, 2, 3].map(() => failureOf(linear.byIds([id]))));

    expect(errors.map(({ retryAfterMs }) => retryAfterMs)).toEqual([11_520, 11_520, 11_520]);
    expect(linear.asked).toHaveLength(3);
    await clock.advance(11_520);
    expect(await throttled()).toBe(23_040);
  });

  test('is not taken back by an answer to what was asked before it', async () => {
    const { clock, linear, id, faults, throttled } = await setUp();
    let answer = (): void => {};
    const until = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const arrived = arrival(faults, { kind: 'held', until });

    const early = linear.byIds([id]);
    await arrived;
    const waitMs = await throttled();
    answer();

    expect(await early).toMatchObject([{ id }]);
    await expect(linear.byIds([id])).rejects.toMatchObject({ code: 'tracker_rate_limited' });
    await clock.advance(waitMs);
    expect(await throttled()).toBe(23_040);
  });

  test('that is real is over when enough has flowed back', async () => {
    const { clock, linear } = await setUp(60);
    let served = 0;
    while (
      served < 60 &&
      (await linear.poll().then(
        () => true,
        () => false,
      ))
    )
      served += 1;

    const error = await failureOf(linear.poll());
    expect(served).toBe(58);
    await clock.advance(error.retryAfterMs ?? 0);

    expect((await linear.poll()).byStates).toHaveLength(1);
  });
});

describe('the budget', () => {
  test('is unknown before the first answer', async () => {
    const linear = await LinearUnderTest.forTest();

    expect(linear.tracker.budget?.()).toBeNull();
  });

  test('is what the last answer told, refusals included', async () => {
    const { linear, faults } = await setUp();
    const budget = { limit: 2_500, windowMs: HOUR_MS, requestsPerPoll: 1 };

    expect(linear.tracker.budget?.()).toEqual({ ...budget, remaining: 2_498 });
    await linear.poll();
    expect(linear.tracker.budget?.()).toEqual({ ...budget, remaining: 2_497 });
    faults.next({ kind: 'throttled400' });
    await failureOf(linear.poll());
    expect(linear.tracker.budget?.()).toEqual({ ...budget, remaining: 0 });
  });

  test('is that of complexity where this is scarcer, as a share of the requests', async () => {
    // So many requests that the points run out first: a poll costs 248 points of 3,000,000.
    const { linear } = await setUp(1_000_000);
    for (let poll = 0; poll < 9; poll += 1) await linear.poll();

    const { limit, remaining } = linear.tracker.budget?.() ?? { limit: 0, remaining: 0 };

    expect(limit).toBe(1_000_000);
    expect(remaining).toBeLessThan(999_200);
    expect(remaining).toBeGreaterThan(998_900);
  });

  test('knows how many requests a poll takes', async () => {
    const { linear } = await setUp();
    for (let count = 0; count < 250; count += 1) linear.board.put();

    await linear.poll();
    expect(linear.tracker.budget?.()).toMatchObject({ requestsPerPoll: 2 });
    await linear.poll([], ['In Progress']);
    expect(linear.tracker.budget?.()).toMatchObject({ requestsPerPoll: 1 });
  });

  test('does not take reads between two polls for a poll', async () => {
    const { linear, id } = await setUp();
    for (let count = 0; count < 250; count += 1) linear.board.put();

    await linear.inStates(['Todo']);
    await linear.byIds([id]);

    expect(linear.tracker.budget?.()).toMatchObject({ requestsPerPoll: 1 });
  });
});
