import { Map as PersistentMap } from 'immutable';
import { workspaceKey } from '../domain/workspace-key.js';
import { fillSlots } from './dispatch.js';
import type { Draft } from './draft.js';
import type { EventOf } from './events.js';
import { requestPoll } from './poll.js';
import { beginRemoval } from './reconcile.js';

/**
 * Which workspaces are on disk at start (SPEC 8.6). Those with a mark are asked about by id with the polls; only for
 * others is the list of all terminal issues worth its price.
 */
export function workspacesSurveyed(draft: Draft, event: EventOf<'workspacesSurveyed'>): void {
  let { kept } = draft.state;
  let unmarked = PersistentMap<string, { path: string; host: string }>();
  for (const { key, path, host, issueId, identifier } of event.workspaces) {
    if (issueId === null || identifier === null) unmarked = unmarked.set(key, { path, host });
    else kept = kept.set(issueId, { identifier, isKnown: false, workspace: { path, host } });
  }
  draft.set({ kept, unmarked });
  adoptWorkspaces(draft);
  if (draft.state.mode !== 'running') return;
  if (!kept.isEmpty()) requestPoll(draft, 0);
  if (!unmarked.isEmpty()) {
    draft.perform({ type: 'listTerminalIssues', states: draft.state.settings.terminalStates });
  }
}

/** Issues that were claimed before the survey answered get theirs; a run that has prepared it knows better. */
function adoptWorkspaces(draft: Draft): void {
  for (const [issueId, { workspace }] of draft.state.kept) {
    const claim = draft.claim(issueId);
    if (claim === undefined) continue;
    draft.set({ kept: draft.state.kept.delete(issueId) });
    if (claim.workspace === null) draft.setClaim({ ...claim, workspace });
  }
}

/** Removes the workspaces of finished issues that no mark tied to an id. */
export function terminalIssuesListed(draft: Draft, event: EventOf<'terminalIssuesListed'>): void {
  const { unmarked, mode } = draft.state;
  if (unmarked === null || mode !== 'running') return;
  for (const { id, identifier } of event.issues) {
    const workspace = unmarked.get(workspaceKey(identifier));
    const { claims, removing, kept } = draft.state;
    // What was worked on since the list was read is looked after with the polls.
    if (workspace === undefined || claims.has(id) || removing.has(id) || kept.has(id)) continue;
    beginRemoval(draft, id, identifier, workspace);
  }
  draft.set({ unmarked: PersistentMap() });
}

/** The sweep failed: a warning, and the daemon goes on (SPEC 8.6). */
export function sweepFailed(draft: Draft, event: EventOf<'sweepFailed'>): void {
  draft.problem(event.failure.code, `workspaces of finished issues were not swept: ${event.failure.message}`);
  if (draft.state.unmarked === null) draft.set({ unmarked: PersistentMap() });
}

/** A workspace is gone, or could not be removed; that is told once and tried again at the next start. */
export function workspaceRemoved(draft: Draft, event: EventOf<'workspaceRemoved'>): void {
  const { removing, kept } = draft.state;
  if (removing.get(event.issueId) !== event.request) return;
  const identifier = kept.get(event.issueId)?.identifier ?? null;
  draft.set({ removing: removing.delete(event.issueId), kept: kept.delete(event.issueId) });
  if (event.failure !== null) draft.problem(event.failure.code, event.failure.message, identifier);
  // Reopened meanwhile, its issue may be waiting.
  fillSlots(draft);
}
