import type { DispatchOrder } from '../daemon/orders.js';
import type { StateResponse } from '../daemon/wire.js';
import { h, setChildren } from '../dom/element.js';
import { actionButton } from './action-button.js';
import type { Surroundings } from './view.js';

/** The orders about the whole daemon; those that fit its state are shown. */
export class DispatchBar {
  readonly element = h('div', { class: 'buttons dispatch', role: 'group', 'aria-label': 'Daemon' });
  readonly #refresh: HTMLButtonElement;
  readonly #pause: HTMLButtonElement;
  readonly #resume: HTMLButtonElement;
  readonly #lift: HTMLButtonElement;
  readonly #drain: HTMLButtonElement;

  constructor({ orders, messages, dialogs }: Surroundings, onDone: () => void) {
    const button = (label: string, order: DispatchOrder, description: string): HTMLButtonElement =>
      actionButton({ label, description, run: () => orders.dispatch(order), messages, onDone });
    this.#refresh = actionButton({
      label: 'Refresh',
      description: 'ask the tracker now',
      run: () => orders.refresh(),
      messages,
      onDone,
    });
    this.#pause = button('Pause', 'pause', 'let nothing new start');
    this.#resume = button('Resume', 'resume', 'let new work start');
    this.#lift = button('Lift limit', 'resume', 'take the usage limit for over');
    this.#drain = actionButton({
      label: 'Drain',
      kind: 'danger',
      description: 'end the daemon once its runs have ended',
      run: async () => {
        const isMeant = await dialogs.confirm({
          title: 'Drain the daemon?',
          text: 'Nothing new starts, and the daemon ends once its runs have ended. Resume takes it back until then.',
          action: 'Drain',
        });
        return isMeant ? await orders.dispatch('drain') : null;
      },
      messages,
      onDone,
    });
  }

  update({ mode, hold, account_limit }: StateResponse): void {
    if (mode === 'stopping') setChildren(this.element);
    else if (hold === null) {
      const lift = account_limit === null ? [] : [this.#lift];
      this.#show(this.#refresh, ...lift, this.#pause, this.#drain);
    } else if (hold.kind === 'paused') this.#show(this.#refresh, this.#resume, this.#drain);
    else this.#show(this.#refresh, this.#resume);
  }

  /** A button that goes while it has the focus leaves it to the one that took its place. */
  #show(...buttons: readonly HTMLButtonElement[]): void {
    const hadFocus = this.element.contains(document.activeElement);
    setChildren(this.element, ...buttons);
    if (hadFocus && !this.element.contains(document.activeElement)) (buttons[1] ?? buttons[0])?.focus();
  }
}
