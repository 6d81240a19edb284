import type { Explanation } from './explanation.js';
import type { HistoryEvent } from './history.js';
import type { DispatchOrder, IssueOrder } from './order.js';
import type { Answer } from './session.js';
import type { SnapshotSource } from './snapshot.js';

/**
 * All that a dashboard shows and orders, whether the daemon is in this process or at the other end of a socket. Orders
 * resolve with a sentence that says what happens now, and reject with a SymphonyError that says why not.
 */
export interface Station {
  readonly source: SnapshotSource;
  /** Tells the latest events, of one issue or (null) of the daemon, and then each new one; returns the end of it. */
  follow(identifier: string | null, listener: (events: readonly HistoryEvent[]) => void): () => void;
  /** Null when the issue is not known. */
  explain(identifier: string): Promise<Explanation | null>;
  refresh(): Promise<string>;
  order(identifier: string, order: IssueOrder): Promise<string>;
  /** Answers the question that reads so, and no other that the issue may ask by now. */
  answer(identifier: string, answer: Answer, question: string): Promise<string>;
  orderDispatch(order: DispatchOrder): Promise<string>;
}
