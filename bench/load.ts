import { featherweight, MeasuredDaemon, quantile, sleep } from './measured-daemon.js';

const SECONDS = 40;
const WARM_UP_MS = 2_000;
const ASK_EVERY_MS = 100;

interface Load {
  readonly agents: number;
  readonly eventsPerSecond: number;
  readonly target: string;
}

const LOADS: readonly Load[] = [
  { agents: 50, eventsPerSecond: 20, target: 'target 110 MB, 7 s of CPU, p99 40 ms' },
  { agents: 200, eventsPerSecond: 10, target: 'target all 200 alive' },
  { agents: 1_000, eventsPerSecond: 2, target: 'target all 1000 alive' },
];

/** What many talking agents cost the daemon: memory, processor time, and how fast the API answers meanwhile. */
export async function load(): Promise<string[]> {
  const lines: string[] = [];
  for (const given of LOADS) lines.push(await measure(given));
  return lines;
}

async function measure({ agents, eventsPerSecond, target }: Load): Promise<string> {
  const daemon = new MeasuredDaemon();
  const issues = Array.from(
    { length: agents },
    (_, index) => `{ identifier: L-${index + 1}, title: Load, state: Todo }`,
  );
  daemon.start(`---
tracker: { kind: memory, provider: { issues: [${issues.join(', ')}] } }
workspace: { root: workspaces }
agent: { max_concurrent_agents: ${agents}, max_turns: 1 }
codex: { command: "${featherweight(eventsPerSecond, SECONDS + 600, '')}", read_timeout_ms: 60000 }
---
Work.
`);
  try {
    const url = await daemon.url;
    const aliveAfterMs = await allAlive(url, agents);
    await sleep(WARM_UP_MS);
    const cpuBefore = daemon.cpuSeconds();
    const tokensBefore = (await stateOf(url)).codex_totals.total_tokens;
    const took = await ask(url, SECONDS * 1_000);
    const cpu = daemon.cpuSeconds() - cpuBefore;
    const state = await stateOf(url);
    const live = state.running.filter(({ session_id }) => session_id !== null).length;
    return (
      `${agents} agents x ${eventsPerSecond} events/s for ${SECONDS} s: ${live} alive (after ${aliveAfterMs} ms), ` +
      `${daemon.residentMb().toFixed(0)} MB (peak ${daemon.peakMb().toFixed(0)}), ${cpu.toFixed(1)} s of CPU, ` +
      `/state p50 ${quantile(took, 0.5).toFixed(1)} p99 ${quantile(took, 0.99).toFixed(1)} ms, ` +
      `${state.codex_totals.total_tokens - tokensBefore} tokens counted (${target})`
    );
  } finally {
    await daemon.stop();
  }
}

interface StateAnswer {
  readonly running: readonly { readonly session_id: string | null }[];
  readonly codex_totals: { readonly total_tokens: number };
}

async function stateOf(url: string): Promise<StateAnswer> {
  return (await (await fetch(`${url}/api/v1/state`)).json()) as StateAnswer;
}

async function allAlive(url: string, agents: number): Promise<number> {
  const from = performance.now();
  for (;;) {
    const { running } = await stateOf(url);
    const alive = running.filter(({ session_id }) => session_id !== null).length;
    if (alive === agents) return Math.round(performance.now() - from);
    if (performance.now() - from > 120_000) throw new Error(`only ${alive} of ${agents} agents came to life`);
    await sleep(200);
  }
}

async function ask(url: string, forMs: number): Promise<number[]> {
  const took: number[] = [];
  const until = performance.now() + forMs;
  while (performance.now() < until) {
    const from = performance.now();
    await (await fetch(`${url}/api/v1/state`)).arrayBuffer();
    took.push(performance.now() - from);
    await sleep(ASK_EVERY_MS);
  }
  return took;
}
