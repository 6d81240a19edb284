import type { BoardRow } from '../../src/domain/explanation.js';
import type { RunningRow, Snapshot } from '../../src/domain/snapshot.js';
import { aHostRow } from './host-rows.js';
import {
  aBlockedRow,
  aParkedRow,
  aProblem,
  aRetryingRow,
  aRunningRow,
  aSnapshot,
  SAMPLE_AT_MS,
} from './snapshots.js';

// A board as a team could have it at a quarter past eight in the evening, for people to look at: on the page, on the
// terminal, and in the pictures of both. What is remembered of MT-651, which waits for an answer, is in sample-issue.ts.

const MINUTE_MS = 60_000;

const TITLES = {
  'MT-633': 'Answer with the right status when a body is too large',
  'MT-640': 'Rename the settings page',
  'MT-649': 'Cache the list of projects between polls',
  'MT-650': 'Fix the build on Node 22',
  'MT-651': 'Publish the 0.4 release',
  'MT-655': 'Say which label is missing when an issue is left out',
  'MT-658': 'Move settings to the new format',
  'MT-661': 'Réduire la taille des journaux',
  'MT-663': 'Retry uploads that end with 502',
  'MT-664': 'دعم الكتابة من اليمين إلى اليسار',
  'MT-666': 'Explain the retry backoff in the docs',
  'MT-667': 'Drop support for Node 18',
  'MT-670': 'Try the new planner',
  'MT-671': 'Upgrade the database driver',
  'MT-674': 'Sign the archives of a release',
} as const;
type Identifier = keyof typeof TITLES;

/** What an issue of that day is called, wherever it is shown. */
export function named(identifier: Identifier) {
  return {
    issueId: `id-${identifier}`,
    identifier,
    title: TITLES[identifier],
    url: `https://tracker.example/issue/${identifier}`,
  };
}

/** Where its agent works. */
export function workspaceOf(identifier: Identifier): string {
  return `/srv/symphony/workspaces/${identifier}`;
}

/** What the agent of MT-651 asks. */
export const SAMPLE_QUESTION = {
  kind: 'commandApproval',
  text: 'run npm publish --access public (the release notes are written and the tests pass)',
  choices: ['approve', 'decline'],
} as const;

/** An issue whose agent has come so far, so many seconds after its start. */
interface Work extends Partial<RunningRow> {
  readonly ageSeconds: number;
  readonly turnCount: number;
  readonly tokens: number;
}

function aRun(identifier: Identifier, { ageSeconds, turnCount, tokens, ...fields }: Work): RunningRow {
  const threadId = `thread-${identifier.slice(-2)}c`;
  return aRunningRow({
    ...named(identifier),
    workspacePath: workspaceOf(identifier),
    host: 'build-1',
    threadId,
    sessionId: `${threadId}-turn-${turnCount}`,
    processId: 40_000 + ageSeconds,
    startedAtMs: SAMPLE_AT_MS - ageSeconds * 1_000,
    turnCount,
    lastEvent: 'notification',
    usage: {
      inputTokens: Math.round(tokens * 0.93),
      outputTokens: Math.round(tokens * 0.07),
      totalTokens: tokens,
    },
    ...fields,
  });
}

const RUNNING: readonly RunningRow[] = [
  aRun('MT-649', {
    ...{ ageSeconds: 318, turnCount: 7, tokens: 184_220 },
    lastMessage: 'running npm test -- --run cache',
    lastEventAtMs: SAMPLE_AT_MS - 6_000,
  }),
  aRun('MT-655', {
    ...{ ageSeconds: 1_504, turnCount: 14, tokens: 412_907 },
    attempt: 2,
    lastMessage: 'changed src/trackers/linear/reads.ts',
    lastEventAtMs: SAMPLE_AT_MS - 9_000,
  }),
  aRun('MT-661', {
    ...{ ageSeconds: 96, turnCount: 2, tokens: 38_114 },
    state: 'Rework',
    host: 'build-2',
    lastMessage: 'thinking: the rotation keeps one file too many',
    lastEventAtMs: SAMPLE_AT_MS - 12_000,
  }),
  aRun('MT-663', {
    ...{ ageSeconds: 61, turnCount: 1, tokens: 9_870 },
    lastMessage: 'searching the web: http 502 retry-after',
    lastEventAtMs: SAMPLE_AT_MS - 15_000,
  }),
  aRun('MT-664', {
    ...{ ageSeconds: 12, turnCount: 0, tokens: 0 },
    ...{ state: 'Todo', host: 'build-2', phase: 'preparingWorkspace' },
    ...{ threadId: null, sessionId: null, processId: null },
    ...{ lastEvent: null, lastMessage: null, lastEventAtMs: null },
  }),
];

function boardRow(identifier: Identifier, fields: Pick<BoardRow, 'reason'> & Partial<BoardRow>): BoardRow {
  return {
    ...named(identifier),
    state: 'Todo',
    priority: null,
    labels: [],
    standing: 'waiting',
    ...fields,
  };
}

