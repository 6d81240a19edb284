import { SymphonyError } from '../domain/error.js';
import type { Issue } from '../domain/issue.js';
import type { TrackerSettings } from '../domain/settings.js';
import type { Tracker } from '../ports/tracker.js';

/** How many identifiers a message lists. */
const MAX_LISTED = 10;

/**
 * The issue of a tracker with this identifier, or with this id.
 * @throws SymphonyError `issue_not_found`, naming issues that could have been meant
 */
export async function findIssue(
  tracker: Tracker,
  settings: TrackerSettings,
  name: string,
  signal: AbortSignal,
): Promise<Issue> {
  const states = [...settings.activeStates, ...settings.terminalStates];
  const listed = await tracker.issuesByStates(states, signal);
  const wanted = name.toLowerCase();
  const found =
    listed.find((issue) => issue.identifier === name) ??
    listed.find((issue) => issue.identifier.toLowerCase() === wanted) ??
    // An issue in a state that the workflow does not name can only be asked for by its id.
    (await tracker.issuesByIds([name], signal))[0];
  if (found !== undefined) return found;
  const identifiers = listed.slice(0, MAX_LISTED).map((issue) => issue.identifier);
  const others = identifiers.length === 0 ? 'it shows no issues at all' : `it has ${identifiers.join(', ')}`;
  throw new SymphonyError('issue_not_found', `the tracker has no issue ${name}; ${others}`);
}
