import type { FrameInput, Watched } from '../../src/dashboard/frame/frame-input.js';
import { START } from '../../src/dashboard/keys/ui.js';
import type { Explanation } from '../../src/domain/explanation.js';
import type { HistoryEvent } from '../../src/domain/history.js';
import type { Snapshot } from '../../src/domain/snapshot.js';
import { everyRule } from './rule-verdicts.js';
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
    ui: START,
    watched: null,
    notice: null,
    fault: null,
    nowMs: SAMPLE_AT_MS + 3_000,
    columns: 120,
    rows: 40,
    links: { dashboardUrl: 'http://127.0.0.1:8080', project: 'https://linear.app/acme/project/cache' },
    mode: 'daemon',
    hasKeys: true,
    ...fields,
  };
}

/** A daemon with something of everything, hostile and wide texts included. */
export function aBusySnapshot(): Snapshot {
  return aSnapshot({
    running: [
      aRunningRow({
        identifier: 'MT-10',
        issueId: 'r1',
        title: 'Drop the old export',
        startedAtMs: SAMPLE_AT_MS - 782_000,
        turnCount: 11,
      }),
      aRunningRow({
        identifier: 'MT-9',
        issueId: 'r2',
        title: 'チケットの一覧を速くする 🚀',
        state: '実装中のチケットです',
        lastEvent: 'notification',
        lastMessage:
          '日本語のメッセージ 👩‍👩‍👧 を読んでいます and goes on in English for quite a while longer',
        usage: { inputTokens: 1_200_000, outputTokens: 34_567, totalTokens: 1_234_567 },
      }),
      aRunningRow({
        identifier: 'PLATFORM-1234',
        issueId: 'r3',
        title: 'Billing: round half to even',
        lastEvent: 'tool_call_failed',
        lastMessage: '\u001b[31mtool failed\u001b[0m: exit 1\n\tat line 2',
      }),
      aRunningRow({
        identifier: 'MT-12',
        issueId: 'r4',
        title: 'Let reviewers ask for a second look',
        sessionId: null,
        processId: null,
        lastEvent: null,
        lastMessage: null,
        phase: 'preparingWorkspace',
        turnCount: 0,
        startedAtMs: SAMPLE_AT_MS - 1_000,
        usage: { inputTokens: 0, outputTokens: 0, totalTokens: 0 },
      }),
      aRunningRow({ identifier: 'MT-13', issueId: 'r5', title: 'Rename the flag', stopping: 'terminal' }),
    ],
    retrying: [
      aRetryingRow({ dueAtMs: SAMPLE_AT_MS + 40_000 }),
      aRetryingRow({
        identifier: 'MT-660',
        issueId: 'q2',
        title: 'Replace the queue',
        attempt: 1,
        dueAtMs: SAMPLE_AT_MS + 4_200,
        error: 'agent exited, code 1,\nstack:\n  at a, b, c',
      }),
    ],
    blocked: [aBlockedRow()],
    parked: [
      aParkedRow(),
      aParkedRow({
        identifier: 'MT-661',
        issueId: 'p2',
        title: 'Try the new parser',
        cause: 'operator',
        untilMs: null,
        reason: 'stopped by an operator',
      }),
    ],
    waiting: { count: 14, identifiers: ['MT-700', 'MT-701', 'MT-702'] },
    ineligible: { count: 2, identifiers: ['MT-800', 'MT-801'] },
    totals: { inputTokens: 1_234_567, outputTokens: 89_012, totalTokens: 1_323_579, secondsRunning: 4_321 },
    throughput: {
      tokensPerSecond: 1_234,
      samples: [
        ...[0, 0, 120, 340, 800, 1_200, 1_900, 2_400, 2_100, 1_700, 900, 400],
        ...[0, 0, 60, 300, 700, 1_100, 1_500, 1_800, 1_300, 1_250, 1_240, 1_234],
      ],
      sampleMs: 25_000,
    },
    polling: {
      ...aSnapshot().polling,
      budget: { limit: 1_500, remaining: 1_487, windowMs: 3_600_000, requestsPerPoll: 3 },
    },
    rateLimits: {
      limitId: 'codex',
      primary: { usedPercent: 12.4, windowDurationMins: 300, resetsAt: SAMPLE_AT_MS / 1_000 + 603 },
      secondary: { usedPercent: 3, resetsAt: SAMPLE_AT_MS / 1_000 + 200_000 },
      credits: { hasCredits: true, unlimited: false, balance: '17.5' },
    },
    problems: [
      aProblem({ atMs: SAMPLE_AT_MS - 4_000_000 }),
      aProblem({ atMs: SAMPLE_AT_MS - 3_970_000 }),
      aProblem({ atMs: SAMPLE_AT_MS - 3_940_000 }),
      aProblem({ identifier: 'MT-660', message: 'hook before_run failed: exit 1' }),
    ],
  });
}

const BLOCKED_SINCE = 'waits for an answer since 20:13:30 UTC: the agent asked for approval of a command';

/** Why a waiting issue waits, by every rule. */
export function anExplanation(fields: Partial<Explanation> = {}): Explanation {
  return {
    issueId: 'ghi789',
    identifier: 'MT-651',
    title: 'Release',
    url: 'https://tracker.example/issues/MT-651',
    state: 'In Progress',
    standing: 'blocked',
    headline: BLOCKED_SINCE,
    rules: everyRule({
      claim: BLOCKED_SINCE,
      state_slot_free: 'In Progress 2/2 slots used by MT-9, MT-10',
    }),
    generatedAtMs: SAMPLE_AT_MS,
    readAtMs: SAMPLE_AT_MS - 18_000,
    ...fields,
  };
}

/** Something that happened to the blocked issue. */
export function anEvent(number: number, fields: Partial<HistoryEvent> = {}): HistoryEvent {
  return {
    id: `1-${number}`,
    atMs: SAMPLE_AT_MS - 400_000 + number * 4_000,
    issueId: 'ghi789',
    identifier: 'MT-651',
    kind: 'agent_notification',
    level: 'info',
    message: `command started: npm run step-${number}`,
    fields: {},
    ...fields,
  };
}

/** The blocked issue as it is shown when it is open. */
export function aWatched(fields: Partial<Watched> = {}): Watched {
  return {
    identifier: 'MT-651',
    explained: { kind: 'known', explanation: anExplanation() },
    events: [
      anEvent(0, { atMs: SAMPLE_AT_MS - 90_000_000, message: 'issue claimed', kind: 'issue_claimed' }),
      anEvent(1, { kind: 'run_started', message: 'run started' }),
      anEvent(2, { level: 'debug', message: 'thread token usage updated: in 10, out 5, total 15' }),
      anEvent(3, {
        message:
          'agent message: The package is built and its tests are green; 公開する前に確認します, then I tag the commit and push it to the registry that the workflow names.',
      }),
      anEvent(4, { level: 'warn', message: 'tool call failed: exit 1' }),
      anEvent(5, { level: 'error', message: 'hook before_run failed: exit 1\n\u001b[31mred\u001b[0m' }),
      anEvent(6, { message: 'approval requested: npm publish', kind: 'agent_question' }),
    ],
    ...fields,
  };
}
