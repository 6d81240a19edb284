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

test('a thousand runs that talk at once are told in portions, so that others have their turn between', async () => {
  const { clock, telemetry, posted } = aTelemetry();
  const seenBetween: number[] = [];
  const lookOn = (): void => {
    seenBetween.push(posted.length);
    if (posted.length < 1_000) clock.wakeAt(clock.nowMs(), lookOn);
  };
  for (let runId = 1; runId <= 1_000; runId += 1) telemetry.open(runId, `id-${runId}`);
  for (let runId = 1; runId <= 1_000; runId += 1) telemetry.fold(runId, note);
  clock.wakeAt(250, lookOn);

  await clock.advance(250);

  expect(posted).toHaveLength(1_000);
  const portions = seenBetween.map((count, index) => count - (seenBetween[index - 1] ?? 0));
  expect(Math.max(...portions)).toBeLessThanOrEqual(100);
});

test('what is said while the others are being told is told a quarter of a second later', async () => {
  const { clock, telemetry, posted } = aTelemetry();
  for (let runId = 1; runId <= 150; runId += 1) telemetry.open(runId, `id-${runId}`);
  for (let runId = 1; runId <= 150; runId += 1) telemetry.fold(runId, note);
  clock.wakeAt(250, () => telemetry.fold(1, note));

  await clock.advance(499);
  expect(posted).toHaveLength(150);
  await clock.advance(1);
  expect(posted).toHaveLength(151);

  telemetry.end();
  expect(clock.pending).toBe(0);
});
