import { z } from 'zod';
import { SymphonyError } from '../../domain/error.js';

/** More than any board; a walk that goes on beyond is no walk. */
const MOST_PAGES = 200;

/** A page of a connection, its records unread. */
export const ConnectionPage = z.object({
  nodes: z.array(z.unknown()),
  pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
});
export type ConnectionPage = z.infer<typeof ConnectionPage>;

/** Sees to it that a walk over pages gets on: each page has a cursor of its own, and there is an end. */
export class PageWalk {
  readonly #what: string;
  readonly #seen = new Set<string>();

  constructor(what: string) {
    this.#what = what;
  }

  /**
   * The cursor of the page after this one, null when this was the last.
   * @throws SymphonyError `tracker_pagination`
   */
  after({ pageInfo }: Pick<ConnectionPage, 'pageInfo'>): string | null {
    const { hasNextPage, endCursor } = pageInfo;
    if (!hasNextPage) return null;
    if (endCursor === null || endCursor === '') throw this.#broken('a next page but no cursor for it');
    if (this.#seen.has(endCursor)) throw this.#broken('the same cursor twice');
    if (this.#seen.size >= MOST_PAGES) throw this.#broken(`more than ${MOST_PAGES} pages`);
    this.#seen.add(endCursor);
    return endCursor;
  }

  #broken(what: string): SymphonyError {
    return new SymphonyError(
      'tracker_pagination',
      `Linear gives ${what} for ${this.#what}; nothing was taken from it`,
    );
  }
}
