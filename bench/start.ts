import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { MeasuredDaemon, quantile, sleep } from './measured-daemon.js';

const ROUNDS = 7;

/** How long it takes from the start of the process to the first line of the first agent's life. */
export async function start(): Promise<string[]> {
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) took.push(await once());
  return [
    `process start to first agent: median ${quantile(took, 0.5).toFixed(0)} ms, ` +
      `min ${Math.min(...took).toFixed(0)} ms, max ${Math.max(...took).toFixed(0)} ms over ${ROUNDS} starts (target 400)`,
  ];
}

async function once(): Promise<number> {
  const daemon = new MeasuredDaemon();
  const seen = path.join(daemon.folder, 'first-agent');
  daemon.write('board/A-1.md', '---\nidentifier: A-1\ntitle: First\nstate: Todo\n---\n');
  const startedAtMs = daemon.start(`---
tracker: { kind: local, provider: { path: board } }
workspace: { root: workspaces }
codex: { command: "touch '${seen}'; exec sleep 30" }
---
Work.
`);
  try {
    while (!existsSync(seen)) {
      if (Date.now() - startedAtMs > 30_000) throw new Error('no agent within 30 s');
      await sleep(5);
    }
    return statSync(seen).mtimeMs - startedAtMs;
  } finally {
    await daemon.stop();
  }
}
