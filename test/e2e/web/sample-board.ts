import type { BoardRow, Explanation } from '../../../src/domain/explanation.js';
import type { HistoryEvent, IssueHistory } from '../../../src/domain/history.js';
import type { Snapshot } from '../../../src/domain/snapshot.js';
import type { TranscriptLine } from '../../../src/domain/transcript.js';
import {
  aBlockedRow,
  aParkedRow,
  aProblem,
  aRetryingRow,
  aRunningRow,
  aSnapshot,
  SAMPLE_AT_MS,
} from '../../helpers/snapshots.js';

// A board as a team could have it at a quarter past eight in the evening, for people to look at.

const MINUTE_MS = 60_000;
const tracker = (identifier: string): string => `https://tracker.example/issue/${identifier}`;

const running = [
  [
    'MT-649',
    'Cache the list of projects between polls',
    'In Progress',
    318,
    7,
    184_220,
    'running npm test -- --run cache',
  ],
  [
    'MT-655',
    'Say which label is missing when an issue is left out',
    'In Progress',
    1_504,
    14,
    412_907,
    'changed src/trackers/linear/reads.ts',
  ],
  [
    'MT-661',
    'Réduire la taille des journaux',
    'Rework',
    96,
    2,
    38_114,
    'thinking: the rotation keeps one file too many',
  ],
  [
    'MT-663',
    'Retry uploads that end with 502',
    'In Progress',
    61,
    1,
    9_870,
    'searching the web: http 502 retry-after',
  ],
  ['MT-664', 'دعم الكتابة من اليمين إلى اليسار', 'Todo', 12, 0, 0, null],
] as const;

const PHASES = [
  'streamingTurn',
  'streamingTurn',
  'streamingTurn',
  'streamingTurn',
  'preparingWorkspace',
] as const;

