import { issuePath, webAddress } from '../model/link.js';
import { plainLine } from '../model/text.js';
import { h, setAttribute, setText } from './element.js';

/** A link to the page of an issue. */
export function issueLink(identifier: string): HTMLAnchorElement {
  return h('a', { href: issuePath(identifier), class: 'identifier', dir: 'auto' }, plainLine(identifier, 80));
}

/** A link out of this page; what is no web address stays text. */
export function outsideLink(url: string | null, text: string): HTMLElement | null {
  const href = webAddress(url);
  if (href === null) return null;
  return h('a', { href, rel: 'noopener noreferrer', target: '_blank', class: 'outside' }, text);
}

/** The identifier of an issue with its title under or beside it. */
export class IssueCell {
  readonly element: HTMLElement;
  readonly #title = h('span', { class: 'title', dir: 'auto' });

  constructor(identifier: string) {
    this.element = h('span', { class: 'issue' }, issueLink(identifier), ' ', this.#title);
  }

  update(title: string): void {
    const line = plainLine(title);
    setText(this.#title, line);
    setAttribute(this.#title, 'title', line.length > 60 ? line : null);
  }
}
