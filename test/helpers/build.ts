import { EVENT_VERSION, type Event, type EventBody } from '../../src/core/events.js';
import type { CoreSettings } from '../../src/core/settings.js';
import { type Issue, type IssueFacts, issueFacts } from '../../src/domain/issue.js';
import type { Bystanders } from '../../src/engine/issue-reads.js';
import type { Transcript } from '../../src/ports/agent.js';
import type { LoadContext } from '../../src/workflow/load.js';
import type { KnownTracker } from '../../src/workflow/settings.js';

/** An issue that could be worked on: a Todo with nothing against it. */
export function anIssue(fields: Partial<Issue> = {}): Issue {
  const identifier = fields.identifier ?? 'MT-1';
  return {
    id: `id of ${identifier}`,
    nativeRef: null,
    identifier,
    title: `Title of ${identifier}`,
    description: null,
    priority: null,
    state: 'Todo',
    branchName: null,
    url: null,
    assigneeId: null,
    labels: [],
    blockedBy: [],
    dispatchable: true,
    createdAt: null,
    updatedAt: null,
    ...fields,
  };
}

/** The same, as the core sees it. */
export function someFacts(fields: Partial<Issue> = {}): IssueFacts {
  return issueFacts(anIssue(fields));
}

/** An event with its two times. */
export function stamped(event: EventBody, now: { readonly atMs: number; readonly wallMs: number }): Event {
  return { ...event, v: EVENT_VERSION, atMs: now.atMs, wallMs: now.wallMs };
}

/** The core's settings with SPEC's defaults, for a tracker that needs two requests per poll. */
export function someSettings(fields: Partial<CoreSettings> = {}): CoreSettings {
  return {
    trackerKind: 'memory',
    board: 'memory',
    activeStates: ['Todo', 'In Progress'],
    terminalStates: ['Closed', 'Cancelled', 'Canceled', 'Duplicate', 'Done'],
    requiredLabels: [],
    combinedPoll: false,
    pollIntervalMs: 30_000,
    maxConcurrentAgents: 10,
    maxConcurrentAgentsByState: {},
    hosts: ['local'],
    maxConcurrentAgentsPerHost: null,
    maxRetryBackoffMs: 300_000,
    stallTimeoutMs: 300_000,
    hookTimeoutMs: 60_000,
    ...fields,
  };
}

/** A kind of tracker that the loader knows; it accepts every provider map. */
function aKnownTracker(fields: Partial<KnownTracker> = {}): KnownTracker {
  return {
    defaultActiveStates: ['Todo', 'In Progress'],
    defaultTerminalStates: ['Closed', 'Done'],
    validate: () => undefined,
    ...fields,
  };
}

/** What workflow files are read with: the tracker `board`, both agents, and a home but nothing else in the environment. */
export function aLoadContext({
  env = {},
  board = {},
}: {
  readonly env?: LoadContext['env'];
  readonly board?: Partial<KnownTracker>;
} = {}): LoadContext {
  return {
    env: { HOME: '/home/someone', ...env },
    known: { trackers: new Map([['board', aKnownTracker(board)]]), agents: ['codex', 'scripted'] },
  };
}

/** Reads with nobody waiting for a slot. */
export const NO_BYSTANDERS: Bystanders = { next: () => [], seen: () => {} };

/** A transcript that nobody reads. */
export const NO_TRANSCRIPT: Transcript = { write: () => {}, close: () => {} };
