import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Folders with nothing in them that we wrote. */
const FOREIGN = new Set(['node_modules', 'dist', 'coverage', '.git', '.symphony']);

/** Files under a folder of the repository, sorted, whose path matches. */
export function filesUnder(folder: string, pattern: RegExp): string[] {
  const found: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (FOREIGN.has(entry.name)) continue;
    const path = folder === '.' ? entry.name : join(folder, entry.name);
    if (entry.isDirectory()) found.push(...filesUnder(path, pattern));
    else if (entry.isFile() && pattern.test(path)) found.push(path);
  }
  return found.sort();
}

/** Source text without its comments; good enough for code that Biome has formatted. */
export function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

/** What a source file imports, re-exports or loads later. */
export function importsOf(source: string): string[] {
  const found = withoutComments(source).matchAll(/\b(?:from|import(?:\s*\()?)\s*'([^'\n]+)'/g);
  return [...found].map(([, specifier]) => specifier ?? '');
}
