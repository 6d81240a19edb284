import { h } from '../dom/element.js';
import { issuePath } from '../model/link.js';

/** Longer than trackers call their issues. */
const MAX_LENGTH = 200;
/** Where keys are letters. */
const WRITING = 'input, textarea, select, [contenteditable]';

/** Opens the page of any issue by its identifier, listed or not. The key `/` leads here from all of the page. */
export class GoToField {
  readonly element: HTMLElement;
  readonly #field = h('input', {
    id: 'go-to',
    type: 'search',
    placeholder: 'Go to issue…',
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
    enterkeyhint: 'go',
    maxlength: MAX_LENGTH,
    'aria-label': 'Go to issue',
    'aria-keyshortcuts': '/',
    title: 'Go to an issue by its identifier (key: /)',
  });

  /** `open` shows the page at a path. */
  constructor(open: (path: string) => void) {
    const form = h('form', { class: 'go-to', role: 'search', 'aria-label': 'Issue' }, this.#field);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const identifier = this.#field.value.trim();
      if (identifier === '') return;
      this.#field.value = '';
      open(issuePath(identifier));
    });
    this.#field.addEventListener('keydown', ({ key, isComposing }) => {
      if (key === 'Escape' && !isComposing) this.#field.blur();
    });
    document.addEventListener('keydown', this.#onKey);
    this.element = form;
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    const isPlain = !(event.ctrlKey || event.metaKey || event.altKey || event.isComposing);
    if (event.key !== '/' || !isPlain || event.defaultPrevented) return;
    const isWriting = event.target instanceof Element && event.target.closest(WRITING) !== null;
    if (isWriting || document.querySelector('dialog[open]') !== null) return;
    event.preventDefault();
    this.#field.focus();
    this.#field.select();
  };
}
