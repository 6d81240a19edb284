import { decide } from '../src/core/decide.js';
import { EVENT_VERSION, type Event, type EventBody } from '../src/core/events.js';
import { NO_REPORT } from '../src/core/report.js';
import type { CoreSettings } from '../src/core/settings.js';
import { initialState, type State } from '../src/core/state.js';
import { nextWakeAtMs } from '../src/core/wake.js';
import type { IssueFacts } from '../src/domain/issue.js';
import { NO_USAGE } from '../src/domain/usage.js';
import { someFacts, someSettings } from '../test/helpers/build.js';

const EVENTS = 200_000;
const HOSTS = 50;

/** What one event costs the core with few and with many claims: the cost must not follow the number. */
export async function decisions(): Promise<string[]> {
  return [
    compared('run reports', (claims) => reportsPerSecond(runningState(settings(claims), claims))),
    compared(`run reports on ${HOSTS} hosts`, (claims) => reportsPerSecond(onHosts(claims))),
    compared(`wake-ups while ${HOSTS} hosts are full and others wait`, (claims) =>
      wakesPerSecond(full(claims)),
    ),
    compared(`runs that fail on ${HOSTS} hosts`, (claims) => failuresPerSecond(onHosts(claims), claims)),
  ];
}

function compared(what: string, perSecondWith: (claims: number) => number): string {
  const few = perSecondWith(20);
  const many = perSecondWith(2_000);
  const rate = (perSecond: number): string => Math.round(perSecond).toLocaleString('en-US');
  return (
    `decisions on ${what}: ${rate(few)}/s at 20 claims, ${rate(many)}/s at 2,000 claims, ` +
    `cost ratio ${(few / many).toFixed(2)} for 100 times the claims`
  );
}

function reportsPerSecond(from: State): number {
  const claims = from.slots.held;
  return perSecond(EVENTS, from, (index) => {
    const runId = (index % claims) + 1;
    const report = { ...NO_REPORT, turnCount: index };
    const delta = { report, usage: NO_USAGE, rateLimits: null, lastEventAtMs: index };
    return { type: 'runReported', issueId: `id-${runId}`, runId, delta };
  });
}

function wakesPerSecond(from: State): number {
  return perSecond(EVENTS / 10, from, () => ({ type: 'woke' }));
}

/** Each run fails once; of few runs the same state fails again and again. */
function failuresPerSecond(from: State, claims: number): number {
  const outcome = { kind: 'timedOut', detail: 'silent' } as const;
  const rounds = 20_000 / claims;
  let sum = 0;
  for (let round = 0; round < rounds; round += 1)
    sum +=
      1 /
      perSecond(claims, from, (index) => {
        const runId = index + 1;
        return { type: 'runExited', issueId: `id-${runId}`, runId, outcome };
      });
  return rounds / sum;
}

function perSecond(events: number, from: State, event: (index: number) => EventBody): number {
  let state = from;
  const startedMs = performance.now();
  for (let index = 0; index < events; index += 1) {
    state = step(state, event(index));
    nextWakeAtMs(state);
  }
  return events / ((performance.now() - startedMs) / 1_000);
}

function onHosts(claims: number): State {
  return runningState(pool(claims, claims), claims);
}

/** Every host has as many runs as it may, and as many issues again wait for room. */
function full(claims: number): State {
  return runningState(pool(claims, 2 * claims), 2 * claims);
}

/** A pool that has room for so many runs, within a limit for all. */
function pool(room: number, slots: number): CoreSettings {
  return {
    ...settings(slots),
    hosts: Array.from({ length: Math.min(HOSTS, room) }, (_, index) => `host-${index}`),
    maxConcurrentAgentsPerHost: Math.max(room / HOSTS, 1),
  };
}

function runningState(from: CoreSettings, count: number): State {
  const candidates = Array.from({ length: count }, (_, index) => anIssue(index + 1));
  const started = step(initialState(from, { atMs: 0, wallMs: 0 }), { type: 'started' });
  return step(started, { type: 'pollAnswered', request: 1, candidates, refreshed: [], budget: null });
}

function step(state: State, body: EventBody): State {
  const event: Event = { ...body, v: EVENT_VERSION, atMs: 1, wallMs: 1 };
  return decide(state, event).state;
}

/** Settings with this many slots. */
export function settings(slots: number): CoreSettings {
  return someSettings({
    activeStates: ['Todo'],
    terminalStates: ['Done'],
    combinedPoll: true,
    maxConcurrentAgents: slots,
  });
}

/** An issue that may start. */
export function anIssue(number: number): IssueFacts {
  return someFacts({ id: `id-${number}`, identifier: `D-${number}`, title: `Issue ${number}` });
}
