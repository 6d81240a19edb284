import type { Explanation } from '../../src/domain/explanation.js';
import type { AttemptRecord, HistoryEvent, IssueHistory } from '../../src/domain/history.js';
import type { TranscriptLine } from '../../src/domain/transcript.js';
import { everyRule } from './rule-verdicts.js';
import { named, SAMPLE_QUESTION, workspaceOf } from './sample-board.js';
import { SAMPLE_AT_MS } from './snapshots.js';

// What is remembered of MT-651 on the day of sample-board.ts, and of an issue that ended that day.

const MINUTE_MS = 60_000;

/** A run of MT-651: how many minutes ago it entered each phase and ended, and the turns it took in its thread. */
interface Run extends Pick<AttemptRecord, 'runId' | 'attempt' | 'outcome' | 'detail' | 'turnCount'> {
  readonly phases: readonly (readonly [AttemptRecord['phases'][number]['phase'], minutesAgo: number])[];
  readonly endedMinutesAgo: number;
  readonly session: readonly [threadId: string, turn: number];
  readonly tokens: readonly [input: number, output: number];
}

function anAttempt({ phases, endedMinutesAgo, session, tokens, ...run }: Run): AttemptRecord {
  const entered = phases.map(([phase, minutesAgo]) => ({ phase, atMs: minutesBefore(minutesAgo) }));
  const [threadId, turn] = session;
  const [inputTokens, outputTokens] = tokens;
  return {
    ...run,
    startedAtMs: entered[0]?.atMs ?? SAMPLE_AT_MS,
    endedAtMs: minutesBefore(endedMinutesAgo),
    phases: entered,
    host: 'build-1',
    workspacePath: workspaceOf('MT-651'),
    threadId,
    sessionId: `${threadId}-turn-${turn}`,
    usage: { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens },
  };
}

function minutesBefore(minutes: number): number {
  return SAMPLE_AT_MS - minutes * MINUTE_MS;
}

const ATTEMPTS: readonly AttemptRecord[] = [
  anAttempt({
    ...{ runId: 31, attempt: null, turnCount: 20 },
    outcome: 'turnsExhausted',
    detail: 'all 20 turns were used',
    phases: [
      ['preparingWorkspace', 71],
      ['launchingAgent', 70],
      ['streamingTurn', 69.8],
      ['finishing', 52.2],
    ],
    endedMinutesAgo: 52,
    session: ['thread-9f2', 20],
    tokens: [301_114, 22_310],
  }),
  anAttempt({
    ...{ runId: 37, attempt: 1, turnCount: 4 },
    outcome: 'agentFailed',
    detail: 'agent_overloaded: the provider is overloaded, try again later',
    phases: [
      ['preparingWorkspace', 51],
      ['launchingAgent', 50.9],
      ['streamingTurn', 50.5],
    ],
    endedMinutesAgo: 44,
    session: ['thread-9f2', 24],
    tokens: [88_010, 4_190],
  }),
  anAttempt({
    ...{ runId: 44, attempt: 2, turnCount: 3 },
    outcome: 'inputRequired',
    detail: 'run npm publish --access public',
    phases: [
      ['preparingWorkspace', 32],
      ['launchingAgent', 31.8],
      ['streamingTurn', 31.5],
    ],
    endedMinutesAgo: 11,
    session: ['thread-a04', 3],
    tokens: [120_400, 9_020],
  }),
];

const TOKENS = [0, 41, 96, 150, 233, 298, 323, 323, 360, 415, 416, 430, 461, 502, 545].map(
  (thousands, index) => ({
    atMs: minutesBefore(71 - index * 4.28),
    totalTokens: thousands * 1_000,
  }),
);

/** What is remembered of MT-651, which waits for an answer. */
export const SAMPLE_HISTORY: IssueHistory = {
  ...named('MT-651'),
  state: 'In Progress',
  attempts: ATTEMPTS,
  tokens: TOKENS,
  lastEventAtMs: minutesBefore(11),
};

/** What is remembered of an issue that is held no longer. */
export const ENDED_HISTORY: IssueHistory = {
  ...SAMPLE_HISTORY,
  ...named('MT-633'),
  state: 'Done',
  attempts: ATTEMPTS.slice(0, 1).map((attempt) => ({ ...attempt, outcome: 'issueInactive' as const })),
  lastEventAtMs: minutesBefore(26),
};

const BLOCKED_SINCE = `blocked since 20:04:30 UTC, approval required: ${SAMPLE_QUESTION.text}`;

/** Why MT-651 is not worked on. */
export const SAMPLE_EXPLANATION: Explanation = {
  ...named('MT-651'),
  state: 'In Progress',
  standing: 'blocked',
  headline: BLOCKED_SINCE,
  rules: everyRule(
    { claim: BLOCKED_SINCE, turn: 'it does not stand in the queue' },
    {
      required_labels: 'it has the required labels agent-ok',
      host_free: 'runs on hosts: build-1 3/4, build-2 2/4',
    },
  ),
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
  atMs: minutesBefore(minutes),
  issueId: SAMPLE_HISTORY.issueId,
  identifier: SAMPLE_HISTORY.identifier,
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
].map((line, index) => ({ ...line, atMs: minutesBefore(31 - index) }));