/** What the daemon shows. */
export const SAMPLE_SNAPSHOT: Snapshot = aSnapshot({
  startedAtMs: SAMPLE_AT_MS - 7.4 * 3_600_000,
  maxConcurrentAgents: 8,
  running: running.map(([identifier, title, state, age, turnCount, totalTokens, lastMessage], index) =>
    aRunningRow({
      issueId: `id-${identifier}`,
      identifier,
      title,
      url: tracker(identifier),
      state,
      host: index === 2 ? 'worker-2' : 'local',
      startedAtMs: SAMPLE_AT_MS - age * 1_000,
      attempt: index === 1 ? 2 : null,
      phase: PHASES[index] ?? 'streamingTurn',
      turnCount,
      lastEvent: lastMessage === null ? null : 'notification',
      lastMessage,
      lastEventAtMs: lastMessage === null ? null : SAMPLE_AT_MS - (index + 2) * 3_000,
      usage: {
        inputTokens: Math.round(totalTokens * 0.93),
        outputTokens: Math.round(totalTokens * 0.07),
        totalTokens,
      },
    }),
  ),
  retrying: [
    aRetryingRow({
      issueId: 'id-MT-650',
      identifier: 'MT-650',
      title: 'Fix the build on Node 22',
      url: tracker('MT-650'),
      dueAtMs: SAMPLE_AT_MS + 74_000,
      error: 'agent failed: the provider is overloaded',
    }),
  ],
  blocked: [
    aBlockedRow({
      issueId: 'id-MT-651',
      identifier: 'MT-651',
      title: 'Publish the 0.4 release',
      url: tracker('MT-651'),
      host: 'local',
      question: {
        kind: 'commandApproval',
        text: 'run npm publish --access public (the release notes are written and the tests pass)',
        choices: ['approve', 'decline'],
      },
      blockedAtMs: SAMPLE_AT_MS - 11 * MINUTE_MS,
    }),
    aBlockedRow({
      issueId: 'id-MT-658',
      identifier: 'MT-658',
      title: 'Move settings to the new format',
      url: tracker('MT-658'),
      host: 'local',
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
      issueId: 'id-MT-640',
      identifier: 'MT-640',
      title: 'Rename the settings page',
      url: tracker('MT-640'),
      cause: 'operator',
      reason: 'stopped by a person',
      untilMs: null,
    }),
  ],
  waiting: { count: 2, identifiers: ['MT-666', 'MT-667'] },
  ineligible: { count: 3, identifiers: ['MT-670', 'MT-671', 'MT-674'] },
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

function boardRow(identifier: string, fields: Partial<BoardRow>): BoardRow {
  return {
    issueId: `id-${identifier}`,
    identifier,
    title: `Title of ${identifier}`,
    url: tracker(identifier),
    state: 'Todo',
    priority: null,
    labels: [],
    standing: 'waiting',
    reason: '',
    ...fields,
  };
}

/** The issue that has a history, and those that nobody works on. */
export const SAMPLE_BOARD: readonly BoardRow[] = [
  boardRow('MT-651', {
    title: 'Publish the 0.4 release',
    state: 'In Progress',
    standing: 'blocked',
    reason: 'blocked since 20:04:30 UTC, approval required',
  }),
  boardRow('MT-666', {
    title: 'Explain the retry backoff in the docs',
    priority: 2,
    reason: 'Todo 1/1 slots used by MT-664',
  }),
  boardRow('MT-667', {
    title: 'Drop support for Node 18',
    priority: 3,
    reason: 'number 2 of 2 that wait, in order of priority and age',
  }),
  boardRow('MT-670', {
    title: 'Try the new planner',
    standing: 'ineligible',
    reason: 'label `agent-ok` missing',
  }),
  boardRow('MT-671', {
    title: 'Upgrade the database driver',
    state: 'In Progress',
    standing: 'ineligible',
    reason: 'blocked by MT-655 (In Progress)',
  }),
  boardRow('MT-674', {
    title: 'Sign the archives of a release',
    priority: 4,
    standing: 'ineligible',
    reason: 'blocked by MT-651 (In Progress)',
  }),
];

const ATTEMPTS: IssueHistory['attempts'] = [
  {
    runId: 31,
    attempt: null,
    startedAtMs: SAMPLE_AT_MS - 71 * MINUTE_MS,
    endedAtMs: SAMPLE_AT_MS - 52 * MINUTE_MS,
    outcome: 'turnsExhausted',
    detail: 'all 20 turns were used',
    phases: [
      { phase: 'preparingWorkspace', atMs: SAMPLE_AT_MS - 71 * MINUTE_MS },
      { phase: 'launchingAgent', atMs: SAMPLE_AT_MS - 70 * MINUTE_MS },
      { phase: 'streamingTurn', atMs: SAMPLE_AT_MS - 69.8 * MINUTE_MS },
      { phase: 'finishing', atMs: SAMPLE_AT_MS - 52.2 * MINUTE_MS },
    ],
    host: 'local',
    workspacePath: '/srv/symphony/workspaces/MT-651',
    threadId: 'thread-9f2',
    sessionId: 'thread-9f2-turn-20',
    turnCount: 20,
    usage: { inputTokens: 301_114, outputTokens: 22_310, totalTokens: 323_424 },
  },
  {
    runId: 37,
    attempt: 1,
    startedAtMs: SAMPLE_AT_MS - 51 * MINUTE_MS,
    endedAtMs: SAMPLE_AT_MS - 44 * MINUTE_MS,
    outcome: 'agentFailed',
    detail: 'agent_overloaded: the provider is overloaded, try again later',
    phases: [
      { phase: 'preparingWorkspace', atMs: SAMPLE_AT_MS - 51 * MINUTE_MS },
      { phase: 'launchingAgent', atMs: SAMPLE_AT_MS - 50.9 * MINUTE_MS },
      { phase: 'streamingTurn', atMs: SAMPLE_AT_MS - 50.5 * MINUTE_MS },
    ],
    host: 'local',
    workspacePath: '/srv/symphony/workspaces/MT-651',
    threadId: 'thread-9f2',
    sessionId: 'thread-9f2-turn-24',
    turnCount: 4,
    usage: { inputTokens: 88_010, outputTokens: 4_190, totalTokens: 92_200 },
  },
  {
    runId: 44,
    attempt: 2,
    startedAtMs: SAMPLE_AT_MS - 32 * MINUTE_MS,
    endedAtMs: SAMPLE_AT_MS - 11 * MINUTE_MS,
    outcome: 'inputRequired',
    detail: 'run npm publish --access public',
    phases: [
      { phase: 'preparingWorkspace', atMs: SAMPLE_AT_MS - 32 * MINUTE_MS },
      { phase: 'launchingAgent', atMs: SAMPLE_AT_MS - 31.8 * MINUTE_MS },
      { phase: 'streamingTurn', atMs: SAMPLE_AT_MS - 31.5 * MINUTE_MS },
    ],
    host: 'local',
    workspacePath: '/srv/symphony/workspaces/MT-651',
    threadId: 'thread-a04',
    sessionId: 'thread-a04-turn-3',
    turnCount: 3,
    usage: { inputTokens: 120_400, outputTokens: 9_020, totalTokens: 129_420 },
  },
];

const TOKENS = [0, 41, 96, 150, 233, 298, 323, 323, 360, 415, 416, 430, 461, 502, 545].map(
  (thousands, index) => ({
    atMs: SAMPLE_AT_MS - (71 - index * 4.28) * MINUTE_MS,
    totalTokens: thousands * 1_000,
  }),
);

/** What is remembered of MT-651, which waits for an answer. */
export const SAMPLE_HISTORY: IssueHistory = {
  issueId: 'id-MT-651',
  identifier: 'MT-651',
  title: 'Publish the 0.4 release',
  url: tracker('MT-651'),
  state: 'In Progress',
  attempts: ATTEMPTS,
  tokens: TOKENS,
  lastEventAtMs: SAMPLE_AT_MS - 11 * MINUTE_MS,
};

/** What is remembered of an issue that is held no longer. */
export const ENDED_HISTORY: IssueHistory = {
  ...SAMPLE_HISTORY,
  issueId: 'id-MT-633',
  identifier: 'MT-633',
  title: 'Answer with the right status when a body is too large',
  url: tracker('MT-633'),
  state: 'Done',
  attempts: ATTEMPTS.slice(0, 1).map((attempt) => ({ ...attempt, outcome: 'issueInactive' as const })),
  lastEventAtMs: SAMPLE_AT_MS - 26 * MINUTE_MS,
};

/** Why MT-651 is not worked on. */
export const SAMPLE_EXPLANATION: Explanation = {
  issueId: 'id-MT-651',
  identifier: 'MT-651',
  title: 'Publish the 0.4 release',
  url: tracker('MT-651'),
  state: 'In Progress',
  standing: 'blocked',
  headline:
    'blocked since 20:04:30 UTC, approval required: the agent wants to run a command: run npm publish --access public',
  rules: [
    { rule: 'complete', verdict: 'passes', fact: 'id, identifier, title and state are there' },
    { rule: 'not_terminal', verdict: 'passes', fact: 'state In Progress is not terminal' },
    { rule: 'active', verdict: 'passes', fact: 'state In Progress is active' },
    { rule: 'dispatchable', verdict: 'passes', fact: 'the tracker calls it dispatchable' },
    { rule: 'required_labels', verdict: 'passes', fact: 'it has the label agent-ok' },
    { rule: 'workspace_free', verdict: 'passes', fact: 'its workspace is not being removed' },
    {
      rule: 'claim',
      verdict: 'holds',
      fact: 'blocked since 20:04:30 UTC, approval required: the agent wants to run a command: run npm publish --access public',
    },
    { rule: 'daemon_running', verdict: 'passes', fact: 'the daemon is running' },
    { rule: 'not_held', verdict: 'passes', fact: 'dispatch is neither paused nor draining' },
    { rule: 'workflow_valid', verdict: 'passes', fact: 'the workflow file is valid' },
    { rule: 'account_not_limited', verdict: 'passes', fact: 'no limit of the account is known' },
    { rule: 'tracker_answers', verdict: 'passes', fact: 'the tracker answered at 20:15:12 UTC' },
    { rule: 'slot_free', verdict: 'passes', fact: '5/8 slots used' },
    { rule: 'state_slot_free', verdict: 'passes', fact: 'In Progress has no limit of its own' },
    { rule: 'turn', verdict: 'holds', fact: 'it does not stand in the queue' },
  ],
  generatedAtMs: SAMPLE_AT_MS,
  readAtMs: SAMPLE_AT_MS - 18_000,
};

type Told = readonly [number, HistoryEvent['kind'], HistoryEvent['level'], string];
const TOLD: readonly Told[] = [
  [32, 'run_started', 'info', 'attempt 2 starts in /srv/symphony/workspaces/MT-651'],
  [31.8, 'hook_completed', 'info', 'hook before_run completed after 8.2 s'],
  [31.6, 'agent_session_started', 'info', 'the agent’s session has started'],
  [31, 'agent_notification', 'debug', 'running git log --oneline v0.3..HEAD'],
  [30.2, 'agent_notification', 'debug', 'changed CHANGELOG.md, package.json'],
  [
    28,
    'agent_tool_call_failed',
    'warn',
    'failed call of tool linear_update_issue: the state “Shipping” does not exist',
  ],
  [27.5, 'agent_notification', 'debug', 'running npm test'],
  [19, 'agent_notification', 'debug', 'ran npm test'],
  [18.4, 'agent_turn_completed', 'info', 'turn completed'],
  [14, 'agent_notification', 'debug', 'running npm pack --dry-run'],
  [12, 'hook_failed', 'error', 'hook after_run failed after 2.1 s with exit status 1'],
  [11.1, 'agent_turn_input_required', 'info', 'approval requested: run npm publish --access public'],
  [11, 'issue_blocked', 'warn', 'MT-651 waits for a person: the agent wants to run a command'],
];

/** What has happened to MT-651. */
export const SAMPLE_EVENTS: readonly HistoryEvent[] = TOLD.map(([minutes, kind, level, message], index) => ({
  id: `a1b2-${String(index + 1).padStart(6, '0')}`,
  atMs: SAMPLE_AT_MS - minutes * MINUTE_MS,
  issueId: 'id-MT-651',
  identifier: 'MT-651',
  kind,
  level,
  message,
  fields:
    kind === 'hook_failed' ? { hook: 'afterRun', status: 1, output: 'npm error missing script: report' } : {},
}));

/** What the agent of MT-651 and the daemon said to each other. */
export const SAMPLE_TRANSCRIPT: readonly TranscriptLine[] = [
  {
    direction: 'sent' as const,
    message: { id: 1, method: 'initialize', params: { clientInfo: { name: 'symphony' } } },
  },
  { direction: 'received' as const, message: { id: 1, result: { userAgent: 'codex/0.169.0' } } },
  {
    direction: 'sent' as const,
    message: {
      id: 2,
      method: 'turn/start',
      params: {
        threadId: 'thread-a04',
        input: [{ type: 'text', text: 'You work on MT-651: Publish the 0.4 release.' }],
      },
    },
  },
  {
    direction: 'received' as const,
    message: { method: 'item/agentMessage/delta', params: { itemId: 'i1', delta: 'I will' } },
  },
  {
    direction: 'received' as const,
    message: {
      method: 'item/completed',
      params: {
        item: { id: 'i1', type: 'agentMessage', text: 'I will write the release notes, then run the tests.' },
      },
    },
  },
  {
    direction: 'received' as const,
    message: {
      method: 'item/started',
      params: { item: { id: 'i2', type: 'commandExecution', command: 'npm test', status: 'inProgress' } },
    },
  },
  {
    direction: 'received' as const,
    message: {
      id: 7,
      method: 'item/commandExecution/requestApproval',
      params: { command: ['npm', 'publish', '--access', 'public'], reason: 'the release notes are written' },
    },
  },
  { direction: null, message: 'a line that is no JSON' },
].map((line, index) => ({ ...line, atMs: SAMPLE_AT_MS - (31 - index) * MINUTE_MS }));
