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
/** Whoever keeps looking sees the same for so long, */
const KEEP_MS = 30_000;
/** and a failure long enough for all who were told to come back for the answer. */
const KEEP_FAILURE_MS = 3_000;

/** What the tracker said of an issue, and when by the wall clock; null: it knows none of that name. */
export interface FoundIssue {
  readonly issue: Issue | null;
  readonly readAtMs: number;
}

/** Everything that one name may mean. */
interface Meant {
  readonly issues: readonly Issue[];
  readonly readAtMs: number;
}

interface LookUp {
  readonly atMs: number;
  readonly meant: Promise<Meant>;
  /** Null while the tracker is asked. */
  forgetAtMs: number | null;
}

/** Issues that somebody asks about and no poll listed, asked for one by one, seldom enough to cost the work nothing. */
export class IssueLookUps {
  readonly #clock: Clock;
  readonly #tracker: () => Tracker;
  /** Those of the last minute, oldest first. */
  #latest: LookUp[] = [];
  /** In lower case. */
  readonly #byName = new Map<string, LookUp>();

  constructor(clock: Clock, tracker: () => Tracker) {
    this.#clock = clock;
    this.#tracker = tracker;
  }

  /**
   * What the tracker says now, or said within thirty seconds, of the issue that people call so; a failure is told for three
   * seconds before the tracker is asked again.
   * @throws SymphonyError of SPEC 11.4's categories; `tracker_rate_limited` after ten look-ups within a minute
   */
  async find(name: string): Promise<FoundIssue> {
    const { issues, readAtMs } = await this.#meant(name);
    const lowered = name.toLowerCase();
    const issue =
      issues.find(({ identifier, id }) => identifier === name || id === name) ??
      issues.find(({ identifier }) => identifier.toLowerCase() === lowered);
    return { issue: issue ?? null, readAtMs };
  }

  #meant(name: string): Promise<Meant> {
    const nowMs = this.#clock.nowMs();
    this.#forget(nowMs);
    const key = name.toLowerCase();
    const known = this.#byName.get(key);
    if (known !== undefined) return known.meant;
    const [oldest] = this.#latest;
    if (oldest !== undefined && this.#latest.length >= MOST)
      return Promise.reject(tooMany(oldest.atMs + WINDOW_MS - nowMs));
    const lookUp: LookUp = { atMs: nowMs, meant: this.#ask(name), forgetAtMs: null };
    this.#latest.push(lookUp);
    this.#byName.set(key, lookUp);
    lookUp.meant.then(
      () => this.#keep(lookUp, KEEP_MS),
      () => this.#keep(lookUp, KEEP_FAILURE_MS),
    );
    return lookUp.meant;
  }

  #keep(lookUp: LookUp, forMs: number): void {
    lookUp.forgetAtMs = this.#clock.nowMs() + forMs;
  }

  #forget(nowMs: number): void {
    this.#latest = this.#latest.filter(({ atMs }) => nowMs - atMs < WINDOW_MS);
    for (const [name, { forgetAtMs }] of this.#byName)
      if (forgetAtMs !== null && nowMs >= forgetAtMs) this.#byName.delete(name);
  }

  async #ask(name: string): Promise<Meant> {
    const tracker = this.#tracker();
    const message = `the tracker did not tell of ${name} within ${LIMIT_MS / 1_000} s; ask again`;
    // People type as they like.
    const names = [...new Set([name, name.toUpperCase(), name.toLowerCase()])];
    const limit = { ms: LIMIT_MS, code: 'tracker_timeout', message } as const;
    const issues = await bounded(this.#clock, limit, (signal) => tracker.issuesByIds(names, signal));
    return { issues, readAtMs: this.#clock.wallMs() };
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
