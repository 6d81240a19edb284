import { LOCAL_HOST } from '../../../domain/settings.js';
import type { IssuesResponse, RunningRow, StateResponse } from '../daemon/wire.js';
import { ago, attemptName, inWords, span } from './format.js';
import { plainLine } from './text.js';

/** The phases of a run, as a person would say them. */
const PHASES: { readonly [phase: string]: string } = {
  preparingWorkspace: 'preparing workspace',
  buildingPrompt: 'building prompt',
  launchingAgent: 'launching agent',
  streamingTurn: 'working',
  finishing: 'finishing',
};

/** A phase in words. */
export function phaseName(phase: string): string {
  return PHASES[phase] ?? inWords(phase);
}

/** Where a run is: its phase, or why it is being stopped. */
export function phaseOf({ phase, stopping }: Pick<RunningRow, 'phase' | 'stopping'>): string {
  return stopping === null ? phaseName(phase) : `stopping: ${stopping}`;
}

/** What a run last said or did, and when. */
export function lastMessage(
  row: Pick<RunningRow, 'last_message' | 'last_event' | 'last_event_at'>,
  nowMs: number,
): { readonly text: string; readonly age: string | null } {
  const text = row.last_message ?? (row.last_event === null ? 'nothing yet' : inWords(row.last_event));
  return { text: plainLine(text), age: row.last_event_at === null ? null : ago(row.last_event_at, nowMs) };
}

/** How long a run has been going on. */
export function ageOf(startedAt: string, nowMs: number): string {
  return span(nowMs - Date.parse(startedAt));
}

/** The attempt of a run, shown only where it says something. */
export function attemptOf(attempt: number | null): string | null {
  return attempt === null ? null : attemptName(attempt);
}

/** Whether any run is on another machine, so that a column for it is worth its room. */
export function usesHosts({ running, retrying, blocked }: StateResponse): boolean {
  return [...running, ...retrying, ...blocked].some(
    ({ worker_host }) => hostName(worker_host) !== LOCAL_HOST,
  );
}

/** The machine of a run; the daemon's own where none is named. */
export function hostName(host: string | null): string {
  return host === null ? LOCAL_HOST : plainLine(host, 60);
}

export type BoardRow = IssuesResponse['issues'][number];
export type EndedRow = IssuesResponse['ended'][number];

/** The issues without a run: those that wait for their turn, and those that a rule keeps out. */
export function unclaimed({ issues }: IssuesResponse): {
  readonly waiting: readonly BoardRow[];
  readonly ineligible: readonly BoardRow[];
} {
  return {
    waiting: issues.filter(({ standing }) => standing === 'waiting'),
    ineligible: issues.filter(({ standing }) => standing === 'ineligible'),
  };
}

/** Whether an issue has a text that somebody looks for, in its identifier, title or state. */
export function isLookedFor(
  { issue_identifier, title, state }: { issue_identifier: string; title: string; state: string },
  text: string,
): boolean {
  const wanted = text.trim().toLowerCase();
  return (
    wanted === '' || [issue_identifier, title, state].some((part) => part.toLowerCase().includes(wanted))
  );
}
