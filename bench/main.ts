import { cpus } from 'node:os';
import { decisions } from './decisions.js';
import { load } from './load.js';
import { makespan } from './makespan.js';
import { start } from './start.js';

const BENCHES: { readonly [name: string]: () => Promise<string[]> } = { decisions, start, makespan, load };

const wanted = process.argv.slice(2);
const names = wanted.length === 0 ? Object.keys(BENCHES) : wanted;
console.log(`node ${process.version}, ${cpus().length} cores of ${cpus()[0]?.model ?? 'unknown'}`);
for (const name of names) {
  const bench = BENCHES[name];
  if (bench === undefined)
    throw new Error(`there is no bench ${name}; there are ${Object.keys(BENCHES).join(', ')}`);
  for (const line of await bench()) console.log(line);
}
