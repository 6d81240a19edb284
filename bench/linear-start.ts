import { quantile, sleep } from './measured-daemon.js';
import { MeasuredLinear } from './measured-linear.js';

const ROUNDS = 9;
/** The first starts find neither files nor code in any cache. */
const WARM_UPS = 2;

/** How long it takes from the start of the process to the first sign of life of the first agent, with Linear. */
export async function linearStart(): Promise<string[]> {
  const starts: Start[] = [];
  for (let round = -WARM_UPS; round < ROUNDS; round += 1) {
    const once = await measured();
    if (round >= 0) starts.push(once);
  }
  const median = (step: keyof Start): string =>
    quantile(
      starts.map((once) => once[step]),
      0.5,
    ).toFixed(0);
  const took = starts.map(({ agent }) => agent);
  return [
    `process start to first agent with Linear: median ${median('agent')} ms, min ${Math.min(...took).toFixed(0)} ms, ` +
      `max ${Math.max(...took).toFixed(0)} ms over ${ROUNDS} starts (target 400)`,
    `  of these, median: first request after ${median('firstRequest')} ms, the candidates asked for ` +
      `after ${median('candidates')} ms, the agent after ${median('agent')} ms`,
  ];
}

/** Milliseconds after the start of the process. */
interface Start {
  readonly firstRequest: number;
  readonly candidates: number;
  readonly agent: number;
}

async function measured(): Promise<Start> {
  const linear = await MeasuredLinear.start([60_000]);
  try {
    const startedAtMs = linear.run({ slots: 1, eventsPerSecond: 0 });
    while (linear.journal().times('started').length === 0) {
      if (Date.now() - startedAtMs > 30_000) throw new Error('no agent within 30 s');
      await sleep(5);
    }
    const requests = linear.requests();
    const candidates = requests.find(({ operationName }) => operationName !== 'SymphonyOrientation');
    const after = (atMs: number | undefined): number => (atMs ?? Number.NaN) - startedAtMs;
    return {
      firstRequest: after(requests[0]?.atMs),
      candidates: after(candidates?.atMs),
      agent: after(linear.journal().times('started')[0]),
    };
  } finally {
    await linear.stop();
  }
}
