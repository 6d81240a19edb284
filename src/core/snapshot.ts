import { byIdentifier } from '../domain/identifier-order.js';
import type { IssueFacts } from '../domain/issue.js';
import { LOCAL_HOST } from '../domain/settings.js';
import type { HostRow, NamedIssues, Snapshot, Throughput } from '../domain/snapshot.js';
import { factsOf, type Now } from './explain.js';
import { pollDueAtMs, pollIntervalMs } from './poll.js';
import { byDueTime, inOrder, Rows } from './snapshot-rows.js';
import type { State } from './state.js';

/** Of issues that nobody works on, in a list. */
const NAMES_SHOWN = 500;

const NO_THROUGHPUT: Throughput = { tokensPerSecond: 0, samples: [], sampleMs: 1_000 };

/** What a snapshot is made with besides the state. */
interface SnapshotParts {
  readonly throughput?: Throughput;
  /** The last one: most rows still stand in its order, so that to sort them costs little. */
  readonly before?: Snapshot | null;
}

/**
 * What observers see of a state (SPEC 13.3). Rows are in identifier order; retries by due time. A row is the same object
 * for as long as its claim is, so observers need not look again at what they have seen.
 */
export function snapshot(
  state: State,
  now: Now,
  { throughput = NO_THROUGHPUT, before = null }: SnapshotParts = {},
): Snapshot {
  const toWallMs = (atMs: number): number => atMs - now.atMs + now.wallMs;
  const rows = new Rows(state, factsOf(state, now), toWallMs);
  let liveMs = 0;
  for (const claim of state.claims.values()) {
    rows.add(claim);
    if (claim.kind === 'running' || claim.kind === 'stopping') liveMs += now.atMs - claim.startedAtMs;
  }
  const { poll, queue, settings, accountLimit } = state;
  const dueAtMs = pollDueAtMs(poll);
  return {
    generatedAtMs: now.wallMs,
    startedAtMs: state.startedWallMs,
    mode: state.mode,
    hold: state.hold,
    maxConcurrentAgents: settings.maxConcurrentAgents,
    trackerKind: settings.trackerKind,
    running: inOrder(rows.running, byIdentifier, before?.running),
    retrying: inOrder(rows.retrying, byDueTime, before?.retrying),
    blocked: inOrder(rows.blocked, byIdentifier, before?.blocked),
    parked: inOrder(rows.parked, byIdentifier, before?.parked),
    hosts: hostRows(state, now),
    waiting: named(queue.waiting),
    ineligible: named(queue.excluded.filter(({ id }) => !state.claims.has(id))),
    totals: { ...state.totals.usage, secondsRunning: (state.totals.endedRunMs + liveMs) / 1_000 },
    throughput,
    rateLimits: state.rateLimits,
    polling: {
      checking: poll.flight !== null,
      intervalMs: pollIntervalMs(state),
      configuredIntervalMs: settings.pollIntervalMs,
      pausedUntilMs: poll.notBeforeMs > now.atMs ? toWallMs(poll.notBeforeMs) : null,
      budget: poll.budget,
      nextPollAtMs: dueAtMs !== null && isPolling(state) ? toWallMs(dueAtMs) : null,
      lastSuccessAtMs: poll.lastSuccessWallMs,
      failure: poll.failure,
    },
    workflowProblem: state.workflowProblem,
    accountLimit: accountLimit && { untilMs: accountLimit.until.wallMs, reason: accountLimit.reason },
    problems: state.problems,
  };
}

function named(issues: readonly IssueFacts[]): NamedIssues {
  return {
    count: issues.length,
    identifiers: issues.slice(0, NAMES_SHOWN).map(({ identifier }) => identifier),
  };
}

/** Machines other than the daemon's own; those that left the settings for as long as something runs there. */
function hostRows(state: State, now: Now): HostRow[] {
  const { settings, slots, hosts, links } = state;
  const draining = [...slots.byHost.keys()].filter((name) => !settings.hosts.includes(name)).sort();
  const names = [...settings.hosts, ...draining].filter((name) => name !== LOCAL_HOST);
  return names.map((name) => {
    const { down = null } = hosts.get(name) ?? {};
    return {
      name,
      running: slots.byHost.get(name, 0),
      capacity: settings.maxConcurrentAgentsPerHost,
      link: links.get(name) ?? null,
      down: down && {
        reason: down.reason,
        sinceMs: down.sinceWallMs,
        nextTryAtMs: Math.max(down.retryAtMs - now.atMs + now.wallMs, now.wallMs),
      },
      isDraining: draining.includes(name),
    };
  });
}

/** From the start to the shutdown; before and after, no poll is due. */
function isPolling({ mode, poll }: State): boolean {
  return mode === 'running' && Number.isFinite(poll.dueAtMs);
}
