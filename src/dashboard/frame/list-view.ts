import type { Snapshot } from '../../domain/snapshot.js';
import { isClaimed, type ListRow, listRows, type NamedRow, placeOf } from '../keys/list-rows.js';
import type { Cursor } from '../keys/ui.js';
import { grouped } from '../text/format.js';
import { type Line, lineOf, type Span, span, spread } from '../text/line.js';
import { cut, plainLine, width } from '../text/text.js';
import { type RowLayout, rowLayout } from './row-layout.js';
import { lineCount, rowLines, runningHead } from './row-lines.js';
import { around, isWhole, type Stretch, withScrollBar } from './viewport.js';

type Section = ListRow['section'];

/** A line of the list before it is drawn, so that only those on the screen are. */
type Item =
  | { readonly kind: 'title'; readonly section: Section }
  | { readonly kind: 'head' }
  /** One line of an issue, which may have several. */
  | { readonly kind: 'row'; readonly place: number; readonly line: number }
  /** Issues that nobody works on, several in a line. */
  | { readonly kind: 'names'; readonly sign: string; readonly from: number; readonly to: number }
  | { readonly kind: 'note'; readonly text: string };

/** A line by which an issue can be selected. */
function holdsIssue(item: Item): item is Extract<Item, { kind: 'row' | 'names' }> {
  return item.kind === 'row' || item.kind === 'names';
}

interface ListInput {
  readonly snapshot: Snapshot;
  readonly cursor: Cursor | null;
  readonly nowMs: number;
  readonly columns: number;
}

/** Of lines of names: the border and their sign. */
const MARGIN_COLUMNS = 3;
const GAP = 2;

/** The list of all issues, as far as it fits. */
export class ListView {
  readonly #input: ListInput;
  readonly #rows: readonly ListRow[];
  readonly #items: readonly Item[];
  readonly #place: number | null;
  readonly #layout: RowLayout;

  constructor(input: ListInput) {
    this.#input = input;
    this.#rows = listRows(input.snapshot);
    this.#layout = rowLayout(input.snapshot, input.columns);
    this.#items = itemsOf(input.snapshot, this.#rows, this.#layout);
    this.#place = input.cursor === null ? null : placeOf(this.#rows, input.cursor);
  }

  /** How many lines it would take. */
  get total(): number {
    return this.#items.length;
  }

  /** At most so many lines, the selected issue among them. */
  lines(height: number): Line[] {
    const shown = around(this.#selectedItem(), height, this.#items.length);
    const layout = isWhole(shown) ? { ...this.#layout, columns: this.#input.columns } : this.#layout;
    const lines = this.#items
      .slice(shown.top, shown.top + height)
      .map((item, index) => this.#line(index === 0 ? this.#sticky(item, shown) : item, layout));
    return withScrollBar(lines, shown, this.#input.columns);
  }

  /**
   * The place of the issue so many lines below the one at `place`, in the same column of names; the next one where nothing
   * but a title is there.
   */
  away(place: number, lines: number): number {
    const at = this.#itemOf(place);
    const from = this.#items[at];
    const column = from?.kind === 'names' ? place - from.from : 0;
    const isDown = lines > 0;
    const wanted = isDown
      ? this.#items.slice(at + lines).find(holdsIssue)
      : this.#items.slice(0, Math.max(at + lines, 0) + 1).findLast(holdsIssue);
    if (wanted === undefined) return isDown ? this.#rows.length - 1 : 0;
    const found = wanted.kind === 'row' ? wanted.place : Math.min(wanted.from + column, wanted.to - 1);
    // A page may be lower than a single issue.
    return isDown ? Math.max(found, place + 1) : Math.min(found, place - 1);
  }

  #selectedItem(): number {
    return this.#place === null ? 0 : this.#itemOf(this.#place);
  }

  /** The first line of an issue. */
  #itemOf(place: number): number {
    const found = this.#items.findIndex(
      (item) =>
        (item.kind === 'row' && item.place === place) ||
        (item.kind === 'names' && item.from <= place && place < item.to),
    );
    return Math.max(found, 0);
  }

  /** The title of a section stays while its rows scroll away under it. */
  #sticky(item: Item, { top, height }: Stretch): Item {
    if (top === 0 || height < 2 || item.kind === 'title') return item;
    const title = this.#items.slice(0, top).findLast(({ kind }) => kind === 'title');
    return title ?? item;
  }

