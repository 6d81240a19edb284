import type { Decision } from '../core/draft.js';
import type { Event } from '../core/events.js';
import type { State } from '../core/state.js';
import type { Observe } from './engine.js';

/** What else a summary tells. */
interface SummaryInput {
  readonly tokens: number;
  readonly elapsedMs: number;
  readonly blocked: readonly { readonly identifier: string; readonly question: string }[];
  readonly logPath: string;
}

/** What a daemon has done since it started; for the summary at its end. */
export class Tally {
  #runs = 0;
  #retries = 0;
  #failures = 0;
  /** Identifiers of issues that were finished in our hands, in that order. */
  readonly #finished: string[] = [];

  readonly observe: Observe = (event: Event, { effects, facts }: Decision, before: State): void => {
    for (const effect of effects) {
      if (effect.type === 'startRun') {
        this.#runs += 1;
        if (before.claims.has(effect.issue.id)) this.#retries += 1;
      } else if (effect.type === 'removeWorkspace' && before.claims.has(effect.issueId)) {
        this.#finished.push(effect.identifier);
      }
    }
    if (event.type !== 'runExited') return;
    const failed = facts.some(
      ({ type, ...fact }) => type === 'claimed' && 'claim' in fact && hasFailed(fact.claim),
    );
    if (failed) this.#failures += 1;
  };

  /** A few lines for a person who comes back to the terminal. */
  summary({ tokens, elapsedMs, blocked, logPath }: SummaryInput): string {
    const issues = counted(this.#finished.length, 'issue');
    const list = this.#finished.length === 0 ? '' : `: ${this.#finished.join(', ')}`;
    const head =
      this.#runs === 0
        ? 'Nothing to do: the board has no issue that could be worked on.'
        : `Nothing is left to do. ${issues} finished in ${Math.round(elapsedMs / 1_000)} s${list}.`;
    return [
      head,
      `${counted(this.#runs, 'run')}, ${counted(this.#retries, 'retry', 'retries')}, ` +
        `${counted(this.#failures, 'failure')}, ${tokens.toLocaleString('en-US')} tokens.`,
      ...blocked.map(({ identifier, question }) => `${identifier} waits for a person: ${question}`),
      `Log: ${logPath}`,
    ].join('\n');
  }
}

function hasFailed(claim: { readonly kind: string }): boolean {
  return claim.kind === 'retryQueued' && 'error' in claim && claim.error !== null;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
