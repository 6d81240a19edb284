/** One item of a list on the page. */
export interface KeyedRow<Item> {
  readonly element: HTMLElement;
  /** Shows the item as it is now; changes only what is different. */
  update(item: Item): void;
  /** The row is gone for good. */
  remove?(): void;
}

/** How the items of a list are told apart and made. */
export interface KeyedOptions<Item> {
  readonly key: (item: Item) => string;
  readonly create: (item: Item) => KeyedRow<Item>;
  /** Gets the focus when the row that had it is gone; must be focusable. */
  readonly refuge?: HTMLElement;
}

/**
 * Keeps the children of an element in step with a list. A row stays the same element for as long as its key is in the
 * list, so that focus, selection, open details and half-written answers survive every update.
 */
export class KeyedList<Item> {
  readonly #parent: HTMLElement;
  readonly #options: KeyedOptions<Item>;
  #rows = new Map<string, KeyedRow<Item>>();

  constructor(parent: HTMLElement, options: KeyedOptions<Item>) {
    this.#parent = parent;
    this.#options = options;
  }

  update(items: readonly Item[]): void {
    const next = new Map<string, KeyedRow<Item>>();
    for (const item of items) {
      const key = this.#options.key(item);
      if (next.has(key)) continue;
      const row = this.#rows.get(key) ?? this.#options.create(item);
      row.update(item);
      next.set(key, row);
    }
    this.#removeAllBut(next);
    this.#rows = next;
    this.#arrange();
  }

  #removeAllBut(next: ReadonlyMap<string, KeyedRow<Item>>): void {
    for (const [key, row] of this.#rows) {
      if (next.has(key)) continue;
      const hadFocus = row.element.contains(document.activeElement);
      row.element.remove();
      row.remove?.();
      if (hadFocus) this.#options.refuge?.focus();
    }
  }

  /** Moves as little as it can, and never the row with the focus: an element that is moved loses it. */
  #arrange(): void {
    let cursor = this.#parent.firstElementChild;
    for (const { element } of this.#rows.values()) {
      if (element.isConnected && element.contains(document.activeElement)) {
        while (cursor !== null && cursor !== element) {
          const following: Element | null = cursor.nextElementSibling;
          this.#parent.append(cursor);
          cursor = following;
        }
      }
      if (cursor === element) cursor = cursor.nextElementSibling;
      else this.#parent.insertBefore(element, cursor);
    }
  }
}
