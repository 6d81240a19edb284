import { column, cut, width } from '../../dashboard/text/text.js';

const GAP = '  ';
/** No column becomes narrower. */
const LEAST_COLUMNS = 8;
/** Longer cells are not lined up where nothing is cut: one title of a page would pad the lines of all others. */
const MOST_PADDED_COLUMNS = 100;

/** One column of a table. */
export interface TableColumn {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Gives way where the terminal is too narrow. */
  readonly gives?: boolean;
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
  return all.map((row) =>
    cut(
      line(row, columns, (_, at) => widths[at] ?? 0),
      limit,
    ),
  );
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
 * identifier would leave nothing to be seen besides.
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
  for (let over = widths.reduce((sum, each) => sum + each, gaps) - limit; over > 0; over -= 1) {
    const widest = widestOf(givers, widths) ?? widestOf(all, widths);
    if (widest === null) break;
    widths[widest.at] = widest.width - 1;
  }
  return widths;
}

/** The widest of some columns that can become narrower; null when there is none. */
function widestOf(
  columns: readonly number[],
  widths: readonly number[],
): { readonly at: number; readonly width: number } | null {
  const narrowable = columns
    .map((at) => ({ at, width: widths[at] ?? 0 }))
    .filter((each) => each.width > LEAST_COLUMNS);
  return narrowable.reduce<(typeof narrowable)[number] | null>(
    (widest, each) => (widest === null || each.width > widest.width ? each : widest),
    null,
  );
}

/** Names with their values, one a line; those without a value are left out. */
export function listLines(
  entries: readonly (readonly [name: string, value: string | null])[],
  limit: number | null,
): string[] {
  const shown = entries.flatMap(([name, value]) =>
    value === null || value === '' ? [] : [[name, value] as const],
  );
  const nameColumns = Math.max(0, ...shown.map(([name]) => width(name)));
  return shown.map(([name, value]) => {
    const line = `${column(name, nameColumns)}${GAP}${value}`;
    return limit === null ? line : cut(line, limit);
  });
}
