import { column, cut, width, wrap, wrapAtMost } from '../../dashboard/text/text.js';

const GAP = '  ';
/** No column becomes narrower. */
const LEAST_COLUMNS = 8;
/** A text that gives way says something in so many columns; it gets them before a very long identifier does. */
const READABLE_COLUMNS = 20;
/** Identifiers are typed into the next command, so those of most trackers stay whole. */
const IDENTIFIER_COLUMNS = 24;
/** Longer cells are not lined up where nothing is cut: one title of a page would pad the lines of all others. */
const MOST_PADDED_COLUMNS = 100;
/** Where less is left beside the names of a list, its values are cut and not wrapped. */
const LEAST_WRAPPED_COLUMNS = 20;

/** One column of a table. */
export interface TableColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Gives way where the terminal is too narrow. */
  readonly gives?: boolean;
  /** Goes on in the next line where the terminal is too narrow, instead of being cut: what was asked for. */
  readonly wraps?: boolean;
  /** Left out when no row has anything there. */
  readonly ifUsed?: boolean;
}

/**
 * Rows of harmless one-line texts under their titles, in at most so many terminal columns; without a limit nothing is cut,
 * as where another program reads it.
 */
export function tableLines(
  allColumns: readonly TableColumn[],
  allRows: readonly (readonly string[])[],
  limit: number | null,
): string[] {
  const isShown = allColumns.map(
    ({ ifUsed = false }, at) => !ifUsed || allRows.some((row) => (row[at] ?? '') !== ''),
  );
  const columns = allColumns.filter((_, at) => isShown[at]);
  const rows = allRows.map((row) => row.filter((_, at) => isShown[at]));
  const all = [columns.map(({ title }) => title), ...rows];
  const natural = columns.map((_, at) => Math.max(...all.map((row) => width(row[at] ?? ''))));
  if (limit === null) {
    const widths = natural.map((each) => Math.min(each, MOST_PADDED_COLUMNS));
    return all.map((row) => line(row, columns, (cell, at) => Math.max(widths[at] ?? 0, width(cell))));
  }
  const widths = fitted(natural, columns, limit);
  return all
    .flatMap((row) => wrapped(row, columns, widths))
    .map((row) =>
      cut(
        line(row, columns, (_, at) => widths[at] ?? 0),
        limit,
      ),
    );
}

/** A row as the lines it takes: the first, and one for each that a wrapped cell needs besides. */
function wrapped(
  row: readonly string[],
  columns: readonly TableColumn[],
  widths: readonly number[],
): (readonly string[])[] {
  const cells = row.map((cell, at) => (columns[at]?.wraps === true ? wrap(cell, widths[at] ?? 0) : [cell]));
  const lines = Math.max(1, ...cells.map((cell) => cell.length));
  return Array.from({ length: lines }, (_, index) => cells.map((cell) => cell[index] ?? ''));
}

function line(
  row: readonly string[],
  columns: readonly TableColumn[],
  widthOf: (cell: string, at: number) => number,
): string {
  const cells = columns.map(({ align = 'left' }, at) => {
    const cell = row[at] ?? '';
    return column(cell, widthOf(cell, at), align);
  });
  return cells.join(GAP).trimEnd();
}

/**
 * Takes what is too much from the columns that give way, always from the widest, and then from the others: one long
 * identifier would leave nothing to be seen besides. A very long one is cut before the rest says nothing any more.
 */
function fitted(
  natural: readonly number[],
  columns: readonly TableColumn[],
  limit: number,
): readonly number[] {
  const widths = [...natural];
  const all = [...columns.keys()];
  const givers = all.filter((at) => columns[at]?.gives === true);
  const gaps = GAP.length * (columns.length - 1);
  const stages = [
    [givers, READABLE_COLUMNS],
    [all, IDENTIFIER_COLUMNS],
    [givers, LEAST_COLUMNS],
    [all, LEAST_COLUMNS],
  ] as const;
  for (let over = widths.reduce((sum, each) => sum + each, gaps) - limit; over > 0; over -= 1) {
    const widest = stages.reduce<Widest | null>(
      (found, [some, least]) => found ?? widestOf(some, widths, least),
      null,
    );
    if (widest === null) break;
    widths[widest.at] = widest.width - 1;
  }
  return widths;
}

interface Widest {
  readonly at: number;
  readonly width: number;
}

/** The widest of some columns that can become narrower; null when there is none. */
function widestOf(columns: readonly number[], widths: readonly number[], least: number): Widest | null {
  const narrowable = columns
    .map((at) => ({ at, width: widths[at] ?? 0 }))
    .filter((each) => each.width > least);
  return narrowable.reduce<Widest | null>(
    (widest, each) => (widest === null || each.width > widest.width ? each : widest),
    null,
  );
}

/**
 * Names with their values, each on a line of its own and on at most so many more as the terminal is too narrow for it; those
 * without a value are left out.
 */
export function listLines(
  entries: readonly (readonly [name: string, value: string | null])[],
  limit: number | null,
  mostLines = Number.POSITIVE_INFINITY,
): string[] {
  const shown = entries.flatMap(([name, value]) =>
    value === null || value === '' ? [] : [[name, value] as const],
  );
  const nameColumns = Math.max(0, ...shown.map(([name]) => width(name)));
  return shown.flatMap(([name, value]) => {
    const lead = `${column(name, nameColumns)}${GAP}`;
    if (limit === null) return [`${lead}${value}`];
    const room = limit - nameColumns - GAP.length;
    if (room < LEAST_WRAPPED_COLUMNS) return [cut(`${lead}${value}`, limit)];
    return wrapAtMost(value, room, mostLines).map(
      (text, index) => `${index === 0 ? lead : ' '.repeat(lead.length)}${text}`,
    );
  });
}
