import { createApi } from '../../../src/api/server.js';
import type { BoardRow, Explainer, Explanation } from '../../../src/domain/explanation.js';
import type {
  EventPage,
  EventQuery,
  HistoryEvent,
  HistorySource,
  IssueHistory,
} from '../../../src/domain/history.js';
import type { Commands, Snapshot } from '../../../src/domain/snapshot.js';
import type { TranscriptLine, TranscriptSource } from '../../../src/domain/transcript.js';
import type { WebPage } from '../../../src/web/pages.js';
import { aSnapshot, someCommands, TestSource } from '../../helpers/snapshots.js';
import { FrontDoor } from './front-door.js';

/** The token that a person has to know. */
export const TOKEN = 'correct-horse-battery-staple';

/** What a shown daemon begins with. */
export interface ShownDaemonOptions {
  readonly pages: readonly WebPage[];
  readonly snapshot?: Snapshot;
  readonly board?: readonly BoardRow[];
  readonly explanations?: readonly Explanation[];
  /** What the tracker says when it is asked about an issue; by itself only what is explained already. */
  readonly lookUp?: Explainer['lookUp'];
  readonly histories?: readonly IssueHistory[];
  readonly transcript?: readonly TranscriptLine[];
  readonly commands?: Partial<Commands>;
  readonly host?: string;
}

/** The API with its page over sources that the test sets; it can be stopped and started again at the same address. */
export class ShownDaemon {
  readonly source: TestSource;
  readonly history: ToldHistory;
  /** Every order in words, as it was taken. */
  readonly orders: string[] = [];
  readonly #options: ShownDaemonOptions;
  readonly #door = new FrontDoor();
  #api: ReturnType<typeof createApi> | null = null;
  #port = 0;

  constructor(options: ShownDaemonOptions) {
    this.#options = options;
    this.source = new TestSource(options.snapshot ?? aSnapshot());
    this.history = new ToldHistory(options.histories ?? []);
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    const { pages, host = '127.0.0.1' } = this.#options;
    this.#api = createApi({
      source: this.source,
      commands: this.#commands(),
      explainer: this.#explainer(),
      history: this.history,
      transcripts: transcriptOf(this.#options.transcript ?? []),
      log: { warn: () => {}, error: () => {} },
      now: () => Date.now(),
      host,
      port: 0,
      pages,
      operator: { token: TOKEN, refusalOf: async () => null },
    });
    const { port } = await this.#api.listen();
    this.#door.leadTo(port);
    if (this.#port === 0) this.#port = await this.#door.open();
  }

  /** Nobody is at the address any more, until it is started again. */
  async stop(): Promise<void> {
    this.#door.leadTo(null);
    await this.#api?.close();
    this.#api = null;
  }

  /** Stops it for good. */
  async end(): Promise<void> {
    await this.stop();
    if (this.#port !== 0) await this.#door.close();
  }

  #commands(): Commands {
    const taken = someCommands(this.#options.commands);
    return {
      refresh: () => {
        this.orders.push('refresh');
        return taken.refresh();
      },
      answer: (identifier, answer, expected) => {
        this.orders.push(`answer ${identifier} ${answer.kind === 'text' ? answer.text : answer.kind}`);
        return taken.answer(identifier, answer, expected);
      },
      order: (identifier, order) => {
        this.orders.push(`${order} ${identifier}`);
        return taken.order(identifier, order);
      },
      orderDispatch: (order) => {
        this.orders.push(order);
        return taken.orderDispatch(order);
      },
      committed: () => taken.committed(),
    };
  }

  #explainer(): Explainer {
    const { board = [], explanations = [], lookUp } = this.#options;
    const explain = (identifier: string) =>
      explanations.find((known) => known.identifier === identifier) ??
      explained(board.find((row) => row.identifier === identifier));
    return {
      board: () => board,
      explain,
      lookUp: async (identifier) => explain(identifier) ?? (await lookUp?.(identifier)) ?? null,
    };
  }
}

/** What is listed can be explained, if only by its one line. */
function explained(row: BoardRow | undefined): Explanation | null {
  if (row === undefined) return null;
  const { issueId, identifier, title, url, state, standing, reason } = row;
  const naming = { issueId, identifier, title, url, state };
  return { ...naming, standing, headline: reason, rules: [], generatedAtMs: Date.now(), readAtMs: null };
}

/** A history to which the test tells what happens. */
export class ToldHistory implements HistorySource {
  readonly #histories: readonly IssueHistory[];
  readonly #listeners = new Set<(event: HistoryEvent) => void>();
  #events: HistoryEvent[] = [];
  #life = 1;

  constructor(histories: readonly IssueHistory[]) {
    this.#histories = histories;
  }

  /** Tells an event; all of it but what matters to a test is made up. */
  tell(event: Partial<HistoryEvent> & { readonly message: string }): void {
    const told: HistoryEvent = {
      id: `life${this.#life}-${String(this.#events.length + 1).padStart(6, '0')}`,
      atMs: Date.now(),
      issueId: null,
      identifier: null,
      kind: 'agent_notification',
      level: 'info',
      fields: {},
      ...event,
    };
    this.#events.push(told);
    for (const listener of this.#listeners) listener(told);
  }

  /** The daemon starts anew: what was told is forgotten, and ids are of another life. */
  beginAnew(): void {
    this.#life += 1;
    this.#events = [];
  }

  events({ identifier, after, limit }: EventQuery): EventPage {
    const own = this.#events.filter((event) => identifier === undefined || event.identifier === identifier);
    if (after === undefined) return { events: own.slice(-limit), hasGap: false, hasMore: false };
    const place = this.#events.findIndex(({ id }) => id === after);
    const later = own.filter((event) => this.#events.indexOf(event) > place);
    return { events: later.slice(0, limit), hasGap: place === -1, hasMore: later.length > limit };
  }

  issue(identifier: string): IssueHistory | null {
    return this.#histories.find((known) => known.identifier === identifier) ?? null;
  }

  issues(): readonly IssueHistory[] {
    return this.#histories;
  }

  subscribe(listener: (event: HistoryEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** One session; its pages begin at a number of lines. */
function transcriptOf(lines: readonly TranscriptLine[]): TranscriptSource {
  const session = { label: '20260224T194330Z', path: '/srv/symphony/transcripts/20260224T194330Z.jsonl' };
  return {
    sessions: () => (lines.length === 0 ? [] : [session]),
    read: async (_identifier, { after, limit }) => {
      if (lines.length === 0) return null;
      const from = Number(after ?? 0);
      const page = lines.slice(from, from + limit);
      const next = from + page.length < lines.length ? String(from + page.length) : null;
      return { session, lines: page, next };
    },
  };
}
