import type { StateResponse } from '../api/schema.js';
import { SymphonyError } from '../domain/error.js';
import type { Explanation } from '../domain/explanation.js';
import type { HistoryEvent } from '../domain/history.js';
import type { DispatchOrder, IssueOrder } from '../domain/order.js';
import { refreshSentence } from '../domain/order-sentences.js';
import type { Answer } from '../domain/session.js';
import type { Snapshot, SnapshotSource } from '../domain/snapshot.js';
import type { Station } from '../domain/station.js';
import type { SymphonyClient } from './client.js';
import { explanationOf } from './domain-of-answers.js';
import { EventFollower } from './event-follower.js';
import { snapshotOfState } from './snapshot-of-state.js';
import { StateWatch, type Trouble, type WatchOptions } from './state-watch.js';

/** As many as a daemon shows itself. */
const MAX_PROBLEMS = 20;

/** A daemon at the other end of a connection, for a dashboard. */
export class RemoteStation implements Station {
  readonly source: SnapshotSource;
  readonly #client: SymphonyClient;
  readonly #watch: StateWatch;

  private constructor(client: SymphonyClient, watch: StateWatch) {
    this.#client = client;
    this.#watch = watch;
    this.source = sourceOf(watch);
  }

  /** @throws SymphonyError when the daemon does not answer now; later it may come and go */
  static async open(client: SymphonyClient, options: WatchOptions = {}): Promise<RemoteStation> {
    return new RemoteStation(client, await StateWatch.open(client, options));
  }

  close(): void {
    this.#watch.close();
  }

  follow(identifier: string | null, listener: (events: readonly HistoryEvent[]) => void): () => void {
    const follower = new EventFollower(this.#client, identifier, listener);
    const endHearing = this.#watch.hear((item) => follower.hear(item));
    void follower.read();
    return () => {
      endHearing();
      follower.end();
    };
  }

  async explain(identifier: string): Promise<Explanation | null> {
    try {
      return explanationOf(await this.#client.explain(identifier));
    } catch (error) {
      if (error instanceof SymphonyError && error.code === 'issue_not_found') return null;
      throw error;
    }
  }

  async refresh(): Promise<string> {
    return refreshSentence(await this.#ordered(this.#client.refresh()));
  }

  async order(identifier: string, order: IssueOrder): Promise<string> {
    return (await this.#ordered(this.#client.order(identifier, order))).message;
  }

  async answer(identifier: string, answer: Answer, question: string): Promise<string> {
    return (await this.#ordered(this.#client.answer(identifier, answer, { question }))).message;
  }

  async orderDispatch(order: DispatchOrder): Promise<string> {
    return (await this.#ordered(this.#client.orderDispatch(order))).message;
  }

  /** Whoever ordered something looks for what comes of it. */
  async #ordered<T>(answer: Promise<T>): Promise<T> {
    const taken = await answer;
    this.#watch.readSoon();
    return taken;
  }
}

function sourceOf(watch: StateWatch): SnapshotSource {
  let made: {
    readonly state: StateResponse;
    readonly trouble: Trouble | null;
    readonly snapshot: Snapshot;
  } | null = null;
  const current = (): Snapshot => {
    const { state, trouble } = watch;
    if (made?.state !== state || made.trouble !== trouble)
      made = { state, trouble, snapshot: withTrouble(snapshotOfState(state), trouble) };
    return made.snapshot;
  };
  return { current, subscribe: (listener) => watch.subscribe(() => listener(current())) };
}

/** The last that is known, with why there is nothing newer. */
function withTrouble(snapshot: Snapshot, trouble: Trouble | null): Snapshot {
  if (trouble === null) return snapshot;
  const { code, message } = trouble.error;
  const row = { atMs: trouble.sinceMs, code, message, identifier: null };
  return { ...snapshot, problems: [...snapshot.problems.slice(1 - MAX_PROBLEMS), row] };
}
