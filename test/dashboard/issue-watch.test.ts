import { describe, expect, test, vi } from 'vitest';
import { IssueWatch } from '../../src/dashboard/issue-watch.js';
import { SymphonyError } from '../../src/domain/error.js';
import type { Explanation } from '../../src/domain/explanation.js';
import { anExplanation } from '../helpers/frames.js';
import { TestStation } from '../helpers/test-station.js';

// Goal: what is shown of an open issue is of now, and the tracker is not asked about one all the time.

/** Watches B-7 for so many seconds, asking every tenth of one as the dashboard does; returns at which ones it asked. */
async function askedAt(
  explain: () => Promise<Explanation | null>,
  seconds: number,
  { isListed = () => false, known }: { isListed?: (atMs: number) => boolean; known?: Explanation } = {},
): Promise<{ readonly asked: readonly number[]; readonly watch: IssueWatch }> {
  const station = new TestStation();
  const asked: number[] = [];
  let nowMs = 0;
  station.explain = () => {
    asked.push(nowMs / 1_000);
    return explain();
  };
  const changed = vi.fn();
  const about = known === undefined ? {} : { known };
  const watch = new IssueWatch({ station, identifier: 'B-7', changed, nowMs: () => nowMs, ...about });
  for (; nowMs < seconds * 1_000; nowMs += 100) {
    watch.ask(isListed(nowMs));
    await new Promise(setImmediate);
  }
  watch.stop();
  return { asked, watch };
}

const told = (): Promise<Explanation> => Promise.resolve(anExplanation({ identifier: 'B-7' }));
const fails = (code: 'tracker_status' | 'tracker_rate_limited', retryAfterMs?: number) => () =>
  Promise.reject(new SymphonyError(code, 'no', retryAfterMs === undefined ? {} : { retryAfterMs }));

describe('an open issue is asked about', () => {
  test('each second while it is in the list', async () => {
    const { asked } = await askedAt(told, 3.5, { isListed: () => true });

    expect(asked).toEqual([0, 1, 2, 3]);
  });

  test('a few times a minute while it is not', async () => {
    const { asked } = await askedAt(told, 40);

    expect(asked).toEqual([0, 15, 30]);
  });

  test('at once when it comes into the list or leaves it', async () => {
    const isListed = (atMs: number): boolean => atMs >= 5_000 && atMs < 7_000;

    const { asked } = await askedAt(told, 20, { isListed });

    expect(asked).toEqual([0, 5, 6, 7]);
  });

  test('no more often when the tracker fails', async () => {
    const { asked, watch } = await askedAt(fails('tracker_status'), 40);

    expect(asked).toEqual([0, 15, 30]);
    expect(watch.watched.explained).toEqual({ kind: 'failed', message: 'no' });
  });

  test('not before the tracker wants to be asked again', async () => {
    const { asked, watch } = await askedAt(fails('tracker_rate_limited', 35_000), 80);

    expect(asked).toEqual([0, 35, 70]);
    expect(watch.watched.explained).toEqual({ kind: 'postponed', message: 'no' });
  });

  test('later without forgetting meanwhile what the tracker told before', async () => {
    const answers = [told, fails('tracker_rate_limited', 60_000)];

    const { asked, watch } = await askedAt(() => (answers.shift() ?? told)(), 40);

    expect(asked).toEqual([0, 15]);
    expect(watch.watched.explained).toMatchObject({ kind: 'known' });
  });

  test('a few times a minute when the tracker does not say when', async () => {
    const { asked } = await askedAt(fails('tracker_rate_limited'), 40);

    expect(asked).toEqual([0, 15, 30]);
  });

  test('later when it is known already', async () => {
    const known = anExplanation({ identifier: 'B-7' });

    const { asked, watch } = await askedAt(() => Promise.resolve(null), 16, { known });

    expect(asked).toEqual([15]);
    expect(watch.watched.explained).toEqual({ kind: 'unknown' });
  });
});
