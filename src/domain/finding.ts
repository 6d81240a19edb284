import type { SymphonyError } from './error.js';

/** How one of the things stands that a daemon needs; `skipped` when it could not be looked at. */
export type Verdict = 'ok' | 'warning' | 'problem' | 'skipped';

/** What an examination found about one thing, for a person. Texts may hold what strangers wrote. */
export interface Finding {
  /** What was looked at, in a word or two. */
  readonly name: string;
  readonly verdict: Verdict;
  /** The fact, in one line. */
  readonly detail: string;
  /** What to do about it; null when there is nothing to do. */
  readonly mend: string | null;
}

/** All is well with it. */
export function ok(name: string, detail: string): Finding {
  return { name, verdict: 'ok', detail, mend: null };
}

/** The daemon works, but perhaps not as its operator wants. */
export function warning(name: string, detail: string, mend: string | null): Finding {
  return { name, verdict: 'warning', detail, mend };
}

/** The daemon would not start, or its runs would fail. */
export function problem(name: string, detail: string, mend: string | null): Finding {
  return { name, verdict: 'problem', detail, mend };
}

/** Nobody looked. */
export function skipped(name: string, because: string): Finding {
  return { name, verdict: 'skipped', detail: `because ${because}`, mend: null };
}

/** A problem told by its failure, in whose message the mend comes last, behind a semicolon. */
export function failure(name: string, { message }: Pick<SymphonyError, 'message'>): Finding {
  const cut = message.lastIndexOf('; ');
  return cut < 0
    ? problem(name, message, null)
    : problem(name, message.slice(0, cut), message.slice(cut + '; '.length));
}
