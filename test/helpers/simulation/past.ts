import { type Claim, holdsSlot } from '../../../src/core/claim.js';
import type { Fact } from '../../../src/core/facts.js';
import type { IssueId } from '../../../src/domain/issue.js';

/** The last that was written of each issue, read without the core's own folding. */
export function lastClaims(facts: readonly Fact[]): ReadonlyMap<IssueId, Claim> {
  const claims = new Map<IssueId, Claim>();
  for (const fact of facts) {
    if (fact.type === 'claimed') claims.set(fact.issueId, fact.claim);
    if (fact.type === 'released') claims.delete(fact.issueId);
  }
  return claims;
}

/** How long the runs that ended with their daemon are known to have lived. */
export function cutShortMs(facts: readonly Fact[]): number {
  let sum = 0;
  for (const claim of lastClaims(facts).values())
    if (holdsSlot(claim)) sum += claim.lastEventAtMs - claim.startedAtMs;
  return sum;
}

/** Issues that a person had stopped. */
export function setAsideIn(facts: readonly Fact[]): IssueId[] {
  return [...lastClaims(facts)].flatMap(([issueId, claim]) => (isAside(claim) ? [issueId] : []));
}

/** Whether a person had stopped it, or was about to. */
export function isAside(claim: Claim): boolean {
  if (claim.kind === 'parked') return claim.cause === 'operator';
  return claim.kind === 'stopping' && claim.onExit === 'park';
}

/** Where what goes on was worked on last; what was being let go is looked for like everything on the disks. */
export function lastPlaces(facts: readonly Fact[]): (readonly [IssueId, string])[] {
  return [...lastClaims(facts)].flatMap(([issueId, claim]) => {
    if (claim.kind === 'stopping' && ['release', 'releaseAndRemove'].includes(claim.onExit)) return [];
    // A run that was about to begin on another host has not left the first one's workspace behind yet.
    const hosts = [claim.workspace?.host ?? [], holdsSlot(claim) ? claim.host : []].flat();
    return hosts.map((host) => [issueId, host] as const);
  });
}
