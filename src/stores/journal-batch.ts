import type { SymphonyError } from '../domain/error.js';

/** Commits that are written together: what came while others were written. */
export interface Batch<Entry extends object> {
  readonly lines: string[];
  readonly entries: Entry[];
  readonly committed: Promise<void>;
  readonly commit: () => void;
  readonly giveUp: (error: SymphonyError) => void;
}

/** One in which nothing is yet. */
export function newBatch<Entry extends object>(): Batch<Entry> {
  let commit = (): void => {};
  let giveUp: Batch<Entry>['giveUp'] = () => {};
  const committed = new Promise<void>((resolve, reject) => {
    commit = resolve;
    giveUp = reject;
  });
  return { lines: [], entries: [], committed: heardLater(committed), commit, giveUp };
}

/** Who appends may begin to listen only when what came before is settled; until then a rejection is not forgotten. */
export function heardLater(committed: Promise<void>): Promise<void> {
  committed.catch(() => {});
  return committed;
}
