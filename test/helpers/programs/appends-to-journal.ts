// Opens the journal of the directory it is given, says `ready`, and from the value it is given on appends entries without
// end, three at a time under way; says each value as soon as it is committed.
import { systemClock } from '../../../src/engine/system-clock.js';
import { openJournal } from '../../../src/stores/journal.js';
import { entriesFrom, lastOfEach, parseEntry } from '../journal-entries.js';

const [directory = '', from = '0'] = process.argv.slice(2);
const journal = await openJournal({
  directory,
  clock: systemClock,
  fold: lastOfEach,
  parse: parseEntry,
  onProblem: (message) => {
    throw new Error(message);
  },
});
console.log('ready');
let value = Number(from);
const appendOn = async (): Promise<void> => {
  for (;;) {
    const own = value;
    value += 1;
    await journal.append(entriesFrom(own, 1));
    console.log(own);
  }
};
await Promise.all([appendOn(), appendOn(), appendOn()]);
