import { cpus } from 'node:os';
import { api } from './api.js';
import { dashboard } from './dashboard.js';
import { decisions } from './decisions.js';
import { hosts } from './hosts.js';
import { linearBoard } from './linear-board.js';
import { linearRequests } from './linear-requests.js';
import { linearRunning } from './linear-running.js';
import { linearStart } from './linear-start.js';
import { load } from './load.js';
import { makespan } from './makespan.js';
import { start } from './start.js';

const BENCHES: { readonly [name: string]: () => Promise<string[]> } = {
  decisions,
  start,
  makespan,
  load,
  api,
  dashboard,
  hosts,
  'linear-start': linearStart,
  'linear-board': linearBoard,
  'linear-requests': linearRequests,
  'linear-running': linearRunning,
};

const wanted = process.argv.slice(2);
const names = wanted.length === 0 ? Object.keys(BENCHES) : wanted;
console.log(`node ${process.version}, ${cpus().length} cores of ${cpus()[0]?.model ?? 'unknown'}`);
for (const name of names) {
  // The first part of a name stands for all that begin with it.
  const meant = Object.entries(BENCHES).filter(([known]) => known === name || known.startsWith(`${name}-`));
  if (meant.length === 0)
    throw new Error(`there is no bench ${name}; there are ${Object.keys(BENCHES).join(', ')}`);
  for (const [, bench] of meant) for (const line of await bench()) console.log(line);
}
