import type { IssueOrder } from '../model/issue-orders.js';
import { issueEndpoint } from '../model/link.js';
import type { AnswerBody } from '../model/question.js';
import type { Operator } from './operator.js';
import type { AnswerResponse, DispatchOrderResponse, IssueOrderResponse, RefreshResponse } from './wire.js';

export type DispatchOrder = DispatchOrderResponse['order'];

/** Every order that the page can give. Each tells what happens now, or null when nobody signed in for it. */
export class Orders {
  readonly #operator: Operator;

  constructor(operator: Operator) {
    this.#operator = operator;
  }

  async refresh(): Promise<string | null> {
    const taken = await this.#operator.order<RefreshResponse>('/api/v1/refresh');
    if (taken === null) return null;
    return taken.coalesced ? 'The tracker is being asked already.' : 'The tracker is asked now.';
  }

  async dispatch(order: DispatchOrder): Promise<string | null> {
    const taken = await this.#operator.order<DispatchOrderResponse>(`/api/v1/${order}`);
    return taken?.message ?? null;
  }

  async issue(identifier: string, order: IssueOrder): Promise<string | null> {
    const taken = await this.#operator.order<IssueOrderResponse>(issueEndpoint(identifier, `/${order}`));
    return taken?.message ?? null;
  }

  /** Answers the question that reads so, and no other that the issue may ask by now. */
  async answer(identifier: string, answer: AnswerBody, question: string): Promise<string | null> {
    const body = { ...answer, question };
    const taken = await this.#operator.order<AnswerResponse>(issueEndpoint(identifier, '/answer'), body);
    return taken?.message ?? null;
  }
}
