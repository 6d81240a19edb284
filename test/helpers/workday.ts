import type { FrameInput } from '../../src/dashboard/frame/frame-input.js';
import { START } from '../../src/dashboard/keys/ui.js';
import type { RunningRow, Snapshot } from '../../src/domain/snapshot.js';
import { aFrameInput, anEvent, anExplanation } from './frames.js';
import {
  aBlockedRow,
  aParkedRow,
  aProblem,
  aRetryingRow,
  aRunningRow,
  aSnapshot,
  SAMPLE_AT_MS,
} from './snapshots.js';

const MINUTE_MS = 60_000;

function aRun(
  number: number,
  title: string,
  minutes: number,
  lastMessage: string,
  fields: Partial<RunningRow> = {},
) {
  const identifier = `SHOP-${number}`;
  const inputTokens = minutes * 14_321;
  const outputTokens = minutes * 811;
  return aRunningRow({
    issueId: identifier,
    identifier,
    title,
    lastMessage,
    lastEvent: 'notification',
    processId: 40_000 + number,
    sessionId: `019c${number}2f-7b1e-turn-${Math.ceil(minutes / 4)}`,
    turnCount: Math.ceil(minutes / 4),
    startedAtMs: SAMPLE_AT_MS - minutes * MINUTE_MS - number * 137,
    usage: { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens },
    ...fields,
  });
}

/** A daemon in the middle of an ordinary day, as the pictures in the documentation show it. */
function aWorkday(): Snapshot {
  return aSnapshot({
    maxConcurrentAgents: 8,
    running: [
      aRun(412, 'Show the delivery date before checkout', 23, 'command started: npm test -- checkout'),
      aRun(415, 'Search ignores umlauts', 11, 'file changes: 3 files (+41 −12)'),
      aRun(418, 'Retry webhooks that timed out', 48, 'agent message: The retry is in; now its test', {
        state: 'In Review',
      }),
      aRun(421, 'Let customers merge two accounts', 6, 'plan updated: 2 of 5 steps done'),
      aRun(422, 'Invoices round half to even', 2, 'command finished: exit 1', {
        lastEvent: 'tool_call_failed',
      }),
      aRun(425, 'Remove the old export', 0, '', {
        lastEvent: null,
        lastMessage: null,
        sessionId: null,
        processId: null,
        phase: 'preparingWorkspace',
        startedAtMs: SAMPLE_AT_MS - 4_000,
        turnCount: 0,
      }),
    ],
    blocked: [
      aBlockedRow({
        issueId: 'SHOP-407',
        identifier: 'SHOP-407',
        title: 'Publish the price feed',
        host: null,
        url: 'https://linear.app/shop/issue/SHOP-407',
        workspacePath: '/srv/symphony/workspaces/SHOP-407',
        sessionId: '019c4072f-7b1e-turn-3',
        usage: { inputTokens: 184_220, outputTokens: 9_310, totalTokens: 193_530 },
        question: {
          kind: 'commandApproval',
          text: 'Run "npm publish --access public" in packages/price-feed?',
          choices: ['accept', 'decline'],
        },
        blockedAtMs: SAMPLE_AT_MS - 7 * MINUTE_MS,
      }),
    ],
    retrying: [
      aRetryingRow({
        issueId: 'SHOP-401',
        identifier: 'SHOP-401',
        title: 'Cache the tax table',
        attempt: 2,
        dueAtMs: SAMPLE_AT_MS + 44_000,
        error: 'agent_overloaded: the model is at capacity',
      }),
    ],
    parked: [
      aParkedRow({
        issueId: 'SHOP-390',
        identifier: 'SHOP-390',
        title: 'Try the new parser',
        cause: 'operator',
        untilMs: null,
        reason: 'stopped by an operator',
      }),
    ],
    waiting: {
      count: 9,
      identifiers: [
        'SHOP-426',
        'SHOP-427',
        'SHOP-430',
        'SHOP-431',
        'SHOP-433',
        'SHOP-434',
        'SHOP-440',
        'SHOP-441',
        'SHOP-442',
      ],
    },
    ineligible: { count: 3, identifiers: ['SHOP-396', 'SHOP-429', 'SHOP-438'] },
    totals: { inputTokens: 4_812_930, outputTokens: 288_114, totalTokens: 5_101_044, secondsRunning: 19_320 },
    throughput: {
      tokensPerSecond: 1_482,
      samples: [
        ...[310, 420, 380, 0, 0, 640, 900, 1_300, 1_250, 1_600, 1_720, 1_500],
        ...[1_100, 700, 820, 1_240, 1_900, 2_100, 1_840, 1_620, 1_300, 1_380, 1_420, 1_482],
      ],
      sampleMs: 25_000,
    },
    polling: {
      ...aSnapshot().polling,
      budget: { limit: 1_500, remaining: 1_391, windowMs: 3_600_000, requestsPerPoll: 1 },
    },
    rateLimits: {
      limitId: 'codex',
      primary: { usedPercent: 31, resetsAt: SAMPLE_AT_MS / 1_000 + 6_120 },
      secondary: { usedPercent: 12, resetsAt: SAMPLE_AT_MS / 1_000 + 300_000 },
    },
    problems: [
      aProblem({ atMs: SAMPLE_AT_MS - 26 * MINUTE_MS }),
      aProblem({
        atMs: SAMPLE_AT_MS - 3 * MINUTE_MS,
        identifier: 'SHOP-401',
        message: 'agent_overloaded: the model is at capacity',
      }),
    ],
  });
}

const BLOCKED = { issueId: 'SHOP-407', identifier: 'SHOP-407', index: 0 };

/** The list of that day. */
export function aWorkdayList(columns: number, rows: number): FrameInput {
  const ui = { kind: 'list', cursor: BLOCKED } as const;
  const links = {
    dashboardUrl: 'http://127.0.0.1:4000',
    project: 'https://linear.app/shop/project/checkout',
  };
  return aFrameInput({ snapshot: aWorkday(), ui, columns, rows, links });
}

/** Its blocked issue, open. */
export function aWorkdayIssue(columns: number, rows: number): FrameInput {
  const since = 'waits for an answer since 20:08:30 UTC: the agent asked for approval of a command';
  const { rules } = anExplanation();
  const messages = [
    'run started, attempt 1',
    'session started',
    'plan updated: 4 steps',
    'command started: npm run build -w packages/price-feed',
    'command finished: exit 0',
    'agent message: The feed is built and its 41 tests are green. I publish it next.',
    'approval requested: npm publish --access public',
    'run ended: the agent asks for a person',
  ];
  return {
    ...aWorkdayList(columns, rows),
    ui: { kind: 'detail', cursor: BLOCKED, scroll: 'end', showsRules: false, back: START },
    watched: {
      identifier: 'SHOP-407',
      explained: {
        kind: 'known',
        explanation: anExplanation({
          identifier: 'SHOP-407',
          title: 'Publish the price feed',
          url: 'https://linear.app/shop/issue/SHOP-407',
          headline: since,
          rules: rules.map((rule) =>
            rule.rule === 'claim' ? { ...rule, fact: since } : { ...rule, verdict: 'passes' },
          ),
        }),
      },
      events: messages.map((message, index) =>
        anEvent(index, { message, atMs: SAMPLE_AT_MS - (16 - index) * MINUTE_MS + index * 7_411 }),
      ),
    },
  };
}
