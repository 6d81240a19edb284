import { writeFileSync } from 'node:fs';
import { startDashboard } from '../src/dashboard/start.js';
import { aBusySnapshot } from '../test/helpers/frames.js';
import { aRunningRow, aSnapshot, TestSource } from '../test/helpers/snapshots.js';
import { TestStation } from '../test/helpers/test-station.js';

// Shows a dashboard until it is killed: `dashboard-program.ts <running rows> <changes a second> <file for its id>`.

const [rows = '0', changes = '0', idFile = ''] = process.argv.slice(2);

/** As many runs, all begun now, so that their ages tick; the clock of the poll ticks as well. */
function snapshot(change: number) {
  const nowMs = Date.now();
  const base = rows === '0' ? aSnapshot() : aBusySnapshot();
  const running = Array.from({ length: Number(rows) }, (_, n) =>
    aRunningRow({
      identifier: `MT-${n + 1}`,
      issueId: `m${n}`,
      startedAtMs: nowMs - n * 1_000,
      turnCount: change,
    }),
  );
  const polling = { ...base.polling, nextPollAtMs: nowMs + 3_600_000, lastSuccessAtMs: nowMs };
  return { ...base, running, polling, generatedAtMs: nowMs };
}

const source = new TestSource(snapshot(0));
if (changes !== '0') {
  let change = 0;
  setInterval(() => {
    change += 1;
    source.set(snapshot(change));
  }, 1_000 / Number(changes));
}
await startDashboard({
  station: new TestStation(source),
  stdin: process.stdin,
  stdout: process.stdout,
  settings: { refreshMs: 1_000, renderIntervalMs: 16 },
  links: { dashboardUrl: 'http://127.0.0.1:8080', project: null },
  mode: 'daemon',
  now: () => Date.now(),
  onQuit: () => process.exit(0),
});
writeFileSync(idFile, `${process.pid}`);
