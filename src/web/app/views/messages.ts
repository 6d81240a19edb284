import { h, setShown, setText } from '../dom/element.js';

/**
 * The place for what became of an order. It is one of the few regions that screen readers read out when they change, and
 * it stays until the next message or until it is dismissed.
 */
export class Messages {
  readonly element: HTMLElement;
  readonly #told = h('p', { role: 'status', class: 'told' });
  readonly #failed = h('p', { role: 'alert', class: 'told' });
  readonly #box: HTMLElement;

  constructor() {
    const dismiss = h('button', { type: 'button', class: 'plain' }, 'Dismiss');
    dismiss.addEventListener('click', () => this.clear());
    this.#box = h('div', { class: 'message' }, this.#told, this.#failed, dismiss);
    this.element = h('div', { class: 'messages' }, this.#box);
    this.clear();
  }

  tell(text: string): void {
    this.#show(text, '');
  }

  fail(text: string): void {
    this.#show('', text);
  }

  clear(): void {
    this.#show('', '');
  }

  #show(told: string, failed: string): void {
    // The same words twice would be no change, and not be read out again.
    setText(this.#told, '');
    setText(this.#failed, '');
    // The regions stay where they are: one that appears together with its text is not read out by all.
    this.#box.classList.toggle('empty', told === '' && failed === '');
    this.#box.classList.toggle('failed', failed !== '');
    setText(this.#told, told);
    setText(this.#failed, failed);
    setShown(this.#told, failed === '');
  }
}
