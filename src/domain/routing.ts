import { type IssueFacts, normalizedState } from './issue.js';

/** An issue is active when its state is configured active and not terminal (SPEC 8.2). */
export function isActive(issue: Pick<IssueFacts, 'state'>, tracker: StateNames): boolean {
  return includesState(tracker.activeStates, issue.state) && !isTerminal(issue, tracker);
}

/** An issue is terminal when its state is configured terminal. */
export function isTerminal(
  issue: Pick<IssueFacts, 'state'>,
  tracker: Pick<StateNames, 'terminalStates'>,
): boolean {
  return includesState(tracker.terminalStates, issue.state);
}

/** An issue is routable when its adapter says dispatchable and it carries every required label (SPEC 8.2). */
export function isRoutable(
  issue: Pick<IssueFacts, 'dispatchable' | 'labels'>,
  tracker: RequiredLabels,
): boolean {
  return issue.dispatchable && missingLabels(issue, tracker).length === 0;
}

/** The required labels that an issue does not carry; a blank one is carried by none. */
export function missingLabels(
  issue: Pick<IssueFacts, 'labels'>,
  { requiredLabels }: RequiredLabels,
): readonly string[] {
  if (requiredLabels.length === 0) return [];
  const labels = new Set(issue.labels.map((label) => label.trim().toLowerCase()));
  return requiredLabels.filter((label) => label === '' || !labels.has(label));
}

interface RequiredLabels {
  readonly requiredLabels: readonly string[];
}

interface StateNames {
  readonly activeStates: readonly string[];
  readonly terminalStates: readonly string[];
}

function includesState(states: readonly string[], state: string): boolean {
  const wanted = normalizedState(state);
  return states.some((name) => normalizedState(name) === wanted);
}
