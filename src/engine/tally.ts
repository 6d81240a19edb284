import type { Decision } from '../core/draft.js';
import type { Event } from '../core/events.js';
import type { State } from '../core/state.js';
import type { Observe } from './engine.js';

/** What a daemon has done since it started; for the summary at its end. */
export class Tally {
  runs = 0;
  retries = 0;
  /** Identifiers of issues that reached a terminal state in our hands, in that order. */
  readonly finished: string[] = [];

  readonly observe: Observe = (_event: Event, { effects }: Decision, before: State): void => {
    for (const effect of effects) {
      if (effect.type === 'startRun') {
        this.runs += 1;
        if (before.claims.has(effect.issue.id)) this.retries += 1;
      } else if (effect.type === 'removeWorkspace' && before.claims.has(effect.issueId)) {
        this.finished.push(effect.identifier);
      }
    }
  };
}
