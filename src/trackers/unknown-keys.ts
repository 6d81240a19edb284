import type { JsonObject } from '../domain/json.js';

/** What people write for keys that many trackers have. */
const MEANT: Readonly<Record<string, readonly string[]>> = {
  api_key: ['token', 'api_token', 'access_token', 'key'],
  project_slug: ['project', 'slug', 'project_id'],
  endpoint: ['url', 'base_url', 'api_url', 'host'],
  path: ['root', 'dir', 'directory', 'folder', 'board', 'board_root'],
};

/** A line for each provider key that the adapter does not know, with the one that was probably meant. */
export function unknownKeys(provider: JsonObject, known: readonly string[]): string[] {
  return Object.keys(provider)
    .filter((key) => !known.includes(key))
    .map((key) => {
      const meant = meantBy(snakeCase(key), known);
      const mend = meant === null ? `the keys are ${known.join(', ')}` : `did you mean ${meant}?`;
      return `tracker.provider.${key} is not known and ignored; ${mend}`;
    });
}

function meantBy(key: string, known: readonly string[]): string | null {
  const alias = known.find((name) => MEANT[name]?.includes(key));
  return (
    alias ?? known.find((name) => distance(key, name) <= Math.min(2, Math.floor(key.length / 3))) ?? null
  );
}

function snakeCase(written: string): string {
  return written
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/-/g, '_');
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
