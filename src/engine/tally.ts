import type { Decision } from '../core/draft.js';
import type { Event } from '../core/events.js';
import type { State } from '../core/state.js';
import type { IssueFacts, IssueId } from '../domain/issue.js';
import { isActive, isTerminal } from '../domain/routing.js';
import type { HookReport } from '../workspaces/hooks.js';
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
  /** As counted, with those of earlier daemons. */
  readonly tokens: number;
  readonly elapsedMs: number;
  readonly left: readonly LeftIssue[];
  /** What the tracker reported of records that it could not read as they were written, each as one line. */
  readonly reported: readonly string[];
  readonly logPath: string;
}

const MOST_NAMED = 20;
const MOST_LEFT = 10;
/** Columns of lists of names. */
const LINE_WIDTH = 80;

/** What a daemon has done since it started; for the summary at its end. */
export class Tally {
  #runs = 0;
  #retries = 0;
  #failures = 0;
  /** What earlier daemons had used. */
  #tokensBefore = 0;
  /** Identifiers of issues that were finished in our hands, in that order. */
  readonly #finished: string[] = [];
  /** Issues that are held and were worked on. */
  readonly #begun = new Set<IssueId>();
  /** Identifiers of issues that were worked on, and then left the active states without being finished. */
  readonly #handedOn = new Set<string>();
  /** Hooks whose failure changed nothing for their run, as each one ended for its issue last. */
  readonly #failedHooks = new Set<string>();

  readonly observe: Observe = (event: Event, { state, effects, facts }: Decision, before: State): void => {
    if (event.type === 'recovered') this.#tokensBefore = state.totals.usage.totalTokens;
    for (const effect of effects) {
      if (effect.type === 'startRun') {
        this.#runs += 1;
        if (before.claims.has(effect.issue.id)) this.#retries += 1;
        this.#begun.add(effect.issue.id);
        this.#handedOn.delete(effect.issue.identifier);
      } else if (effect.type === 'removeWorkspace' && before.claims.has(effect.issueId)) {
        this.#finished.push(effect.identifier);
      }
    }
    this.#noteHandedOn(event, facts, before);
    if (event.type !== 'runExited') return;
    const failed = facts.some(
      ({ type, ...fact }) => type === 'claimed' && 'claim' in fact && hasFailed(fact.claim),
    );
    if (failed) this.#failures += 1;
  };

  #noteHandedOn(event: Event, facts: Decision['facts'], before: State): void {
    for (const fact of facts) {
      if (fact.type !== 'released' || !this.#begun.delete(fact.issueId)) continue;
      const issue = issueAsTold(event, fact.issueId, before);
      if (issue !== null && !isActive(issue, before.settings) && !isTerminal(issue, before.settings))
        this.#handedOn.add(issue.identifier);
    }
  }

  /** A hook whose failure is ignored (SPEC 9.4) may have been the one that saves the work. */
  hookReported({ hook, event, issue }: Pick<HookReport, 'hook' | 'event' | 'issue'>): void {
    if (!isIgnoredWhenFailed(hook)) return;
    const name = `${hook} of ${issue.identifier}`;
    if (event === 'failed' || event === 'timedOut') this.#failedHooks.add(name);
    else if (event === 'completed') this.#failedHooks.delete(name);
  }

  /** Whether a hook failed whose failure nothing else tells of, and that did not succeed for that issue afterwards. */
  get hasFailedHooks(): boolean {
    return this.#failedHooks.size > 0;
  }

  /** A few lines for a person who comes back to the terminal. */
  summary({ tokens, elapsedMs, left, reported, logPath }: SummaryInput): string {
    return [
      this.#headline(elapsedMs, left.length + reported.length === 0),
      `${counted(this.#runs, 'run')}, ${counted(this.#retries, 'retry', 'retries')}, ` +
        `${counted(this.#failures, 'failure')}, ${(tokens - this.#tokensBefore).toLocaleString('en-US')} tokens.`,
      ...named('Handed on', [...this.#handedOn]),
      ...named(`${counted(this.#failedHooks.size, 'hook')} failed`, [...this.#failedHooks]),
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
    const list = listed(this.#finished);
    const handedOn = this.#handedOn.size === 0 ? '' : `, ${this.#handedOn.size} handed on`;
    return wrapped(
      `${isAllDone && !this.hasFailedHooks ? 'Nothing is left to do. ' : ''}${issues} finished${handedOn} in ` +
        `${Math.round(elapsedMs / 1_000)} s${list === '' ? '' : `: ${list}`}.`,
    );
  }
}

/** One line on a daemon that was told to stop while so many runs were under way. */
export function farewell(runs: number, logPath: string): string {
  const ended =
    runs === 0
      ? 'no run was under way'
      : `${counted(runs, 'run was', 'runs were')} ended, ${runs === 1 ? 'it goes' : 'they go'} on at the next start`;
  return `symphony stopped: ${ended}; log: ${logPath}`;
}

/** Hooks whose failure is logged and ignored (SPEC 9.4); that of any other fails the run. */
export function isIgnoredWhenFailed(hook: HookReport['hook']): boolean {
  return hook === 'after_run' || hook === 'before_remove';
}

/** The issue as the tracker told it with the news by which its claim was released; null when it told nothing. */
function issueAsTold(event: Event, issueId: IssueId, { claims }: State): IssueFacts | null {
  const among = (issues: readonly IssueFacts[]): IssueFacts | null =>
    issues.find(({ id }) => id === issueId) ?? null;
  switch (event.type) {
    case 'runExited':
      // A run that was stopped because its issue was moved carries the issue as it was moved.
      return event.outcome.kind === 'issueInactive'
        ? event.outcome.issue
        : (claims.get(issueId)?.issue ?? null);
    case 'pollAnswered':
      return among(event.refreshed);
    case 'issuesRefreshed':
    case 'issuesSeen':
      return among(event.issues);
    default:
      return null;
  }
}

/** A line that names some, none without any. */
function named(what: string, names: readonly string[]): readonly string[] {
  return names.length === 0 ? [] : [wrapped(`${what}: ${listed(names)}.`)];
}

function listed(names: readonly string[]): string {
  return firstOf(names, MOST_NAMED)
    .join(', ')
    .replace(/, (and \d+ more)$/u, ' $1');
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
