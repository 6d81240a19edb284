import type { FrameInput } from '../../src/dashboard/frame.js';
import type { Snapshot } from '../../src/domain/snapshot.js';
import {
  aBlockedRow,
  aParkedRow,
  aProblem,
  aRetryingRow,
  aRunningRow,
  aSnapshot,
  SAMPLE_AT_MS,
} from './snapshots.js';

/** A frame's input, three seconds after its snapshot. */
export function aFrameInput(fields: Partial<FrameInput> = {}): FrameInput {
  return {
    snapshot: aSnapshot(),
    nowMs: SAMPLE_AT_MS + 3_000,
    columns: 120,
    rows: 40,
    tokensPerSecond: 0,
    links: { dashboardUrl: 'http://127.0.0.1:8080', project: 'https://linear.app/acme/project/cache' },
    ...fields,
  };
}

/** A daemon with something of everything, hostile and wide texts included. */
export function aBusySnapshot(): Snapshot {
  return aSnapshot({
    running: [
      aRunningRow({ identifier: 'MT-10', issueId: 'r1', startedAtMs: SAMPLE_AT_MS - 782_000, turnCount: 11 }),
      aRunningRow({
        identifier: 'MT-9',
        issueId: 'r2',
        state: '実装中のチケットです',
        lastEvent: 'notification',
        lastMessage:
          '日本語のメッセージ 👩‍👩‍👧 を読んでいます and goes on in English for quite a while longer',
        usage: { inputTokens: 1_200_000, outputTokens: 34_567, totalTokens: 1_234_567 },
      }),
      aRunningRow({
        identifier: 'PLATFORM-1234',
        issueId: 'r3',
        lastEvent: 'tool_call_failed',
        lastMessage: '\u001b[31mtool failed\u001b[0m: exit 1\n\tat line 2',
      }),
      aRunningRow({
        identifier: 'MT-12',
        issueId: 'r4',
        sessionId: null,
        processId: null,
        lastEvent: null,
        lastMessage: null,
        phase: 'preparingWorkspace',
        turnCount: 0,
        startedAtMs: SAMPLE_AT_MS - 1_000,
        usage: { inputTokens: 0, outputTokens: 0, totalTokens: 0 },
      }),
      aRunningRow({ identifier: 'MT-13', issueId: 'r5', stopping: 'terminal' }),
    ],
    retrying: [
      aRetryingRow({ dueAtMs: SAMPLE_AT_MS + 40_000 }),
      aRetryingRow({
        identifier: 'MT-660',
        attempt: 1,
        dueAtMs: SAMPLE_AT_MS + 4_200,
        error: 'agent exited, code 1,\nstack:\n  at a, b, c',
      }),
    ],
    blocked: [aBlockedRow()],
    parked: [
      aParkedRow(),
      aParkedRow({ identifier: 'MT-661', untilMs: null, reason: 'stopped by an operator' }),
    ],
    waiting: { count: 14, identifiers: ['MT-700', 'MT-701', 'MT-702'] },
    totals: { inputTokens: 1_234_567, outputTokens: 89_012, totalTokens: 1_323_579, secondsRunning: 4_321 },
    rateLimits: {
      limitId: 'codex',
      primary: { usedPercent: 12.4, windowDurationMins: 300, resetsAt: SAMPLE_AT_MS / 1_000 + 603 },
      secondary: { usedPercent: 3, resetsAt: SAMPLE_AT_MS / 1_000 + 200_000 },
      credits: { hasCredits: true, unlimited: false, balance: '17.5' },
    },
    problems: [aProblem({ identifier: 'MT-660', message: 'hook before_run failed: exit 1' })],
  });
}
