import type { JsonObject } from '../domain/json.js';

/** A line for each provider key that the adapter does not know, with the one that was probably meant. */
export function unknownKeys(provider: JsonObject, known: readonly string[]): string[] {
  return Object.keys(provider)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const near = known.find((name) => distance(key.toLowerCase(), name) <= 2);
      const mend = near === undefined ? `the keys are ${known.join(', ')}` : `did you mean ${near}?`;
      return `tracker.provider.${key} is not known and ignored; ${mend}`;
    });
}

/** How many letters must be put in, taken out or replaced to make one word of the other. */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...from].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...to].entries()) {
      const replaced = (row[j] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
