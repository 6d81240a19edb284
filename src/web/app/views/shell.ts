import { h, setChildren, setShown, setText } from '../dom/element.js';
import { contactNotice, isFresh } from '../model/freshness.js';
import { actionButton } from './action-button.js';
import { GoToField } from './go-to-field.js';
import type { Surroundings, View } from './view.js';

/** What stands around every view: the way past it, its name, how fresh it is, and what became of orders. */
export class Shell {
  readonly #surroundings: Surroundings;
  readonly #main = h('main', { id: 'main', tabindex: -1 });
  readonly #banner: HTMLElement;
  readonly #bannerTitle = h('strong');
  readonly #bannerText = h('span');
  readonly #signIn: HTMLButtonElement;
  readonly #signOut: HTMLButtonElement;
  readonly #freshness = h('span', { class: 'freshness' });
  /** Said once per loss, not with each second that passes. */
  readonly #announcement = h('p', { role: 'status', class: 'visually-hidden' });
  readonly #overview = h('a', { href: '/' }, 'Overview');

  constructor(surroundings: Surroundings, onSignedIn: () => void) {
    this.#surroundings = surroundings;
    const { operator, messages, dialogs } = surroundings;
    this.#signIn = actionButton({
      label: 'Sign in',
      kind: 'primary',
      run: async () => ((await operator.signIn()) ? 'Signed in.' : null),
      messages,
      onDone: onSignedIn,
    });
    this.#signOut = actionButton({
      label: 'Sign out',
      run: async () => {
        await operator.signOut();
        return 'Signed out. The next order asks for the token again.';
      },
      messages,
    });
    this.#banner = h(
      'div',
      { class: 'contact', hidden: true },
      h('p', {}, this.#bannerTitle, ' ', this.#bannerText),
      this.#signIn,
    );
    const skip = h('a', { href: '#main', class: 'skip' }, 'Skip to content');
    skip.addEventListener('click', (event) => {
      // Without a place in the address, which the way back would lead to as well.
      event.preventDefault();
      this.#main.focus();
    });
    document.body.replaceChildren(
      skip,
      h(
        'header',
        { class: 'top' },
        h('a', { href: '/', class: 'brand', 'aria-label': 'Symphony, overview' }, 'Symphony'),
        h('nav', { 'aria-label': 'Pages' }, this.#overview),
        new GoToField(surroundings.open).element,
        this.#freshness,
        this.#signOut,
      ),
      this.#banner,
      this.#announcement,
      this.#main,
      messages.element,
      dialogs.element,
    );
  }

  /** Shows a view in place of the last one. */
  show(view: View, isOverview: boolean): void {
    if (isOverview) this.#overview.setAttribute('aria-current', 'page');
    else this.#overview.removeAttribute('aria-current');
    setChildren(this.#main, view.element);
  }

  tick(view: View): void {
    const { contact: line, operator } = this.#surroundings;
    const { contact } = line;
    const nowMs = Date.now();
    const notice = contactNotice(contact, nowMs);
    const isLocked = contact.kind === 'locked';
    setShown(this.#banner, notice !== null);
    setText(this.#bannerTitle, notice === null ? '' : `${notice.title.replace(/\.$/u, '')}.`);
    setText(this.#bannerText, notice?.text ?? '');
    setText(this.#announcement, notice?.title ?? '');
    setShown(this.#signIn, isLocked);
    setShown(this.#signOut, operator.isSignedIn);
    const isLive = isFresh(contact, nowMs);
    setText(this.#freshness, isLive ? 'Live' : contact.kind === 'connecting' ? 'Connecting' : 'Not live');
    this.#freshness.classList.toggle('live', isLive);
    this.#main.classList.toggle('stale', notice !== null);
    if (document.title !== view.title) document.title = view.title;
  }
}
