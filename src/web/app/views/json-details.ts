import { h } from '../dom/element.js';

/** More than this is no longer read on a page, and would make it slow. */
const MOST_CHARACTERS = 100_000;

/** A value that is written out once somebody opens it. */
export function jsonDetails(summary: string, write: () => string): HTMLDetailsElement {
  const details = h('details', { class: 'json' }, h('summary', {}, summary));
  details.addEventListener('toggle', () => {
    if (!details.open || details.querySelector('pre') !== null) return;
    const text = write();
    const shown = text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}\n… cut here` : text;
    details.append(h('pre', { tabindex: 0 }, shown));
  });
  return details;
}
