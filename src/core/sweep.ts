import { Set as PersistentSet } from 'immutable';
import type { IssueId } from '../domain/issue.js';
import { workspaceKey } from '../domain/workspace-key.js';
import type { WorkspaceRef } from './claim.js';
import { fillSlots } from './dispatch.js';
import type { Draft } from './draft.js';
import type { EventOf } from './events.js';
import { markDown } from './host-down.js';
import { requestPoll } from './poll.js';
import { addElsewhere, beginRemoval, forgetWorkspace, isSamePlace, withPlace } from './removal.js';
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
    else adopt(draft, issueId, identifier, workspace);
  }
  setSurvey(draft, { pending: draft.state.survey.pending.delete(host), unmarked });
  if (draft.state.mode !== 'running') return;
  if (!draft.state.kept.isEmpty()) requestPoll(draft, 0);
  listTerminalIssues(draft);
}

/** An issue that was claimed before the survey answered gets its workspace; a run that has prepared one knows better. */
function adopt(draft: Draft, issueId: IssueId, identifier: string, workspace: WorkspaceRef): void {
  const claim = draft.claim(issueId);
  const known = claim?.workspace ?? draft.state.kept.get(issueId)?.workspace ?? null;
  if (known !== null) {
    if (!isSamePlace(known, workspace)) addElsewhere(draft, issueId, workspace);
  } else if (claim !== undefined) draft.setClaim({ ...claim, workspace });
  else draft.set({ kept: draft.state.kept.set(issueId, { identifier, isKnown: false, workspace }) });
}

function listTerminalIssues(draft: Draft): void {
  const { pending, unmarked, isListing } = draft.state.survey;
  if (!pending.isEmpty() || unmarked.isEmpty() || isListing) return;
  setSurvey(draft, { isListing: true });
  draft.perform({ type: 'listTerminalIssues', states: draft.state.settings.terminalStates });
}

/** A host could not be surveyed: a warning, and the daemon goes on (SPEC 8.6). */
export function surveyFailed(draft: Draft, { host, failure }: EventOf<'surveyFailed'>): void {
  const { survey } = draft.state;
  setSurvey(draft, { pending: survey.pending.delete(host), missed: survey.missed.add(host) });
  if (failure.code === 'host_unreachable') markDown(draft, host, failure.message);
  else draft.problem(failure.code, `workspaces on ${host} were not surveyed: ${failure.message}`);
  if (draft.state.mode === 'running') listTerminalIssues(draft);
}

/** Removes the workspaces of finished issues that no mark tied to an id. */
export function terminalIssuesListed(draft: Draft, event: EventOf<'terminalIssuesListed'>): void {
  const { survey, mode } = draft.state;
  if (!survey.isListing || mode !== 'running') return;
  for (const { id, identifier } of event.issues) {
    const workspaces = survey.unmarked.get(workspaceKey(identifier)) ?? [];
    const { claims, removing, kept } = draft.state;
    // What was worked on since the list was read is looked after with the polls.
    if (claims.has(id) || removing.has(id) || kept.has(id)) continue;
    for (const { host, path } of workspaces) beginRemoval(draft, id, identifier, host, path);
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
 * not answer it is still there, and is removed when the host is back.
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
  else {
    if (failure !== null) draft.problem(failure.code, failure.message, identifier);
    forgetWorkspace(draft, issueId, host, path);
  }
  // Reopened meanwhile, its issue may be waiting.
  fillSlots(draft);
}

function setSurvey(draft: Draft, parts: Partial<Survey>): void {
  draft.set({ survey: { ...draft.state.survey, ...parts } });
}
