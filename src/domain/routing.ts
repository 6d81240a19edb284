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
  tracker: { readonly requiredLabels: readonly string[] },
): boolean {
  if (!issue.dispatchable) return false;
  const labels = new Set(issue.labels.map((label) => label.trim().toLowerCase()));
  return tracker.requiredLabels.every((label) => label !== '' && labels.has(label));
}

interface StateNames {
  readonly activeStates: readonly string[];
  readonly terminalStates: readonly string[];
}

function includesState(states: readonly string[], state: string): boolean {
  const wanted = normalizedState(state);
  return states.some((name) => normalizedState(name) === wanted);
}
