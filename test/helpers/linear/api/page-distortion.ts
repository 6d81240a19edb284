import { Connection } from './paging.js';

/** How a page lies about itself. */
export interface PageDistortion {
  readonly kind: 'missingEndCursor' | 'repeatedCursor' | 'doubledIssue';
  /** The connection's field, at any depth. */
  readonly connection: string;
}

/** The page as the distortion shows it. */
export function distorted(page: Connection, { kind }: PageDistortion, after: unknown): Connection {
  const [first] = page.edges;
  switch (kind) {
    case 'missingEndCursor':
      return new Connection(page.edges, { ...page.pageInfo, hasNextPage: true, endCursor: null });
    case 'repeatedCursor': {
      // The first page tells its true end, and every later one the cursor that it was asked for with.
      const endCursor = typeof after === 'string' ? after : page.pageInfo.endCursor;
      return new Connection(page.edges, { ...page.pageInfo, hasNextPage: true, endCursor });
    }
    case 'doubledIssue':
      return new Connection(first === undefined ? [] : [...page.edges, first], page.pageInfo);
  }
}
