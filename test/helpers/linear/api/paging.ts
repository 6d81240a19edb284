import type { LinearRow } from '../workspace/records.js';
import { invalidArgument, UnsupportedByFake } from './failures.js';
import type { Compile, Test } from './filter.js';

/** The arguments of a connection. `null` is the same as left out. */
export interface ConnectionArguments {
  readonly first?: number | null;
  readonly last?: number | null;
  readonly after?: string | null;
  readonly before?: string | null;
  readonly includeArchived?: boolean | null;
  readonly orderBy?: 'createdAt' | 'updatedAt' | null;
  readonly filter?: unknown;
  readonly sort?: unknown;
  readonly includeDisabled?: boolean | null;
}

export interface PageInfo {
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  readonly startCursor: string | null;
  readonly endCursor: string | null;
}

/** A page, as the default resolver of graphql reads it. */
export class Connection {
  readonly nodes: readonly unknown[];
  readonly edges: readonly { readonly cursor: string; readonly node: unknown }[];
  readonly pageInfo: PageInfo;

  constructor(edges: readonly { readonly cursor: string; readonly node: unknown }[], pageInfo: PageInfo) {
    this.edges = edges;
    this.nodes = edges.map(({ node }) => node);
    this.pageInfo = pageInfo;
  }
}

const DEFAULT_PAGE_SIZE = 50;
const LARGEST_PAGE_SIZE = 250;

export interface ConnectionSpec<Row> {
  readonly args: ConnectionArguments;
  /** How a row looks in the answer. */
  readonly show: (row: Row) => unknown;
  readonly filter?: { readonly compile: Compile<Row>; readonly name: string };
}

/**
 * A page of these rows, newest first. A cursor is the id of a row and names a place in the order asked for now, so it
 * goes on working when its row leaves the filter, and gives another slice when order or filter change between pages.
 * Of a row that is gone for good there is no place: an error here; what Linear does then is not known.
 */
export function connection<Row extends LinearRow>(
  rows: readonly Row[],
  { args, show, filter }: ConnectionSpec<Row>,
): Connection {
  const size = pageSize(args);
  const matching = filterOf(args, filter);
  const newestFirst = orderOf(args.orderBy ?? 'createdAt');
  const listed = rows
    .filter((row) => (args.includeArchived === true || row.archivedAtMs === null) && matching(row))
    .sort(newestFirst);
  const from = anchor(rows, args.after, 'after');
  const until = anchor(rows, args.before, 'before');
  const between = listed.filter(
    (row) => (from === null || newestFirst(row, from) > 0) && (until === null || newestFirst(row, until) < 0),
  );
  const page = size.fromEnd ? between.slice(-size.rows) : between.slice(0, size.rows);
  const [start, end] = [page[0], page.at(-1)];
  return new Connection(
    page.map((row) => ({ cursor: row.id, node: show(row) })),
    {
      hasPreviousPage: start !== undefined && listed[0] !== start,
      hasNextPage: end !== undefined && listed.at(-1) !== end,
      startCursor: start?.id ?? null,
      endCursor: end?.id ?? null,
    },
  );
}

function pageSize({ first, last }: ConnectionArguments): { rows: number; fromEnd: boolean } {
  for (const [name, asked] of Object.entries({ first, last })) {
    if (asked === undefined || asked === null) continue;
    if (asked < 1 || asked > LARGEST_PAGE_SIZE) {
      throw invalidArgument(`${name} must be between 1 and ${LARGEST_PAGE_SIZE}`);
    }
  }
  if (typeof first === 'number' && typeof last === 'number') throw new UnsupportedByFake('first beside last');
  return { rows: first ?? last ?? DEFAULT_PAGE_SIZE, fromEnd: typeof last === 'number' };
}

function filterOf<Row>(
  { filter, sort, includeDisabled }: ConnectionArguments,
  known: ConnectionSpec<Row>['filter'],
): Test<Row> {
  if (sort !== undefined && sort !== null) throw new UnsupportedByFake('the argument sort');
  if (includeDisabled === true) throw new UnsupportedByFake('the argument includeDisabled');
  if (filter === undefined || filter === null) return () => true;
  if (known === undefined) throw new UnsupportedByFake('the argument filter of this connection');
  return known.compile(filter, known.name);
}

function orderOf(by: 'createdAt' | 'updatedAt'): (a: LinearRow, b: LinearRow) => number {
  if (by === 'createdAt') return (a, b) => b.createdAtMs - a.createdAtMs || b.order - a.order;
  return (a, b) => b.updatedAtMs - a.updatedAtMs || b.updatedOrder - a.updatedOrder;
}

function anchor<Row extends LinearRow>(
  rows: readonly Row[],
  cursor: string | null | undefined,
  name: string,
): Row | null {
  if (cursor === undefined || cursor === null) return null;
  const row = rows.find(({ id }) => id === cursor);
  if (row === undefined) throw invalidArgument(`${name} is not a cursor of this connection`);
  return row;
}
