import type { Explanation } from '../../src/domain/explanation.js';
import type { HistoryEvent } from '../../src/domain/history.js';
import type { Station } from '../../src/domain/station.js';
import { TestSource } from './snapshots.js';

type Listener = (events: readonly HistoryEvent[]) => void;

/** A station that takes every order and remembers it. */
export class TestStation implements Station {
  readonly source: TestSource;
  /** What was ordered, in order. */
  readonly orders: unknown[][] = [];
  /** What `explain` says of any issue. */
  explanation: Explanation | null = null;
  /** When set, every order is refused with it. */
  refusal: Error | null = null;
  /** What a follower is told first. */
  events: readonly HistoryEvent[] = [];
  readonly #listeners = new Map<Listener, string | null>();

  constructor(source = new TestSource()) {
    this.source = source;
  }

  /** Who is followed now. */
  get followed(): readonly (string | null)[] {
    return [...this.#listeners.values()];
  }

  /** Something happens. */
  tell(...events: readonly HistoryEvent[]): void {
    for (const listener of this.#listeners.keys()) listener(events);
  }

  follow(identifier: string | null, listener: Listener): () => void {
    this.#listeners.set(listener, identifier);
    if (this.events.length > 0) listener(this.events);
    return () => this.#listeners.delete(listener);
  }

  async explain(): Promise<Explanation | null> {
    return this.explanation;
  }

  refresh(): Promise<string> {
    return this.#take(['refresh'], 'The tracker is asked now.');
  }

  order(...order: Parameters<Station['order']>): Promise<string> {
    return this.#take(['order', ...order], `${order[0]} goes on as soon as there is a slot.`);
  }

  answer(...answer: Parameters<Station['answer']>): Promise<string> {
    return this.#take(['answer', ...answer], `${answer[0]} is answered.`);
  }

  orderDispatch(...order: Parameters<Station['orderDispatch']>): Promise<string> {
    return this.#take(['orderDispatch', ...order], 'Nothing new begins.');
  }

  async #take(order: unknown[], sentence: string): Promise<string> {
    this.orders.push(order);
    if (this.refusal !== null) throw this.refusal;
    return sentence;
  }
}
