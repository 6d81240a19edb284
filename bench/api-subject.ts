import { subscribe } from 'node:diagnostics_channel';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createApi } from '../src/api/server.js';
import { initialState } from '../src/core/state.js';
import type { IssueFacts } from '../src/domain/issue.js';
import type { AgentReport } from '../src/domain/session.js';
import { Engine, type Post } from '../src/engine/engine.js';
import { Snapshots } from '../src/engine/snapshots.js';
import { StateExplainer } from '../src/engine/state-explainer.js';
import { systemClock } from '../src/engine/system-clock.js';
import { Telemetry } from '../src/engine/telemetry.js';
import { History } from '../src/observe/history.js';
import { redactedSource, Secrets } from '../src/observe/redact.js';
import { memoryStore } from '../test/helpers/memory-store.js';
import { anIssue, settings } from './decisions.js';
import { quantile } from './measured-daemon.js';
import { threadMs } from './thread-time.js';

// A daemon without agents and tracker: its loop, telemetry, history, snapshots and API, in a process of its own, with a
// thousand running and a thousand retrying issues whose agents talk as fast as they are told to.

const RUNNING = 1_000;
const RETRYING = 1_000;
const NOTIFICATIONS_PER_SECOND = 20_000;
/** One in so many is worth telling to those who follow the whole daemon. */
const NOTABLE = 100;
const TICK_MS = 5;
const LOOP_RESOLUTION_MS = 10;

/** What the subject tells when it is asked. */
export interface Measured {
  /** From the request's arrival to the end of the answer, in milliseconds. */
  readonly serverMs: { readonly p50: number; readonly p99: number; readonly count: number };
  /** Of that, the processor time of the loop's thread; null where the system does not tell. */
  readonly serverThreadMs: { readonly p50: number; readonly p99: number } | null;
  readonly loopDelayMs: { readonly p50: number; readonly p99: number };
  readonly notificationsPerSecond: number;
  readonly cpuPercent: number;
}

const secrets = new Secrets(['a-secret-of-the-tracker-4711', 'the-token-of-the-operator']);
const history = new History({ secrets, now: () => Date.now(), onListenerFailed: () => {} });
const engine = new Engine({
  clock: systemClock,
  store: memoryStore(),
  perform: () => {},
  decline: () => {},
  observe: (event, decision, before) => {
    history.observe(event, decision, before);
    snapshots.changed();
  },
  onBug: (error) => {
    throw error;
  },
  initial: initialState(settings(RUNNING + RETRYING), {
    atMs: systemClock.nowMs(),
    wallMs: systemClock.wallMs(),
  }),
});
const post: Post = (event) => engine.post(event);
const snapshots: Snapshots = new Snapshots(systemClock, () => engine.state);
const telemetry = new Telemetry(systemClock, post);

const issues = Array.from({ length: RUNNING + RETRYING }, (_none, index) => anIssue(index + 1));
post({ type: 'started' });
post({ type: 'pollAnswered', request: 1, candidates: issues, refreshed: [], budget: null });
const runs = [...engine.state.claims.values()].flatMap((claim) =>
  claim.kind === 'running' ? [{ runId: claim.runId, issue: claim.issue }] : [],
);
for (const { runId, issue } of runs.slice(RUNNING)) {
  const outcome = {
    kind: 'agentFailed',
    reason: 'agent_overloaded',
    detail: 'the provider is overloaded',
  } as const;
  post({ type: 'runExited', issueId: issue.id, runId, outcome });
}
const talking = runs.slice(0, RUNNING);
for (const { runId, issue } of talking) telemetry.open(runId, issue.id);

const api = createApi({
  source: redactedSource(snapshots, secrets),
  explainer: new StateExplainer(systemClock, () => engine.state, {
    find: async () => ({ issue: null, readAtMs: 0 }),
  }),
  history,
  transcripts: { sessions: () => [], read: async () => null },
  commands: {
    refresh: () => ({ queued: true, coalesced: false }),
    answer: () => ({ kind: 'unknown' }),
    order: () => ({ kind: 'unknown' }),
    orderDispatch: () => ({ kind: 'refused', message: 'This is a bench.' }),
    committed: async () => true,
  },
  log: { warn: () => {}, error: (message, fields) => console.error(message, fields) },
  now: () => Date.now(),
  timer: systemClock,
});

let told = 0;
function talk(count: number): void {
  for (let index = 0; index < count; index += 1) {
    const run = talking[told % talking.length];
    told += 1;
    if (run !== undefined) report(run, told);
  }
}

function report(run: { readonly runId: number; readonly issue: IssueFacts }, number: number): void {
  const isNotable = number % NOTABLE === 0;
  const said: AgentReport = {
    event: isNotable ? 'tool_call_completed' : 'notification',
    message: `reading src/module-${number % 50}.ts and thinking about what it does with the rest`,
    threadId: `thread-${run.runId}`,
    turnId: 'turn-1',
    usage: { inputTokens: number, outputTokens: number, totalTokens: number * 2 },
  };
  telemetry.fold(run.runId, said);
  history.agentReported(run, said);
}

const started = new WeakMap<object, { readonly atMs: number; readonly threadMs: number | null }>();
const served: number[] = [];
const servedThread: number[] = [];
subscribe('http.server.request.start', (message) => {
  if (hasRequest(message)) started.set(message.request, { atMs: performance.now(), threadMs: threadMs() });
});
subscribe('http.server.response.finish', (message) => {
  const began = hasRequest(message) ? started.get(message.request) : undefined;
  if (began === undefined) return;
  served.push(performance.now() - began.atMs);
  const nowMs = threadMs();
  if (nowMs !== null && began.threadMs !== null) servedThread.push(nowMs - began.threadMs);
});

function hasRequest(message: unknown): message is { readonly request: object } {
  return typeof message === 'object' && message !== null && 'request' in message;
}

const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
let from = { atMs: performance.now(), told, cpu: process.cpuUsage() };

function begin(): void {
  served.length = 0;
  servedThread.length = 0;
  loop.reset();
  from = { atMs: performance.now(), told, cpu: process.cpuUsage() };
}

function measured(): Measured {
  const seconds = (performance.now() - from.atMs) / 1_000;
  const cpu = process.cpuUsage(from.cpu);
  // The histogram holds the distance of two ticks of its own timer.
  const delayMs = (percent: number): number =>
    Math.max(loop.percentile(percent) / 1e6 - LOOP_RESOLUTION_MS, 0);
  return {
    serverMs: { p50: quantile(served, 0.5), p99: quantile(served, 0.99), count: served.length },
    serverThreadMs:
      servedThread.length === 0
        ? null
        : { p50: quantile(servedThread, 0.5), p99: quantile(servedThread, 0.99) },
    loopDelayMs: { p50: delayMs(50), p99: delayMs(99) },
    notificationsPerSecond: (told - from.told) / seconds,
    cpuPercent: (cpu.user + cpu.system) / 10_000 / seconds,
  };
}

const { url } = await api.listen();
loop.enable();
let lastMs = performance.now();
let owed = 0;
setInterval(() => {
  const nowMs = performance.now();
  owed += ((nowMs - lastMs) * NOTIFICATIONS_PER_SECOND) / 1_000;
  lastMs = nowMs;
  const count = Math.floor(owed);
  owed -= count;
  talk(count);
}, TICK_MS);
process.on('message', (message) => {
  if (message === 'begin') begin();
  else process.send?.(measured());
});
process.on('disconnect', () => process.exit());
process.send?.({
  url,
  running: snapshots.current().running.length,
  retrying: snapshots.current().retrying.length,
});
