import { Set as PersistentSet } from 'immutable';
import type { IssueId } from '../domain/issue.js';
import type { WorkspaceRef } from './claim.js';
import type { Draft } from './draft.js';
import { dropElsewhere, isSamePlace } from './places.js';

/**
 * Has every workspace removed of an issue that no claim holds; asked for twice, each is removed once. Those on hosts
 * that do not answer wait until they do.
 */
export function removeWorkspaces(draft: Draft, issueId: IssueId, identifier: string): void {
  const { removing, kept, elsewhere, hosts } = draft.state;
  if (removing.has(issueId)) return;
  const places = [kept.get(issueId)?.workspace ?? [], elsewhere.get(issueId) ?? []].flat();
  for (const place of places) {
    if ((hosts.get(place.host)?.down ?? null) === null) beginRemoval(draft, issueId, identifier, place);
  }
}

/** Until this is answered, no run of the issue starts (C5). */
function beginRemoval(
  draft: Draft,
  issueId: IssueId,
  identifier: string,
  { host, path }: WorkspaceRef,
): void {
  const request = draft.newRequest();
  const { removing } = draft.state;
  const requests = removing.get(issueId) ?? PersistentSet<number>();
  draft.set({ removing: removing.set(issueId, requests.add(request)) });
  draft.perform({ type: 'removeWorkspace', request, issueId, identifier, host, path });
}

/** A workspace is gone, or is not tried again; of an issue that has others, the next one is kept in mind. */
export function forgetWorkspace(draft: Draft, issueId: IssueId, place: WorkspaceRef): void {
  dropElsewhere(draft, issueId, place);
  const { kept, elsewhere } = draft.state;
  const before = kept.get(issueId);
  if (before === undefined || !isSamePlace(before.workspace, place)) return;
  const next = elsewhere.get(issueId)?.[0];
  if (next === undefined) draft.set({ kept: kept.delete(issueId) });
  else {
    draft.set({ kept: kept.set(issueId, { ...before, workspace: next }) });
    dropElsewhere(draft, issueId, next);
  }
}
