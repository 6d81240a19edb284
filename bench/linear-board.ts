import type { AgentJournal } from './agent-journal.js';
import { quantile, sleep } from './measured-daemon.js';
import { MeasuredLinear, type MovedBy, perOperation } from './measured-linear.js';

const ISSUES = 200;
const SLOTS = 10;
const MEAN_MS = 2_000;
const SPREAD_MS = 1_000;
const SEED = 20_260_101;
/** As long as Linear takes to answer, about. */
const FAR_MS = 150;
const LIMIT_MS = 600_000;
const SETTLE_MS = 1_000;

interface Case {
  readonly name: string;
  readonly workMs: readonly number[];
  readonly movedBy: MovedBy;
  /** How much longer than it needs the fake takes to answer. */
  readonly answersAfterMs: number;
}

const EQUAL = Array.from({ length: ISSUES }, () => MEAN_MS);
const SPREAD = spread(ISSUES, SEED);

const CASES: readonly Case[] = [
  { name: 'work of 2 s', workMs: EQUAL, movedBy: 'tool', answersAfterMs: 0 },
  { name: 'work of 1 to 3 s', workMs: SPREAD, movedBy: 'tool', answersAfterMs: 0 },
  { name: 'work of 1 to 3 s, moved by the fake', workMs: SPREAD, movedBy: 'fake', answersAfterMs: 0 },
  {
    name: `work of 1 to 3 s, moved by the fake, ${FAR_MS} ms away`,
    workMs: SPREAD,
    movedBy: 'fake',
    answersAfterMs: FAR_MS,
  },
];

/** What a board of 200 issues in Linear takes at the default poll of 30 s: time, requests, memory and processor time. */
export async function linearBoard(): Promise<string[]> {
  const lines: string[] = [];
  for (const given of CASES) lines.push(...(await drained(given)));
  return lines;
}

async function drained({ name, workMs, movedBy, answersAfterMs }: Case): Promise<string[]> {
  const linear = await MeasuredLinear.start(workMs);
  if (answersAfterMs > 0) linear.fake.faults.next({ kind: 'slow', ms: answersAfterMs }, { times: Infinity });
  try {
    const startedAtMs = linear.run({ slots: SLOTS, movedBy });
    await allFinished(linear, startedAtMs);
    const cpu = linear.daemon.cpuSeconds();
    await allEnded(linear);
    const journal = linear.journal();
    const tookMs = (journal.times('finished').at(-1) ?? Number.NaN) - startedAtMs;
    const idealMs = leastMakespan(workMs, SLOTS);
    const requests = linear.requests();
    const perIssue = requests.length / ISSUES;
    return [
      `${ISSUES} Linear issues, ${name}, ${SLOTS} slots, poll 30 s: ${(tookMs / 1_000).toFixed(1)} s, ` +
        `ideal ${(idealMs / 1_000).toFixed(1)} s, ratio ${(tookMs / idealMs).toFixed(3)} (target 1.10); ` +
        `${perIssue.toFixed(3)} requests per issue (target 1.0): ${perOperation(requests)}; ` +
        `besides ${linear.toolCalls()} calls of agents`,
      `  at most ${journal.mostAlive()} agents alive (target ${SLOTS}); ${outcome(linear, journal)}; ` +
        `daemon ${linear.daemon.residentMb().toFixed(0)} MB (peak ${linear.daemon.peakMb().toFixed(0)}), ${cpu.toFixed(1)} s of CPU`,
      `  first turn after ${((journal.times('turn')[0] ?? Number.NaN) - startedAtMs).toFixed(0)} ms; ${timeline(journal)}`,
    ];
  } finally {
    await linear.stop();
  }
}

/** Whether each issue was worked on once and is done. */
function outcome({ fake }: MeasuredLinear, journal: AgentJournal): string {
  const finished = [...journal.perIssue('finished')].filter(([, times]) => times === 1);
  const done = finished.filter(([identifier]) => fake.board.issue(identifier).state === 'Done').length;
  const again = journal.times('started').length - ISSUES;
  return `${done} of ${ISSUES} issues finished exactly once, ${again} further starts`;
}

/** How long a slot stood free while work was left, and where the time between two turns in it goes. */
function timeline(journal: AgentJournal): string {
  const free = journal.gaps('ended', 'started', SLOTS);
  const steps: readonly (readonly [string, readonly number[]])[] = [
    ['move of the issue', journal.between('worked', 'finished')],
    ['end of the turn to end of the agent', journal.between('finished', 'ended')],
    ['end of the agent to the next agent', free],
    ['start of the agent to its turn', journal.between('started', 'turn')],
    ['from turn to turn', journal.gaps('finished', 'turn', SLOTS)],
  ];
  const told = steps.map(
    ([step, ms]) => `${step} ${quantile(ms, 0.5).toFixed(0)} (${Math.max(...ms).toFixed(0)})`,
  );
  return `a slot stood free for at most ${Math.max(...free).toFixed(0)} ms; median (most) ms: ${told.join(', ')}`;
}

async function allFinished(linear: MeasuredLinear, startedAtMs: number): Promise<void> {
  while (linear.journal().perIssue('finished').size < ISSUES) {
    if (Date.now() - startedAtMs > LIMIT_MS)
      throw new Error(
        `${linear.journal().perIssue('finished').size} issues are finished after ${LIMIT_MS} ms`,
      );
    await sleep(100);
  }
}

/** Waits for the last agent's end and for what the daemon asks because of it, which counts too. */
async function allEnded(linear: MeasuredLinear): Promise<void> {
  const untilMs = Date.now() + 10_000;
  for (;;) {
    const journal = linear.journal();
    if (journal.times('ended').length === journal.times('started').length) return await sleep(SETTLE_MS);
    if (Date.now() > untilMs) throw new Error('agents are alive although all issues are finished');
    await sleep(50);
  }
}

/** What a dispatcher needs that takes no time itself: each issue goes, in order, to the slot that is free first. */
function leastMakespan(workMs: readonly number[], slots: number): number {
  const freeAtMs = Array.from({ length: slots }, () => 0);
  for (const ms of workMs) {
    const soonest = freeAtMs.indexOf(Math.min(...freeAtMs));
    freeAtMs[soonest] = (freeAtMs[soonest] ?? 0) + ms;
  }
  return Math.max(...freeAtMs);
}

/** Times of work around the mean, the same for the same seed (a linear congruential generator). */
function spread(count: number, seed: number): readonly number[] {
  let state = seed;
  return Array.from({ length: count }, () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return Math.round(MEAN_MS - SPREAD_MS + (state / 2 ** 32) * 2 * SPREAD_MS);
  });
}
