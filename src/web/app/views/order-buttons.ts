import { h } from '../dom/element.js';
import { type IssueOrder, ORDER_LABELS, ORDER_MEANINGS } from '../model/issue-orders.js';
import { actionButton } from './action-button.js';
import type { Surroundings } from './view.js';

/** Makes the buttons for orders about one issue; a stop is asked about once more. */
export function orderButtons(
  identifier: string,
  orders: readonly IssueOrder[],
  { dialogs, orders: give, messages }: Pick<Surroundings, 'dialogs' | 'orders' | 'messages'>,
  onDone: () => void,
): HTMLElement {
  const confirmed = async (order: IssueOrder): Promise<boolean> =>
    order !== 'stop' ||
    (await dialogs.confirm({
      title: `Stop ${identifier}?`,
      text: ORDER_MEANINGS.stop,
      action: `Stop ${identifier}`,
    }));
  const buttons = orders.map((order) =>
    actionButton({
      label: ORDER_LABELS[order],
      ...(order === 'stop' ? { kind: 'danger' } : {}),
      description: identifier,
      run: async () => ((await confirmed(order)) ? await give.issue(identifier, order) : null),
      messages,
      onDone,
    }),
  );
  return h('div', { class: 'buttons' }, ...buttons);
}
