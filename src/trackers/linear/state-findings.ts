import { type Finding, ok, problem, warning } from '../../domain/finding.js';
import { normalizedState } from '../../domain/issue.js';
import type { TrackerSettings } from '../../domain/settings.js';
import { nearest } from '../../domain/spelling.js';
import { plainName } from './names.js';
import { type KnownStates, unknownStates } from './state-names.js';

const ACTIVE = 'active states';
const TERMINAL = 'terminal states';

/** The states of the teams of a project. */
interface ProjectStates extends KnownStates {
  readonly projectName: string;
}

/** Whether teams of the project have the states of the settings, and which were probably meant instead. */
export function stateFindings(
  { activeStates, terminalStates }: Pick<TrackerSettings, 'activeStates' | 'terminalStates'>,
  known: ProjectStates,
): Finding[] {
  return [...activeFindings(activeStates, known), ...terminalFindings(terminalStates, known)];
}

function activeFindings(active: readonly string[], known: ProjectStates): Finding[] {
  const unknown = unknownStates(active, known);
  if (unknown.length === 0) return [ok(ACTIVE, `${quoted(active)}: ${teamsOf(known)} has them`)];
  return unknown.map((name) =>
    problem(ACTIVE, `no team of the project has "${name}"`, mend(name, known, 'tracker.active_states')),
  );
}

/**
 * Nobody has all the states by which an issue may end, and one too many does no harm. One that is nearly the name of
 * another state was meant to be that one.
 */
function terminalFindings(terminal: readonly string[], known: ProjectStates): Finding[] {
  const key = 'tracker.terminal_states';
  const unknown = unknownStates(terminal, known);
  if (unknown.length === terminal.length && terminal.length > 0) {
    const detail = `no team of the project has ${quoted(unknown)}, so no issue ever counts as finished`;
    return [problem(TERMINAL, detail, mend(unknown[0] ?? '', known, key))];
  }
  const written = terminal.map(normalizedState);
  const misspelt = unknown.filter((name) => {
    const meant = meantBy(name, known);
    return meant !== null && !written.includes(normalizedState(meant));
  });
  if (misspelt.length > 0) {
    return misspelt.map((name) =>
      warning(TERMINAL, `no team of the project has "${name}"`, mend(name, known, key)),
    );
  }
  const found = terminal.filter((name) => !unknown.includes(name));
  const others = unknown.length === 0 ? '' : `; without effect: ${quoted(unknown)}`;
  return [ok(TERMINAL, `${quoted(found)}: ${teamsOf(known)} has them${others}`)];
}

function mend(name: string, known: ProjectStates, key: string): string {
  const meant = meantBy(name, known);
  return meant === null
    ? `write in ${key} what there is, ${quoted(known.states.map(plainName))}, or add the state to the team`
    : `write "${meant}" in ${key}`;
}

function meantBy(name: string, { states }: KnownStates): string | null {
  const names = states.map(plainName);
  const found = nearest(normalizedState(name), names.map(normalizedState));
  return names.find((candidate) => normalizedState(candidate) === found) ?? null;
}

/** The look-up is bounded; of the rest nobody can tell. */
function teamsOf({ isComplete }: KnownStates): string {
  return isComplete ? 'the project' : 'the project, as far as its many teams were looked up,';
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
