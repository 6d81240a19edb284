import { ineligibility } from './dispatch.js';
import type { State } from './state.js';

/**
 * Nothing is left that the daemon could do by itself: the board was read, no run lives, no retry waits, nothing is
 * being removed, and of every workspace that was found it is known what became of its issue. Blocked claims and those
 * parked without a time wait for a person, so they do not count; nor does what is left on hosts that do not answer. An
 * issue that waits for such a host does: it is work that can still go on.
 */
export function isIdle(state: State): boolean {
  const { claims, queue, poll, removing, kept, survey, workflowProblem } = state;
  if (queue.candidates !== 'listed' || poll.flight !== null || poll.failure !== null) return false;
  if (poll.asked || !removing.isEmpty() || workflowProblem !== null) return false;
  if (!survey.pending.isEmpty() || survey.isListing) return false;
  if (kept.some(({ isKnown }) => !isKnown)) return false;
  if (queue.waiting.some((issue) => ineligibility(issue, state) === null)) return false;
  return claims.every(
    (claim) => claim.kind === 'blocked' || (claim.kind === 'parked' && claim.until === null),
  );
}

/** After a shutdown was asked for: no run lives and no workspace is being removed. */
export function isDrained({ mode, slots, removing }: State): boolean {
  return mode === 'stopping' && slots.held === 0 && removing.isEmpty();
}