/** The issue that has a history, and those that nobody works on. */
export const SAMPLE_BOARD: readonly BoardRow[] = [
  boardRow('MT-651', {
    state: 'In Progress',
    standing: 'blocked',
    reason: `blocked since 20:04:30 UTC, approval required: ${SAMPLE_QUESTION.text}`,
  }),
  boardRow('MT-666', { priority: 2, reason: 'Todo 1/1 slots used by MT-664' }),
  boardRow('MT-667', {
    priority: 3,
    reason: 'number 2 of 2 that wait, in order of priority and age',
  }),
  boardRow('MT-670', { standing: 'ineligible', reason: 'label `agent-ok` missing' }),
  boardRow('MT-671', {
    state: 'In Progress',
    standing: 'ineligible',
    reason: 'blocked by MT-655 (In Progress)',
  }),
  boardRow('MT-674', {
    priority: 4,
    standing: 'ineligible',
    reason: 'blocked by MT-651 (In Progress)',
  }),
];

function standingAt(standing: BoardRow['standing']) {
  const identifiers = SAMPLE_BOARD.filter((row) => row.standing === standing).map((row) => row.identifier);
  return { count: identifiers.length, identifiers };
}

/** What the daemon shows. */
export const SAMPLE_SNAPSHOT: Snapshot = aSnapshot({
  startedAtMs: SAMPLE_AT_MS - 7.4 * 3_600_000,
  maxConcurrentAgents: 8,
  running: RUNNING,
  retrying: [
    aRetryingRow({
      ...named('MT-650'),
      workspacePath: workspaceOf('MT-650'),
      host: 'build-2',
      dueAtMs: SAMPLE_AT_MS + 74_000,
      error: 'agent failed: the provider is overloaded',
    }),
  ],
  blocked: [
    aBlockedRow({
      ...named('MT-651'),
      workspacePath: workspaceOf('MT-651'),
      host: 'build-1',
      threadId: 'thread-a04',
      sessionId: 'thread-a04-turn-3',
      turnCount: 3,
      usage: { inputTokens: 120_400, outputTokens: 9_020, totalTokens: 129_420 },
      question: SAMPLE_QUESTION,
      lastEventAtMs: SAMPLE_AT_MS - 11 * MINUTE_MS,
      blockedAtMs: SAMPLE_AT_MS - 11 * MINUTE_MS,
    }),
    aBlockedRow({
      ...named('MT-658'),
      workspacePath: workspaceOf('MT-658'),
      host: 'build-2',
      usage: { inputTokens: 61_250, outputTokens: 4_105, totalTokens: 65_355 },
      question: {
        kind: 'userInput',
        text: 'Old settings can be rewritten in place or read in both formats. Which one?',
        choices: ['Rewrite in place', 'Read both formats'],
      },
      blockedAtMs: SAMPLE_AT_MS - 3 * MINUTE_MS,
    }),
  ],
  parked: [
    aParkedRow({
      ...named('MT-640'),
      workspacePath: workspaceOf('MT-640'),
      cause: 'operator',
      reason: 'stopped by a person',
      untilMs: null,
    }),
  ],
  waiting: standingAt('waiting'),
  ineligible: standingAt('ineligible'),
  hosts: [
    aHostRow('build-1', { running: 3, link: { connections: 1, sessions: 3 } }),
    aHostRow('build-2', { running: 2, link: { connections: 1, sessions: 2 } }),
  ],
  totals: { inputTokens: 8_412_334, outputTokens: 512_907, totalTokens: 8_925_241, secondsRunning: 61_204 },
  throughput: {
    tokensPerSecond: 1_284,
    samples: [
      ...[310, 420, 388, 611, 905, 1_204, 980, 760, 402, 0, 0, 122],
      ...[480, 733, 990, 1_420, 1_688, 1_502, 1_207, 1_334, 1_190, 1_015, 1_402, 1_284],
    ],
    sampleMs: 25_000,
  },
  rateLimits: {
    limit_id: 'codex',
    primary: { used_percent: 42, window_minutes: 300, resets_at: Math.floor(SAMPLE_AT_MS / 1_000) + 8_040 },
    secondary: {
      used_percent: 81,
      window_minutes: 10_080,
      resets_at: Math.floor(SAMPLE_AT_MS / 1_000) + 190_000,
    },
    credits: null,
  },
  polling: {
    ...aSnapshot().polling,
    budget: { limit: 5_000, remaining: 4_212, windowMs: 3_600_000, requestsPerPoll: 2 },
  },
  problems: [
    aProblem({ atMs: SAMPLE_AT_MS - 42 * MINUTE_MS, message: 'Linear answered 503.' }),
    aProblem({
      atMs: SAMPLE_AT_MS - 9 * MINUTE_MS,
      code: 'agent_overloaded',
      message: 'The agent of MT-650 failed: the provider is overloaded.',
      identifier: 'MT-650',
    }),
  ],
});
