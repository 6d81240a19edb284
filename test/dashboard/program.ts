import { startDashboard } from '../../src/dashboard/start.js';
import { aBusySnapshot } from '../helpers/frames.js';
import { SAMPLE_AT_MS, TestSource } from '../helpers/snapshots.js';

// A daemon as far as a terminal can tell: shows a dashboard until ctrl-c.
const startedAtMs = Date.now();
const dashboard = await startDashboard({
  source: new TestSource(aBusySnapshot()),
  stdout: process.stdout,
  settings: { refreshMs: 200, renderIntervalMs: 100 },
  links: { dashboardUrl: null, project: null },
  now: () => SAMPLE_AT_MS + Date.now() - startedAtMs,
});
const alive = setInterval(() => {}, 1_000);
process.once('SIGINT', () => {
  clearInterval(alive);
  void dashboard.stop();
});
