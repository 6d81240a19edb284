import { Set as PersistentSet } from 'immutable';
import type { IssueFacts } from '../domain/issue.js';
import { workspaceKey } from '../domain/workspace-key.js';
import type { WorkspaceRef } from './claim.js';
import { fillSlots } from './dispatch.js';
import type { Draft } from './draft.js';
import type { EventOf } from './events.js';
import { markDown } from './host-down.js';
import { addElsewhere, isSamePlace, withPlace } from './places.js';
import { requestPollForChange } from './poll.js';
import { forgetWorkspace, removeWorkspaces } from './removal.js';
import type { Survey } from './state.js';

/** Asks what is on a host's disk. */
export function surveyHost(draft: Draft, host: string): void {
  const { survey } = draft.state;
  setSurvey(draft, { pending: survey.pending.add(host), missed: survey.missed.delete(host) });
  draft.perform({ type: 'surveyWorkspaces', host });
}

/**
 * Which workspaces are on a host's disk (SPEC 8.6). Those with a mark are asked about by id with the polls; only for
 * others is the list of all terminal issues worth its price.
 */
export function workspacesSurveyed(draft: Draft, event: EventOf<'workspacesSurveyed'>): void {
  const { host } = event;
  let { unmarked } = draft.state.survey;
  for (const { key, path, issueId, identifier } of event.workspaces) {
    const workspace = { path, host };
    if (issueId === null || identifier === null)
      unmarked = unmarked.update(key, [], (known) => withPlace(known, workspace));
    else adopt(draft, { id: issueId, identifier }, workspace, false);
  }
  setSurvey(draft, { pending: draft.state.survey.pending.delete(host), unmarked });
  if (draft.state.mode !== 'running') return;
  endFirstSurvey(draft);
  if (draft.state.kept.some(({ isKnown }) => !isKnown)) requestPollForChange(draft);
  listTerminalIssues(draft);
}

/** What waited to learn where its workspace is may start. */
function endFirstSurvey(draft: Draft): void {
  const { isFirst, pending } = draft.state.survey;
  if (!isFirst || !pending.isEmpty()) return;
  setSurvey(draft, { isFirst: false });
  fillSlots(draft);
}

/**
 * The workspace of an issue was found. What is claimed or kept without one gets it; a run that has prepared one knows
 * better, and then it is a further one.
 */
function adopt(
  draft: Draft,
  { id: issueId, identifier }: Pick<IssueFacts, 'id' | 'identifier'>,
  workspace: WorkspaceRef,
  isKnown: boolean,
): void {
  const claim = draft.claim(issueId);
  const entry = draft.state.kept.get(issueId);
  const known = claim?.workspace ?? entry?.workspace ?? null;
  if (known !== null && !isSamePlace(known, workspace)) addElsewhere(draft, issueId, workspace);
  else if (known !== null && known.path !== null) return;
  else if (claim !== undefined) draft.setClaim({ ...claim, workspace });
  else {
    const kept = { identifier, isKnown: entry?.isKnown ?? isKnown, workspace };
    draft.set({ kept: draft.state.kept.set(issueId, kept) });
  }
}

function listTerminalIssues(draft: Draft): void {
  const { pending, unmarked, isListing } = draft.state.survey;
  if (!pending.isEmpty() || unmarked.isEmpty() || isListing) return;
  setSurvey(draft, { isListing: true });
  draft.perform({ type: 'listTerminalIssues', states: draft.state.settings.terminalStates });
}

/** A host could not be surveyed: a warning, and the daemon goes on (SPEC 8.6). */
export function surveyFailed(draft: Draft, { host, failure }: EventOf<'surveyFailed'>): void {
  const { survey, hosts } = draft.state;
  // A host that left the settings is surveyed anew should it come back.
  const missed = hosts.has(host) ? survey.missed.add(host) : survey.missed;
  setSurvey(draft, { pending: survey.pending.delete(host), missed });
  if (failure.code === 'host_unreachable') markDown(draft, host, failure.message);
  else draft.problem(failure.code, `workspaces on ${host} were not surveyed: ${failure.message}`);
  if (draft.state.mode !== 'running') return;
  endFirstSurvey(draft);
  listTerminalIssues(draft);
}

/** Removes the workspaces of finished issues that no mark tied to an id. */
export function terminalIssuesListed(draft: Draft, event: EventOf<'terminalIssuesListed'>): void {
  const { survey, mode } = draft.state;
  if (!survey.isListing || mode !== 'running') return;
  for (const { id, identifier } of event.issues) {
    const { claims, removing, kept } = draft.state;
    // What was worked on since the list was read is looked after with the polls.
    const isLookedAfter = claims.has(id) || removing.has(id) || kept.has(id);
    for (const workspace of survey.unmarked.get(workspaceKey(identifier)) ?? [])
      adopt(draft, { id, identifier }, workspace, true);
    if (!isLookedAfter) removeWorkspaces(draft, id, identifier);
  }
  setSurvey(draft, { unmarked: survey.unmarked.clear(), isListing: false });
}

/** The list of finished issues failed: a warning, and the daemon goes on (SPEC 8.6). */
export function sweepFailed(draft: Draft, event: EventOf<'sweepFailed'>): void {
  draft.problem(event.failure.code, `workspaces of finished issues were not swept: ${event.failure.message}`);
  const { unmarked } = draft.state.survey;
  setSurvey(draft, { unmarked: unmarked.clear(), isListing: false });
}

/**
 * A workspace is gone, or could not be removed: that is told once and tried again at the next start. On a host that did
 * not answer it is still there, and is removed when the host is back, unless that left the settings.
 */
export function workspaceRemoved(draft: Draft, event: EventOf<'workspaceRemoved'>): void {
  const { issueId, request, host, path, failure } = event;
  const requests = draft.state.removing.get(issueId) ?? PersistentSet();
  if (!requests.has(request)) return;
  const left = requests.delete(request);
  const { removing } = draft.state;
  const identifier = draft.state.kept.get(issueId)?.identifier ?? null;
  draft.set({ removing: left.isEmpty() ? removing.delete(issueId) : removing.set(issueId, left) });
  if (failure?.code === 'host_unreachable') markDown(draft, host, failure.message);
  if (failure?.code !== 'host_unreachable' || !draft.state.hosts.has(host)) {
    if (failure !== null) draft.problem(failure.code, failure.message, identifier);
    forgetWorkspace(draft, issueId, { host, path });
  }
  // Reopened meanwhile, its issue may be waiting.
  fillSlots(draft);
}

function setSurvey(draft: Draft, parts: Partial<Survey>): void {
  draft.set({ survey: { ...draft.state.survey, ...parts } });
}
