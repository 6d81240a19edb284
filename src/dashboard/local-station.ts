import { SymphonyError } from '../domain/error.js';
import type { Explainer, Explanation } from '../domain/explanation.js';
import type { HistoryEvent, HistorySource } from '../domain/history.js';
import type { DispatchOrder, IssueOrder, OrderOutcome } from '../domain/order.js';
import type { Answer } from '../domain/session.js';
import type { Commands, SnapshotSource } from '../domain/snapshot.js';
import type { Station } from '../domain/station.js';

const FIRST_EVENTS = 200;

/** What a station in the daemon's own process is built from; secrets are gone from all of it. */
export interface LocalStationParts {
  readonly source: SnapshotSource;
  readonly commands: Commands;
  readonly explainer: Pick<Explainer, 'explain'>;
  readonly history: Pick<HistorySource, 'events' | 'subscribe'>;
}

/** The daemon of this process, as a dashboard works on it. */
export class LocalStation implements Station {
  readonly source: SnapshotSource;
  readonly #parts: LocalStationParts;

  constructor(parts: LocalStationParts) {
    this.source = parts.source;
    this.#parts = parts;
  }

  follow(identifier: string | null, listener: (events: readonly HistoryEvent[]) => void): () => void {
    const { history } = this.#parts;
    const unsubscribe = history.subscribe((event) => {
      if (identifier === null || event.identifier === identifier) listener([event]);
    });
    const about = identifier === null ? {} : { identifier };
    const { events } = history.events({ ...about, limit: FIRST_EVENTS });
    if (events.length > 0) listener(events);
    return unsubscribe;
  }

  async explain(identifier: string): Promise<Explanation | null> {
    return this.#parts.explainer.explain(identifier);
  }

  async refresh(): Promise<string> {
    const { queued, coalesced } = this.#parts.commands.refresh();
    if (!queued) throw new SymphonyError('order_refused', 'The daemon is stopping.');
    return coalesced ? 'The tracker is being asked already.' : 'The tracker is asked now.';
  }

  async order(identifier: string, order: IssueOrder): Promise<string> {
    return sentence(this.#parts.commands.order(identifier, order), identifier);
  }

  async answer(identifier: string, answer: Answer, question: string): Promise<string> {
    const outcome = this.#parts.commands.answer(identifier, answer, question);
    switch (outcome.kind) {
      case 'queued':
        return `${identifier} is answered and goes on as soon as there is a slot.`;
      case 'notBlocked':
        throw new SymphonyError('not_blocked', outcome.message);
      case 'changed':
        throw new SymphonyError('question_changed', outcome.message);
      case 'unknown':
        throw notFound(identifier);
    }
  }

  async orderDispatch(order: DispatchOrder): Promise<string> {
    return sentence(this.#parts.commands.orderDispatch(order), null);
  }
}

/** @throws SymphonyError unless the order was taken */
function sentence(outcome: OrderOutcome, identifier: string | null): string {
  switch (outcome.kind) {
    case 'taken':
      return outcome.message;
    case 'refused':
      throw new SymphonyError('order_refused', outcome.message);
    case 'unknown':
      throw notFound(identifier ?? 'of that name');
  }
}

function notFound(identifier: string): SymphonyError {
  return new SymphonyError('issue_not_found', `No issue ${identifier} is known here.`);
}
