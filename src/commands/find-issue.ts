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
  const listed = await tracker.issuesByStates(settings.activeStates, signal);
  const found =
    named(listed, name) ??
    // An issue in a state that the workflow does not name can only be asked for by itself.
    (await tracker.issuesByIds([name], signal))[0] ??
    // Finished ones may be very many, so they come last.
    named(await tracker.issuesByStates(settings.terminalStates, signal), name);
  if (found !== undefined) return found;
  const identifiers = listed.slice(0, MAX_LISTED).map((issue) => issue.identifier);
  const others = identifiers.length === 0 ? 'none is active' : `active are ${identifiers.join(', ')}`;
  throw new SymphonyError('issue_not_found', `the tracker has no issue ${name}; ${others}`);
}

function named(issues: readonly Issue[], name: string): Issue | undefined {
  const wanted = name.toLowerCase();
  return (
    issues.find((issue) => issue.identifier === name) ??
    issues.find((issue) => issue.identifier.toLowerCase() === wanted)
  );
}
