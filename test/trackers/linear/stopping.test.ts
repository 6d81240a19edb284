import { describe, expect, test } from 'vitest';
import { failureOf, LinearUnderTest } from '../../helpers/linear/linear-tracker.js';
import { VirtualClock } from '../../helpers/virtual-clock.js';
import { arrival } from './arrival.js';

// Goal: no read lasts longer than it may or than somebody wants it to, and none leaves anything behind.

const LIMIT_MS = 30_000;

/** A virtual clock that tells when a wait between two attempts has begun. */
class NotingClock extends VirtualClock {
  #note = (): void => {};
  readonly waiting = new Promise<void>((resolve) => {
    this.#note = resolve;
  });

  override wakeAt(atMs: number, callback: () => void): () => void {
    if (atMs - this.nowMs() < LIMIT_MS) this.#note();
    return super.wakeAt(atMs, callback);
  }
}

async function setUp() {
  const clock = new NotingClock();
  const linear = await LinearUnderTest.forTest({ clock });
  const { id } = linear.board.put();
  await linear.poll();
  linear.linear.forgetRequests();
  return { clock, linear, id, faults: linear.linear.faults };
}

describe.each(['poll', 'byIds', 'inStates'] as const)('%s', (name) => {
  function read(
    { linear, id }: { linear: LinearUnderTest; id: string },
    signal: AbortSignal,
  ): Promise<unknown> {
    if (name === 'poll') return linear.poll([id], ['Todo'], signal);
    return name === 'byIds' ? linear.byIds([id], signal) : linear.inStates(['Todo'], signal);
  }

  test('fails when Linear says nothing for 30 seconds, and does not wait that long again', async () => {
    const scene = await setUp();
    const arrived = arrival(scene.faults, { kind: 'hangs' });

    const failure = failureOf(read(scene, new AbortController().signal));
    await arrived;
    expect(scene.clock.pending).toBe(1);
    await scene.clock.advance(LIMIT_MS);

    expect(await failure).toMatchObject({
      code: 'tracker_timeout',
      message: 'Linear did not answer within 30 s; see its status page and the network',
      retryAfterMs: null,
    });
    expect(scene.linear.asked).toHaveLength(1);
    expect(scene.clock.pending).toBe(0);
  });

  test('waits for an answer that takes a little less', async () => {
    const scene = await setUp();
    let answer = (): void => {};
    const until = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const arrived = arrival(scene.faults, { kind: 'held', until });

    const reading = read(scene, new AbortController().signal);
    await arrived;
    await scene.clock.advance(LIMIT_MS - 1);
    answer();

    expect(await reading).toBeDefined();
    expect(scene.clock.pending).toBe(0);
  });

  test('ends at once when it is stopped during a request', async () => {
    const scene = await setUp();
    const stop = new AbortController();
    const arrived = arrival(scene.faults, { kind: 'hangs' });

    const reading = expect(read(scene, stop.signal)).rejects.toThrow('enough');
    await arrived;
    stop.abort(new Error('enough'));

    await reading;
    expect(scene.clock.pending).toBe(0);
  });

  test('ends at once when it is stopped between two attempts', async () => {
    const scene = await setUp();
    const stop = new AbortController();
    scene.faults.next({ kind: 'cutsConnection' }, { times: 3 });

    const reading = expect(read(scene, stop.signal)).rejects.toThrow('enough');
    await scene.clock.waiting;
    expect(scene.clock.pending).toBe(1);
    stop.abort(new Error('enough'));

    await reading;
    expect(scene.linear.asked).toHaveLength(1);
    expect(scene.clock.pending).toBe(0);
  });

  test('asks nothing when it is stopped before it begins', async () => {
    const scene = await setUp();

    await expect(read(scene, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
    expect(scene.linear.asked).toEqual([]);
    expect(scene.clock.pending).toBe(0);
  });
});
