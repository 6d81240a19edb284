import type { Decision } from '../core/draft.js';
import type { Event } from '../core/events.js';
import type { State } from '../core/state.js';
import type { Observe } from './engine.js';

/** An issue in an active state that the daemon cannot go on with by itself. */
export interface LeftIssue {
  readonly identifier: string;
  /** It asks something, and goes on when that is answered. */
  readonly isBlocked: boolean;
  /** The fact that holds it, as one line. */
  readonly reason: string;
}

/** What else a summary tells. */
interface SummaryInput {
  readonly tokens: number;
  readonly elapsedMs: number;
  readonly left: readonly LeftIssue[];
  /** What the tracker reported of records that it could not read as they were written, each as one line. */
  readonly reported: readonly string[];
  readonly logPath: string;
}

const MOST_FINISHED = 20;
const MOST_LEFT = 10;
/** Columns of the list of what was finished. */
const LINE_WIDTH = 80;

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
  summary({ tokens, elapsedMs, left, reported, logPath }: SummaryInput): string {
    return [
      this.#headline(elapsedMs, left.length + reported.length === 0),
      `${counted(this.#runs, 'run')}, ${counted(this.#retries, 'retry', 'retries')}, ` +
        `${counted(this.#failures, 'failure')}, ${tokens.toLocaleString('en-US')} tokens.`,
      ...(left.length === 0 ? [] : [`${counted(left.length, 'issue is', 'issues are')} left:`]),
      ...firstOf(left.map(leftLine), MOST_LEFT),
      ...firstOf(
        reported.map((message) => `The tracker reported: ${message}`),
        MOST_LEFT,
      ),
      `Log: ${logPath}`,
    ].join('\n');
  }

  #headline(elapsedMs: number, isAllDone: boolean): string {
    if (this.#runs === 0) {
      return isAllDone
        ? 'Nothing to do: the board has no issue that could be worked on.'
        : 'No issue could be worked on.';
    }
    const issues = counted(this.#finished.length, 'issue');
    const list = firstOf(this.#finished, MOST_FINISHED)
      .join(', ')
      .replace(/, (and \d+ more)$/u, ' $1');
    return wrapped(
      `${isAllDone ? 'Nothing is left to do. ' : ''}${issues} finished in ${Math.round(elapsedMs / 1_000)} s` +
        `${list === '' ? '' : `: ${list}`}.`,
    );
  }
}

/** One line on a daemon that was told to stop while so many runs were under way. */
export function farewell(runs: number, logPath: string): string {
  const ended =
    runs === 0
      ? 'no run was under way'
      : `${counted(runs, 'run was', 'runs were')} ended, ${runs === 1 ? 'it begins' : 'they begin'} again at the next start`;
  return `symphony stopped: ${ended}; log: ${logPath}`;
}

function leftLine({ identifier, isBlocked, reason }: LeftIssue): string {
  return `${identifier} ${isBlocked ? 'waits for a person' : 'is held back'}: ${reason}`;
}

/** Not more than so many, and how many others there are. */
function firstOf(texts: readonly string[], most: number): readonly string[] {
  const others = texts.length - most;
  return others <= 0 ? texts : [...texts.slice(0, most), `and ${others} more`];
}

/** Lines of at most `LINE_WIDTH`, as far as their words allow; all but the first are indented. */
function wrapped(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > LINE_WIDTH) {
      lines.push(line);
      line = `  ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}

function hasFailed(claim: { readonly kind: string }): boolean {
  return claim.kind === 'retryQueued' && 'error' in claim && claim.error !== null;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
