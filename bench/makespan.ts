import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { featherweight, MeasuredDaemon, sleep } from './measured-daemon.js';

const ISSUES = 60;
const SECONDS = 2;
const SLOTS = 5;

/** How long a board takes against the least it could: 60 issues of 2 s on 5 slots at the default poll of 30 s. */
export async function makespan(): Promise<string[]> {
  const daemon = new MeasuredDaemon();
  for (let number = 1; number <= ISSUES; number += 1) {
    const name = `B-${String(number).padStart(3, '0')}`;
    daemon.write(
      `board/${name}.md`,
      `---\nidentifier: ${name}\ntitle: Issue ${number}\nstate: Todo\n---\nWork.\n`,
    );
  }
  const startedAtMs = daemon.start(
    `---
tracker: { kind: local, provider: { path: board } }
workspace: { root: workspaces }
agent: { max_concurrent_agents: ${SLOTS}, max_turns: 1 }
codex: { command: "${featherweight(5, SECONDS, 'Done')}", approval_policy: never }
---
Work on {{ issue.identifier }}.
`,
    { api: false },
  );
  try {
    const board = path.join(daemon.folder, 'board');
    while (open(board) > 0) {
      if (Date.now() - startedAtMs > 600_000)
        throw new Error(`${open(board)} issues are still open after 600 s`);
      await sleep(50);
    }
    const tookMs = Date.now() - startedAtMs;
    const idealMs = (ISSUES / SLOTS) * SECONDS * 1_000;
    return [
      `makespan of ${ISSUES} issues x ${SECONDS} s on ${SLOTS} slots, poll 30 s: ${(tookMs / 1_000).toFixed(1)} s, ` +
        `ideal ${idealMs / 1_000} s, ratio ${(tookMs / idealMs).toFixed(3)} (target 1.10)`,
    ];
  } finally {
    await daemon.stop();
  }
}

function open(board: string): number {
  return readdirSync(board).filter(
    (name) => !/^state: Done$/m.test(readFileSync(path.join(board, name), 'utf8')),
  ).length;
}
