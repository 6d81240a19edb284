import { h } from '../dom/element.js';
import { plainLine } from '../model/text.js';
import type { View } from './view.js';

/** Says that there is nothing at an address. */
export class UnknownView implements View {
  readonly element: HTMLElement;
  readonly heading = h('h1', { tabindex: -1 }, 'There is no such page');
  readonly title = 'Symphony';

  constructor(path: string) {
    this.element = h(
      'div',
      {},
      this.heading,
      h(
        'p',
        {},
        'Nothing is at ',
        h('code', {}, plainLine(path, 200)),
        '. ',
        h('a', { href: '/' }, 'Go to the overview'),
      ),
    );
  }

  start(): void {}

  stop(): void {}

  tick(): void {}
}