  #line(item: Item, layout: RowLayout): Line {
    const { columns } = layout;
    switch (item.kind) {
      case 'title':
        return titleLine(item.section, this.#input.snapshot, columns);
      case 'head':
        return runningHead(layout);
      case 'note':
        return lineOf(columns, span('│   ', 'dim'), span(item.text, 'dim'));
      case 'names':
        return this.#namesLine(item, columns);
      case 'row': {
        const row = this.#rows[item.place];
        if (row === undefined || !isClaimed(row)) return [];
        return rowLines(row, layout, this.#input.nowMs, item.place === this.#place)[item.line] ?? [];
      }
    }
  }

  #namesLine({ sign, from, to }: Extract<Item, { kind: 'names' }>, columns: number): Line {
    const spans = this.#rows.slice(from, to).flatMap((row, index): Span[] => {
      const isSelected = from + index === this.#place;
      const gap = index === 0 ? 1 : GAP;
      return [
        span(isSelected ? `${' '.repeat(Math.max(gap - 1, 0))}❯` : ' '.repeat(gap)),
        span(nameOf(row, this.#layout.columns), isSelected ? 'selected' : 'plain'),
      ];
    });
    return lineOf(columns, span(`│ ${sign}`, 'dim'), ...spans);
  }
}

function itemsOf(snapshot: Snapshot, rows: readonly ListRow[], layout: RowLayout): readonly Item[] {
  return SECTIONS.flatMap(({ section, empty }): Item[] => {
    const first = rows.findIndex((row) => row.section === section);
    const count = countOf(section, snapshot);
    const title: Item = { kind: 'title', section };
    if (count === 0) return empty === null ? [] : [title, { kind: 'note', text: empty }];
    if (section === 'waiting' || section === 'ineligible') {
      return [title, ...namesItems(rows, { section, first, count }, layout.columns)];
    }
    const lines = rows.slice(first, first + count).flatMap((row, index): Item[] =>
      Array.from({ length: lineCount(row, layout) }, (_, line) => ({
        kind: 'row',
        place: first + index,
        line,
      })),
    );
    return [title, ...(section === 'running' ? [{ kind: 'head' } as const] : []), ...lines];
  });
}

const SECTIONS: readonly { readonly section: Section; readonly empty: string | null }[] = [
  { section: 'blocked', empty: null },
  { section: 'parked', empty: null },
  { section: 'running', empty: 'No active agents' },
  { section: 'retrying', empty: 'No queued retries' },
  { section: 'waiting', empty: null },
  { section: 'ineligible', empty: null },
];

function countOf(section: Section, snapshot: Snapshot): number {
  return section === 'waiting' || section === 'ineligible'
    ? snapshot[section].count
    : snapshot[section].length;
}

const NAME_SIGNS: { readonly [section in NamedRow['section']]: string } = { waiting: '○', ineligible: '–' };

function namesItems(
  rows: readonly ListRow[],
  {
    section,
    first,
    count,
  }: { readonly section: NamedRow['section']; readonly first: number; readonly count: number },
  columns: number,
): Item[] {
  const items: Item[] = [];
  const sign = NAME_SIGNS[section];
  const known = rows.filter((row) => row.section === section);
  let from = first;
  let used = MARGIN_COLUMNS + 1;
  for (const [index, row] of known.entries()) {
    const needed = width(nameOf(row, columns)) + GAP;
    if (used + needed > columns + GAP && first + index > from) {
      items.push({ kind: 'names', sign, from, to: first + index });
      from = first + index;
      used = MARGIN_COLUMNS + 1;
    }
    used += needed;
  }
  if (known.length > 0) items.push({ kind: 'names', sign, from, to: first + known.length });
  const more = count - known.length;
  if (more > 0) items.push({ kind: 'note', text: `… and ${grouped(more)} more` });
  return items;
}

function nameOf({ row }: ListRow, columns: number): string {
  return cut(plainLine(row.identifier), Math.min(columns - MARGIN_COLUMNS - 1, 24));
}

function titleLine(section: Section, snapshot: Snapshot, columns: number): Line {
  const { title, tone } = TITLES[section];
  const count = countOf(section, snapshot);
  const note = NOTES[section];
  return spread(
    columns,
    [
      span('├─ ', 'dim'),
      span(title, tone),
      span(` ${grouped(count)}`, tone),
      ...(note === undefined ? [] : [span(`  ${note}`, 'dim')]),
    ],
    [],
    '─',
  );
}

const TITLES: { readonly [section in Section]: { readonly title: string; readonly tone: Span['tone'] } } = {
  blocked: { title: 'Blocked', tone: 'bad' },
  running: { title: 'Running', tone: 'title' },
  retrying: { title: 'Backoff queue', tone: 'title' },
  parked: { title: 'Parked', tone: 'title' },
  waiting: { title: 'Waiting', tone: 'title' },
  ineligible: { title: 'Not eligible', tone: 'title' },
};

const NOTES: { readonly [section in Section]?: string } = {
  blocked: 'an agent asks for a person',
  waiting: 'for a slot or for their turn',
  ineligible: 'a rule keeps them out; enter says which',
};
