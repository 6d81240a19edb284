import { counted, grouped } from '../model/format.js';
import { h, setShown, setText } from './element.js';
import { KeyedList, type KeyedRow } from './keyed.js';
import { OnScreen } from './on-screen.js';

/** A column of a table. */
export interface Column {
  readonly title: string;
  readonly kind?: 'number' | 'medium' | 'wide' | 'issue' | 'host';
}

/** A part of the page with a heading that counts, and a table; a long one shows its first rows until asked for all. */
export interface TableSection<Item> {
  readonly element: HTMLElement;
  update(items: readonly Item[]): void;
}

/** How a table section is made. */
export interface TableOptions<Item> {
  readonly id: string;
  readonly title: string;
  readonly columns: readonly Column[];
  readonly key: (item: Item) => string;
  readonly create: (item: Item) => TableRow<Item>;
  /** What is said of an empty table; null hides the whole section. */
  readonly empty: string | null;
  /** How many rows are shown before somebody asks for all. */
  readonly first?: number;
}

/** The cells of a row in the order of the columns. */
export interface TableRow<Item> {
  readonly cells: readonly HTMLElement[];
  update(item: Item): void;
}

/** Rows that are shown without being asked for: more would cost a slow machine its breath each second. */
const FIRST_ROWS = 100;

/**
 * Makes a table section. Roles are said although they are those of the elements: on a phone rows are laid out as
 * cards, and a table that is not displayed as one is none to some screen readers.
 */
export function tableSection<Item>(options: TableOptions<Item>): TableSection<Item> {
  const { id, title, columns, empty, first = FIRST_ROWS } = options;
  const count = h('span', { class: 'count' });
  const heading = h('h2', { id, tabindex: -1 }, title, ' ', count);
  const head = h('tr', { role: 'row' }, ...columns.map(headCell));
  const body = h('tbody', { role: 'rowgroup' });
  const table = h(
    'table',
    { role: 'table', 'aria-labelledby': id },
    h('thead', { role: 'rowgroup' }, head),
    body,
  );
  const nothing = h('p', { class: 'nothing' }, empty ?? '');
  const all = h('button', { type: 'button', class: 'all' });
  const element = h('section', { class: `rows ${id}`, 'aria-labelledby': id }, heading, nothing, table, all);
  const screen = new OnScreen();
  const rows = new KeyedList<Item>(body, {
    key: options.key,
    create: (item) => screen.sparing(rowOf(columns, options.create(item))),
    refuge: heading,
  });
  let items: readonly Item[] = [];
  let showsAll = false;
  const show = (): void => {
    const shown = showsAll ? items : items.slice(0, first);
    setText(count, grouped(items.length));
    rows.update(shown);
    setShown(element, empty !== null || items.length > 0);
    setShown(nothing, items.length === 0);
    setShown(table, items.length > 0);
    setShown(all, items.length > first);
    setText(all, showsAll ? `Show the first ${first} only` : `Show all ${counted(items.length, 'row')}`);
  };
  all.addEventListener('click', () => {
    showsAll = !showsAll;
    show();
  });
  return {
    element,
    update: (latest) => {
      items = latest;
      show();
    },
  };
}

function headCell({ title, kind }: Column): HTMLElement {
  return h('th', { role: 'columnheader', scope: 'col', class: kind ?? null }, title);
}

function rowOf<Item>(columns: readonly Column[], { cells, update }: TableRow<Item>): KeyedRow<Item> {
  const laid = columns.map(({ title, kind }, index) =>
    h('td', { role: 'cell', class: kind ?? null, 'data-label': title }, cells[index] ?? null),
  );
  return { element: h('tr', { role: 'row' }, ...laid), update };
}
