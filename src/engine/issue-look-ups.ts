import { SymphonyError } from '../domain/error.js';
import type { Issue } from '../domain/issue.js';
import type { Clock } from '../ports/clock.js';
import type { Tracker } from '../ports/tracker.js';
import { bounded } from './bounded.js';

/** A person waits for the answer. */
const LIMIT_MS = 5_000;
/** Anybody who may read may ask, and the tracker's allowance is for the work. */
const MOST = 10;
const WINDOW_MS = 60_000;
/** Whoever keeps looking sees the same for so long. */
const KEEP_MS = 30_000;

/** What the tracker said of an issue, and when by the wall clock; null: it knows none of that name. */
export interface FoundIssue {
  readonly issue: Issue | null;
  readonly readAtMs: number;
}

interface LookUp {
  readonly atMs: number;
  readonly found: Promise<FoundIssue>;
}

/** Issues that somebody asks about and no poll listed, asked for one by one, seldom enough to cost the work nothing. */
export class IssueLookUps {
  readonly #clock: Clock;
  readonly #tracker: () => Tracker;
  /** Those of the last minute, oldest first. */
  #latest: LookUp[] = [];
  readonly #byName = new Map<string, LookUp>();

  constructor(clock: Clock, tracker: () => Tracker) {
    this.#clock = clock;
    this.#tracker = tracker;
  }

  /**
   * What the tracker says now, or said within thirty seconds, of the issue that people call so.
   * @throws SymphonyError of SPEC 11.4's categories; `tracker_rate_limited` after ten look-ups within a minute
   */
  find(name: string): Promise<FoundIssue> {
    const nowMs = this.#clock.nowMs();
    this.#forget(nowMs);
    const known = this.#byName.get(name);
    if (known !== undefined) return known.found;
    const [oldest] = this.#latest;
    if (oldest !== undefined && this.#latest.length >= MOST)
      return Promise.reject(tooMany(oldest.atMs + WINDOW_MS - nowMs));
    const lookUp = { atMs: nowMs, found: this.#ask(name) };
    this.#latest.push(lookUp);
    this.#byName.set(name, lookUp);
    // What failed may be asked again at once.
    lookUp.found.catch(() => this.#byName.delete(name));
    return lookUp.found;
  }

  #forget(nowMs: number): void {
    this.#latest = this.#latest.filter(({ atMs }) => nowMs - atMs < WINDOW_MS);
    for (const [name, { atMs }] of this.#byName) if (nowMs - atMs >= KEEP_MS) this.#byName.delete(name);
  }

  async #ask(name: string): Promise<FoundIssue> {
    const tracker = this.#tracker();
    const message = `the tracker did not tell of ${name} within ${LIMIT_MS / 1_000} s; ask again`;
    // People type as they like; identifiers are written in capitals.
    const names = [...new Set([name, name.toUpperCase()])];
    const limit = { ms: LIMIT_MS, code: 'tracker_timeout', message } as const;
    const issues = await bounded(this.#clock, limit, (signal) => tracker.issuesByIds(names, signal));
    const wanted = name.toLowerCase();
    const isMeant = ({ identifier }: Issue): boolean => identifier.toLowerCase() === wanted;
    return {
      issue: issues.find(isMeant) ?? issues.find(({ id }) => id === name) ?? null,
      readAtMs: this.#clock.wallMs(),
    };
  }
}

function tooMany(waitMs: number): SymphonyError {
  const seconds = Math.ceil(waitMs / 1_000);
  return new SymphonyError(
    'tracker_rate_limited',
    `${MOST} issues were looked up within a minute, which is as often as the tracker is asked for that; ask again in ${seconds} s`,
    { retryAfterMs: waitMs },
  );
}
