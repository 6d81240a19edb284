import type { Explainer, Explanation } from '../domain/explanation.js';
import type { HistoryEvent, HistorySource } from '../domain/history.js';
import type { DispatchOrder, IssueOrder } from '../domain/order.js';
import { answerSentence, onceCommitted, orderSentence, refreshSentence } from '../domain/order-sentences.js';
import type { Answer } from '../domain/session.js';
import type { Commands, SnapshotSource } from '../domain/snapshot.js';
import type { Station } from '../domain/station.js';

const FIRST_EVENTS = 200;

/** What a station in the daemon's own process is built from; secrets are gone from all of it. */
export interface LocalStationParts {
  readonly source: SnapshotSource;
  readonly commands: Commands;
  readonly explainer: Pick<Explainer, 'lookUp'>;
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
    return await this.#parts.explainer.lookUp(identifier);
  }

  async refresh(): Promise<string> {
    return refreshSentence(this.#parts.commands.refresh());
  }

  async order(identifier: string, order: IssueOrder): Promise<string> {
    const { commands } = this.#parts;
    return await onceCommitted(orderSentence(commands.order(identifier, order), identifier), commands);
  }

  async answer(identifier: string, answer: Answer, question: string): Promise<string> {
    const { commands } = this.#parts;
    const sentence = answerSentence(commands.answer(identifier, answer, question), identifier);
    return await onceCommitted(sentence, commands);
  }

  async orderDispatch(order: DispatchOrder): Promise<string> {
    const { commands } = this.#parts;
    return await onceCommitted(orderSentence(commands.orderDispatch(order), null), commands);
  }
}
