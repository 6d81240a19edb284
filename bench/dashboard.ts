import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { sleep } from './measured-daemon.js';

const PROGRAM = fileURLToPath(new URL('dashboard-program.ts', import.meta.url));
const SETTLE_MS = 3_000;
const MEASURED_MS = 20_000;
const CLOCK_TICKS = 100;

/** What a dashboard on a terminal of 120 by 40 takes of a core: without work, with much of it, and at its busiest. */
export async function dashboard(): Promise<string[]> {
  return [
    `idle dashboard, nothing running: ${await measured(0, 0)} (target 3 %)`,
    `idle dashboard, 200 running rows: ${await measured(200, 0)} (target 3 %)`,
    `200 running rows that change 10 times a second: ${await measured(200, 10)}`,
  ];
}

async function measured(rows: number, changesPerSecond: number): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'symphony-bench-'));
  const tmux = (...args: readonly string[]): string =>
    execFileSync('tmux', ['-S', path.join(folder, 'socket'), '-f', '/dev/null', ...args], {
      encoding: 'utf8',
    });
  const idFile = path.join(folder, 'id');
  const program = `'${process.execPath}' --import tsx '${PROGRAM}' ${rows} ${changesPerSecond} '${idFile}'`;
  tmux('new-session', '-d', '-x', '120', '-y', '40', '-e', 'CI=', program);
  try {
    for (let waitedMs = 0; !existsSync(idFile); waitedMs += 100) {
      if (waitedMs > 30_000) throw new Error('no dashboard within 30 s');
      await sleep(100);
    }
    await sleep(SETTLE_MS);
    const id = Number(readFileSync(idFile, 'utf8'));
    const [before, fromMs] = [cpuSecondsOf(id), performance.now()];
    await sleep(MEASURED_MS);
    const part = ((cpuSecondsOf(id) - before) * 1_000) / (performance.now() - fromMs);
    return `${(part * 100).toFixed(2)} % of a core over ${MEASURED_MS / 1_000} s`;
  } finally {
    tmux('kill-server');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Processor time of a process so far, in seconds. */
function cpuSecondsOf(processId: number): number {
  const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS;
}
