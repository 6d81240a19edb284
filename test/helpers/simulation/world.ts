import type { CoreSettings } from '../../../src/core/settings.js';
import type { RequestBudget } from '../../../src/domain/request-budget.js';
import { LOCAL_HOST } from '../../../src/domain/settings.js';
import type { Board } from './board.js';
import type { Disks } from './disks.js';
import { MACHINES, type Machines } from './machines.js';
import type { Random } from './random.js';
import type { Timeline } from './timeline.js';
import type { Weather } from './weather.js';

/** Everything outside the daemon. It outlives daemons. */
export interface World {
  readonly random: Random;
  readonly timeline: Timeline;
  readonly weather: Weather;
  readonly board: Board;
  readonly disks: Disks;
  readonly machines: Machines;
  /** What the tracker says is left of its allowance; null when it counts nothing. */
  readonly allowance: RequestBudget | null;
  /** Settings in the workflow file, as it was last valid. */
  settings: CoreSettings;
}

/** Settings such as people write them. */
export function drawnSettings(random: Random): CoreSettings {
  return {
    trackerKind: 'simulated',
    board: 'simulated',
    activeStates: random.pick([
      ['Todo', 'In Progress'],
      ['Todo', 'In Progress'],
      ['todo', ' In Progress ', 'Rework'],
    ]),
    terminalStates: ['Done', 'Cancelled'],
    requiredLabels: random.chance(0.2) ? ['agent'] : [],
    combinedPoll: random.chance(0.5),
    pollIntervalMs: random.pick([15_000, 60_000, 60_000, 120_000, 300_000]),
    ...drawnHosts(random),
    maxConcurrentAgents: random.whole(1, 6),
    maxConcurrentAgentsByState: random.pick([
      {},
      {},
      { todo: 1 },
      { 'in progress': 2 },
      { todo: 2, rework: 1 },
    ]),
    maxRetryBackoffMs: random.pick([10_000, 60_000, 300_000]),
    stallTimeoutMs: random.pick([0, 60_000, 300_000, 300_000]),
    hookTimeoutMs: random.pick([5_000, 60_000]),
  };
}

/** This machine, or some of the machines in any order. */
function drawnHosts(random: Random): Pick<CoreSettings, 'hosts' | 'maxConcurrentAgentsPerHost'> {
  if (random.chance(0.4)) return { hosts: [LOCAL_HOST], maxConcurrentAgentsPerHost: null };
  return {
    hosts: random.shuffled(MACHINES).slice(0, random.whole(1, MACHINES.length)),
    maxConcurrentAgentsPerHost: random.pick([null, 1, 1, 2, 3]),
  };
}

/** The settings with one thing changed, as by an edit of the workflow file. */
export function editedSettings(settings: CoreSettings, random: Random): CoreSettings {
  const other = drawnSettings(random);
  const { combinedPoll } = settings;
  if (random.chance(0.2)) return { ...other, combinedPoll };
  if (random.chance(0.2)) return { ...settings, ...drawnHosts(random) };
  const key = random.pick([
    'activeStates',
    'requiredLabels',
    'pollIntervalMs',
    'maxConcurrentAgents',
    'maxConcurrentAgentsByState',
    'maxRetryBackoffMs',
    'stallTimeoutMs',
    'hookTimeoutMs',
  ] as const);
  return { ...settings, [key]: other[key] };
}

/** A tracker's allowance; most count requests. */
export function drawnAllowance(random: Random): RequestBudget | null {
  if (random.chance(0.3)) return null;
  const limit = random.pick([60, 600, 2_500]);
  return { limit, remaining: limit, windowMs: 3_600_000, requestsPerPoll: random.whole(1, 3) };
}
