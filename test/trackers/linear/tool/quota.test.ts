import { describe, expect, test } from 'vitest';
import type { ToolResult } from '../../../../src/ports/tracker.js';
import { Sessions } from '../../../../src/trackers/linear/tool/sessions.js';
import { VirtualClock } from '../../../helpers/virtual-clock.js';
import { failure, ToolUnderTest } from './recording-linear.js';

const VIEWER = '{ viewer { id } }';
const REFUSED = 'mutation { webhookDelete(id: "w") { success } }';
const exhausted = (...says: string[]) => failure('tool_quota_exhausted', ...says);

async function calls(
  tool: ToolUnderTest,
  count: number,
  args = VIEWER,
  session = 'a',
): Promise<ToolResult[]> {
  const results: ToolResult[] = [];
  for (let call = 0; call < count; call += 1) results.push(await tool.call(args, { session }));
  return results;
}

describe("a session's requests", () => {
  test('are a quarter of an hour’s at once, then as many as flow back', async () => {
    const tool = new ToolUnderTest('full', 120);
    await calls(tool, 30);

    const [refused] = await calls(tool, 1);
    expect(refused).toMatchObject(exhausted('120 requests per hour', 'tool_calls_per_hour', 'Wait 30 s'));
    expect(refused).toMatchObject({ output: { error: { retry_after_ms: 30_000 } } });
    expect(tool.requests).toBe(30);

    await tool.clock.advance(29_999);
    expect(await calls(tool, 1)).toMatchObject([exhausted('Wait 1 s')]);
    await tool.clock.advance(1);
    expect(await calls(tool, 2)).toMatchObject([{ success: true }, exhausted()]);
  });

  test('are ten at once, however few an hour may have', async () => {
    const tool = new ToolUnderTest('full', 4);

    const results = await calls(tool, 11);

    expect(results.map(({ success }) => success)).toEqual([...Array(10).fill(true), false]);
    await tool.clock.advance(60 * 60_000);
    expect((await calls(tool, 5)).map(({ success }) => success)).toEqual([true, true, true, true, false]);
  });

  test('are counted by session', async () => {
    const tool = new ToolUnderTest('full', 4);
    await calls(tool, 10, VIEWER, 'a');

    expect(await calls(tool, 1, VIEWER, 'b')).toMatchObject([{ success: true }]);
    expect(await calls(tool, 1, VIEWER, 'a')).toMatchObject([exhausted()]);
  });

  test('do not gather over a long pause', async () => {
    const tool = new ToolUnderTest('full', 40);
    await tool.clock.advance(24 * 60 * 60_000);

    expect((await calls(tool, 11)).filter(({ success }) => success)).toHaveLength(10);
  });

  test('are not used up by what is refused', async () => {
    const tool = new ToolUnderTest('full', 4);
    await calls(tool, 50, REFUSED);
    await calls(tool, 50, 'no GraphQL');

    expect((await calls(tool, 10)).every(({ success }) => success)).toBe(true);
  });

  test('include the look-ups of scoped access', async () => {
    const tool = new ToolUnderTest('scoped', 4);
    const label = (id: string) => `mutation { issueAddLabel(id: "${id}", labelId: "l") { success } }`;

    await calls(tool, 1, label('ENG-2'));
    await calls(tool, 1, label('ENG-8'));
    expect(tool.requests).toBe(3);

    expect((await calls(tool, 8)).filter(({ success }) => success)).toHaveLength(7);
    expect(tool.requests).toBe(10);
  });

  test('have to do for look-up and call, or neither is made', async () => {
    const tool = new ToolUnderTest('scoped', 60);
    await calls(tool, 14);

    const query = 'mutation { issueAddLabel(id: "ENG-2", labelId: "l") { success } }';
    expect(await calls(tool, 1, query)).toMatchObject([exhausted('Wait 60 s')]);
    expect(tool.linear.lookUps).toEqual([]);
  });
});

describe("Linear's allowance", () => {
  test('keeps its last tenth for the poll', async () => {
    const tool = new ToolUnderTest();
    const budget = { limit: 2_500, windowMs: 3_600_000, requestsPerPoll: 1 };
    tool.linear.budget = { ...budget, remaining: 225 };

    const [refused] = await calls(tool, 1);

    expect(refused).toMatchObject(exhausted('kept for polling', 'Wait 36 s'));
    expect(refused).toMatchObject({ output: { error: { retry_after_ms: 36_000 } } });
    expect(tool.requests).toBe(0);
    tool.linear.budget = { ...budget, remaining: 250 };
    expect(await calls(tool, 1)).toMatchObject([{ success: true }]);
  });
});

describe('sessions', () => {
  test('are forgotten once there is nothing to remember of them', async () => {
    const clock = new VirtualClock();
    const sessions = new Sessions(60, clock);
    for (let session = 0; session < 100; session += 1)
      sessions.of(`${session}`).allowance.take(1, clock.nowMs());
    await clock.advance(59_999);
    sessions.of('last').allowance.take(1, clock.nowMs());
    expect(sessions.size).toBe(101);

    await clock.advance(1);
    sessions.of('next');

    expect(sessions.size).toBe(2);
  });

  test('remember a bounded number of targets, the latest', () => {
    const { known } = new Sessions(60, new VirtualClock()).of('a');
    for (let target = 0; target < 201; target += 1) known.add(`issue ${target}`);

    expect([known.has('issue 0'), known.has('issue 1'), known.has('issue 200')]).toEqual([false, true, true]);
  });
});
