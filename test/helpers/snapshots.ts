import type {
  BlockedRow,
  Commands,
  ParkedRow,
  Problem,
  RetryingRow,
  RunningRow,
  Snapshot,
  SnapshotSource,
} from '../../src/domain/snapshot.js';

/** 2026-02-24T20:15:30Z, the time of the samples in SPEC 13.7.2. */
export const SAMPLE_AT_MS = Date.UTC(2026, 1, 24, 20, 15, 30, 250);

/** A snapshot of a daemon that has nothing to do. */
export function aSnapshot(fields: Partial<Snapshot> = {}): Snapshot {
  return {
    generatedAtMs: SAMPLE_AT_MS,
    startedAtMs: SAMPLE_AT_MS - 3_600_000,
    mode: 'running',
    hold: null,
    maxConcurrentAgents: 10,
    trackerKind: 'linear',
    running: [],
    retrying: [],
    blocked: [],
    parked: [],
    hosts: [],
    waiting: { count: 0, identifiers: [] },
    ineligible: { count: 0, identifiers: [] },
    totals: { inputTokens: 0, outputTokens: 0, totalTokens: 0, secondsRunning: 0 },
    throughput: { tokensPerSecond: 0, samples: [], sampleMs: 25_000 },
    rateLimits: null,
    polling: {
      checking: false,
      intervalMs: 30_000,
      configuredIntervalMs: 30_000,
      pausedUntilMs: null,
      budget: null,
      nextPollAtMs: SAMPLE_AT_MS + 12_000,
      lastSuccessAtMs: SAMPLE_AT_MS - 18_000,
      failure: null,
    },
    workflowProblem: null,
    accountLimit: null,
    problems: [],
    ...fields,
  };
}

/** The running row of SPEC 13.7.2's sample. */
export function aRunningRow(fields: Partial<RunningRow> = {}): RunningRow {
  return {
    issueId: 'abc123',
    identifier: 'MT-649',
    title: 'Add a cache',
    url: 'https://tracker.example/issues/MT-649',
    state: 'In Progress',
    workspacePath: '/var/symphony/MT-649',
    host: null,
    sessionId: 'thread-1-turn-1',
    threadId: 'thread-1',
    processId: 4242,
    turnCount: 7,
    lastEvent: 'turn_completed',
    lastMessage: 'turn completed',
    lastEventAtMs: SAMPLE_AT_MS - 31_000,
    usage: { inputTokens: 1_200, outputTokens: 800, totalTokens: 2_000 },
    attempt: null,
    phase: 'streamingTurn',
    stopping: null,
    startedAtMs: SAMPLE_AT_MS - 318_000,
    retries: 0,
    ...fields,
  };
}

/** The retrying row of SPEC 13.7.2's sample. */
export function aRetryingRow(fields: Partial<RetryingRow> = {}): RetryingRow {
  return {
    issueId: 'def456',
    identifier: 'MT-650',
    title: 'Fix the build',
    url: 'https://tracker.example/issues/MT-650',
    state: 'Todo',
    workspacePath: '/var/symphony/MT-650',
    host: null,
    attempt: 3,
    dueAtMs: SAMPLE_AT_MS + 30_000,
    error: 'no available orchestrator slots',
    ...fields,
  };
}

/** An issue whose agent asks whether it may run a command. */
export function aBlockedRow(fields: Partial<BlockedRow> = {}): BlockedRow {
  return {
    issueId: 'ghi789',
    identifier: 'MT-651',
    title: 'Release',
    url: null,
    state: 'In Progress',
    workspacePath: '/var/symphony/MT-651',
    host: 'worker-1',
    sessionId: 'thread-3-turn-2',
    threadId: 'thread-3',
    processId: null,
    turnCount: 2,
    lastEvent: 'turn_input_required',
    lastMessage: 'approval requested',
    lastEventAtMs: SAMPLE_AT_MS - 120_000,
    usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
    question: { kind: 'commandApproval', text: 'Run npm publish?', choices: ['accept', 'decline'] },
    error: 'the agent asked for approval of a command',
    blockedAtMs: SAMPLE_AT_MS - 120_000,
    ...fields,
  };
}

/** An issue set aside until a usage limit resets. */
export function aParkedRow(fields: Partial<ParkedRow> = {}): ParkedRow {
  return {
    issueId: 'jkl012',
    identifier: 'MT-652',
    title: 'Write docs',
    url: 'https://tracker.example/issues/MT-652',
    state: 'In Progress',
    workspacePath: null,
    host: null,
    cause: 'usageLimit',
    reason: 'usage limit reached',
    untilMs: SAMPLE_AT_MS + 7_200_000,
    attempt: 2,
    ...fields,
  };
}

/** A tracker that did not answer. */
export function aProblem(fields: Partial<Problem> = {}): Problem {
  return {
    atMs: SAMPLE_AT_MS - 18_000,
    code: 'tracker_status',
    message: 'Linear answered 503.',
    identifier: null,
    ...fields,
  };
}

/** A source whose snapshot the test sets. */
export class TestSource implements SnapshotSource {
  readonly #listeners = new Set<(snapshot: Snapshot) => void>();
  #snapshot: Snapshot;

  constructor(snapshot: Snapshot = aSnapshot()) {
    this.#snapshot = snapshot;
  }

  current(): Snapshot {
    return this.#snapshot;
  }

  subscribe(listener: (snapshot: Snapshot) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    for (const listener of this.#listeners) listener(snapshot);
  }

  get listeners(): number {
    return this.#listeners.size;
  }
}

/** Commands that do nothing, but for these. */
export function someCommands(commands: Partial<Commands> = {}): Commands {
  return {
    refresh: () => ({ queued: true, coalesced: false }),
    answer: (identifier) => ({ kind: 'queued', message: `${identifier} is answered.` }),
    order: () => ({ kind: 'taken', message: 'Taken.' }),
    orderDispatch: () => ({ kind: 'taken', message: 'Taken.' }),
    committed: async () => true,
    ...commands,
  };
}
