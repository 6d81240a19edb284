import { Simulation } from './helpers/simulation/simulation.js';
for (let seed = 1; seed <= Number(process.argv[2] ?? 5); seed += 1) {
  const t = Date.now();
  try {
    const report = new Simulation({ seed, days: Number(process.argv[3] ?? 1) }).run();
    console.log(seed, report.events, report.runs, report.lives, Date.now() - t);
  } catch (e) { console.log('seed', seed, e instanceof Error ? (process.argv[4] ? e.stack : e.message.split('\n').slice(0,2).join('\n')) : e); }
}
