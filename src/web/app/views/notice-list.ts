import { h, setAttribute, setShown, setText } from '../dom/element.js';
import { KeyedList, type KeyedRow } from '../dom/keyed.js';
import type { Notice } from '../model/attention.js';

/** Boxes that say something about the whole daemon. */
export class NoticeList {
  readonly element = h('div', { class: 'notices' });
  readonly #list = new KeyedList<Notice>(this.element, { key: ({ key }) => key, create: noticeBox });

  update(notices: readonly Notice[]): void {
    this.#list.update(notices);
    setShown(this.element, notices.length > 0);
  }
}

function noticeBox(): KeyedRow<Notice> {
  const title = h('strong');
  const text = h('span', { dir: 'auto' });
  const element = h('p', {}, title, h('span', { class: 'visually-hidden' }, ': '), text);
  return {
    element,
    update: (notice) => {
      setAttribute(element, 'class', `notice ${notice.tone}`);
      setText(title, notice.title);
      setText(text, notice.text);
    },
  };
}
