import { Set as PersistentSet } from 'immutable';
import type { IssueId } from '../domain/issue.js';
import type { WorkspaceRef } from './claim.js';
import type { Draft } from './draft.js';

/** Keeps in mind that an issue has a workspace there, too. */
export function addElsewhere(draft: Draft, issueId: IssueId, workspace: WorkspaceRef): void {
  const { elsewhere } = draft.state;
  draft.set({ elsewhere: elsewhere.set(issueId, withPlace(elsewhere.get(issueId) ?? [], workspace)) });
}

/** The issue is worked on there now, so it is not elsewhere any more. */
export function isHereNow(draft: Draft, issueId: IssueId, workspace: WorkspaceRef): void {
  const { elsewhere } = draft.state;
  const known = elsewhere.get(issueId);
  if (known === undefined) return;
  const others = known.filter((other) => !isSamePlace(other, workspace));
  draft.set({
    elsewhere: others.length === 0 ? elsewhere.delete(issueId) : elsewhere.set(issueId, others),
  });
}

/** These places and this one, which a second survey may show again. */
export function withPlace(known: readonly WorkspaceRef[], place: WorkspaceRef): readonly WorkspaceRef[] {
  return known.some((other) => isSamePlace(other, place)) ? known : [...known, place];
}

/** Whether both are the same directory. */
export function isSamePlace(a: WorkspaceRef, b: WorkspaceRef): boolean {
  return a.host === b.host && a.path === b.path;
}

/**
 * Has every workspace removed that no claim holds; asked for twice, each is removed once. Those on hosts that do not
 * answer wait until they do.
 */
export function removeWorkspaces(
  draft: Draft,
  issueId: IssueId,
  identifier: string,
  ranOn: string | null,
): void {
  const { removing, kept, elsewhere, hosts, settings } = draft.state;
  if (removing.has(issueId)) return;
  const recorded = [kept.get(issueId)?.workspace ?? [], elsewhere.get(issueId) ?? []].flat();
  const reachable = recorded.filter(({ host }) => (hosts.get(host)?.down ?? null) === null);
  for (const { host, path } of reachable) beginRemoval(draft, issueId, identifier, host, path);
  if (recorded.length > 0) return;
  // Nothing is recorded: a run may have been stopped before it could tell, or there never was one.
  const host = ranOn ?? (settings.hosts.length === 1 ? settings.hosts[0] : undefined);
  if (host !== undefined) beginRemoval(draft, issueId, identifier, host, null);
}

/** A workspace is gone, or is not tried again; of an issue that has others, the next one is kept in mind. */
export function forgetWorkspace(draft: Draft, issueId: IssueId, host: string, path: string | null): void {
  const before = draft.state.kept.get(issueId);
  if (path !== null) isHereNow(draft, issueId, { host, path });
  if (before === undefined || (path !== null && !isSamePlace(before.workspace, { host, path }))) return;
  const { kept, elsewhere } = draft.state;
  const next = elsewhere.get(issueId)?.[0];
  draft.set({
    kept: next === undefined ? kept.delete(issueId) : kept.set(issueId, { ...before, workspace: next }),
  });
  if (next !== undefined) isHereNow(draft, issueId, next);
}

/** Until this is answered, no run of the issue starts (C5). */
export function beginRemoval(
  draft: Draft,
  issueId: IssueId,
  identifier: string,
  host: string,
  path: string | null,
): void {
  const request = draft.newRequest();
  const { removing } = draft.state;
  const requests = removing.get(issueId) ?? PersistentSet<number>();
  draft.set({ removing: removing.set(issueId, requests.add(request)) });
  draft.perform({ type: 'removeWorkspace', request, issueId, identifier, host, path });
}
