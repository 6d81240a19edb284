import type { WorkspaceRef } from './claim.js';
import { fillSlots } from './dispatch.js';
import type { Draft } from './draft.js';
import type { EventOf } from './events.js';
import { stillDown } from './host-down.js';
import { knownLinks } from './host-states.js';
import { askForSkippedCandidates, requestPollForChange } from './poll.js';
import type { State } from './state.js';
import { surveyHost } from './sweep.js';

/** When a host that is down is tried next. The one author of that deadline (C7). */
export function nextTryAtMs({ hosts }: State): number {
  let nextMs = Number.POSITIVE_INFINITY;
  for (const { down } of hosts.values())
    if (down !== null && down.probe === null) nextMs = Math.min(nextMs, down.retryAtMs);
  return nextMs;
}

/** Tries hosts whose time has come. */
export function tryHosts(draft: Draft): void {
  for (const [host, known] of draft.state.hosts) {
    const { down } = known;
    if (down === null || down.probe !== null || down.retryAtMs > draft.atMs) continue;
    const request = draft.newRequest();
    draft.set({ hosts: draft.state.hosts.set(host, { ...known, down: { ...down, probe: request } }) });
    draft.perform({ type: 'tryHost', request, host });
  }
}

/** A host answered: its capacity is there again, and what could not be looked at there is. */
export function hostAnswered(draft: Draft, { request, host }: EventOf<'hostAnswered'>): void {
  const known = draft.state.hosts.get(host);
  if (known?.down?.probe !== request) return;
  // Its failures are forgotten once a run works there: one that answers and then fails must not be tried ever faster.
  draft.set({ hosts: draft.state.hosts.set(host, { ...known, down: null }) });
  if (draft.state.mode !== 'running') return;
  if (draft.state.survey.missed.has(host)) surveyHost(draft, host);
  fillSlots(draft);
  askForSkippedCandidates(draft);
  askAboutKept(draft, host);
}

/** Issues may have been finished while their workspaces there were out of reach. */
function askAboutKept(draft: Draft, host: string): void {
  const { kept, elsewhere } = draft.state;
  const isThere = (place: WorkspaceRef): boolean => place.host === host;
  const known = kept.map((entry, issueId) =>
    isThere(entry.workspace) || elsewhere.get(issueId)?.some(isThere) === true
      ? { ...entry, isKnown: false }
      : entry,
  );
  draft.set({ kept: known });
  if (known.some(({ isKnown }) => !isKnown)) requestPollForChange(draft);
}

/** A host still does not answer. */
export function hostFailed(draft: Draft, { request, host, failure }: EventOf<'hostFailed'>): void {
  if (draft.state.hosts.get(host)?.down?.probe === request) stillDown(draft, host, failure.message);
}

/** What a host's connections are. Nothing depends on it. */
export function linkChanged(draft: Draft, { host, link }: EventOf<'linkChanged'>): void {
  const { links, settings } = draft.state;
  draft.set({ links: knownLinks(settings.hosts, links.set(host, link)) });
}
