import { claimDeadlineMs } from './claim.js';
import { withDeadline } from './deadlines.js';
import type { Draft } from './draft.js';
import type { EventOf, Failure } from './events.js';
import { forgetAllReads } from './freshness.js';
import { knownHosts, knownLinks } from './host-states.js';
import { requestPoll } from './poll.js';
import { stopRun } from './reconcile.js';
import { surveyHost } from './sweep.js';

/** The daemon begins with what the journal remembers: what is on disk, and what is on the board? */
export function started(draft: Draft): void {
  draft.record({ type: 'began', board: draft.state.settings.board });
  for (const host of draft.state.settings.hosts) surveyHost(draft, host);
  requestPoll(draft, 0);
}

/** Settings of a new version: they rule from this event on, for live runs' deadlines too (SPEC 6.2). */
export function workflowReloaded(draft: Draft, { settings }: EventOf<'workflowReloaded'>): void {
  const { poll, queue, hosts, links } = draft.state;
  const { board } = settings;
  if (board !== draft.state.settings.board) draft.record({ type: 'began', board });
  draft.set({
    settings,
    hosts: knownHosts(settings.hosts, hosts),
    links: knownLinks(settings.hosts, links),
    workflowProblem: null,
    // What was listed for the old settings does not tell that nothing is left to do.
    queue: { ...queue, candidates: queue.candidates === 'listed' ? 'skipped' : queue.candidates },
    poll: poll.flight === null ? poll : { ...poll, flight: { ...poll.flight, outdated: true } },
  });
  for (const [issueId, claim] of draft.state.claims) {
    const deadlines = withDeadline(draft.state.deadlines, issueId, claimDeadlineMs(claim, settings));
    draft.set({ deadlines });
  }
  forgetHosts(draft, settings.hosts);
  if (draft.state.mode === 'running')
    for (const host of settings.hosts) if (!hosts.has(host)) surveyHost(draft, host);
  forgetAllReads(draft);
  requestPoll(draft, 0);
}

/** Nothing is to be caught up on hosts that left; runs there go on to their end. */
function forgetHosts(draft: Draft, names: readonly string[]): void {
  const { survey } = draft.state;
  draft.set({ survey: { ...survey, missed: survey.missed.intersect(names) } });
}

/** The file on disk is invalid: nothing new starts, reconciling goes on with the last good settings (SPEC 6.3). */
export function workflowBroke(draft: Draft, failure: Failure): void {
  draft.set({ workflowProblem: draft.problem(failure.code, failure.message) });
}

/** Without its journal the daemon could lose work, so it ends its runs and stops. */
export function storeFailed(draft: Draft, failure: Failure): void {
  draft.problem(failure.code, failure.message);
  shutDown(draft);
}

/** Nothing begins any more, and what lives is ended; the next daemon goes on with it. */
export function shutDown(draft: Draft): void {
  if (draft.state.mode === 'stopping') return;
  draft.set({ mode: 'stopping' });
  draft.record({ type: 'ended' });
  for (const claim of draft.state.claims.values()) {
    if (claim.kind === 'running') stopRun(draft, claim, 'shutdown', 'goOn');
  }
}
