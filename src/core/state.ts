import { OrderedMap, Map as PersistentMap, Set as PersistentSet } from 'immutable';
import type { IssueFacts, IssueId } from '../domain/issue.js';
import type { Hold } from '../domain/order.js';
import type { RequestBudget } from '../domain/request-budget.js';
import type { RunId } from '../domain/run.js';
import type { HostLink, Problem } from '../domain/snapshot.js';
import { NO_USAGE, type RateLimits, type Usage } from '../domain/usage.js';
import type { Claim, WorkspaceRef } from './claim.js';
import { type Deadlines, NO_DEADLINES } from './deadlines.js';
import type { RequestId } from './events.js';
import { knownHosts } from './host-states.js';
import type { CoreSettings } from './settings.js';
import type { AccountLimit } from './until.js';

/**
 * The orchestrator's whole memory (SPEC 4.1.8), a persistent value: a decision makes a new one and shares what it did
 * not change, so neither cost nor size of a decision grows with the number of claims.
 */
export interface State {
  readonly settings: CoreSettings;
  readonly mode: 'running' | 'stopping';
  readonly startedWallMs: number;
  readonly hold: Hold | null;
  /** Set while the workflow file on disk is invalid: nothing new is dispatched, everything else goes on. */
  readonly workflowProblem: Problem | null;
  readonly claims: PersistentMap<IssueId, Claim>;
  readonly slots: Slots;
  /** Those of the settings in force. */
  readonly hosts: PersistentMap<string, HostState>;
  /** What hosts said of their connections last, also those that left the settings. Nothing depends on it. */
  readonly links: PersistentMap<string, HostLink>;
  readonly deadlines: Deadlines;
  /** Retries that are due and wait for their check or a slot. */
  readonly dueRetries: PersistentSet<IssueId>;
  readonly queue: Queue;
  /** What is known of issues that could start, and since when. */
  readonly freshness: Freshness;
  readonly poll: Poll;
  readonly fill: Fill | null;
  /** Workspaces being removed, by the requests that do it; their issues are not dispatched meanwhile (C5). */
  readonly removing: PersistentMap<IssueId, PersistentSet<RequestId>>;
  /** Workspaces of issues without a claim, next to be asked about first. */
  readonly kept: OrderedMap<IssueId, KeptWorkspace>;
  /** What an issue has besides the workspace of its claim or the one kept: it was worked on elsewhere before. */
  readonly elsewhere: PersistentMap<IssueId, readonly WorkspaceRef[]>;
  readonly survey: Survey;
  /** A limit of the agent's account, which holds all dispatch. */
  readonly accountLimit: AccountLimit | null;
  readonly totals: { readonly usage: Usage; readonly endedRunMs: number };
  /** When the journal was last told of them. */
  readonly totalsKeptAtMs: number;
  readonly rateLimits: RateLimits | null;
  /** The newest last, bounded. */
  readonly problems: readonly Problem[];
  readonly nextRequest: RequestId;
  readonly nextRunId: RunId;
}

/** Live runs, counted as claims change (SPEC 8.3). */
export interface Slots {
  readonly held: number;
  /** By normalized state; a state without runs has no entry. */
  readonly byState: PersistentMap<string, number>;
  /** By host; one without runs has no entry. */
  readonly byHost: PersistentMap<string, number>;
}

/** The last known candidates in dispatch order, less those claimed since. */
export interface Queue {
  readonly waiting: readonly IssueFacts[];
  /** Candidates of the last list that a rule keeps from being worked on; nothing but explanations depends on them. */
  readonly excluded: readonly IssueFacts[];
  /**
   * `never` before the first answer; `skipped` when the last poll did not ask because nothing could start, or when a
   * claim was dropped or the settings changed since: then an empty queue does not tell that nothing is left.
   */
  readonly candidates: 'never' | 'listed' | 'skipped';
  /** No re-read for free slots before the next successful poll: the tracker just failed. */
  readonly held: boolean;
}

/** How old the knowledge of issues is. */
export interface Freshness {
  /** When the question was asked whose answer shows the issue as it is known; only issues that could start. */
  readonly readAtMs: PersistentMap<IssueId, number>;
  /** When a claim last changed, for as long as an answer may be under way that was asked for before. */
  readonly claimedAtMs: PersistentMap<IssueId, number>;
}

