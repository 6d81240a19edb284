import { normalizedState } from '../../domain/issue.js';

/** A state of a team with what it means to Linear: triage, backlog, unstarted, started, completed, canceled, duplicate. */
export interface TypedState {
  readonly name: string;
  readonly type: string;
}

/** States by what Symphony is to do about issues in them; each name once, as it is first spelled. */
export interface StateGroups {
  /** Issues to work on: unstarted and started ones. */
  readonly active: readonly string[];
  /** Issues that are finished, one way or another. */
  readonly terminal: readonly string[];
  /** States of started issues in which, by their names, others have their turn; an agent would only run in circles. */
  readonly waiting: readonly string[];
  /** Issues that nobody has taken up, and what Linear may add. */
  readonly untouched: readonly string[];
  /** Where an agent puts what it begins, and what it has done; null where there is no such state. */
  readonly begun: string | null;
  readonly done: string | null;
}

const ENDED = ['completed', 'canceled', 'duplicate'];
/** People's words for "not the one who does the work". */
const WAITING = /\b(reviews?|reviewing|qa|uat|tests?|testing|approv\w*|wait\w*|block\w*|hold|paused?)\b/i;
const REVIEW = /\breview/i;

/** Groups the states of a project's teams. A name that means an end in one team and work in another counts as an end. */
export function stateGroups(states: readonly TypedState[]): StateGroups {
  const terminal = namesOf(states, ENDED);
  const isFree = namesNotIn(terminal);
  const started = namesOf(states, ['started']).filter(isFree);
  const waiting = started.filter((name) => WAITING.test(name));
  const atWork = started.filter((name) => !waiting.includes(name));
  const active = [...namesOf(states, ['unstarted']), ...atWork].filter(isFree);
  const known = new Set([...active, ...terminal, ...waiting].map(normalizedState));
  return {
    active: unique(active),
    terminal,
    waiting,
    untouched: unique(states.map(({ name }) => name)).filter((name) => !known.has(normalizedState(name))),
    begun: atWork[0] ?? null,
    done:
      waiting.find((name) => REVIEW.test(name)) ?? waiting[0] ?? namesOf(states, ['completed'])[0] ?? null,
  };
}

function namesOf(states: readonly TypedState[], types: readonly string[]): string[] {
  return unique(
    types.flatMap((type) => states.filter((state) => state.type === type).map(({ name }) => name)),
  );
}

function namesNotIn(taken: readonly string[]): (name: string) => boolean {
  const known = new Set(taken.map(normalizedState));
  return (name) => !known.has(normalizedState(name));
}

function unique(names: readonly string[]): string[] {
  const first = new Map<string, string>();
  for (const name of names) {
    if (!first.has(normalizedState(name))) first.set(normalizedState(name), name.trim());
  }
  return [...first.values()];
}
