import type { KeyedRow } from './keyed.js';

/** Rows so close to the screen that somebody may scroll to them before they are looked at again. */
const MARGIN = '600px';

/** Spares rows that nobody sees the work of being changed: of a thousand that change each second some thirty are seen. */
export class OnScreen {
  readonly #away = new Set<Element>();
  readonly #returned = new WeakMap<Element, () => void>();
  readonly #observer = new IntersectionObserver((entries) => this.#looked(entries), { rootMargin: MARGIN });

  /** The same row, which is changed at once while it can be seen, and else when it comes into view. */
  sparing<Item>(row: KeyedRow<Item>): KeyedRow<Item> {
    const { element } = row;
    let missed: { readonly item: Item } | null = null;
    this.#returned.set(element, () => {
      if (missed !== null) row.update(missed.item);
      missed = null;
    });
    this.#observer.observe(element);
    return {
      element,
      update: (item) => {
        if (this.#away.has(element)) missed = { item };
        else row.update(item);
      },
      remove: () => {
        this.#observer.unobserve(element);
        this.#away.delete(element);
      },
    };
  }

  #looked(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) this.#away.add(target);
      else {
        this.#away.delete(target);
        this.#returned.get(target)?.();
      }
    }
  }
}
