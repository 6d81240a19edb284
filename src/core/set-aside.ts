import type { ThreadRef } from '../domain/session.js';
import type { Claim, ParkedClaim } from './claim.js';

/** Why an issue that a person stopped is set aside. */
const STOPPED_BY_OPERATOR = 'stopped by an operator';

/** A claim that waits for a person. */
export function setAside(
  { issue, workspace }: Pick<Claim, 'issue' | 'workspace'>,
  attempt: ParkedClaim['attempt'],
  thread: ThreadRef | null,
): ParkedClaim {
  return {
    kind: 'parked',
    cause: 'operator',
    issue,
    workspace,
    attempt,
    reason: STOPPED_BY_OPERATOR,
    until: null,
    thread,
  };
}
