import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { MeasuredDaemon, quantile, sleep } from './measured-daemon.js';

const ROUNDS = 7;

/** How long it takes from the start of the process to the first sign of life of the first agent. */
export async function start(): Promise<string[]> {
  return [
    `process start to first agent: ${await measured(false)} (target 400)`,
    `the same with the HTTP API, which is up before: ${await measured(true)}`,
  ];
}

async function measured(api: boolean): Promise<string> {
  const took: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) took.push(await once(api));
  const [median, least, most] = [quantile(took, 0.5), Math.min(...took), Math.max(...took)].map((ms) =>
    ms.toFixed(0),
  );
  return `median ${median} ms, min ${least} ms, max ${most} ms over ${ROUNDS} starts`;
}

async function once(api: boolean): Promise<number> {
  const daemon = new MeasuredDaemon();
  const seen = path.join(daemon.folder, 'first-agent');
  daemon.write('board/A-1.md', '---\nidentifier: A-1\ntitle: First\nstate: Todo\n---\n');
  const startedAtMs = daemon.start(
    `---
tracker: { kind: local, provider: { path: board } }
workspace: { root: workspaces }
codex: { command: "touch '${seen}'; exec sleep 30" }
---
Work.
`,
    { api },
  );
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
