import { onTestFinished } from 'vitest';
import { type Api, type ApiOptions, createApi } from '../../src/api/server.js';
import type { BoardRow, Explainer, Explanation } from '../../src/domain/explanation.js';
import type {
  AttemptRecord,
  EventPage,
  EventQuery,
  HistoryEvent,
  HistorySource,
  IssueHistory,
} from '../../src/domain/history.js';
import type { TranscriptSource } from '../../src/domain/transcript.js';
import { SAMPLE_AT_MS, someCommands, TestSource } from '../helpers/snapshots.js';

/** An API of its own for a test, with what the test is about; it knows nothing besides. */
export function anApi(options: Partial<ApiOptions> = {}): Api {
  const api = createApi({
    source: new TestSource(),
    commands: someCommands(),
    explainer: someExplainer(),
    history: new TestHistory(),
    transcripts: someTranscripts(),
    log: { warn: () => {}, error: () => {} },
    now: () => SAMPLE_AT_MS,
    ...options,
  });
  onTestFinished(() => api.close());
  return api;
}

/** Explains exactly these. */
export function someExplainer(
  parts: { readonly board?: readonly BoardRow[]; readonly explanations?: readonly Explanation[] } = {},
): Explainer {
  const { board = [], explanations = [] } = parts;
  const explain = (wanted: string) => explanations.find(({ identifier }) => identifier === wanted) ?? null;
  return { board: () => board, explain, lookUp: async (wanted) => explain(wanted) };
}

/** Transcripts of nobody, but for these. */
export function someTranscripts(transcripts: Partial<TranscriptSource> = {}): TranscriptSource {
  return { sessions: () => [], read: async () => null, ...transcripts };
}

/** A row of the board. */
export function aBoardRow(fields: Partial<BoardRow> = {}): BoardRow {
  return {
    issueId: 'mno345',
    identifier: 'MT-700',
    title: 'Add a queue',
    url: 'https://tracker.example/issues/MT-700',
    state: 'Todo',
    priority: 2,
    labels: ['backend'],
    standing: 'waiting',
    reason: '10/10 slots used',
    ...fields,
  };
}

/** Why an issue waits. */
export function anExplanation(fields: Partial<Explanation> = {}): Explanation {
  return {
    issueId: 'mno345',
    identifier: 'MT-700',
    title: 'Add a queue',
    url: null,
    state: 'Todo',
    standing: 'waiting',
    headline: '2/2 slots used by MT-4, MT-9',
    rules: [
      { rule: 'complete', verdict: 'passes', fact: 'id, identifier, title and state are there' },
      { rule: 'slot_free', verdict: 'holds', fact: '2/2 slots used by MT-4, MT-9' },
    ],
    generatedAtMs: SAMPLE_AT_MS,
    readAtMs: null,
    ...fields,
  };
}

/** A run that has ended well. */
export function anAttempt(fields: Partial<AttemptRecord> = {}): AttemptRecord {
  return {
    runId: 7,
    attempt: null,
    startedAtMs: SAMPLE_AT_MS - 600_000,
    endedAtMs: SAMPLE_AT_MS - 300_000,
    outcome: 'issueInactive',
    detail: 'the issue is Done',
    phases: [{ phase: 'preparingWorkspace', atMs: SAMPLE_AT_MS - 600_000 }],
    host: null,
    workspacePath: '/var/symphony/MT-1',
    threadId: 'thread-1',
    sessionId: 'thread-1-turn-3',
    turnCount: 3,
    usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
    ...fields,
  };
}

/** What is remembered of an issue that has ended. */
export function anIssueHistory(fields: Partial<IssueHistory> = {}): IssueHistory {
  return {
    issueId: 'id-1',
    identifier: 'MT-1',
    title: 'Over',
    url: null,
    state: 'Done',
    attempts: [anAttempt()],
    tokens: [{ atMs: SAMPLE_AT_MS - 300_000, totalTokens: 15 }],
    lastEventAtMs: SAMPLE_AT_MS - 300_000,
    ...fields,
  };
}

/** A history that the test writes; ids are `life-1`, `life-2` … */
export class TestHistory implements HistorySource {
  readonly #histories: readonly IssueHistory[];
  readonly #listeners = new Set<(event: HistoryEvent) => void>();
  readonly #events: HistoryEvent[] = [];
  #forgotten = 0;

  constructor(histories: readonly IssueHistory[] = []) {
    this.#histories = histories;
  }

  add(fields: Partial<HistoryEvent> = {}): HistoryEvent {
    const event: HistoryEvent = {
      id: `life-${this.#forgotten + this.#events.length + 1}`,
      atMs: SAMPLE_AT_MS,
      issueId: 'abc123',
      identifier: 'MT-649',
      kind: 'agent_notification',
      level: 'info',
      message: 'Working on tests',
      fields: {},
      ...fields,
    };
    this.#events.push(event);
    for (const listener of this.#listeners) listener(event);
    return event;
  }

  /** Forgets the oldest. */
  forget(count: number): void {
    this.#forgotten += this.#events.splice(0, count).length;
  }

  events({ identifier, after, limit }: EventQuery): EventPage {
    const isMeant = (event: HistoryEvent) =>
      identifier === undefined ? event.level !== 'debug' : event.identifier === identifier;
    if (after === undefined) {
      const all = this.#events.filter(isMeant);
      return { events: all.slice(-limit), hasGap: false, hasMore: all.length > limit };
    }
    const number = Number(/^life-(\d+)$/u.exec(after)?.[1] ?? Number.NaN);
    const hasGap = !(number >= this.#forgotten && number <= this.#forgotten + this.#events.length);
    const later = this.#events.slice(hasGap ? 0 : number - this.#forgotten).filter(isMeant);
    return { events: later.slice(0, limit), hasGap, hasMore: later.length > limit };
  }

  issue(identifier: string): IssueHistory | null {
    return this.#histories.find((history) => history.identifier === identifier) ?? null;
  }

  issues(): readonly IssueHistory[] {
    return this.#histories;
  }

  subscribe(listener: (event: HistoryEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get listeners(): number {
    return this.#listeners.size;
  }
}
