import type { IssueId } from '../domain/issue.js';
import type { WorkspaceRef } from './claim.js';
import type { Draft } from './draft.js';

/** Whether both are the same directory; of one that nobody has told, the host alone is known. */
export function isSamePlace(a: WorkspaceRef, b: WorkspaceRef): boolean {
  return a.host === b.host && (a.path === b.path || a.path === null || b.path === null);
}

/** These places and this one, which a second survey may show again. */
export function withPlace(known: readonly WorkspaceRef[], place: WorkspaceRef): readonly WorkspaceRef[] {
  if (!known.some((other) => isSamePlace(other, place))) return [...known, place];
  return known.map((other) => (other.path === null && isSamePlace(other, place) ? place : other));
}

/** Keeps in mind that an issue has a workspace there, too. */
export function addElsewhere(draft: Draft, issueId: IssueId, place: WorkspaceRef): void {
  const { elsewhere } = draft.state;
  draft.set({ elsewhere: elsewhere.set(issueId, withPlace(elsewhere.get(issueId) ?? [], place)) });
}

/** The place is not elsewhere any more: the issue is worked on there, or it is gone. */
export function dropElsewhere(draft: Draft, issueId: IssueId, place: WorkspaceRef): void {
  const { elsewhere } = draft.state;
  const known = elsewhere.get(issueId);
  if (known === undefined) return;
  const others = known.filter((other) => !isSamePlace(other, place));
  draft.set({
    elsewhere: others.length === 0 ? elsewhere.delete(issueId) : elsewhere.set(issueId, others),
  });
}

/**
 * The issue is worked on there now; where it was before is kept in mind until it is finished. Returns the place as far
 * as it is known.
 */
export function moveTo(
  draft: Draft,
  issueId: IssueId,
  before: WorkspaceRef | null,
  there: WorkspaceRef,
): WorkspaceRef {
  const stays = before !== null && isSamePlace(before, there);
  const known = stays
    ? before
    : draft.state.elsewhere.get(issueId)?.find((other) => isSamePlace(other, there));
  const here = there.path === null ? (known ?? there) : there;
  if (before !== null && !stays) addElsewhere(draft, issueId, before);
  dropElsewhere(draft, issueId, here);
  return here;
}
