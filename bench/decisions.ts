import { decide } from '../src/core/decide.js';
import { EVENT_VERSION, type Event, type EventBody } from '../src/core/events.js';
import { NO_REPORT } from '../src/core/report.js';
import type { CoreSettings } from '../src/core/settings.js';
import { initialState, type State } from '../src/core/state.js';
import { nextWakeAtMs } from '../src/core/wake.js';
import type { IssueFacts } from '../src/domain/issue.js';
import { NO_USAGE } from '../src/domain/usage.js';

const EVENTS = 200_000;

/** What one event costs the core with few and with many claims: the cost must not follow the number. */
export async function decisions(): Promise<string[]> {
  const few = reportsPerSecond(20);
  const many = reportsPerSecond(2_000);
  const rate = (perSecond: number): string => Math.round(perSecond).toLocaleString('en-US');
  return [
    `decisions on run reports: ${rate(few)}/s at 20 claims, ${rate(many)}/s at 2,000 claims, ` +
      `cost ratio ${(few / many).toFixed(2)} for 100 times the claims`,
  ];
}

function reportsPerSecond(claims: number): number {
  let state = runningState(claims);
  const from = performance.now();
  for (let index = 0; index < EVENTS; index += 1) {
    const runId = (index % claims) + 1;
    state = step(state, {
      type: 'runReported',
      issueId: `id-${runId}`,
      runId,
      delta: {
        report: { ...NO_REPORT, turnCount: index },
        usage: NO_USAGE,
        rateLimits: null,
        lastEventAtMs: index,
      },
    });
    nextWakeAtMs(state);
  }
  return EVENTS / ((performance.now() - from) / 1_000);
}

function runningState(claims: number): State {
  const candidates = Array.from({ length: claims }, (_, index) => anIssue(index + 1));
  const started = step(initialState(settings(claims), { atMs: 0, wallMs: 0 }), { type: 'started' });
  return step(started, { type: 'pollAnswered', request: 1, candidates, refreshed: [], budget: null });
}

function step(state: State, body: EventBody): State {
  const event: Event = { ...body, v: EVENT_VERSION, atMs: 1, wallMs: 1 };
  return decide(state, event).state;
}

/** Settings with this many slots. */
export function settings(slots: number): CoreSettings {
  return {
    trackerKind: 'memory',
    activeStates: ['Todo'],
    terminalStates: ['Done'],
    requiredLabels: [],
    combinedPoll: true,
    pollIntervalMs: 30_000,
    maxConcurrentAgents: slots,
    maxConcurrentAgentsByState: {},
    hosts: ['local'],
    maxConcurrentAgentsPerHost: null,
    maxRetryBackoffMs: 300_000,
    stallTimeoutMs: 300_000,
    hookTimeoutMs: 60_000,
  };
}

/** An issue that may start. */
export function anIssue(number: number): IssueFacts {
  return {
    id: `id-${number}`,
    identifier: `D-${number}`,
    title: `Issue ${number}`,
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
  };
}