/** The tick (SPEC 8.1). */
export interface Poll {
  readonly flight: PollFlight | null;
  /** When the next one starts; while one is in flight, the earliest time for a further one that was asked for. */
  readonly dueAtMs: number;
  /** Someone asked for the next one: what is known may be old. */
  readonly asked: boolean;
  readonly lastStartedAtMs: number | null;
  readonly lastSuccessWallMs: number | null;
  readonly failure: Problem | null;
  /** No request to the tracker before this: it throttled us. */
  readonly notBeforeMs: number;
  readonly budget: RequestBudget | null;
}

export interface PollFlight {
  readonly request: RequestId;
  readonly ids: readonly IssueId[];
  readonly askedCandidates: boolean;
  /** Issues whose claim changed since the question was sent: the answer may be older than what is known. */
  readonly touched: PersistentSet<IssueId>;
  /** Settings changed since; the candidates were asked for with the old ones. */
  readonly outdated: boolean;
  /** Someone asked for a poll meanwhile. */
  readonly again: boolean;
}

/** The re-read of issues that a free slot could take, or that the tracker named as changed. */
export interface Fill {
  readonly request: RequestId;
  readonly ids: readonly IssueId[];
  readonly askedAtMs: number;
  /** Issues of `ids` that the tracker named. */
  readonly named: PersistentSet<IssueId>;
  readonly touched: PersistentSet<IssueId>;
}

/** Which workspaces are on the hosts' disks, asked once of each. */
export interface Survey {
  /** Hosts that have not answered yet. */
  readonly pending: PersistentSet<string>;
  /** Not every host of the start has answered or failed to: an issue may have a workspace that is not known of. */
  readonly isFirst: boolean;
  /** Hosts that could not be asked; they are when they answer again. */
  readonly missed: PersistentSet<string>;
  /** Workspaces whose issue is unknown, by key; until it is known which of them belong to finished issues. */
  readonly unmarked: PersistentMap<string, readonly WorkspaceRef[]>;
  /** The list of finished issues was asked for. */
  readonly isListing: boolean;
}

/** What is known of a host. */
export interface HostState {
  /** In a row; a run that was worked to its end there ends the row. */
  readonly failures: number;
  readonly down: {
    readonly reason: string;
    readonly sinceWallMs: number;
    readonly retryAtMs: number;
    /** The question under way whether it answers again. */
    readonly probe: RequestId | null;
  } | null;
}

export interface KeptWorkspace {
  readonly identifier: string;
  /** Whether the tracker has said what became of its issue. */
  readonly isKnown: boolean;
  readonly workspace: WorkspaceRef;
}

/** The state of a daemon that has just started and knows nothing yet. */
export function initialState(
  settings: CoreSettings,
  now: { readonly atMs: number; readonly wallMs: number },
): State {
  return {
    settings,
    mode: 'running',
    hold: null,
    startedWallMs: now.wallMs,
    workflowProblem: null,
    claims: PersistentMap(),
    slots: { held: 0, byState: PersistentMap(), byHost: PersistentMap() },
    hosts: knownHosts(settings.hosts),
    links: PersistentMap(),
    deadlines: NO_DEADLINES,
    dueRetries: PersistentSet(),
    queue: { waiting: [], excluded: [], candidates: 'never', held: false },
    freshness: { readAtMs: PersistentMap(), claimedAtMs: PersistentMap() },
    poll: {
      flight: null,
      dueAtMs: Number.POSITIVE_INFINITY,
      asked: false,
      lastStartedAtMs: null,
      lastSuccessWallMs: null,
      failure: null,
      notBeforeMs: 0,
      budget: null,
    },
    fill: null,
    removing: PersistentMap(),
    kept: OrderedMap(),
    elsewhere: PersistentMap(),
    survey: {
      pending: PersistentSet(settings.hosts),
      isFirst: true,
      missed: PersistentSet(),
      unmarked: PersistentMap(),
      isListing: false,
    },
    accountLimit: null,
    totals: { usage: NO_USAGE, endedRunMs: 0 },
    totalsKeptAtMs: Number.NEGATIVE_INFINITY,
    rateLimits: null,
    problems: [],
    nextRequest: 1,
    nextRunId: 1,
  };
}
