import type { RunId } from '../domain/run.js';

/** More than a person can follow; the rest of what an agent says is in the transcript of its session. */
const PER_SECOND = 20;

/** Everyday talk and the rest are counted apart, so that neither hides the other. */
export type Talk = 'everyday' | 'notable';

interface Current {
  second: number;
  recorded: number;
  skipped: number;
  /** Skipped in seconds that are over, and told to nobody yet. */
  due: number;
}

/** How many reports of a run were skipped, and of which kind. */
export interface Skipped {
  readonly talk: Talk;
  readonly count: number;
}

/** Decides which reports of an agent are recorded; one that is not costs a look-up and an addition. */
export class EventFloods {
  readonly #runs = new Map<RunId, { readonly [talk in Talk]: Current }>();

  /** A run begins; before that, and after its end, nothing of it is recorded. */
  open(runId: RunId): void {
    this.#runs.set(runId, { everyday: untouched(), notable: untouched() });
  }

  admits(runId: RunId, talk: Talk, wallMs: number): boolean {
    const current = this.#runs.get(runId)?.[talk];
    if (current === undefined) return false;
    turn(current, wallMs);
    if (current.recorded < PER_SECOND) {
      current.recorded += 1;
      return true;
    }
    current.skipped += 1;
    return false;
  }

  /** What was skipped in seconds that are over, and is told now. */
  takeSkipped(runId: RunId, wallMs: number): readonly Skipped[] {
    const run = this.#runs.get(runId);
    if (run === undefined) return NONE;
    for (const talk of TALKS) turn(run[talk], wallMs);
    return due(run);
  }

  /** A run has ended; returns what was skipped and not told yet. */
  close(runId: RunId): readonly Skipped[] {
    const run = this.#runs.get(runId);
    this.#runs.delete(runId);
    if (run === undefined) return NONE;
    for (const talk of TALKS) turn(run[talk], Number.POSITIVE_INFINITY);
    return due(run);
  }
}

const TALKS: readonly Talk[] = ['everyday', 'notable'];
const NONE: readonly Skipped[] = [];

function untouched(): Current {
  return { second: -1, recorded: 0, skipped: 0, due: 0 };
}

/** Begins a new second where it is time. */
function turn(current: Current, wallMs: number): void {
  const second = Math.floor(wallMs / 1_000);
  if (current.second === second) return;
  current.second = second;
  current.recorded = 0;
  current.due += current.skipped;
  current.skipped = 0;
}

function due(run: { readonly [talk in Talk]: Current }): readonly Skipped[] {
  if (run.everyday.due + run.notable.due === 0) return NONE;
  return TALKS.flatMap((talk) => {
    const count = run[talk].due;
    run[talk].due = 0;
    return count === 0 ? [] : [{ talk, count }];
  });
}
