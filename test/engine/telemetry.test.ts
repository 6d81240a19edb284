import { expect, test } from 'vitest';
import type { EventBody } from '../../src/core/events.js';
import type { AgentReport } from '../../src/domain/session.js';
import { Telemetry } from '../../src/engine/telemetry.js';
import { VirtualClock } from '../helpers/virtual-clock.js';

function aTelemetry() {
  const clock = new VirtualClock();
  const posted: EventBody[] = [];
  const telemetry = new Telemetry(clock, (event) => posted.push(event));
  telemetry.open(1, 'id-1');
  const deltas = () =>
    posted.map((event) => {
      if (event.type !== 'runReported') throw new Error(`unexpected ${event.type}`);
      return event.delta;
    });
  return { clock, posted, telemetry, deltas };
}

const note: AgentReport = { event: 'notification', message: 'working' };

function usageReport(totalTokens: number, threadId = 'thread-1'): AgentReport {
  const usage = { inputTokens: totalTokens - 1, outputTokens: 1, totalTokens };
  return { event: 'notification', message: null, threadId, usage };
}

test('folds a flood of reports into at most four events a second', async () => {
  const { clock, telemetry, posted } = aTelemetry();

  for (let ms = 0; ms < 1_000; ms += 1) {
    telemetry.fold(1, note);
    await clock.advance(1);
  }

  expect(posted.length).toBeGreaterThanOrEqual(3);
  expect(posted.length).toBeLessThanOrEqual(4);
});

test('counts tokens by the growth of absolute totals, so a repeated total adds nothing', () => {
  const { telemetry, deltas } = aTelemetry();

  telemetry.fold(1, usageReport(10));
  telemetry.flush(1);
  telemetry.fold(1, usageReport(14));
  telemetry.fold(1, usageReport(14));
  telemetry.flush(1);

  expect(deltas().map(({ usage }) => usage.totalTokens)).toEqual([10, 4]);
  expect(deltas().at(-1)?.report.usage.totalTokens).toBe(14);
});

test('never counts backwards when a total shrinks', () => {
  const { telemetry, deltas } = aTelemetry();

  telemetry.fold(1, usageReport(10));
  telemetry.fold(1, usageReport(4));
  telemetry.fold(1, usageReport(12));
  telemetry.flush(1);

  expect(deltas()[0]?.usage.totalTokens).toBe(12);
});

test('adds up the threads of one run', () => {
  const { telemetry, deltas } = aTelemetry();

  telemetry.fold(1, usageReport(10, 'thread-1'));
  telemetry.fold(1, usageReport(5, 'thread-2'));
  telemetry.flush(1);

  expect(deltas()[0]?.report.usage.totalTokens).toBe(15);
});

test('counts a turn for each new session id and keeps the last message', () => {
  const { telemetry, deltas } = aTelemetry();

  telemetry.fold(1, { event: 'session_started', message: 'session started', threadId: 't', turnId: '1' });
  telemetry.fold(1, { event: 'session_started', message: null, threadId: 't', turnId: '1' });
  telemetry.fold(1, { event: 'session_started', message: null, threadId: 't', turnId: '2' });
  telemetry.flush(1);

  expect(deltas()[0]?.report).toMatchObject({ turnCount: 2, turnId: '2', lastMessage: 'session started' });
});

test('a closed run says its last words once and nothing after', async () => {
  const { clock, telemetry, posted } = aTelemetry();

  telemetry.fold(1, note);
  telemetry.close(1);
  telemetry.fold(1, note);
  await clock.advance(1_000);

  expect(posted).toHaveLength(1);
});

/** Runs 1 to `count` have said something. */
function talking(telemetry: Telemetry, count: number): void {
  for (let runId = 1; runId <= count; runId += 1) {
    telemetry.open(runId, `id-${runId}`);
    telemetry.fold(runId, note);
  }
}

test.each([
  [100, 100, 1],
  [250, 100, 3],
  [1_000, 100, 10],
  [3_000, 300, 10],
])('%i runs that talk at once are told %i at a time, within half a second', async (runs, portion, turns) => {
  const { clock, telemetry, posted } = aTelemetry();
  talking(telemetry, runs);
  const seen: number[] = [];
  for (let atMs = 0; atMs < 500; atMs += 25) {
    const before = posted.length;
    await clock.advance(25);
    seen.push(posted.length - before);
  }

  expect(posted).toHaveLength(runs);
  expect(Math.max(...seen)).toBe(portion);
  expect(seen.filter((count) => count > 0)).toHaveLength(turns);
});

test('what a run says while others are being told is told the next time', async () => {
  const { clock, telemetry, posted } = aTelemetry();
  talking(telemetry, 150);
  clock.wakeAt(260, () => telemetry.fold(1, note));

  await clock.advance(499);
  expect(posted).toHaveLength(150);
  await clock.advance(1);
  expect(posted).toHaveLength(151);
});

test('a thousand runs that never fall silent are told of four times a second each, and of nothing after the end', async () => {
  const { clock, telemetry, posted } = aTelemetry();
  talking(telemetry, 1_000);
  for (let atMs = 0; atMs < 5_000; atMs += 50) {
    await clock.advance(50);
    for (let runId = 1; runId <= 1_000; runId += 1) telemetry.fold(runId, note);
  }

  expect(posted.length).toBeGreaterThan(18_000);
  expect(posted.length).toBeLessThanOrEqual(20_000);

  telemetry.end();
  expect(clock.pending).toBe(0);
});
