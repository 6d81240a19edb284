import { mkdirSync, type Stats, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

/**
 * Makes a directory and its parents; false when it was there. Fails with ENOTDIR where something else is in the way.
 *
 * Node's own `mkdir` with `recursive` never returns where a parent exists but takes no entries, as below /proc: it makes
 * the parent, is told that it exists, tries again, and so on at full speed (Node 20.20; the synchronous one holds the
 * whole process). Here each directory is tried once.
 */
export async function makeDirectory(directory: string): Promise<boolean> {
  const missing: string[] = [];
  for (let at = path.resolve(directory); !isThere(at, await statOf(at)); at = path.dirname(at))
    missing.push(at);
  for (const at of missing.reverse()) await unlessThere(() => mkdir(at));
  return missing.length > 0;
}

/** The same at once, for a log that must be written before anything else happens. */
export function makeDirectorySync(directory: string): void {
  const missing: string[] = [];
  const found = (at: string): Stats | null => statSync(at, { throwIfNoEntry: false }) ?? null;
  for (let at = path.resolve(directory); !isThere(at, found(at)); at = path.dirname(at)) missing.push(at);
  for (const at of missing.reverse()) {
    try {
      mkdirSync(at);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
  }
}

async function statOf(at: string): Promise<Stats | null> {
  try {
    return await stat(at);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null;
    throw error;
  }
}

function isThere(at: string, found: Stats | null): boolean {
  if (found === null || found.isDirectory()) return found !== null;
  throw Object.assign(new Error(`ENOTDIR: not a directory, mkdir '${at}'`), { code: 'ENOTDIR' });
}

async function unlessThere(making: () => Promise<unknown>): Promise<void> {
  try {
    await making();
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
