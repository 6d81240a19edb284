import type { ExplainResponse, IssueResponse } from '../daemon/wire.js';
import { h, setAttribute, setChildren, setText } from '../dom/element.js';
import { outsideLink } from '../dom/issue-link.js';
import { type IssueOrder, ordersFor, type Standing, standingName } from '../model/issue-orders.js';
import { plainLine } from '../model/text.js';
import { answerForm } from './answer-form.js';
import { orderButtons } from './order-buttons.js';
import type { Surroundings } from './view.js';

type Naming = Pick<ExplainResponse, 'title' | 'state' | 'issue_url'>;

/** The name of an issue, where it stands, its orders and, while it is blocked, its question. */
export class IssueHead {
  readonly element: HTMLElement;
  readonly heading: HTMLElement;
  /** The question of a blocked issue; empty while there is none. */
  readonly asking = h('section', { class: 'panel asking-panel', 'aria-label': 'Question', hidden: true });
  readonly #identifier: string;
  readonly #surroundings: Surroundings;
  readonly #onOrdered: () => void;
  readonly #title = h('span', { class: 'title', dir: 'auto' });
  readonly #standing = h('span', { class: 'badge' });
  readonly #state = h('span', { dir: 'auto' });
  readonly #link = h('span');
  readonly #orders = h('div', { class: 'orders' });
  #ordersKey = '';
  #questionKey = '';
  #url: string | null = null;

  constructor(identifier: string, surroundings: Surroundings, onOrdered: () => void) {
    this.#identifier = identifier;
    this.#surroundings = surroundings;
    this.#onOrdered = onOrdered;
    this.heading = h(
      'h1',
      { tabindex: -1 },
      h('span', { class: 'identifier', dir: 'auto' }, plainLine(identifier, 120)),
      ' ',
      this.#title,
    );
    this.element = h(
      'div',
      { class: 'issue-head' },
      h('div', { class: 'title-row' }, this.heading, this.#orders),
      h('p', { class: 'meta' }, this.#standing, this.#state, this.#link),
    );
  }

  update(issue: IssueResponse, explanation: ExplainResponse | null): void {
    const standing = explanation?.standing ?? issue.status;
    this.#showNaming(issue, standing);
    this.#showOrders(ordersFor(standing));
    this.#showQuestion(issue.blocked);
  }

  /** Of an issue that the daemon does nothing for there is nothing to order. */
  updateUnlisted(explanation: ExplainResponse): void {
    this.#showNaming(explanation, explanation.standing);
    this.#showOrders([]);
  }

  #showNaming({ title, state, issue_url }: Naming, standing: Standing): void {
    setText(this.#title, plainLine(title));
    setText(this.#standing, standingName(standing));
    setAttribute(this.#standing, 'class', `badge ${standing}`);
    setText(this.#state, plainLine(state, 80));
    this.#showLink(issue_url);
  }

  #showLink(url: string | null): void {
    if (url === this.#url) return;
    this.#url = url;
    const link = outsideLink(url, 'Open in the tracker');
    setChildren(this.#link, ...(link === null ? [] : [link]));
  }

  #showOrders(orders: readonly IssueOrder[]): void {
    if (orders.join() === this.#ordersKey) return;
    this.#ordersKey = orders.join();
    const hadFocus = this.#orders.contains(document.activeElement);
    this.#orders.replaceChildren(orderButtons(this.#identifier, orders, this.#surroundings, this.#onOrdered));
    if (hadFocus) this.heading.focus({ preventScroll: true });
  }

  #showQuestion(blocked: IssueResponse['blocked']): void {
    const key = blocked === null ? '' : `${blocked.blocked_at} ${blocked.question.text}`;
    if (key === this.#questionKey) return;
    this.#questionKey = key;
    const hadFocus = this.asking.contains(document.activeElement);
    this.asking.replaceChildren();
    this.asking.hidden = blocked === null;
    if (blocked !== null)
      this.asking.append(
        answerForm({
          identifier: this.#identifier,
          question: blocked.question,
          surroundings: this.#surroundings,
          onAnswered: this.#onOrdered,
          offersWords: true,
        }),
      );
    if (hadFocus) this.heading.focus({ preventScroll: true });
  }
}
