import type { EventResponse } from '../daemon/wire.js';

/** The least pressing level that is shown. */
export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

/** A row of the list of events: an event, or a place where some are missing. */
export type EventRow =
  | { readonly kind: 'event'; readonly key: string; readonly event: EventResponse }
  | { readonly kind: 'gap'; readonly key: string };

/** A page holds no more events than this; the oldest go first. */
const MOST = 500;

/** The latest events of an issue, bounded, each once, in the order in which they came. */
export class EventList {
  #rows: EventRow[] = [];
  readonly #known = new Set<string>();
  /** Another life of the daemon may use the same ids again. */
  #life = 0;
  #lastId: string | null = null;

  get rows(): readonly EventRow[] {
    return this.#rows;
  }

  /** Where to go on after a connection was lost; null before the first event. */
  get lastId(): string | null {
    return this.#lastId;
  }

  /** Takes events that follow those it has; returns how many were new. */
  add(events: readonly EventResponse[]): number {
    const fresh = events.filter(({ id }) => !this.#known.has(id));
    for (const event of fresh) {
      this.#known.add(event.id);
      this.#rows.push({ kind: 'event', key: `${this.#life} ${event.id}`, event });
      this.#lastId = event.id;
    }
    this.#forget();
    return fresh.length;
  }

  /** Events between what it has and what comes next are not known, or the daemon has begun to number them anew. */
  addGap(): void {
    if (this.#rows.length === 0 || this.#rows.at(-1)?.kind === 'gap') return;
    this.#life += 1;
    this.#known.clear();
    this.#rows.push({ kind: 'gap', key: `gap ${this.#life}` });
  }

  #forget(): void {
    if (this.#rows.length <= MOST) return;
    for (const row of this.#rows.slice(0, -MOST)) if (row.kind === 'event') this.#known.delete(row.event.id);
    this.#rows = this.#rows.slice(-MOST);
  }
}

/** The rows that are at least as pressing as a level. */
export function atLeast(rows: readonly EventRow[], level: Level): readonly EventRow[] {
  const least = LEVELS.indexOf(level);
  return rows.filter((row) => row.kind === 'gap' || LEVELS.indexOf(row.event.level) >= least);
}
