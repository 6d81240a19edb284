import { parseArgs } from 'node:util';
import { type Report, Simulation } from './helpers/simulation/simulation.js';

// Goal: no schedule of faults, however long, makes the orchestrator break a promise.
// `npm run soak` lives 1,000 days of 200 boards; `npm run soak -- --seed N --days D` tells one life step by step.

const DAYS_PER_SEED = 5;

const { values } = parseArgs({
  options: {
    days: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    seed: { type: 'string' },
  },
});
const days = Number(values.days);

if (values.seed !== undefined) replay(Number(values.seed));
else soak(Number(values.from));

function replay(seed: number): void {
  const tell = (line: string): void => void process.stdout.write(`${line}\n`);
  try {
    const { events, runs } = new Simulation({ seed, days, tell }).run();
    tell(`${events} events, ${runs} runs, no violation`);
  } catch (error) {
    tell(String(error));
    process.exitCode = 1;
  }
}

function soak(from: number): void {
  const reports: Report[] = [];
  const violations: string[] = [];
  const startedMs = performance.now();
  const seeds = Math.ceil(days / DAYS_PER_SEED);
  for (let seed = from; seed < from + seeds; seed += 1) {
    try {
      reports.push(new Simulation({ seed, days: DAYS_PER_SEED }).run());
    } catch (error) {
      violations.push(String(error));
      console.error(String(error));
    }
    if ((seed - from + 1) % 20 === 0) console.error(`${seed - from + 1} of ${seeds} seeds`);
  }
  console.log(table(reports, violations.length, (performance.now() - startedMs) / 1_000));
  if (violations.length > 0) process.exitCode = 1;
}

function table(reports: readonly Report[], violations: number, seconds: number): string {
  const sum = (of: (report: Report) => number): string =>
    reports.reduce((total, report) => total + of(report), 0).toLocaleString('en');
  const faults = new Map<string, number>();
  for (const report of reports) {
    for (const [fault, count] of report.faults) faults.set(fault, (faults.get(fault) ?? 0) + count);
  }
  const rows: [string, string][] = [
    ['seeds', `${reports.length + violations}`],
    ['simulated days', sum((report) => report.days)],
    ['events', sum((report) => report.events)],
    ['runs', sum((report) => report.runs)],
    ['lives of the daemon', sum((report) => report.lives)],
    ['violations', `${violations}`],
    ['seconds', seconds.toFixed(0)],
    ...[...faults]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([fault, count]): [string, string] => [`fault \`${fault}\``, count.toLocaleString('en')]),
  ];
  return ['| What | How many |', '|---|---:|', ...rows.map(([what, count]) => `| ${what} | ${count} |`)].join(
    '\n',
  );
}
