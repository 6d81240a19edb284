import { normalizedState } from '../../domain/issue.js';
import { plainName } from './names.js';

/** The states of the project's teams, as far as they were looked up. */
export interface KnownStates {
  /** Their names exactly as Linear has them. */
  readonly states: readonly string[];
  /** Whether `states` is all there is. */
  readonly isComplete: boolean;
}

/**
 * The exact names to ask for: the server compares with case, people do not. While the list of names is not complete, a
 * name is asked for as it is, too. An escaped name is asked for in both spellings, since nobody knows which of them
 * the server compares.
 */
export function exactStates(
  wanted: readonly string[],
  { states, isComplete }: KnownStates,
): readonly string[] {
  const names = wanted.flatMap((name) => {
    const found = namesLike(name, states).flatMap((state) => [state, plainName(state)]);
    return isComplete ? found : [...found, name.trim()];
  });
  return [...new Set(names)];
}

/** Configured names that no team of the project has. */
export function unknownStates(
  wanted: readonly string[],
  { states, isComplete }: KnownStates,
): readonly string[] {
  return isComplete ? wanted.filter((name) => namesLike(name, states).length === 0) : [];
}

/** Whether a state that an issue is in is one that is not known yet, though it should be. */
export function isNewState(name: string, { states, isComplete }: KnownStates): boolean {
  return isComplete && namesLike(name, states).length === 0;
}

function namesLike(name: string, states: readonly string[]): string[] {
  const wanted = normalizedState(plainName(name));
  return states.filter((state) => normalizedState(plainName(state)) === wanted);
}
