import type { Station } from '../domain/station.js';
import type { Order } from './keys/ui.js';

/**
 * Gives an order to the station; resolves with the sentence that says what happens now.
 * @throws SymphonyError when it is refused
 */
export function carryOut(station: Station, order: Exclude<Order, { kind: 'quit' }>): Promise<string> {
  switch (order.kind) {
    case 'refresh':
      return station.refresh();
    case 'issue':
      return station.order(order.target.identifier, order.order);
    case 'answer':
      return station.answer(order.target.identifier, order.answer, order.question);
    case 'dispatch':
      return station.orderDispatch(order.order);
  }
}
