import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startDashboard } from '../../src/dashboard/start.js';
import type { Snapshot } from '../../src/domain/snapshot.js';
import { aBusySnapshot, anExplanation, aWatched } from '../helpers/frames.js';
import { aRunningRow, SAMPLE_AT_MS, TestSource } from '../helpers/snapshots.js';
import { TestStation } from '../helpers/test-station.js';

// A daemon as far as a terminal can tell: shows a dashboard until ctrl-c, or as its arguments say.
// PROGRAM_ROWS: so many running rows; PROGRAM_LOG: writes orders there; PROGRAM_FLOOD: changes all the time.
// PROGRAM_SIGINT=default leaves ctrl-c to the system; PROGRAM_CRASH=<file> crashes on the key r,
// after being busy until there is such a file in its directory; at once where no file is named.

function manyRows(count: number): Snapshot {
  const running = Array.from({ length: count }, (_, n) =>
    aRunningRow({ identifier: `MT-${n + 1}`, issueId: `m${n}`, title: `Issue number ${n + 1}` }),
  );
  return { ...aBusySnapshot(), running };
}

const { directory, PROGRAM_ROWS, PROGRAM_LOG, PROGRAM_FLOOD, PROGRAM_CRASH, PROGRAM_SIGINT, PROGRAM_MODE } =
  process.env;
const startedAtMs = Date.now();
if (directory !== undefined) writeFileSync(join(directory, 'pid'), `${process.pid}`);
const log = (line: string): void => {
  if (PROGRAM_LOG !== undefined) appendFileSync(PROGRAM_LOG, `${line}\n`);
};
const source = new TestSource(PROGRAM_ROWS === undefined ? aBusySnapshot() : manyRows(Number(PROGRAM_ROWS)));
const station = new TestStation(source);
station.explanation = anExplanation();
station.events = aWatched().events;
if (PROGRAM_CRASH !== undefined) {
  station.refresh = () => {
    setImmediate(() => {
      log('crashing');
      // While it is busy, nobody reads what is typed.
      const nothing = new Int32Array(new SharedArrayBuffer(4));
      while (!existsSync(join(directory ?? '', PROGRAM_CRASH))) Atomics.wait(nothing, 0, 0, 20);
      throw new Error('crashed on purpose');
    });
    return Promise.resolve('Crashing.');
  };
}
const alive = setInterval(() => {}, 1_000);
const dashboard = await startDashboard({
  station,
  stdin: process.stdin,
  stdout: process.stdout,
  settings: { refreshMs: 200, renderIntervalMs: 100 },
  links: { dashboardUrl: 'http://127.0.0.1:8080', project: null },
  mode: PROGRAM_MODE === 'attached' ? 'attached' : 'daemon',
  now: () => SAMPLE_AT_MS + Date.now() - startedAtMs,
  onQuit: (kind) => {
    log(`quit ${kind}`);
    void end();
  },
});

async function end(): Promise<void> {
  clearInterval(alive);
  clearInterval(flood);
  await dashboard.stop();
  for (const order of station.orders) log(JSON.stringify(order));
}

let changes = 0;
const flood =
  PROGRAM_FLOOD === undefined
    ? undefined
    : setInterval(() => {
        changes += 1;
        source.set(manyRows(40 + (changes % 50)));
        log(`beat ${changes}`);
      }, 20);
if (PROGRAM_SIGINT !== 'default') {
  process.once('SIGINT', () => {
    log('SIGINT');
    void end();
  });
}
